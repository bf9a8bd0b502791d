"""What the connections of a server share: how many there are and of whom, which of them wait for their client, and what they hold."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

from breakeven.serving.limits import Limits

#: Seconds between two looks at all connections; times are kept no finer than this.
SWEEP_SECONDS = 0.25
#: Seconds between two lines of the log about what was refused.
LOG_SECONDS = 60.0


class Member(Protocol):
    """A connection, as the door knows it."""

    #: The address of its client; empty for a socket that has none.
    address: str
    #: Whether a request of it was answered before.
    is_known: bool
    #: Bytes of an answer that its client does not take.
    unread: int

    def evict(self) -> None:
        """End the connection to make room; it calls `leave`."""

    def check(self, now: float) -> None:
        """End the connection where its client has taken too long."""


M = TypeVar("M", bound=Member)
#: Why a connection cannot be let in.
Full: TypeAlias = Literal["client", "server"]


class Door(Generic[M]):
    """Lets connections in, ends those that keep others out, and adds up the bytes that all of them hold.

    `now` is the event loop's time at the last look at all connections: looking at the clock costs as much as all the rest
    that is done for a request here.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits, self.now = limits, 0.0
        self._members = set[M]()
        #: Connections that wait for their client, the longest wait first.
        self._waiting = dict[M, None]()
        self._of_client = Counter[str]()
        self._held = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._refused, self._logged = Counter[int](), 0.0

    @property
    def held(self) -> int:
        """Bytes of bodies and of answers that are not taken yet."""
        return self._held

    def __len__(self) -> int:
        return len(self._members)

    def started(self, loop: asyncio.AbstractEventLoop) -> float:
        """The time, with the regular look at all connections begun if none was under way."""
        if self._loop is not loop:
            self._loop, self.now = loop, loop.time()
            loop.call_later(SWEEP_SECONDS, self._sweep)
        return self.now

    def admit(self, member: M) -> Full | None:
        """Let a connection in, in the place of one that waits for its client where there are too many. Why not, if not."""
        self._members.add(member)
        self._of_client[member.address] += 1
        full: Full | None = None
        if self._of_client[member.address] > self.limits.per_client:
            full = None if self._make_room(member.address) else "client"
        elif len(self._members) > self.limits.connections:
            full = None if self._make_room(None) else "server"
        if full is None:
            self._waiting[member] = None
        return full

    def _make_room(self, address: str | None) -> bool:
        """End the connection that has waited longest, of one address where that is given. Whether there was one.

        A client that was never answered goes before one that may be about to ask again.
        """
        waiting = [m for m in self._waiting if address is None or m.address == address]
        found = next((m for m in waiting if not m.is_known), waiting[0] if waiting else None)
        if found is not None:
            found.evict()
        return found is not None

    def leave(self, member: M) -> None:
        """Count a connection no more. A second call does nothing."""
        if member not in self._members:
            return
        self._members.discard(member)
        self._waiting.pop(member, None)
        self._of_client[member.address] -= 1
        if not self._of_client[member.address]:
            del self._of_client[member.address]

    def wait(self, member: M) -> None:
        """A connection waits for its client from now on."""
        self._waiting.pop(member, None)
        if member in self._members:
            self._waiting[member] = None

    def work(self, member: M) -> None:
        """A connection's client waits for the server from now on."""
        self._waiting.pop(member, None)

    def hold(self, size: int) -> bool:
        """Add to the bytes that are held (or take off). Whether they are within the limit."""
        self._held += size
        return self._held <= self.limits.bytes_in_flight

    def shed(self) -> None:
        """End the connection whose client has longest not taken its answer."""
        found = next((m for m in self._waiting if m.unread), None)
        if found is not None:
            found.evict()

    def count(self, status: int) -> None:
        """Note a refusal for the log."""
        self._refused[status] += 1

    def _sweep(self) -> None:
        assert self._loop is not None
        self.now = self._loop.time()
        for member in list(self._members):
            member.check(self.now)
        self._log()
        if self._members:
            self._loop.call_later(SWEEP_SECONDS, self._sweep)
        else:
            self._loop = None

    def _log(self) -> None:
        """One line a minute at most, however much is refused."""
        if self._refused and self.now - self._logged >= LOG_SECONDS:
            counts = ", ".join(f"{count:,} with {status}" for status, count in sorted(self._refused.items()))
            logging.getLogger("breakeven").warning(
                "connections were refused or ended before a request was whole: %s", counts
            )
            self._refused.clear()
            self._logged = self.now
