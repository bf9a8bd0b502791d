"""What a durable log of events can do; its pages and snapshots. `logs.open_log` opens one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from breakeven.online.event import Event, now
from breakeven.online.record_codec import Quarantine

__all__ = ["Event", "EventLog", "Page", "Snapshot", "new_ones", "now", "read_all"]

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
    state: Mapping[str, object]


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

    def page(
        self,
        after: int = 0,
        kind: str | None = None,
        through: int | None = None,
        user: str | None = None,
        item: str | None = None,
    ) -> Page:
        """At most PAGE events with a number above `after`, up to the number `through`, of one kind, user and item where given."""

    def holds(self, id: str) -> bool:
        """Whether an event of that id is stored."""

    def index(self) -> None:
        """Let `page` find the events of one item, or of one user, without reading the others; once done it stays. Raises OSError."""

    def read(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Iterator[Event]:
        """All such events that can be read, in order; `unreadable` counts the others."""

    def count(self, kind: str) -> int:
        """How many events of a kind are stored."""

    def snapshot(self, name: str) -> Snapshot | None:
        """The last snapshot saved under a name."""

    def save(self, name: str, snapshot: Snapshot) -> None:
        """Save a snapshot, in place of an older one of that name."""

    def delete(self, user: str, item: str | None = None, kind: str | None = None) -> int:
        """Delete a user's actions about an item, of one kind where given, for good; without an item all that names the user.

        Returns how many events were deleted.
        """

    def rename(self, user: str, into: str) -> int:
        """Give all events of a user to another. Returns how many."""

    def fault(self) -> str | None:
        """Why the log cannot be written at present, as far as is known; None where it can."""

    def close(self) -> None:
        """Close the file or the connections."""


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
