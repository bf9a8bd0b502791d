"""Bodies, queries and answers of the staff's endpoints under /v1/desk/."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from breakeven.scenarios.support.chat_types import MAX_QUEUE, Id, Staff, StaffText
from breakeven.scenarios.support.transcript import Status

Risk = Literal["high", "normal"]


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/desk/queue. `status`: "waiting" (nobody has it yet), "person" (taken), "bot" (the bot's, newest first)."""

    status: Literal["waiting", "person", "bot"] = "waiting"
    staff: str | None = None
    most: Annotated[int, Meta(ge=1, le=MAX_QUEUE)] = 200


class ConversationHead(msgspec.Struct):
    """Whose a conversation is and how it stands. `waiting_seconds` is since the customer began to wait for a person."""

    conversation: str
    customer: str
    channel: str
    language: str
    status: Status
    staff: str | None
    reason: str | None
    risk: Risk
    waiting_seconds: float


class QueueItem(ConversationHead):
    """A conversation in the queue. `waiting_seconds` is since the customer began to wait for a person; `last_text` is masked."""

    messages: int
    last_text: str
    topics: list[str]


class QueueReply(msgspec.Struct):
    """The queue, those first who should be answered first, and how many there are in all by status."""

    conversations: list[QueueItem]
    waiting: int
    person: int
    bot: int


class DeskEntry(msgspec.Struct, omit_defaults=True):
    """One record of a conversation as the staff see it; texts are masked, and are text, never markup. `stage` is the model that answered."""

    number: int
    kind: str
    at: float
    text: str = ""
    by: str | None = None
    staff: str | None = None
    id: str | None = None
    topic: str | None = None
    confidence: float | None = None
    decision: str | None = None
    stage: str | None = None
    source: str | None = None
    reason: str | None = None


class TopicGuess(msgspec.Struct):
    """A topic, its title in both languages where the company gave one, and how likely it is meant."""

    topic: str
    title: dict[str, str]
    confidence: float


class Packet(ConversationHead):
    """The hand-over packet: all that a person needs to go on, and the records of the conversation in order.

    `summary` is made of the conversation's own sentences in the language of the desk's page; `asked` are the customer's questions, `form`
    what they filled in.
    """

    summary: dict[str, str]
    topics: list[TopicGuess]
    asked: list[str]
    answered: list[str]
    form: dict[str, str]
    entries: list[DeskEntry]


class StaffRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Who does it: the body of POST /v1/desk/conversations/{conversation}/take and .../return."""

    staff: Staff


class DeskReplyRequest(StaffRequest, forbid_unknown_fields=True, kw_only=True):
    """The body of POST /v1/desk/conversations/{conversation}/reply; `id` names the reply, so that it is stored once."""

    text: StaffText
    id: Id | None = None


class DeskCloseRequest(StaffRequest, forbid_unknown_fields=True, kw_only=True):
    """The body of POST /v1/desk/conversations/{conversation}/close: whether the customer confirmed that it was solved."""

    solved: bool | None = None


class TopicRequest(StaffRequest, forbid_unknown_fields=True, kw_only=True):
    """The body of POST /v1/desk/conversations/{conversation}/topic: the right topic of a message (the last one by default).

    It becomes training data of `breakeven learn`. `audit` is the weight of an answer that was drawn to be checked (`audit.draw`).
    """

    topic: Id
    message: Id | None = None
    audit: Annotated[float, Meta(gt=0)] | None = None


class TopicReply(msgspec.Struct):
    """What was stored: the message's masked text, and its topic."""

    message: str
    text: str
    topic: str


class FiguresQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/desk/figures: of so many days up to now."""

    days: Annotated[float, Meta(gt=0, le=3660)] = 7.0


class TopicList(msgspec.Struct):
    """All topics of the answer book with their titles, for the desk's list."""

    topics: dict[str, dict[str, str]]


class ExportReply(msgspec.Struct):
    """All records that are stored of a customer, in order."""

    customer: str
    records: list[dict[str, object]]


class EraseReply(msgspec.Struct):
    """How many records were deleted for good."""

    records: int
