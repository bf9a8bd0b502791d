"""Outcomes of predictions in a product's log: the row that was predicted and what turned out to be true.

Products of before there was one log have them in a file of their own, `feedback.db`: its rows are taken into the log once.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.fields import described
from breakeven.core.types import Outcome
from breakeven.online import sqlite_file
from breakeven.online.event import OUTCOME, Event, now
from breakeven.online.event_log import FILE, EventLog
from breakeven.online.logs import open_existing, open_log
from breakeven.online.record_codec import Checks

#: The file of outcomes of earlier versions.
OLD_FILE = "feedback.db"
#: Its name once its rows are in the log.
MOVED_FILE = "feedback.db.moved"
#: What the id of a record begins with that was a row of the old file; its number follows.
OLD_ID = "feedback.db:"
_OLD_TABLE = "select type from sqlite_master where name = 'outcomes'"
#: Rows of the old file that are taken into the log at a time.
BATCH = 10_000


def check(data: Mapping[str, object]) -> str | None:
    """What is wrong with the data of an OUTCOME record."""
    if not isinstance(data.get("row"), dict):
        return f"row is {described(data.get('row'))}"
    return None if "outcome" in data else "there is no outcome"


CHECKS: Checks = {OUTCOME: check}


class Outcomes:
    """The outcomes of a product. Opens its log when one is appended; a server that gets none holds no file."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._lock = folder, name, threading.Lock()
        self._log: EventLog | None = None
        self._looked = False
        self._damage: str | None = None

    def append(self, outcomes: Sequence[Outcome]) -> int:
        """Write outcomes in one transaction; on disk when it returns. Returns how many are stored.

        Raises OSError where they cannot be written, also because another process writes the log.
        """
        with self._lock:
            if self._log is None:
                self._log = self._opened()
            self._log.append(
                [Event("", "", OUTCOME, now(), data={"row": o.row, "outcome": o.outcome}) for o in outcomes]
            )
            return self._log.count(OUTCOME)

    def fault(self) -> str | None:
        """Why outcomes cannot be kept at present; None where they can. A log that is not open yet is not opened for it, but its file
        is looked at once.
        """
        log = self._log
        if log is not None:
            return log.fault()
        if not self._looked:
            self._looked, self._damage = True, sqlite_file.damage(self._folder / FILE)
        return self._damage or sqlite_file.lack_of_space(self._folder)

    def _opened(self) -> EventLog:
        try:
            log = open_log(self._folder, self._name, CHECKS)
            with contextlib.ExitStack() as undo:
                undo.callback(log.close)
                move_old(self._folder, log)
                undo.pop_all()
        except (
            InputError,
            sqlite3.Error,
            ValueError,
            RecursionError,
        ) as error:  # the request that comes first is not at fault
            raise OSError(str(error)) from None
        return log

    def close(self) -> None:
        """Close the log."""
        with self._lock:
            if self._log is not None:
                self._log.close()
                self._log = None


def append_outcomes(folder: Path, name: str, outcomes: Sequence[Outcome]) -> int:
    """Open the log, append, close. Returns how many are stored. For scenarios whose service keeps nothing open."""
    with contextlib.closing(Outcomes(folder, name)) as log:
        return log.append(outcomes)


def stored_outcomes(folder: Path, name: str) -> list[Outcome]:
    """All outcomes of a product in the order they came, read beside its server; those of an old file first."""
    found = {f"{OLD_ID}{number}": outcome for number, _, outcome in _old_rows(folder)}
    out = list(found.values())
    log = open_existing(folder, name, CHECKS)
    if log is not None:
        with contextlib.closing(log):
            out += [Outcome((e.data or {})["row"], (e.data or {})["outcome"]) for e in log.read(kind=OUTCOME)
                    if e.id not in found]  # fmt: skip
    return out


def move_old(folder: Path, log: EventLog) -> None:
    """Take the rows of an old file into the log, then rename it. A move that was cut short is begun anew: ids are stored once."""
    if not (folder / OLD_FILE).is_file():
        return
    events = [
        Event("", "", OUTCOME, at, id=f"{OLD_ID}{number}", data={"row": dict(o.row), "outcome": o.outcome})
        for number, at, o in _old_rows(folder)
    ]
    for start in range(0, len(events), BATCH):
        log.append(events[start : start + BATCH])
    (folder / OLD_FILE).rename(folder / MOVED_FILE)


def _old_rows(folder: Path) -> Iterator[tuple[int, float, Outcome]]:
    if not (folder / OLD_FILE).is_file():
        return
    sqlite_file.check_plain(folder / OLD_FILE)
    uri = f"{(folder / OLD_FILE).resolve().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        if connection.execute(_OLD_TABLE).fetchone() != ("table",):
            raise InputError(str(folder / OLD_FILE), "it has no table of outcomes", "move it away, or restore it")
        for number, at, row, outcome in connection.execute(
            "select number, at, row, outcome from outcomes order by number"
        ):
            yield number, at, Outcome(json.loads(row), json.loads(outcome))
