"""Weights of an ensemble: the useful members get them, and nothing is judged by weights it had a part in."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.models.training import ensemble
from breakeven.runtime.ensemble import Pool


def classes(noises: list[float], n: int = 1_200) -> tuple[list[np.ndarray], np.ndarray]:
    """Members that know the class but for noise of their own."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    found = []
    for noise in noises:
        z = np.exp(2 * np.eye(3)[y] + noise * rng.normal(size=(n, 3)))
        found.append(z / z.sum(axis=1, keepdims=True))
    return found, y


def values(noises: list[float], n: int = 1_200) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(1)
    y = rng.normal(size=n)
    return [y + noise * rng.normal(size=n) for noise in noises], y


@pytest.mark.parametrize("way", ensemble.WAYS)
@pytest.mark.parametrize("make", [classes, values])
def test_together_they_beat_the_best_and_noise_gets_no_weight(way: str, make) -> None:
    members, y = make([1.0, 1.0, 60.0])
    pool = ensemble.WAYS[way](members, y)
    assert pool.weights[2] == 0 and min(pool.weights[:2]) > 0.2
    joint = ensemble.crossed(ensemble.WAYS[way], members, y, np.arange(len(y)), 0)
    if joint.ndim == 2:
        assert np.allclose(joint.sum(axis=1), 1)
        assert (joint.argmax(axis=1) == y).mean() > max((m.argmax(axis=1) == y).mean() for m in members) + 0.02
    else:
        assert ((joint - y) ** 2).mean() < 0.7 * min(((m - y) ** 2).mean() for m in members)


def test_greedy_draws_of_one_good_model_leave_the_bad_ones() -> None:
    members, y = classes([0.2, 8.0, 8.0])
    assert ensemble.greedy(members, y).weights == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("way", ensemble.WAYS)
def test_a_row_answered_twice_is_never_judged_by_weights_it_had_a_part_in(way: str) -> None:
    members, y = classes([1.0, 1.0], 300)
    rows, seen = np.tile(np.arange(150), 2), []

    def spying(some, truth) -> Pool:
        seen.append(len(truth))
        return ensemble.WAYS[way](some, truth)

    y[150:] = y[:150]
    ensemble.crossed(spying, members, y, rows, 0)
    assert len(seen) == ensemble.FOLDS and all(n % 2 == 0 for n in seen)


def test_few_rows_leave_stacked_weights_near_equal_ones() -> None:
    members, y = classes([1.0, 1.2], 6)
    assert np.allclose(ensemble.stacked(members, y).weights, 0.5, atol=0.15)


def test_a_pool_of_powers_is_surer_and_survives_noughts() -> None:
    sure = np.array([[0.9, 0.1, 0.0]])
    joint = Pool("powers", (1.0, 1.0)).joined([sure, sure])
    assert joint[0, 0] > 0.95 and np.isfinite(joint).all() and joint.sum() == pytest.approx(1)
