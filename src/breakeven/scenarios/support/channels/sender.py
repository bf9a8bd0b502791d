"""Requests to a channel: sent in order for each customer, tried again where that may help, counted where they fail."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from breakeven.scenarios.support.channels.channel import Channel, Connection, Outcome, OutgoingRequest
from breakeven.scenarios.support.channels.counts import Counts

#: Requests of a channel that wait; what is over is dropped and counted.
MAX_QUEUED = 10_000
#: Tries of a request, and seconds before the second one; each further pause is twice as long.
TRIES, FIRST_PAUSE = 6, 0.5
#: Requests of a channel under way at a time.
AT_A_TIME = 8
#: Seconds after a hand-over in which the other desk may still send what it wrote down before.
GRACE = 10.0

_log = logging.getLogger("breakeven")


class Sender:
    """The way out of one channel. `confirmed` is told of each request that gave a conversation to the other desk."""

    def __init__(
        self,
        channel: Channel,
        connection: Connection,
        counts: Counts,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._channel, self._connection, self._counts, self._sleep = channel, connection, counts, sleep
        self._lanes: dict[str, deque[OutgoingRequest]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_A_TIME)
        #: Customers whose conversation is just being given to the other desk.
        self.handing: set[str] = set()

    @property
    def queued(self) -> int:
        """Requests that wait or are under way."""
        return sum(map(len, self._lanes.values()))

    def put(self, requests: Sequence[OutgoingRequest]) -> None:
        """Send requests soon, after those to the same customer before them."""
        for request in requests:
            if self.queued >= MAX_QUEUED:
                self._counts.add("sent", self._channel.name, "dropped")
                _log.error("channel %s: %s requests wait already; a reply was dropped", self._channel.name, MAX_QUEUED)
                continue
            if request.hands_over:
                self.handing.add(request.customer)
            lane = self._lanes.get(request.customer)
            if lane is not None:
                lane.append(request)
                continue
            self._lanes[request.customer] = deque([request])
            task = asyncio.get_running_loop().create_task(self._empty(request.customer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Wait until everything is sent, at most so long; what is left is counted as dropped."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        if left := self.queued:
            self._counts.add("sent", self._channel.name, "dropped", left)
            _log.error("channel %s: %s replies were not sent before the end", self._channel.name, left)
        for task in tuple(self._tasks):
            task.cancel()

    async def _empty(self, customer: str) -> None:
        lane = self._lanes[customer]
        try:
            while lane:
                async with self._places:
                    outcome = await self._sent(lane[0])
                self._counts.add("sent", self._channel.name, outcome)
                if lane.popleft().hands_over:
                    grace = GRACE if outcome == "sent" else 0.0
                    asyncio.get_running_loop().call_later(grace, self.handing.discard, customer)
        finally:
            del self._lanes[customer]

    async def _sent(self, request: OutgoingRequest) -> Outcome:
        """Send one request, several times where it has to be; "failed" after the last."""
        why, pause = "", FIRST_PAUSE
        for number in range(TRIES):
            if number:
                await self._sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  spreads tries, hides nothing
                pause *= 2
            try:
                authorised = await self._channel.authorised(request, self._connection)
                status, body, wanted = await self._connection(authorised)
            except OSError as error:
                why = f"not reached ({type(error).__name__})"
                continue
            outcome = self._channel.outcome(status, body)
            if outcome == "sent":
                return outcome
            why = f"status {status}"
            if outcome == "failed":
                break
            pause = max(pause, wanted)
        _log.error("channel %s: a reply could not be sent: %s", self._channel.name, why)
        return "failed"
