"""Changes of what a log holds of users: one is erased, one is merged with another, some events are deleted.

Each change appends records first, by which states, and builds that read copies of the events, learn of it. Where the process ends
in between, the records stand and the change can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from breakeven.online.event import DELETED, ERASED, MERGED, Event, now, user_digest
from breakeven.online.event_log import EventLog


@dataclass(frozen=True)
class Change:
    """What came of a change: the number of events deleted or moved, and the records that were appended."""

    events: int
    records: Sequence[Event]


def merge_users(log: EventLog, user: str, into: str) -> Change:
    """Give all events of a user to another."""
    record = Event(user, into, MERGED, now())
    log.append([record])
    return Change(log.rename(user, into), [record])


def delete_events(log: EventLog, user: str, item: str, kind: str | None = None) -> Change:
    """Delete a user's events about an item, of one kind where given."""
    record = Event(user, item, DELETED, now(), data={} if kind is None else {"kind": kind})
    log.append([record])
    return Change(log.delete(user, item, kind), [record])


def erase_user(log: EventLog, user: str) -> Change:
    """Delete all that a log holds of a user, and of those who were merged with them. Records keep digests of the names alone."""
    names, merged = {user}, [(e.user, e.item) for e in log.read(kind=MERGED)]
    while more := {earlier for earlier, into in merged if into in names} - names:
        names |= more
    records = [Event("", user_digest(name), ERASED, now()) for name in sorted(names)]
    log.append(records)
    return Change(sum(log.delete(name) for name in names), records)
