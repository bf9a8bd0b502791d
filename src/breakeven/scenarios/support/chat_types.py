"""Bodies, queries and answers of a customer-service desk's HTTP service: the types that check them and describe them in OpenAPI."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from breakeven.scenarios.support.answer_book import Button
from breakeven.scenarios.support.transcript import Reply, Status

#: Most characters of a customer's id, of a message's id, of a conversation's id and of the name of a member of the staff.
MAX_ID = 200
#: Most characters of a message of the staff.
MAX_STAFF_TEXT = 20_000
#: Most characters of a customer's message over HTTP; what is longer than `customer_words.MAX_READ` is cut and goes to a person.
MAX_MESSAGE = 200_000
#: Most questions of POST /v1/predict and most labels of POST /v1/feedback.
MAX_ROWS = 1_000
#: Most conversations of a queue's answer.
MAX_QUEUE = 1_000

#: What a message led to: "silent" where the conversation is a person's, who will answer.
Led = Literal["answer", "clarify", "form", "talk", "handoff", "silent"]
Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
Staff = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
StaffText = Annotated[str, Meta(min_length=1, max_length=MAX_STAFF_TEXT)]


class ChatRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/chat.

    Without a `conversation` a new one begins, and its id is in the answer. The id is the customer's secret: whoever has it may read the
    conversation and write in it. `id` names the message: sent again, it is answered the same and stored once. A first message is known
    again only where its id has at least 22 characters, as a UUID has. `language` is that of the page, used until the customer writes in
    one. `time` (seconds since 1970) is when the message was written, where messages may overtake each other.
    """

    message: Annotated[str, Meta(max_length=MAX_MESSAGE)]
    conversation: Id | None = None
    customer: Id | None = None
    id: Id | None = None
    channel: Literal["web", "app"] = "web"
    language: Annotated[str, Meta(max_length=35)] | None = None
    time: Annotated[float, Meta(ge=0)] | None = None


class ChatReply(msgspec.Struct):
    """What a message led to. `replies` is empty while a person has the conversation or is waited for: see `status`.

    `last` is the number after which GET /v1/chat/{conversation} continues.
    """

    conversation: str
    status: Status
    decision: Led
    topic: str | None
    confidence: float | None
    language: str
    replies: list[Reply]
    last: int
    repeated: bool = False


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/chat/{conversation}: entries with a number above `after`."""

    after: Annotated[int, Meta(ge=0)] = 0


class StreamQuery(HistoryQuery, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/chat/{conversation}/stream; the header Last-Event-ID goes before `after`."""


class Entry(msgspec.Struct, omit_defaults=True):
    """One entry of a conversation as its customer sees it, numbered from 1 with gaps.

    `kind`: "message" (the customer's), "reply" (with `by`), "handoff" (a person is waited for), "taken" (a person has it), "returned" (the
    bot answers again), "closed". `id` is that of a customer's message.
    """

    number: int
    kind: Literal["message", "reply", "handoff", "taken", "returned", "closed"]
    at: float
    text: str = ""
    by: Literal["customer", "ai", "person"] | None = None
    buttons: tuple[Button, ...] = ()
    source: str | None = None
    id: str | None = None


class HistoryReply(msgspec.Struct):
    """Entries of a conversation in order, and its status."""

    conversation: str
    status: Status
    entries: list[Entry]
    last: int


class CloseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/chat/{conversation}/close: whether the customer says that it was solved; null where they do not say."""

    solved: bool | None = None


class StatusReply(msgspec.Struct):
    """Where a conversation stands now."""

    conversation: str
    status: Status
    staff: str | None = None


class QuestionRow(msgspec.Struct):
    """A question of POST /v1/predict; other columns of the row are not looked at."""

    question: Annotated[str, Meta(max_length=MAX_MESSAGE)]


class PredictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/predict: questions as rows. Nothing is kept."""

    rows: Annotated[list[QuestionRow], Meta(min_length=1, max_length=MAX_ROWS)]


class Prediction(msgspec.Struct):
    """What a question alone, without a conversation, would lead to; the same columns as `breakeven predict` writes."""

    topic: str | None
    confidence: float | None
    decision: Literal["answer", "handoff", "clarify"]
    answer: str | None
    language: str
    reason: str | None = None


class PredictReply(msgspec.Struct):
    """One prediction a row, in the order of the rows."""

    predictions: list[Prediction]


class Label(msgspec.Struct, forbid_unknown_fields=True):
    """A question and the topic that is right for it."""

    question: Annotated[str, Meta(min_length=1, max_length=MAX_MESSAGE)]
    topic: Id


class FeedbackRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/feedback: questions with their right topics, which `breakeven learn` trains on."""

    outcomes: Annotated[list[Label], Meta(min_length=1, max_length=MAX_ROWS)]


class FeedbackReply(msgspec.Struct):
    """How many labels were stored, and how many there are of all kinds, those of the desk among them."""

    kept: int
    in_all: int
