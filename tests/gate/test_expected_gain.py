"""The winner's curse is taken off: chance gains nothing, a lead keeps its gain, clusters count as wholes."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.gate import expected_gain
from breakeven.metrics import UnitLosses


def gain(lead: float, count: int = 400, seed: int = 0) -> UnitLosses:
    """A gain of so many standard errors."""
    noise = np.random.default_rng(seed).normal(0, 1, count)
    return UnitLosses.mean((noise - noise.mean()) / noise.std() + lead / np.sqrt(count))


@pytest.mark.parametrize("count", [1, 5, 30])
def test_options_that_differ_by_chance_are_expected_to_gain_nothing(count: int) -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(20):
        options = [UnitLosses.mean(one) for one in rng.normal(0, 1, (count, 300))]
        found.append(expected_gain.of_best(options))
    assert np.mean(found) < 0.02 < max(o.value for o in options) + 0.1


def test_a_clear_lead_keeps_nearly_all_of_its_gain() -> None:
    lead = gain(4.0)
    assert expected_gain.of_best([lead]) == pytest.approx(lead.value, rel=0.1)
    assert expected_gain.of_best([gain(-4.0)]) == pytest.approx(0.0, abs=1e-4)


def test_a_single_option_is_expected_to_gain_from_half_a_standard_error_on() -> None:
    assert expected_gain.of_best([gain(0.3)]) < 0 < expected_gain.of_best([gain(0.8)])


def test_rows_of_one_unit_are_drawn_together() -> None:
    """Fifty copies of eight units are no more evidence than the eight."""
    values, copies = gain(0.4, 8).influence + 0.05, 50
    many = UnitLosses.mean(np.repeat(values, copies), np.repeat(np.arange(8), copies))
    few = UnitLosses.mean(values)
    assert expected_gain.of_best([many]) == pytest.approx(expected_gain.of_best([few]))
    assert expected_gain.of_best([UnitLosses.mean(np.repeat(values, copies))]) != pytest.approx(
        expected_gain.of_best([few])
    )


def test_one_unit_says_nothing() -> None:
    assert expected_gain.of_best([UnitLosses.mean(np.ones(9), np.zeros(9, dtype=int))]) == 0.0
