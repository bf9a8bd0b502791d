"""The gap between said and true probability: without chance, with an interval over units."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.core.decision import Decision
from breakeven.metrics import diagnostics, per_class
from breakeven.metrics.probability_gap import measure


def drawn(rows: int, off: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, rows])
    said = rng.uniform(0.6, 1.0, rows)
    return said, rng.random(rows) < said - off


@pytest.mark.parametrize(("rows", "off"), [(300, 0.0), (300, 0.1), (3_000, 0.0), (3_000, 0.05)])
def test_it_is_the_true_gap_on_average_and_its_interval_holds(rows: int, off: float) -> None:
    found = [measure(*drawn(rows, off, seed)) for seed in range(120)]
    chance = np.mean([f.by_chance for f in found])
    assert np.mean([f.value for f in found]) == pytest.approx(off, abs=max(0.01, 0.65 * chance))
    assert np.mean([f.low <= off <= f.high for f in found]) > 0.82
    if off == 0:
        assert np.mean([f.plain for f in found]) == pytest.approx(chance, rel=0.15)
        assert np.mean([f.shown for f in found]) < 0.12
    else:
        assert np.mean([f.shown for f in found]) > 0.8


def test_the_plain_gap_is_that_of_its_definition() -> None:
    said, right = drawn(1_000, 0.05, 0)
    order = np.argsort(said)
    parts = order.reshape(10, 100)
    assert measure(said, right, bins=10).plain == pytest.approx(
        np.mean([abs(right[part].mean() - said[part].mean()) for part in parts])
    )


def test_rows_of_one_unit_say_less_than_rows_by_themselves() -> None:
    said, right = drawn(60, 0.1, 0)
    units = np.repeat(np.arange(60), 20)
    together, apart = measure(said[units], right[units], units), measure(said[units], right[units])
    assert together.by_chance > 2 * apart.by_chance and apart.shown and not together.shown
    assert together.high - together.low > 2 * (apart.high - apart.value)


@pytest.mark.parametrize("rows", [1, 2, 12])
def test_few_rows_show_nothing(rows: int) -> None:
    found = measure(np.full(rows, 0.9), np.ones(rows, dtype=bool))
    assert not found.shown and found.low == 0 and 0 <= found.value <= found.high <= 1


def test_a_model_that_is_always_sure_and_often_wrong_is_unreliable() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    sure = np.eye(2)[np.where(rng.random(200) < 0.42, y, 1 - y)]
    found = diagnostics.reliability(y, sure)
    assert found["unreliable"] and found["gap"].value == pytest.approx(0.58, abs=0.1)
    assert not diagnostics.reliability(y, np.eye(2)[y])["unreliable"]


def test_thresholds_follow_the_calibrated_probability() -> None:
    """A yes that costs five times as much is answered from one sixth on: of what is true, not of what was said."""
    rng = np.random.default_rng(0)
    true = rng.uniform(0, 0.6, 20_000)
    y = (rng.random(20_000) < true).astype(int)
    both = np.stack([1 - true, true], axis=1)
    costs = [5 * ((y == 1) & (p[:, 1] < 1 / 6)).sum() + ((y == 0) & (p[:, 1] >= 1 / 6)).sum() for p in (both, both**2)]
    assert costs[0] < costs[1]
    assert per_class.thresholds(y, both, Decision(1))[1].answered == pytest.approx((true >= 1 / 6).mean())
