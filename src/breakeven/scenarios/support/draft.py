"""The bot's reply to one message, while it is being written: replies in the customer's language, and the records that keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

import msgspec

from breakeven.core.verdict import Text
from breakeven.online.event import Event
from breakeven.report import labels
from breakeven.scenarios.support import promises
from breakeven.scenarios.support.answer_book import AnswerBook, Button, Texts
from breakeven.scenarios.support.chat_types import Led
from breakeven.scenarios.support.conversation_state import Conversation, Pending
from breakeven.scenarios.support.customer_words import MAX_READ
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, Reply
from breakeven.scenarios.support.understood import Guess, HandoffReason, Understood

PACKAGE = "breakeven.scenarios.support"
#: The notice of a hand-over by its reason.
NOTICES: Mapping[HandoffReason, str] = {
    "asked for a person": "asked",
    "out of scope": "scope",
    "not sure": "unsure",
    "no answer written": "topic",
    "topic for a person": "topic",
    "language": "language",
    "profanity": "calm",
    "form finished": "form",
    "form failed": "form_failed",
    "too long": "long",
    "service failed": "failed",
    "never to be promised": "topic",
}
#: What the record of a reply or of an end holds.
Data: TypeAlias = dict[str, object]
#: What stands for an optional slot that was skipped.
SKIPPED = "-"
_VARIABLE = re.compile(r"\{(\w+)\}")


class Incoming(msgspec.Struct, frozen=True):
    """A customer's message.

    Attributes
    ----------
    id: its name in the log. `text` is as it was written, `masked` what may be stored of it.
    language: of the page it was written on ("" where that is not known).
    said_at: the channel's time of it; 0 where there is none. `late`: one that was said after it came before it.
    risky: it speaks of fraud, the law or danger.
    first: it begins a conversation; `addressed`, that of a channel's customer.
    """

    id: str
    text: str
    masked: str
    at: float
    language: str = ""
    said_at: float = 0.0
    late: bool = False
    rude: bool = False
    risky: bool = False
    first: bool = False
    addressed: bool = False


class Turn(msgspec.Struct, frozen=True):
    """What a message led to: the records to append (its own the first), and what the customer sees."""

    records: tuple[Event, ...]
    replies: tuple[Reply, ...]
    decision: Led
    language: str
    topic: str | None = None
    confidence: float | None = None


def words(name: str, language: str, **values: object) -> str:
    """A text of the bot's own: Chinese for "zh", else English."""
    text = _said()(name, **values)
    return text.zh if language == "zh" else text.en


def both(name: str, **values: object) -> Texts:
    """The same in both languages, for a button."""
    text: Text = _said()(name, **values)
    return {"en": text.en, "zh": text.zh}


@cache
def _said() -> labels.Labels:
    return labels.of(PACKAGE, "words")


def in_language(texts: Texts, language: str) -> str:
    """A company's text in a language, else in the first one that it is written in."""
    return texts.get(language) or next(iter(texts.values()), "")


def title(book: AnswerBook, topic: str, language: str) -> str:
    """What a topic is called to customers: its title, else its name with spaces.

    >>> title(AnswerBook(topics={}), "lost_card", "en")
    'lost card'
    """
    found = book.topics.get(topic)
    return (in_language(found.title, language) if found else "") or topic.replace("_", " ")


def spoken(book: AnswerBook, *languages: str) -> str:
    """The first of some languages that the company answers in, else its own first. "zh-CN" counts as "zh".

    >>> spoken(AnswerBook(topics={}, languages=("en", "zh")), "und", "zh-CN"), spoken(AnswerBook(topics={}), "fr")
    ('zh', 'en')
    """
    for one in languages:
        for known in (one, one.partition("-")[0]):
            if known in book.languages:
                return known
    return book.languages[0]


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """A text with its variables; None where one of them has no value. Braces around anything but a name stay.

    >>> filled("Open from {opens}. {}", {"opens": "9 am"}), filled("From {opens}", {})
    ('Open from 9 am. {}', None)
    """
    if any(name not in values for name in _VARIABLE.findall(text)):
        return None
    return _VARIABLE.sub(lambda found: values[found[1]], text)


