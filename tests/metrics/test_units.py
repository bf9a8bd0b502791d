"""Standard errors over units: what moves together is counted once, over rows of a group and over repeats."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven import metrics
from breakeven.metrics import UnitLosses
from breakeven.metrics.scores import effective_rows


def groups(rng: np.random.Generator, count: int, rows: int, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Errors (count * rows,) of variance one whose rows within a group correlate, and the group of each."""
    of = np.repeat(np.arange(count), rows)
    own, shared = rng.normal(size=count * rows), rng.normal(size=count)[of]
    return np.sqrt(1 - correlation) * own + np.sqrt(correlation) * shared, of


def test_intervals_under_group_splits_hold_as_often_as_they_say() -> None:
    """60 groups of 8 rows whose errors correlate by 0.4: clustered intervals hold in 86 to 94 % of draws, row-wise do not."""
    rng, held = np.random.default_rng(0), {"clustered": 0, "row-wise": 0}
    for _ in range(400):
        errors, of = groups(rng, 60, 8, 0.4)
        for how, units in (("clustered", of), ("row-wise", None)):
            measured = UnitLosses.mean(errors, units)
            held[how] += abs(measured.value) <= metrics.Z90 * measured.error
    assert 0.86 <= held["clustered"] / 400 <= 0.94
    assert held["row-wise"] / 400 < 0.8


@pytest.mark.parametrize("name", ["mae", "rmse", "roc_auc", "accuracy", "f1", "average_precision"])
def test_coverage_of_scores_and_of_paired_differences(name: str) -> None:
    """Every kind of score over clustered rows: about nine in ten intervals hold the score of a very large sample."""
    rng = np.random.default_rng(1)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        shared, of = groups(rng, count, 10, 0.5)
        signal = rng.normal(size=len(of)) + 1.5 * groups(rng, count, 10, 0.9)[0]
        if name in ("mae", "rmse"):
            return signal, signal + shared, signal + 0.7 * shared + 0.7 * rng.normal(size=len(of)), of
        y = (signal > 0.5).astype(int)
        answers = [
            1 / (1 + np.exp(-(signal - 0.5 + a * shared + b * rng.normal(size=len(of)))))
            for a, b in ((1.5, 0.2), (1, 1))
        ]
        return (y, *(np.stack([1 - p, p], axis=1) for p in answers), of)

    y, first, second, _ = draw(20_000)
    truth, gap = metrics.score(name, y, first), metrics.difference(name, y, first, second)[0]
    held = {"score": 0, "gap": 0, "rows": 0}
    for _ in range(400):
        y, first, second, of = draw(80)
        found = metrics.interval(name, y, first, of)
        held["score"] += found.low <= truth <= found.high
        plain = metrics.interval(name, y, first)
        held["rows"] += plain.low <= truth <= plain.high
        value, error = metrics.difference(name, y, first, second, of)
        held["gap"] += abs(value - gap) <= metrics.Z90 * error
    assert 0.86 <= held["score"] / 400 <= 0.94
    assert 0.86 <= held["gap"] / 400 <= 0.94
    assert held["rows"] / 400 < 0.8


def test_rows_of_their_own_give_the_plain_standard_error() -> None:
    losses = np.random.default_rng(0).random(50)
    measured = UnitLosses.mean(losses)
    assert measured.error == pytest.approx(losses.std(ddof=1) / np.sqrt(50))
    assert measured.unit_count == 50


def test_copies_of_a_row_say_no_more_than_the_row() -> None:
    losses = np.random.default_rng(0).random(50)
    once, thrice = UnitLosses.mean(losses), UnitLosses.mean(np.repeat(losses, 3), np.repeat(np.arange(50), 3))
    assert thrice.value == pytest.approx(once.value)
    assert thrice.error == pytest.approx(once.error)


def test_weights_make_a_ratio_of_sums() -> None:
    errors, words = np.array([1.0, 0.0, 3.0]), np.array([10.0, 5.0, 12.0])
    measured = UnitLosses.mean(errors / words, weights=words)
    assert measured.value == pytest.approx(errors.sum() / words.sum())
    assert measured.influence.sum() == pytest.approx(0, abs=1e-12)


def test_one_unit_alone_is_judged_by_its_rows() -> None:
    measured = UnitLosses.mean(np.array([0.0, 1.0, 1.0]), np.zeros(3, dtype=int))
    assert measured.error == UnitLosses.mean(np.array([0.0, 1.0, 1.0])).error > 0
    assert UnitLosses.mean(np.array([1.0])).error == 0


def test_pairs_need_the_same_rows() -> None:
    a, b = UnitLosses.mean(np.arange(3.0)), UnitLosses.mean(np.arange(3.0), np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="same rows"):
        metrics.paired(a, b)
    assert metrics.paired(a, a, higher_is_better=False).error == 0


def test_repeats_that_share_units_do_not_count_them_twice() -> None:
    losses = np.random.default_rng(0).random(100)
    once = UnitLosses.mean(losses)
    assert metrics.pooled([once, once, once]) == pytest.approx((once.value, once.error))
    halves = [UnitLosses.mean(losses[s], np.arange(100)[s]) for s in (slice(50), slice(50, 100))]
    value, error = metrics.pooled(halves)
    assert value == pytest.approx(once.value)
    assert error == pytest.approx(once.error, rel=0.05)  # disjoint repeats add their rows


def test_what_training_rows_change_is_added_to_what_units_explain() -> None:
    """Three repeats on the same units whose scores differ by more than those units can: the spread is part of the error."""
    losses = np.random.default_rng(0).random(100)
    repeats = [UnitLosses.mean(losses + shift) for shift in (-0.3, 0.0, 0.3)]
    _, error = metrics.pooled(repeats)
    assert error == pytest.approx(np.sqrt(UnitLosses.mean(losses).error ** 2 + 0.09 / 3))


def test_effective_rows_of_clusters() -> None:
    right = np.repeat(np.random.default_rng(0).random(40) < 0.7, 5).astype(float)
    assert effective_rows(UnitLosses.mean(right)) == 200
    assert 39 <= effective_rows(UnitLosses.mean(right, np.repeat(np.arange(40), 5))) <= 41
    assert effective_rows(UnitLosses.mean(np.ones(200), np.repeat(np.arange(40), 5))) == 40
