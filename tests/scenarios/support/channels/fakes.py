"""A conversation and a network for tests of channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from breakeven.scenarios.support.channels.channel import OutgoingRequest
from breakeven.scenarios.support.transcript import Reply, Status


@dataclass
class Led:
    """What a message led to."""

    replies: Sequence[Reply] = ()
    status: Status = "bot"


@dataclass
class Talk:
    """A conversation that answers each message with its own text; "agent" hands over. `before` runs first, and may raise or wait."""

    before: Callable[[str], object] = lambda text: None
    got: list[tuple[str, str, str, str, float]] = field(default_factory=list)
    returned: list[tuple[str, str]] = field(default_factory=list)
    status: dict[tuple[str, str], Status] = field(default_factory=dict)
    reply: Callable[[str], Sequence[Reply]] = lambda text: [Reply(f"you said {text}", "ai")]

    async def receive(self, channel: str, customer: str, message_id: str, text: str, at: float) -> Led:
        """Take in a message."""
        waiting = self.before(text)
        if asyncio.iscoroutine(waiting):
            await waiting
        self.got.append((channel, customer, message_id, text, at))
        who = (channel, customer)
        if self.status.get(who) == "waiting":
            return Led((), "waiting")
        if text == "agent":
            self.status[who] = "waiting"
            return Led([Reply("A person will answer here.", "ai")], "waiting")
        return Led(self.reply(text))

    async def give_back(self, channel: str, customer: str) -> None:
        """The bot has it again."""
        if self.status.pop((channel, customer), None):
            self.returned.append((channel, customer))


@dataclass
class Network:
    """A network that answers with `answers` in turn, then with 200; an exception among them is raised."""

    answers: list[tuple[int, bytes, float] | Exception] = field(default_factory=list)
    sent: list[OutgoingRequest] = field(default_factory=list)
    closed: bool = False

    async def __call__(self, request: OutgoingRequest) -> tuple[int, bytes, float]:
        """Take a request."""
        await asyncio.sleep(0)
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else (200, b'{"ok": true, "errcode": 0}', 0.0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing more is sent."""
        self.closed = True


async def no_wait(seconds: float) -> None:
    """Sleep for no time."""
    await asyncio.sleep(0)