class Draft:
    """What is said to one message. Its methods add replies; `turn` gives them with their records."""

    def __init__(self, state: Conversation, message: Incoming, understood: Understood | None, book: AnswerBook) -> None:
        self.state, self.message, self.understood, self.book = state, message, understood, book
        heard = understood.language if understood is not None else "und"
        self.spoken = heard if heard != "und" else state.language or message.language
        self.language = spoken(book, heard, state.language, message.language)
        self._replies = list[tuple[Reply, Data]]()
        self._end: tuple[str, Data] | None = None
        self._decision: Led = "silent"
        self._guess: Guess | None = None
        self._form: Mapping[str, str] | None = None

    def say(
        self,
        text: str,
        decision: Led = "talk",
        buttons: Sequence[Button] = (),
        source: str | None = None,
        **data: object,
    ) -> None:
        """Add a reply. `data` goes into its record: `pending`, `unclear`, `topic` and `confidence`, `stage`, `chosen`."""
        self._replies.append((Reply(text, "ai", tuple(buttons), source), {"decision": decision, **data}))
        self._decision = decision

    def say_own(self, name: str, buttons: Sequence[Button] = (), **data: object) -> None:
        """Add a reply of the bot's own words."""
        self.say(words(name, self.language), "talk", buttons, None, **data)

    def wait_for(self, pending: Pending) -> None:
        """Let the last reply wait for an answer."""
        self._replies[-1][1]["pending"] = msgspec.to_builtins(pending)

    def answered(self, guess: Guess) -> None:
        """Note the topic that was answered or asked about."""
        self._guess = guess

    def filled(self, text: str, values: Mapping[str, str]) -> str | None:
        """A company's text with the book's variables and others; None where one of them has no value."""
        return filled(text, {**self.book.variables, **values})

    def hand_over(self, reason: HandoffReason, form: Mapping[str, str] | None = None) -> None:
        """Give the conversation to a person, with one notice. What was said before in this turn stays only where a form ended."""
        if reason != "form finished":
            self._replies.clear()
        self.say_own(f"handoff.{NOTICES[reason]}")
        guesses = self.understood.guesses if self.understood is not None else ()
        topics = {g.topic: round(g.confidence, 4) for g in guesses}
        risk = self.message.risky or reason == "profanity"
        data: Data = {"reason": reason, "topics": topics or self.state.topics, "form": dict(form or {}), "risk": risk}
        self._end, self._decision, self._form = (HANDOFF, data), "handoff", form

    def close(self) -> None:
        """The customer said goodbye."""
        self._form = None
        self._end = CLOSED, {"by": "customer", "staff": None, "confirmed": None}

    def turn(self) -> Turn:
        """The finished turn; where a reply would hold what is never promised, a person gets the conversation instead."""
        if self.book.never and any(
            promises.broken(reply.text, self.book.never) for reply, data in self._replies if data["decision"] != "talk"
        ):
            self.hand_over("never to be promised", self._form)
        replies = self._introduced()
        records = [self._message(), *(self._record(n, *one) for n, one in enumerate(replies))]
        if self._end is not None:
            kind, data = self._end
            records.append(self._event(kind, {**data, "to": self.message.id}, "#end"))
        guess = self._guess
        return Turn(
            tuple(records),
            tuple(reply for reply, _ in replies),
            self._decision,
            self.language,
            guess.topic if guess else None,
            guess.confidence if guess else None,
        )

    def _introduced(self) -> list[tuple[Reply, Data]]:
        """The replies; the first one to a customer says that it comes from an AI."""
        if not self._replies or (self.state.introduced and self.state.status != "closed"):
            return self._replies
        (reply, data), *others = self._replies
        text = f"{words('intro.ai', self.language)}\n{reply.text}"
        return [(msgspec.structs.replace(reply, text=text), data), *others]

    def _message(self) -> Event:
        m = self.message
        kept: Data = {"text": m.masked, "channel": self.state.channel, "language": self.spoken}
        if len(m.text) > MAX_READ:
            kept["cut"] = len(m.text) - MAX_READ
        if m.said_at:
            kept["said_at"] = m.said_at
        flags = {"late": m.late, "rude": m.rude, "risk": m.risky, "begins": m.first, "addressed": m.addressed}
        kept |= {name: True for name, holds in flags.items() if holds}
        return self._event(MESSAGE, kept, "")

    def _record(self, number: int, reply: Reply, data: Mapping[str, object]) -> Event:
        shown = {"text": reply.text, "by": "ai", **data, "to": self.message.id, "language": self.language}
        if reply.buttons:
            shown["buttons"] = msgspec.to_builtins(reply.buttons)
        if reply.source:
            shown["source"] = reply.source
        return self._event(REPLY, shown, f"#{number}")

    def _event(self, kind: str, data: Mapping[str, object], suffix: str) -> Event:
        return Event(self.state.customer, self.state.id, kind, self.message.at, None, self.message.id + suffix, data)
