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
from breakeven.scenarios.recommend.state import Did, State

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
        wanted, after = Wanted(kind=kind), int(cursor[1:] or 0)
        out = list[Event]()
        if not cursor.startswith("l"):
            for at in self._places(wanted, after):
                if len(out) == n:
                    return out, f"b{at}"
                out.extend(self._built(at))
            after = 0
        for e in self._logged(wanted, after, n - len(out)):
            if len(out) == n:
                return out, f"l{after}"
            out.append(e)
            after = e.number or 0
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
        parts = [slice(begin, len(seen.items))]
        if wanted.user is not None:
            owners = [
                live.people.get(wanted.user),
                *(u for u, name in list(live.merged.items()) if name == wanted.user),
            ]
            parts = [seen.slice(u) for u in owners if u is not None]
        item = None if wanted.item is None else live.number.get(wanted.item, -1)
        kind = (
            None if wanted.kind is None else (list(live.kinds).index(wanted.kind) if wanted.kind in live.kinds else -1)
        )
        for start, stop in (
            (at, min(at + MOST_ROWS, p.stop)) for p in parts for at in range(p.start, p.stop, MOST_ROWS)
        ):
            selected = np.ones(stop - start, dtype=bool)
            if item is not None:
                selected &= seen.items[start:stop] == item
            if kind is not None:
                selected &= live.product.kinds[start:stop] == kind
            yield from (start + np.flatnonzero(selected)).tolist()

    def _built(self, at: int) -> Iterator[Event]:
        """The event at a place of the product, unless it was taken back since or its user was erased."""
        live, seen = self._live, self._live.product.seen
        owner = int(np.searchsorted(seen.starts, at, side="right")) - 1
        user, item, kind = live.product.users[owner], int(seen.items[at]), live.kinds[live.product.kinds[at]]
        if user in live.people:
            stands = item not in live.back.get(user, ()) and at not in live.deleted.get(user, ())
        else:  # erased, or merged with another, whose events have it then
            user = live.merged.get(owner, "")
            stands = Did(float(seen.times[at]), item, float(seen.weights[at]), kind) in live.since.get(user, ())
        if stands:
            yield Event(user, live.ids[item], kind, float(seen.times[at]))

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
