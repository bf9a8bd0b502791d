"""The durable log of outcomes: SQLite, one writer, on disk before it is acknowledged. Needs only Python."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path

from breakeven.core.types import Outcome

FILE = "feedback.db"
_TABLE = "create table if not exists outcomes (number integer primary key, at real not null, row text not null, outcome text not null)"


class OutcomeLog:
    """Append outcomes and read them back. One connection owns all writes; `synchronous=full` puts each on disk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(folder / FILE, check_same_thread=False)
        # A rollback journal, not WAL: SQLite before 3.51.3 can corrupt a WAL file when two connections checkpoint.
        self._connection.execute("pragma synchronous=full")
        self._connection.execute(_TABLE)
        self._connection.commit()

    def append(self, outcomes: list[Outcome]) -> int:
        """Write outcomes in one transaction. Returns how many there are now."""
        rows = [
            (time.time(), json.dumps(o.row, ensure_ascii=False), json.dumps(o.outcome, ensure_ascii=False))
            for o in outcomes
        ]
        with self._lock, self._connection:
            self._connection.executemany("insert into outcomes (at, row, outcome) values (?, ?, ?)", rows)
        return self.count()

    def count(self) -> int:
        """How many outcomes are kept."""
        with self._lock:
            return int(self._connection.execute("select count(*) from outcomes").fetchone()[0])

    def read(self) -> list[Outcome]:
        """All outcomes in the order they came."""
        with self._lock:
            found = self._connection.execute("select row, outcome from outcomes order by number").fetchall()
        return [Outcome(json.loads(row), json.loads(outcome)) for row, outcome in found]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
