"""What the desk learns from its own log, live: the supervisor's figures, answers to check, questions without an answer, canned answers."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta

from breakeven.core.errors import InputError, nearest
from breakeven.online.event import Event
from breakeven.scenarios.support import audit, history, unanswered
from breakeven.scenarios.support.chat_types import Id, Staff
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.draft import filled
from breakeven.scenarios.support.evidence import Evidence, day_of
from breakeven.scenarios.support.figures import Figures, figures
from breakeven.scenarios.support.settings import Settings
from breakeven.scenarios.support.transcript import MESSAGE, REPLY, TOPIC
from breakeven.scenarios.support.unanswered import Groups, Open, Unanswered
from breakeven.serving.endpoint import Endpoint, Plain, Request

#: Answers that are drawn for checking at a time.
DRAWN = 20
#: Most questions of a group that are named at once.
MOST_NAMED = 2_000
NAME_EXAMPLE = {"staff": "Li Wei", "topic": "fees", "messages": ["c1/m1"]}


class ToCheck(msgspec.Struct):
    """An answer that was drawn at random: the question, masked, what was said, and the weight to send back with the right topic."""

    conversation: str
    message: str
    question: str
    answer: str
    topic: str
    title: dict[str, str]
    weight: float


class AuditReply(msgspec.Struct):
    """Answers to check. `needed` checks without a mistake prove the budget; `checked` of the last 30 days, over `of` answers that can be drawn."""

    needed: int
    checked: int
    of: int
    budget: float
    sure: float
    answers: list[ToCheck]


class CannedReply(msgspec.Struct):
    """What the company says on each topic, by language, its variables filled in; topics without an answer are left out."""

    answers: dict[str, dict[str, str]]


class NameRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/desk/unanswered: the topic of questions of a group. `new`: the book has no such topic yet."""

    staff: Staff
    topic: Id
    messages: Annotated[list[Id], Meta(min_length=1, max_length=MOST_NAMED)]
    new: bool = False


class NameReply(msgspec.Struct):
    """How many questions were named, and how many were not there any more."""

    topic: str
    named: int
    gone: int


class Insights:
    """States beside the log; `endpoints` are those that show them."""

    def __init__(self, settings: Settings, usd_per_message: float = 0.0) -> None:
        self._settings, self._usd = settings, usd_per_message
        self.evidence, self.unanswered = Evidence(), Unanswered()

    def apply(self, event: Event) -> None:
        """Take in the next record."""
        self.evidence.take(event)
        self.unanswered.apply(event)

    def of_days(self, days: float, now: float) -> Figures:
        """The figures of the last days, today among them."""
        return figures(self.evidence, self._settings, now, days, self._usd)

    def endpoints(self, conversations: Conversations) -> list[Endpoint]:
        """What the desk's page asks beside the conversations."""
        return _Insight(self, self._settings, conversations).endpoints()


class _Insight:
    """The endpoints over the conversations of one product."""

    def __init__(self, insights: Insights, settings: Settings, conversations: Conversations) -> None:
        self._of, self._settings, self._all = insights, settings, conversations

    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        groups, one = "/v1/desk/unanswered", NameReply
        about = "Questions that could not be answered, in groups of like ones"
        naming = "Name the topic of questions of a group; they become training data"
        return [
            Endpoint("GET", groups, self.groups, about, response=Groups, scope="write"),
            Endpoint("POST", groups, self.name, naming, request=NameRequest, response=one, example=NAME_EXAMPLE),
            Endpoint("GET", "/v1/desk/audit", self.to_check, "Answers to check", response=AuditReply, scope="write"),
            Endpoint("GET", "/v1/desk/answers", self.canned, "Canned answers", response=CannedReply, scope="write"),
        ]

    async def groups(self, request: Plain) -> Groups:
        """GET /v1/desk/unanswered."""
        kept: list[Open] = list(self._of.unanswered.questions)
        return await asyncio.to_thread(unanswered.groups, kept, self._all.clock())

    async def name(self, request: Request[NameRequest, None]) -> NameReply:
        """POST /v1/desk/unanswered. Raises InputError for a topic that the book has not, unless it is said to be new."""
        asked = request.body
        topics, topic = self._all.book.topics, asked.topic.strip()
        if not topic:
            raise InputError("topic", "it has no letters", "give the topic a name")
        if topic not in topics and not asked.new:
            raise InputError("topic", f"there is no topic {topic[:60]!r}", nearest(topic, topics))
        wanted = set(asked.messages)
        found = [one for one in self._of.unanswered.questions if one.message in wanted]
        now = self._all.clock()
        await self._all.append([_named(one, topic, asked.staff, now) for one in found])
        return NameReply(topic, len(found), len(wanted) - len(found))

    async def to_check(self, request: Plain) -> AuditReply:
        """GET /v1/desk/audit: the same answers all day, those that are checked left out."""
        evidence, now, settings = self._of.evidence, self._all.clock(), self._settings
        evidence.settle(now)
        left = [one for one in evidence.answers.values() if not evidence.is_checked(one.message)]
        drawn = audit.draw(left, DRAWN, seed=day_of(now))
        shown = [await self._shown(one) for one in drawn]
        return AuditReply(
            audit.size(settings.error_budget, settings.sure),
            len(evidence.answers) - len(left),
            len(evidence.answers),
            settings.error_budget,
            settings.sure,
            [one for one in shown if one is not None],
        )

    async def canned(self, request: Plain) -> CannedReply:
        """GET /v1/desk/answers."""
        book, out = self._all.book, dict[str, dict[str, str]]()
        for name, topic in book.topics.items():
            if topic.answer is not None:
                texts = {language: filled(text, book.variables) for language, text in topic.answer.text.items()}
                out[name] = {language: text for language, text in texts.items() if text is not None}
        return CannedReply({name: texts for name, texts in out.items() if texts})

    async def _shown(self, drawn: audit.Drawn) -> ToCheck | None:
        """The answer with its question; None where the conversation was erased meanwhile."""
        one, asked, said = drawn.answer, None, ""
        for record in await self._all.records(one.conversation):
            data = record.data or {}
            if record.kind == MESSAGE and record.id == one.message:
                asked = record
            elif record.kind == REPLY and data.get("to") == one.message:
                said = f"{said}\n{data.get('text', '')}".strip()
        if asked is None:
            return None
        text, title = str((asked.data or {}).get("text", "")), history.titles(self._all.book, one.topic)
        own = history.own_id(asked) or ""
        return ToCheck(one.conversation, own, text, said, one.topic, title, drawn.weight)


def _named(one: Open, topic: str, staff: str, now: float) -> Event:
    data = {"message": one.message, "text": one.text, "topic": topic, "staff": staff}
    return Event(one.customer, one.conversation, TOPIC, now, data=data)
