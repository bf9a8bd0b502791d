"""The state of one served shop: replayed from its log at the start, changed by every event that is taken in."""

from __future__ import annotations

import asyncio
from typing import Any

from breakeven.online.event_log import Event, EventLog, Group, PostgresLog
from breakeven.scenarios.recommend.online_experiment import Trial
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.recommender import Live, Placed, session_of
from breakeven.scenarios.recommend.rules import Rules
from breakeven.serving.workers import Busy


def is_learned(product: Loaded, event: Event) -> bool:
    """Whether a stored event is part of what the product was fitted on. Items and impressions never are."""
    learned = int(product.about.get("log") or 0)
    return not event.kind.startswith("$") and (event.number or 0) <= learned


class LiveShop:
    """One product being served: its state, its log, and what both share."""

    def __init__(self, product: Loaded, log: EventLog) -> None:
        self.live, self.log, self.group = Live(product), log, Group(log)
        self.trial = Trial(product.about, self.live)
        self._writing, self.lost, self.behind = set[asyncio.Task[Any]](), 0, False
        for event in log.read():
            if not is_learned(product, event):
                self.live.record([event])
            if self.trial.on:
                self.trial.record(event)

    def _record(self, events: list[Event]) -> None:
        self.live.record(events)
        if self.trial.on:
            for e in events:
                self.trial.record(e)

    async def take(self, events: list[Event]) -> dict[str, int]:
        """Events on disk, then in every answer. Raises Busy when too many are waiting."""
        if self.group.full:
            raise Busy("too many events are waiting to be written")
        try:
            new = await self.group.append(events)
        except OSError as error:
            raise Busy(str(error)) from None
        fresh = [e for e, is_new in zip(events, new, strict=True) if is_new]
        before = self.live.unknown
        self.catch_up() if self.shared else self._record(fresh)
        return {"kept": len(fresh), "repeated": len(events) - len(fresh), "unknown_items": self.live.unknown - before}

    def _written(self, task: asyncio.Task[Any]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.lost += 1

    @property
    def shared(self) -> bool:
        """Whether other processes write to the same log."""
        return isinstance(self.log, PostgresLog)

    def catch_up(self) -> None:
        """Take in what others wrote."""
        try:
            self._record(self.log.newer())
            self.behind = False
        except OSError:  # answers go on from what is known; readiness says so
            self.behind = True

    def shelf(self, user: str | None, ask: Rules, session: list[Event] | None = None) -> list[Placed]:
        """A shelf as things are now, with what other processes wrote; where something is tried the impression is logged."""
        if self.shared:
            self.catch_up()
        if user is None:
            return self.live.recommend(None, ask, session_of(self.live, session or []))
        shelf, shown = self.trial.shelf(user, ask)
        if shown is not None:  # nobody waits for it: an impression that a crash loses was hardly seen
            task = asyncio.get_running_loop().create_task(self.take([shown]))
            self._writing.add(task)
            task.add_done_callback(self._written)
        return shelf

    async def close(self) -> None:
        """Write the impressions in flight, then close the log. Called after the last request."""
        if self._writing:
            await asyncio.wait(self._writing)
        await self.group.close()
        self.log.close()
