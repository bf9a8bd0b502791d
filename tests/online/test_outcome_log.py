"""Outcomes are kept in order and survive; promotion asks for evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core.types import Interval, Outcome
from breakeven.online.outcome_log import OutcomeLog
from breakeven.online.promotion import promote


def test_outcomes_come_back_in_order(tmp_path: Path) -> None:
    log = OutcomeLog(tmp_path)
    assert log.append([Outcome({"a": 1, "城": "上海"}, "yes"), Outcome({"a": None}, 3)]) == 2
    log.close()
    again = OutcomeLog(tmp_path)
    assert again.read() == [Outcome({"a": 1, "城": "上海"}, "yes"), Outcome({"a": None}, 3)]
    assert again.append([Outcome({}, 0)]) == 3
    again.close()


def probabilities(y: np.ndarray, share: float) -> np.ndarray:
    right = np.arange(len(y)) < share * len(y)
    p = np.where(right, y, 1 - y).astype(float)
    return np.stack([1 - p, p], axis=1)


def promoted(y: np.ndarray, challenger: float, champion: float) -> tuple[bool, Interval]:
    new, old = (metrics.losses("accuracy", y, probabilities(y, share)) for share in (challenger, champion))
    return promote(new, old, metrics.METRICS["accuracy"].scale, 0.005)


def test_only_a_better_challenger_is_promoted() -> None:
    y = np.tile([0, 1], 500)
    better, interval = promoted(y, 0.9, 0.8)
    assert better
    assert interval.low > 0.05
    assert not promoted(y, 0.8, 0.9)[0]
    assert not promoted(y, 0.9, 0.9)[0]
