"""Outcomes are kept in order and survive; promotion asks for evidence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core.types import Interval, Outcome
from breakeven.online.event import OUTCOME
from breakeven.online.logs import open_log
from breakeven.online.outcomes import MOVED_FILE, OLD_FILE, Outcomes, move_old, stored_outcomes
from breakeven.online.promotion import promote

SOME = [Outcome({"a": 1, "城": "上海"}, "yes"), Outcome({"a": None}, 3)]


def test_outcomes_come_back_in_order(tmp_path: Path) -> None:
    outcomes = Outcomes(tmp_path, "churn")
    assert outcomes.append(SOME) == 2
    assert stored_outcomes(tmp_path, "churn") == SOME  # also while the server writes
    outcomes.close()
    again = Outcomes(tmp_path, "churn")
    assert again.append([Outcome({}, 0)]) == 3
    again.close()
    assert stored_outcomes(tmp_path, "churn") == [*SOME, Outcome({}, 0)]


def old_file(folder: Path) -> None:
    """A file of outcomes as versions up to 0.1.0 wrote it."""
    with closing(sqlite3.connect(folder / OLD_FILE)) as connection:
        connection.execute(
            "create table outcomes (number integer primary key, at real not null, row text not null, outcome text not null)"
        )
        rows = [(1.7e9 + i, json.dumps(o.row, ensure_ascii=False), json.dumps(o.outcome)) for i, o in enumerate(SOME)]
        connection.executemany("insert into outcomes (at, row, outcome) values (?, ?, ?)", rows)
        connection.commit()


def test_an_old_file_of_outcomes_is_taken_into_the_log_once(tmp_path: Path) -> None:
    old_file(tmp_path)
    assert stored_outcomes(tmp_path, "churn") == SOME  # read as it stands
    outcomes = Outcomes(tmp_path, "churn")
    assert outcomes.append([Outcome({"a": 5}, "no")]) == 3
    outcomes.close()
    assert not (tmp_path / OLD_FILE).exists() and (tmp_path / MOVED_FILE).is_file()
    assert stored_outcomes(tmp_path, "churn") == [*SOME, Outcome({"a": 5}, "no")]


def test_a_move_that_was_cut_short_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old_file(tmp_path)
    log = open_log(tmp_path, "churn", url="")
    with monkeypatch.context() as m:
        m.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            move_old(tmp_path, log)
    assert log.count(OUTCOME) == 2 and stored_outcomes(tmp_path, "churn") == SOME  # none twice
    move_old(tmp_path, log)
    assert log.count(OUTCOME) == 2 and not (tmp_path / OLD_FILE).exists()
    log.close()


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
