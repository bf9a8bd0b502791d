"""All that users did, by pages: the events that the product was built from, then those of the log. Read in worker threads.

A cursor is `b` and a place among the former, or `l` and a number of the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from breakeven.core.errors import InputError
from breakeven.online.event import Event
from breakeven.online.live_log import LiveLog
from breakeven.scenarios.recommend.state import State

#: Most events of a list that has no pages.
MAX_LISTED = 100_000
#: Rows of the log that are read first for a page; each further look takes twice as many.
FIRST_ROWS = 500
#: Most rows that are read at a time, so that writers of the log wait for milliseconds.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Wanted:
    """Which events: of a user, of an item, of a kind; None stands for all."""

    user: str | None = None
    item: str | None = None
    kind: str | None = None


class StoredFeedback:
    """The events of one shop."""

    def __init__(self, live: State, events: LiveLog) -> None:
        self._live, self._events = live, events

    def page(self, cursor: str, n: int, kind: str | None = None) -> tuple[list[Event], str]:
        """At most n events after a cursor (empty for the first), and the cursor after them (empty at the end)."""
        wanted, place = Wanted(kind=kind), int(cursor[1:] or 0)
        out = list[Event]()
        if not cursor.startswith("l"):
            for at in self._places(wanted, place):
                if len(out) == n:
                    return out, f"b{at}"
                out.extend(self._built(at))
            place = 0
        for e in self._logged(wanted, place, n - len(out)):
            if len(out) == n:
                return out, f"l{place}"
            out.append(e)
            place = e.number or 0
        return out, ""

    def all(self, wanted: Wanted) -> list[Event]:
        """All events of a user or an item, the oldest stored first. Raises InputError for too many."""
        out = list[Event]()
        for e in self._all(wanted):
            if len(out) == MAX_LISTED:
                raise InputError("path", f"more than {MAX_LISTED:,} events", "read GET /api/feedback by pages")
            out.append(e)
        return out

    def _all(self, wanted: Wanted) -> Iterator[Event]:
        for at in self._places(wanted, 0):
            yield from self._built(at)
        yield from self._logged(wanted, 0, MOST_ROWS)

    def _places(self, wanted: Wanted, begin: int) -> Iterator[int]:
        """Places of the wanted events among those that the product was built from, from `begin` on."""
        live, seen = self._live, self._live.product.seen
        part = slice(begin, len(seen.items))
        if wanted.user is not None:
            part = seen.slice(live.people[wanted.user]) if wanted.user in live.people else slice(0, 0)
        item = None if wanted.item is None else live.number.get(wanted.item, -1)
        kind = (
            None if wanted.kind is None else (list(live.kinds).index(wanted.kind) if wanted.kind in live.kinds else -1)
        )
        for start in range(part.start, part.stop, MOST_ROWS):
            rows = slice(start, min(start + MOST_ROWS, part.stop))
            mine = np.ones(rows.stop - rows.start, dtype=bool)
            if item is not None:
                mine &= seen.items[rows] == item
            if kind is not None:
                mine &= live.product.kinds[rows] == kind
            yield from (start + np.flatnonzero(mine)).tolist()

    def _built(self, at: int) -> Iterator[Event]:
        """The event at a place of the product, unless it was taken back since or its user was erased."""
        live, seen = self._live, self._live.product.seen
        user = live.product.users[int(np.searchsorted(seen.starts, at, side="right")) - 1]
        item = int(seen.items[at])
        gone = user not in live.people or item in live.back.get(user, ()) or at in live.deleted.get(user, ())
        if not gone:
            yield Event(user, live.ids[item], live.kinds[live.product.kinds[at]], float(seen.times[at]))

    def _logged(self, wanted: Wanted, after: int, n: int) -> Iterator[Event]:
        """The wanted events of the log above a number, for a reader of about n of them."""
        rows, log, last = max(2 * n, FIRST_ROWS), self._events.log, self._events.last
        while after < last:
            for e in log.page(after, wanted.kind, after + rows, wanted.user, wanted.item).events:
                if e.is_action and not self._is_built(e):
                    yield e
            after, rows = after + rows, min(2 * rows, MOST_ROWS)

    def _is_built(self, e: Event) -> bool:
        """Whether the product was built from a copy of an event, so that it stands among those of the product."""
        item = self._live.number.get(e.item)
        return item is not None and self._live.learned_of(e.user, item, e)
