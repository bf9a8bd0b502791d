"""Off-policy estimates: right on average on made logs, honest in their intervals, and on a shop's real random log."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core.types import Interval
from breakeven.online.off_policy import Logged, ips, snips

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "rec-open-bandit"


def made(n: int, seed: int) -> tuple[Logged, float]:
    """Ten actions logged unevenly; the other policy likes what is taken more often."""
    rng = np.random.default_rng(seed)
    logged, rates = rng.dirichlet(np.full(10, 5.0)), np.linspace(0.02, 0.2, 10)
    wanted = rates / rates.sum()
    action = rng.choice(10, n, p=logged)
    rewards = (rng.random(n) < rates[action]).astype(float)
    return Logged(rewards, logged[action], wanted[action]), float(wanted @ rates)


@pytest.mark.parametrize("estimate", [ips, snips])
def test_intervals_hold_the_truth_nine_times_in_ten(estimate: Callable[[Logged], Interval]) -> None:
    held, values = 0, []
    for seed in range(100):
        log, truth = made(2_000, seed)
        found = estimate(log)
        held += found.low <= truth <= found.high
        values.append(found.value - truth)
    assert 82 <= held <= 97 and abs(np.mean(values)) < 0.003


def test_effective_rows_and_refusals() -> None:
    same = Logged(np.ones(8), np.full(8, 0.5), np.full(8, 0.5))
    assert same.effective == pytest.approx(8)
    one = Logged(np.ones(8), np.full(8, 0.5), np.array([0.5] + [0.0] * 7))
    assert one.effective == pytest.approx(1)
    for logged, wanted in (
        (np.zeros(2), np.ones(2)),
        (np.full(2, 1.5), np.ones(2)),
        (np.ones(2), np.array([-1, 1])),
        (np.ones(3), np.ones(2)),
    ):
        with pytest.raises(ValueError, match="probabilities"):
            Logged(np.ones(2), logged, wanted)


@pytest.mark.skipif(not REAL.is_dir(), reason="the Open Bandit sample is not here")
def test_a_real_random_log_covers_the_other_policys_click_rate() -> None:
    rows = {}
    for policy in ("random", "bts"):
        with gzip.open(REAL / policy / "all" / "all.csv.gz", "rt", encoding="utf-8") as file:
            rows[policy] = [
                (int(r["item_id"]), int(r["position"]), int(r["click"]), float(r["propensity_score"]))
                for r in csv.DictReader(file)
            ]
    # The other policy's probability of an item at a position, as often as it showed it there.
    counts: dict[tuple[int, int], int] = {}
    places: dict[int, int] = {}
    for item, position, _, _ in rows["bts"]:
        counts[item, position] = counts.get((item, position), 0) + 1
        places[position] = places.get(position, 0) + 1
    wanted = np.array([counts.get((i, p), 0) / places[p] for i, p, _, _ in rows["random"]])
    log = Logged(
        np.array([float(c) for _, _, c, _ in rows["random"]]), np.array([p for *_, p in rows["random"]]), wanted
    )
    clicks = np.array([c for _, _, c, _ in rows["bts"]])
    for estimate in (ips(log), snips(log)):
        assert estimate.low <= clicks.mean() <= estimate.high
    assert metrics.wilson(float(clicks.mean()), len(clicks))[0] < ips(log).value
