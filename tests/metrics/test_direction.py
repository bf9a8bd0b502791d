"""Which way columns move the answer is measured, and said only where it is one way."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.core.types import Array
from breakeven.metrics.direction import direction

RNG = np.random.default_rng(0)
X = np.column_stack([RNG.normal(size=(400, 2)), RNG.integers(0, 4, 400)])


@pytest.mark.parametrize("slope", [3.0, -3.0, 0.01])
def test_a_slope_has_its_sign_and_size(slope: float) -> None:
    found = direction(lambda some: slope * some[:, 0], X, 0, 0, 0)
    assert found is not None and found.is_clear and found.low < found.high
    assert found.change.value == pytest.approx(slope * (found.high - found.low))


def test_an_interaction_has_no_one_way() -> None:
    found = direction(lambda some: some[:, 0] * np.sign(some[:, 1]), X, 0, 0, 0)
    assert found is not None and not found.is_clear


def test_a_column_that_is_not_used_has_no_way() -> None:
    found = direction(lambda some: some[:, 1], X, 0, 0, 0)
    assert found is not None and not found.is_clear and found.change.value == 0


def test_of_a_category_the_least_and_the_greatest_level_are_named() -> None:
    worth = np.array([0.2, 0.9, 0.1, 0.5])
    found = direction(lambda some: worth[some[:, 2].astype(int)], X, 2, 4, 0)
    assert found is not None and (found.low, found.high) == (2.0, 1.0)
    assert found.change.value == pytest.approx(0.8)


@pytest.mark.parametrize("values", [np.full(50, 7.0), np.full(50, np.nan)])
def test_a_column_of_one_value_or_none_has_no_direction(values: Array) -> None:
    assert direction(lambda some: some[:, 0], values[:, None], 0, 0, 0) is None


def test_the_rows_given_are_not_changed() -> None:
    before = X.copy()
    direction(lambda some: some[:, 0], X, 0, 0, 0)
    assert np.array_equal(before, X)
