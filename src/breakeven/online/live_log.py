"""A log with the states that are rebuilt from it: replayed at the start from a number on, then kept up to date.

States change on one thread alone, the event loop's, in the order of the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from breakeven.online.event import Event
from breakeven.online.event_log import EventLog, Snapshot
from breakeven.online.follower import Follower
from breakeven.online.group_commit import GroupCommit
from breakeven.online.log_changes import Change

#: Seconds that a stop waits for events in flight.
CLOSE_SECONDS = 10.0
#: Events that states take in before other requests have their turn.
AT_A_TIME = 100


class Replayed(Protocol):
    """State that is rebuilt from a log."""

    def apply(self, event: Event) -> None:
        """Take in the next event of the log."""


class Saved(Replayed, Protocol):
    """State that need not be rebuilt from the first event, because it is saved now and then."""

    @property
    def key(self) -> str:
        """The name of its snapshots; another name where an older snapshot would not fit."""

    def snapshot(self) -> dict[str, object]:
        """The state as JSON."""

    def restore(self, state: dict[str, object]) -> None:
        """Take the state of a snapshot."""


class Full(Exception):
    """Too many events are waiting to be written."""


@dataclass(frozen=True)
class Applied:
    """What came of events: those that are new. `known_again` were stored before, by their ids."""

    new: Sequence[Event]
    known_again: int


class LiveLog:
    """Replays a log into states, and appends to it.

    `states` are rebuilt from the events above a number each, `saved` from their snapshots on. `rows_read` is the count of events
    that the replay has read.
    """

    def __init__(self, log: EventLog, states: Sequence[tuple[Replayed, int]], saved: Sequence[Saved] = ()) -> None:
        self.log, self._saved = log, saved
        #: Events that nobody waited for and that could not be written.
        self.lost = 0
        self._group, self._later = GroupCommit(log), set[asyncio.Task[Any]]()
        # Events of one request after those of another, as they stand in the log: waiters are let in in the order they came.
        self._in_order = asyncio.Lock()
        #: Calls of `append` that have not come to their end.
        self._unfinished = 0
        begins = [*states, *((state, self._restored(state)) for state in saved)]
        self._states = [state for state, _ in begins]
        self.rows_read = 0
        self._position = self._replay(begins)
        self._save()
        self._follower = Follower(log, self._position) if log.shared else None  # type: ignore[arg-type]

    def _restored(self, state: Saved) -> int:
        found = self.log.snapshot(state.key)
        if found is None:
            return 0
        state.restore(dict(found.state))
        return found.number

    def _replay(self, begins: Sequence[tuple[Replayed, int]]) -> int:
        position = min((after for _, after in begins), default=self.log.last)
        while True:
            page = self.log.page(position)
            if page.last == position:
                self.log.unreadable.report()
                return position
            position = page.last
            self.rows_read += len(page.events)
            for event in page.events:
                for state, after in begins:
                    if (event.number or 0) > after:
                        state.apply(event)

    @property
    def behind(self) -> bool:
        """Whether other processes' events cannot be read at present."""
        return self._follower is not None and self._follower.behind

    @property
    def unreadable_rows(self) -> int:
        """Stored rows that were left out."""
        return self.log.unreadable.count

    @property
    def last(self) -> int:
        """The number of the last row that this process knows of, by its own writing or by reading."""
        return self.log.last if self._follower is None else max(self.log.last, self._follower.position)

    def catch_up(self) -> None:
        """Take in what other processes wrote, as far as the follower has read it. No query is made."""
        if self._follower is not None:
            for event in self._follower.take():
                self._apply(event)

    def _apply(self, event: Event) -> None:
        for state in self._states:
            state.apply(event)

    async def _apply_all(self, events: Sequence[Event]) -> None:
        """Events into every state, a few at a time: other requests are answered in between."""
        for start in range(0, len(events), AT_A_TIME):
            if start:
                await asyncio.sleep(0)
            for event in events[start : start + AT_A_TIME]:
                self._apply(event)

    async def append(self, events: Sequence[Event]) -> Applied:
        """Events on disk, then in every state. Raises Full, and OSError where they could not be written."""
        if self._group.full:
            raise Full("too many events are waiting to be written")
        self._unfinished += 1
        try:
            applied = await self._append(events)
        except Exception:  # not where the task itself was cancelled: its events may be written, and are in no state
            self._unfinished -= 1
            raise
        self._unfinished -= 1
        return applied

    async def _append(self, events: Sequence[Event]) -> Applied:
        is_new = await self._group.append(events)
        new = [e for e, fresh in zip(events, is_new, strict=True) if fresh]
        if self._follower is None:
            async with self._in_order:
                await self._apply_all(new)
        else:  # in the order of the log, among those of other processes
            await self._follower.reached(self.log.last)
            self.catch_up()
        return Applied(new, len(events) - len(new))

    async def change(self, change: Callable[[EventLog], Change]) -> Change:
        """Change what the log holds of a user, then every state. Raises OSError.

        Snapshots are saved anew, as those before may hold what is gone.
        """
        changed, last = await self._group.alone(partial(self._changed, change))
        if self._follower is None:
            async with self._in_order:
                await self._apply_all(changed.records)
                self._position = last
                snapshots = self._snapshots()
        else:
            await self._follower.reached(self.log.last)
            self.catch_up()
            self._position = self._follower.position
            snapshots = self._snapshots()
        await self._group.alone(partial(self._write_snapshots, snapshots))
        return changed

    def _changed(self, change: Callable[[EventLog], Change]) -> tuple[Change, int]:
        """A change, done, and the number of the last row then: in the writing thread, so that nothing is written in between."""
        return change(self.log), self.log.last

    def append_later(self, event: Event) -> None:
        """The same for an event that no caller waits for; `lost` counts those that could not be written."""
        task = asyncio.get_running_loop().create_task(self.append([event]))
        self._later.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._later.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.lost += 1

    def _save(self) -> None:
        self._write_snapshots(self._snapshots())

    def _snapshots(self) -> list[tuple[str, Snapshot]]:
        return [(state.key, Snapshot(self._position, state.snapshot())) for state in self._saved]

    def _write_snapshots(self, snapshots: Sequence[tuple[str, Snapshot]]) -> None:
        for key, snapshot in snapshots:
            try:
                self.log.save(key, snapshot)
            except OSError as error:  # the next start replays more; no event is lost
                logging.getLogger("breakeven").warning("%s", error)

    async def close(self) -> None:
        """Write what is in flight, save the states, and close the log."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._later:
                    await asyncio.wait(self._later)
                await self._group.close()
        except TimeoutError:
            logging.getLogger("breakeven").warning("the log takes no events: %s are lost", len(self._later))
        if self._follower is not None:
            self._follower.close()
            self.catch_up()
            self._position = self._follower.position
        else:
            self._position = self.log.last
        if not self.behind and not self._unfinished:  # else the next start reads the log from the last snapshot on
            self._save()
        self.log.close()
