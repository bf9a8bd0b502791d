"""All channels of a product: what comes in is checked, known again, put in order and answered; what goes out is sent.

A message is in the conversation's log before its delivery is acknowledged. Where that fails the channel is told so, and delivers it again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

import msgspec

from breakeven.core.errors import InputError
from breakeven.scenarios.support.channels import texts
from breakeven.scenarios.support.channels.channel import (
    Answer,
    Channel,
    Connection,
    Forged,
    Incoming,
    IncomingMessage,
)
from breakeven.scenarios.support.channels.counts import Counts
from breakeven.scenarios.support.channels.sender import Sender
from breakeven.scenarios.support.transcript import Reply, Status
from breakeven.serving.access import TooManyRequests
from breakeven.serving.keys import Bucket

#: Deliveries a second of one channel; what is over is refused, and delivered again by the platform.
PER_SECOND = 500
#: Messages that are known again, and customers whose numbered choices are remembered.
MAX_SEEN, MAX_CHOICES = 50_000, 10_000
#: Seconds after which an undelivered message is of no use to anybody: platforms try for at most a week.
MAX_AGE = 7 * 86_400.0
#: Seconds within which a channel that is answered in its own request must be.
PASSIVE_SECONDS = 4.0
#: Channels that nothing is sent to: they ask.
WITHOUT = frozenset({"web", "app"})
#: Seconds that replies have to be sent when the service ends.
CLOSE_SECONDS = 5.0


_log = logging.getLogger("breakeven")


class Address(Protocol):
    """What is needed of a conversation to write to its customer."""

    @property
    def channel(self) -> str:
        """The channel's name."""

    @property
    def customer(self) -> str:
        """The customer's address on it."""


class Turn(Protocol):
    """What a message led to."""

    @property
    def status(self) -> Status:
        """Who has the conversation now."""

    @property
    def replies(self) -> Sequence[Reply]:
        """What the customer is to see now."""


class Conversations(Protocol):
    """What the channels need of the conversation."""

    async def receive(self, channel: str, customer: str, message_id: str, text: str, at: float) -> Turn:
        """Take in a message, durably; the same `message_id` again changes nothing and gives no replies."""

    async def give_back(self, channel: str, customer: str) -> None:
        """The other desk has given the conversation back to the bot; nothing where the bot has it."""


class Handled(NamedTuple):
    """The replies to a message, and whether the channel's own desk is to take the conversation."""

    replies: Sequence[Reply] = ()
    hands_over: bool = False


class NoChannel(InputError):
    """The product has no channel of this name."""

    status = 404


