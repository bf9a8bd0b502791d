"""A log whose file is damaged: what can be read of it, in memory, and nothing written."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from breakeven.online import salvage, sqlite_file
from breakeven.online.event import Event
from breakeven.online.event_log import FILE, Snapshot
from breakeven.online.record_codec import Checks, Quarantine, RecordCodec
from breakeven.online.sqlite_file import DamagedDatabase
from breakeven.online.sqlite_log import SqliteLog, hold

ADD = "insert or ignore into events (id, person, item, kind, at, value, told, number) values (?, ?, ?, ?, ?, ?, ?, ?)"


class DamagedLog(SqliteLog):
    """The events that can be read. Whatever writes raises OSError with the command that repairs; `fault` says the same."""

    def __init__(self, folder: Path, damage: DamagedDatabase, checks: Checks | None = None) -> None:
        self._path, self._damage, self._codec = folder / FILE, damage, RecordCodec(checks)
        self.unreadable = Quarantine(str(self._path), self._codec)
        self._lock, self._process_lock = threading.Lock(), hold(folder)
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute(sqlite_file.EVENTS)
        self._connection.execute(sqlite_file.SNAPSHOTS)
        found = copy_events(self._path, self._connection)
        self.last = int(self._connection.execute("select coalesce(max(number), 0) from events").fetchone()[0])
        logging.getLogger("breakeven").warning(
            "%s; %s events can be read and answered from, and none are written", damage, f"{found:,}"
        )

    def index(self) -> None:
        """Nothing: what can be read is in memory."""

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Raises OSError."""
        raise OSError(self._damage.public)

    def save(self, name: str, snapshot: Snapshot) -> None:
        """Nothing: a state is rebuilt at every start."""

    def _change(self, statements: Sequence[tuple[str, tuple[str | None, ...]]]) -> int:
        raise OSError(self._damage.public)

    def fault(self) -> str | None:
        """The damage."""
        return self._damage.public


def copy_events(damaged: Path, target: sqlite3.Connection) -> int:
    """Insert the events that can be read from a damaged file. Returns how many."""
    target.execute("begin")
    found: int = target.executemany(ADD, salvage.events(damaged)).rowcount
    target.execute("commit")
    return max(found, 0)
