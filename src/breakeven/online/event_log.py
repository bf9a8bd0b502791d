"""The durable log of a product: on disk before it is acknowledged, each id once, in the order of arrival.

SQLite by default, with one writing process. PostgreSQL by DATABASE_URL for several processes.

>>> import tempfile
>>> log = open_log(Path(tempfile.mkdtemp()), "shop", url="")
>>> log.append([Event("u1", "tea", "view", 1.7e9, id="a"), Event("u1", "mug", "view", 1.7e9, id="a")])
[True, False]
>>> [e.item for e in log.read()]
['tea']
>>> log.close()
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from breakeven.online.event import Event, now
from breakeven.online.record_codec import Checks, Quarantine

__all__ = ["Event", "EventLog", "Page", "Snapshot", "new_ones", "now", "open_existing", "open_log", "read_all"]

#: The file of a product's events in its folder.
FILE = "events.db"
#: Rows read from a log at a time.
PAGE = 50_000


@dataclass(frozen=True)
class Page:
    """Some consecutive events of a log, and the number of the last row looked at (also where that row is unreadable)."""

    events: Sequence[Event]
    last: int


@dataclass(frozen=True)
class Snapshot:
    """A state as JSON, after the event of a number."""

    number: int
    state: Mapping[str, Any]


class EventLog(Protocol):
    """What a log can do. Methods raise OSError where the disk or the database fails."""

    #: Stored rows that could not be read and were left out.
    unreadable: Quarantine
    #: Whether other processes write to the same log.
    shared: bool
    #: The number of the last row of the log that this process has written or, at opening, found; 0 for none.
    last: int

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Write events in one transaction; on disk when it returns. Which of them are new: an id is stored once.

        Raises InputError for an event that could not be read back, with nothing written.
        """

    def page(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Page:
        """At most PAGE events with a number above `after`, of one kind and up to the number `through` where given."""

    def read(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Iterator[Event]:
        """All such events that can be read, in order; `unreadable` counts the others."""

    def count(self, kind: str) -> int:
        """How many events of a kind are stored."""

    def snapshot(self, name: str) -> Snapshot | None:
        """The last snapshot saved under a name."""

    def save(self, name: str, snapshot: Snapshot) -> None:
        """Save a snapshot, in place of an older one of that name."""

    def close(self) -> None:
        """Close the file or the connections."""


def open_log(folder: Path, name: str, checks: Checks | None = None, url: str | None = None) -> EventLog:
    """The log of a product: a PostgreSQL table of the product's name where `url` (default: DATABASE_URL) names a database, else
    SQLite in the product's folder. Raises InputError where it cannot be opened.
    """
    url = url if url is not None else os.environ.get("DATABASE_URL", "")
    if _is_postgres(url):
        from breakeven.online.postgres_log import PostgresLog

        return PostgresLog(url, name, checks)
    from breakeven.online.sqlite_log import SqliteLog

    return SqliteLog(folder, checks)


def open_existing(folder: Path, name: str, checks: Checks | None = None) -> EventLog | None:
    """The same log for reading, also while a server writes it; None where nothing was ever written."""
    if _is_postgres(os.environ.get("DATABASE_URL", "")):
        return open_log(folder, name, checks)
    from breakeven.online.sqlite_log import SqliteLog

    return SqliteLog(folder, checks, reading=True) if (folder / FILE).is_file() else None


def read_all(log: EventLog, after: int, kind: str | None, through: int | None) -> Iterator[Event]:
    """The pages of a log one after another; `unreadable` is counted anew and reported."""
    log.unreadable.clear()
    while True:
        page = log.page(after, kind, through)
        if page.last == after:
            log.unreadable.report()
            return
        after = page.last
        yield from page.events


def new_ones(events: Sequence[Event], ids: Sequence[str | None]) -> list[bool]:
    """Which events were added, by the `ids` of the rows that were: one without an id always is, an id once."""
    left, out = {i for i in ids if i is not None}, []
    for e in events:
        out.append(e.id is None or e.id in left)
        left.discard(e.id or "")
    return out


def _is_postgres(url: str) -> bool:
    return url.partition("://")[0] in ("postgres", "postgresql")
