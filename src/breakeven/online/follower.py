"""Reads in a thread of its own what other processes write to a log, so that no answer waits for the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from breakeven.online.event import Event
from breakeven.online.event_log import Page

#: Seconds after which the log is read again where no notification came.
POLL_SECONDS = 1.0
#: Seconds until the next attempt after a failed one.
RETRY_SECONDS = 0.5
#: Seconds of one read after which the database is held to be away.
STUCK_SECONDS = 5.0
#: Seconds that `close` waits for a read in progress; its thread ends with the process.
CLOSE_SECONDS = 5.0


class SharedLog(Protocol):
    """The part of a log that a follower uses."""

    def page(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Page:
        """Events above a number."""

    def wait(self, seconds: float) -> None:
        """Return when something was written, after `wake`, or after some seconds."""

    def wake(self) -> None:
        """Let `wait` return."""


class Follower:
    """Reads a log from a number on; `take` gives what has been read, at once and without a query."""

    def __init__(self, log: SharedLog, after: int) -> None:
        self._log, self._position = log, after
        self._inbox = deque[Event]()
        self._lock = threading.Lock()
        self._waiters = list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]]()
        self._failed, self._reading_since, self._closing = False, 0.0, False
        self._thread = threading.Thread(target=self._run, name="event-follower", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """The number of the last row that was read."""
        return self._position

    @property
    def behind(self) -> bool:
        """Whether the log cannot be read now: the last read failed, or the present one takes too long."""
        since = self._reading_since
        return self._failed or (since > 0 and time.monotonic() - since > STUCK_SECONDS)

    def take(self) -> Iterator[Event]:
        """The events read since the last call, in order."""
        while self._inbox:
            yield self._inbox.popleft()

    async def reached(self, number: int) -> None:
        """Wait until the row of a number has been read, or reading has failed. Only the caller waits, not the event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._position >= number or self._closing:
                return
            self._waiters.append((number, loop, future))
        self._log.wake()
        await future

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._log.wake()
        self._thread.join(CLOSE_SECONDS)
        self._release(everyone=True)

    def _run(self) -> None:
        while not self._closing:
            self._reading_since = time.monotonic()
            try:
                page = self._log.page(self._position)
            except Exception as error:  # the thread must go on: the database may come back
                if not self._closing and not isinstance(error, OSError):
                    logging.getLogger("breakeven").exception("the event log cannot be read")
                self._failed, self._reading_since = True, 0.0
                self._release(everyone=True)
                time.sleep(RETRY_SECONDS)
                continue
            self._failed, self._reading_since = False, 0.0
            self._inbox.extend(page.events)
            is_end = page.last == self._position
            with self._lock:
                self._position = page.last
            self._release()
            if is_end and not self._closing:
                self._log.wait(POLL_SECONDS)

    def _release(self, everyone: bool = False) -> None:
        """Let those go on whose row has been read."""
        with self._lock:
            done = [w for w in self._waiters if everyone or w[0] <= self._position]
            self._waiters = [w for w in self._waiters if w not in done]
        for _, loop, future in done:
            with contextlib.suppress(RuntimeError):  # the loop of the waiter is closed
                loop.call_soon_threadsafe(_finish, future)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
