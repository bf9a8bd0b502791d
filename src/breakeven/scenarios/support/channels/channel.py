"""What every channel is: a check of what comes in, messages out of it, and requests out of replies. Nothing here opens a connection.

A channel's `incoming` takes the raw body, checks its signature before it parses anything, and gives messages with the channel's own
ids and times. Its `outgoing` turns a reply into the requests that send it. Customers go by the address that a reply needs, so that
nothing has to be remembered to answer one later: a chat, a phone number, `channel/user`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec

from breakeven.core.errors import InputError
from breakeven.core.secret import Secret
from breakeven.scenarios.support.transcript import Reply

#: Most bytes of what a channel sends at a time: platforms bundle a few dozen messages.
MAX_BYTES = 1 << 20
#: Characters of a customer's, message's or conversation's id; longer ones are no platform's.
MAX_ID = 200

#: What became of a request that was sent: it is done, worth another try, or refused for good.
Outcome = Literal["sent", "again", "failed"]


class Forged(InputError):
    """The signature of a request is missing or wrong, or its time is too far from now."""

    status = 401


class NotReadable(InputError):
    """A signed request cannot be read: no JSON, no UTF-8, fields of another type."""

    status = 400


class IncomingMessage(msgspec.Struct, frozen=True):
    """A customer's message.

    Attributes
    ----------
    customer: the address that replies go to.
    id: the channel's name of the message, by which a repeated delivery is known.
    text: what was written, or what a pressed button says.
    at: seconds since 1970, by the channel's clock.
    with_bot: the other desk says that its bot answers this conversation; None where the channel has no desk of its own.
    """

    customer: str
    id: str
    text: str
    at: float
    with_bot: bool | None = None


@dataclass(frozen=True)
class Answer:
    """The body of the answer to a channel's request, where it expects one."""

    body: bytes
    media_type: bytes = b"text/plain; charset=utf-8"


@dataclass(frozen=True)
class Incoming:
    """A request, read.

    Attributes
    ----------
    messages: in the order of their times.
    ignored: what holds no message of a customer, by its kind and how often: receipts, a bot's own messages, pictures.
    answer: what the channel must be answered, such as a challenge; None for an empty one.
    passive: the first reply may be the answer itself; `outgoing` is not used for it.
    requests: to be sent at once whatever the reply, such as that a button's press was seen.
    """

    messages: Sequence[IncomingMessage] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    answer: Answer | None = None
    passive: Passive | None = None
    requests: Sequence[OutgoingRequest] = ()


class Passive(Protocol):
    """Makes the answer to a request out of a reply."""

    def __call__(self, reply: Reply) -> Answer | None:
        """The answer; None where the reply is better sent."""


@dataclass(frozen=True)
class OutgoingRequest:
    """A request that sends something to a customer. Its address and headers may hold secrets: it shows neither.

    `customer` keeps requests to one customer in order. `hands_over` marks the one that gives the conversation to the other desk.
    """

    method: Literal["GET", "POST"]
    address: str
    customer: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hands_over: bool = False

    def __repr__(self) -> str:
        return f"<request of {len(self.body):,} bytes>"


class Connection(Protocol):
    """How a request is sent: its status, the bytes of the answer, and the seconds after which to try again, 0 where it names none."""

    async def __call__(self, request: OutgoingRequest) -> tuple[int, bytes, float]:
        """Send it. Raises OSError where the other side cannot be reached."""

    def close(self) -> None:
        """Release what it holds."""


class Channel(Protocol):
    """One channel of a product."""

    name: str

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """The answer to the GET by which a platform asks whether the address is ours. Raises Forged."""

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """A POST, read. Raises Forged and NotReadable; `headers` have names in lower case, `now` is in seconds since 1970."""

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """The requests that send a reply."""

    def numbers(self, reply: Reply) -> bool:
        """Whether the buttons of a reply are shown as numbered lines, so that a number is an answer."""

    def hand_over(self, customer: str) -> Sequence[OutgoingRequest]:
        """The requests that tell the channel's own desk to take the conversation."""

    async def authorised(self, request: OutgoingRequest, connection: Connection) -> OutgoingRequest:
        """The request with a token that has to be fetched first."""

    def outcome(self, status: int, body: bytes) -> Outcome:
        """What became of a request."""


class Plain:
    """What most channels have in common: no desk of their own, no token to be fetched, outcomes by status."""

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """There is none. Raises Forged."""
        raise Forged("GET", "this channel asks for no challenge", "send its messages by POST")

    def numbers(self, reply: Reply) -> bool:
        """Never: it has buttons of its own."""
        return False

    def hand_over(self, customer: str) -> Sequence[OutgoingRequest]:
        """Nothing."""
        return ()

    async def authorised(self, request: OutgoingRequest, connection: Connection) -> OutgoingRequest:
        """The request as it is."""
        return request

    def outcome(self, status: int, body: bytes) -> Outcome:
        """By the status alone.

        >>> [Plain().outcome(status, b"") for status in (200, 429, 503, 403)]
        ['sent', 'again', 'again', 'failed']
        """
        if 200 <= status < 300:
            return "sent"
        return "again" if status in (408, 429) or status >= 500 else "failed"


@dataclass(frozen=True)
class Account:
    """One channel of a brief with its secrets, read from the environment."""

    name: str
    options: Mapping[str, str]
    secrets: Mapping[str, Secret]
    address: str

    def secret(self, key: str) -> Secret:
        """The secret of an option. Raises KeyError."""
        return self.secrets[key]

    def token(self, key: str) -> str:
        """What a request needs to hold of a secret."""
        return self.secrets[key].reveal()
