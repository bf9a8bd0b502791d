"""Group commit: events that arrive while others are on their way to disk share the next transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from breakeven.online.event import Event
from breakeven.online.event_log import EventLog

#: A request's events, and the future of their being written.
Waiting: TypeAlias = "tuple[Sequence[Event], asyncio.Future[list[bool]]]"
Result = TypeVar("Result")
#: Events that may wait; beyond, callers are refused until some are written.
MOST_WAITING = 50_000


class GroupCommit:
    """Writes events to a log from one event loop, in a thread of its own."""

    def __init__(self, log: EventLog) -> None:
        self._log, self._pool = log, ThreadPoolExecutor(1, thread_name_prefix="events")
        self._waiting: list[Waiting] = []
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether too many events are waiting."""
        return self._count > MOST_WAITING

    async def append(self, events: Sequence[Event]) -> list[bool]:
        """Which of the events are new; they are on disk then.

        Raises OSError when they could not be written, and InputError for an event that could not be read back; another caller's
        event never fails these.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[bool]] = loop.create_future()
        self._waiting.append((events, future))
        self._count += len(events)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        return await future

    async def alone(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, done in the writing thread after everything that is waiting now; what comes later waits."""
        while self._task is not None and not self._task.done():
            await self._task
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def close(self) -> None:
        """Write what is waiting, and end the thread."""
        if self._task is not None:
            await self._task
        self._pool.shutdown(wait=True)

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._write(batch)
            self._count -= sum(len(events) for events, _ in batch)

    async def _write(self, batch: Sequence[Waiting]) -> None:
        """One transaction for all requests of a batch; where one request's events are at fault, one for each request."""
        everything = [e for events, _ in batch for e in events]
        try:
            new = await asyncio.get_running_loop().run_in_executor(self._pool, self._log.append, everything)
        except Exception as error:  # reported to every caller
            if len(batch) > 1 and not isinstance(error, OSError):  # the disk or the database fails all callers alike
                for one in batch:
                    await self._write([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        start = 0
        for events, future in batch:
            if not future.done():
                future.set_result(new[start : start + len(events)])
            start += len(events)