class Hub:
    """The channels of a product by name."""

    def __init__(
        self,
        channels: Sequence[Channel],
        conversations: Conversations,
        connection: Connection,
        clock: Callable[[], float] = time.time,
        **sending: Any,
    ) -> None:
        self.counts = Counts(lambda: {name: one.queued for name, one in self.senders.items()})
        self.channels = {one.name: one for one in channels}
        self.senders = {one.name: Sender(one, connection, self.counts, **sending) for one in channels}
        self._conversations, self._clock, self._connection = conversations, clock, connection
        self._buckets = {name: Bucket(PER_SECOND, clock()) for name in self.channels}
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._offered: OrderedDict[tuple[str, str], list[str]] = OrderedDict()
        self._latest: OrderedDict[tuple[str, str], float] = OrderedDict()
        #: The lock of each customer whose messages are being handled, and how many of them.
        self._turns: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}
        self._late: set[asyncio.Task[Handled]] = set()

    def challenge(self, name: str, query: Mapping[str, str]) -> Answer:
        """The answer to a channel's GET. Raises NoChannel and Forged."""
        channel = self._channel(name)
        try:
            return channel.challenge(query)
        except Forged:
            self.counts.add("refused", name, "forged")
            raise

    async def receive(self, name: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a channel's POST. Raises NoChannel, Forged, NotReadable and TooManyRequests, each counted."""
        channel, now = self._channel(name), self._clock()
        try:
            incoming = channel.incoming(headers, query, body, now)
        except InputError as error:
            self.counts.add("refused", name, "forged" if isinstance(error, Forged) else "unreadable")
            raise
        if not self._buckets[name].take(now):  # what is forged takes nothing of it
            self.counts.add("refused", name, "rate")
            raise TooManyRequests(f"channel {name}", f"more than {PER_SECOND} deliveries a second", "send it again")
        for kind, number in incoming.ignored.items():
            self.counts.add("ignored", name, kind, number)
        self.senders[name].put(incoming.requests)
        if incoming.passive is not None:
            return await self._answered_at_once(channel, incoming)
        for message in incoming.messages:
            self._answer(channel, message.customer, await self._handled(channel, message, now))
        return incoming.answer or Answer(b"")

    async def deliver(self, address: Address, reply: Reply) -> None:
        """Send a reply that was written later, by a member of the staff; pages and apps see it in their stream.

        It is `Desk.outbound`. Raises NoChannel.
        """
        if address.channel not in WITHOUT:
            self._answer(self._channel(address.channel), address.customer, Handled([reply]))

    def summary(self) -> dict[str, dict[str, int]]:
        """Counts by channel, those without any among them."""
        return {**{name: {} for name in self.channels}, **self.counts.summary()}

    async def close(self) -> None:
        """Wait for what is being sent, for a while."""
        if self._late:
            await asyncio.wait(self._late, timeout=CLOSE_SECONDS)
        await asyncio.gather(*(one.drain(CLOSE_SECONDS) for one in self.senders.values()))
        self._connection.close()

    def _channel(self, name: str) -> Channel:
        channel = self.channels.get(name)
        if channel is None:
            remedy = "name it in the brief: support: channels:"
            raise NoChannel(f"/v1/channels/{name[:60]}", "there is no such channel", remedy)
        return channel

    async def _answered_at_once(self, channel: Channel, incoming: Incoming) -> Answer:
        """The reply as the answer to the request; where it takes too long it is sent when it is there."""
        assert incoming.passive is not None and incoming.answer is not None
        message = incoming.messages[0]
        task = asyncio.ensure_future(self._handled(channel, message, self._clock()))
        done, _ = await asyncio.wait({task}, timeout=PASSIVE_SECONDS)
        if not done:
            self._late.add(task)
            task.add_done_callback(lambda late: self._answer_late(channel, message.customer, late))
            return incoming.answer
        handled = task.result()
        answer = incoming.passive(_merged(handled.replies)) if handled.replies else None
        if answer is None:
            self._answer(channel, message.customer, handled)
            return incoming.answer
        self._remember(channel, message.customer, _merged(handled.replies))
        self.counts.add("sent", channel.name, "sent")
        return answer

    def _answer_late(self, channel: Channel, customer: str, task: asyncio.Task[Handled]) -> None:
        self._late.discard(task)
        if task.cancelled() or task.exception() is not None:
            self.counts.add("sent", channel.name, "failed")
            return
        self._answer(channel, customer, task.result())

    async def _handled(self, channel: Channel, message: IncomingMessage, now: float) -> Handled:
        """The replies to a message; none to one that came before."""
        key, who = (channel.name, message.id), (channel.name, message.customer)
        if now - message.at > MAX_AGE:
            self.counts.add("ignored", channel.name, "older than a week")
            return Handled()
        if key in self._seen:
            self.counts.add("duplicates", channel.name)
            return Handled()
        _keep(self._seen, key, None, MAX_SEEN)
        try:
            async with self._in_order(who):
                return await self._received(channel, message, who, min(message.at, now))
        except InputError as error:  # it would be refused each time it is delivered
            self.counts.add("refused", channel.name, "not accepted")
            _log.error("channel %s: a message was not accepted: %s", channel.name, error.what)
            return Handled()
        except BaseException:
            self._seen.pop(key, None)  # the channel delivers it again
            raise

    async def _received(self, channel: Channel, message: IncomingMessage, who: tuple[str, str], at: float) -> Handled:
        self.counts.add("messages", channel.name)
        if at < self._latest.get(who, 0.0):
            self.counts.add("late", channel.name)
        _keep(self._latest, who, max(at, self._latest.get(who, 0.0)), MAX_CHOICES)
        if message.with_bot and message.customer not in self.senders[channel.name].handing:
            await self._conversations.give_back(*who)
        text = texts.chosen(message.text, self._offered.get(who, ()))
        turn = await self._conversations.receive(*who, message.id, text, at)
        self._offered.pop(who, None)
        return Handled(turn.replies, turn.status == "waiting" and bool(message.with_bot or turn.replies))

    def _answer(self, channel: Channel, customer: str, handled: Handled) -> None:
        """Send replies, and after them the conversation to the channel's own desk."""
        for reply in handled.replies:
            requests = channel.outgoing(reply, customer)
            if not requests:
                self.counts.add("sent", channel.name, "no way out")
            self.senders[channel.name].put(requests)
            self._remember(channel, customer, reply)
        if handled.hands_over:
            self.senders[channel.name].put(channel.hand_over(customer))

    def _remember(self, channel: Channel, customer: str, reply: Reply) -> None:
        """The numbered lines of a reply, by which a customer may answer."""
        offered = [send for _, send in texts.saying(reply)]
        if len(offered) > 1 and channel.numbers(reply):
            _keep(self._offered, (channel.name, customer), offered, MAX_CHOICES)

    @asynccontextmanager
    async def _in_order(self, who: tuple[str, str]) -> AsyncIterator[None]:
        """One message of a customer at a time, in the order in which they came."""
        lock, many = self._turns.get(who) or (asyncio.Lock(), 0)
        self._turns[who] = lock, many + 1
        try:
            async with lock:
                yield
        finally:
            lock, many = self._turns.pop(who)
            if many > 1:
                self._turns[who] = lock, many - 1


def _merged(replies: Sequence[Reply]) -> Reply:
    """Several replies as one, with the buttons of all."""
    if len(replies) == 1:
        return replies[0]
    text = "\n\n".join(one.text for one in replies)
    buttons = tuple(button for one in replies for button in one.buttons)
    return msgspec.structs.replace(replies[-1], text=text, buttons=buttons)


def _keep(kept: OrderedDict[Any, Any], key: object, value: object, most: int) -> None:
    """Remember something, and forget the oldest."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
