"""What a customer, and what the staff, see of a conversation's records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from breakeven.online.event import Event
from breakeven.scenarios.support import customer_words
from breakeven.scenarios.support.answer_book import AnswerBook, Button
from breakeven.scenarios.support.chat_types import Entry
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.desk_types import DeskEntry, Packet, TopicGuess
from breakeven.scenarios.support.draft import both
from breakeven.scenarios.support.transcript import (
    CLOSED,
    HANDOFF,
    KINDS,
    MESSAGE,
    REPLY,
    RETURNED,
    TAKEN,
    TOPIC,
    Reply,
)

#: Questions of a customer that a summary repeats, and characters of each.
ASKED, ASKED_LENGTH = 3, 200
#: Characters of the shortest message that can tell something: two Chinese ones may.
SHORTEST = 2
_SHOWN = {
    MESSAGE: "message",
    REPLY: "reply",
    HANDOFF: "handoff",
    TAKEN: "taken",
    RETURNED: "returned",
    CLOSED: "closed",
}


def own_id(event: Event) -> str | None:
    """A message's id as its sender gave it: without the conversation's before it."""
    return None if event.id is None else event.id.removeprefix(f"{event.item}/")


def reply_of(event: Event) -> Reply:
    """A stored reply as the customer saw it."""
    data = event.data or {}
    buttons = msgspec.convert(data.get("buttons", ()), tuple[Button, ...])
    return Reply(data["text"], data["by"], buttons, data.get("source"))


def entries(records: Iterable[Event], after: int = 0) -> list[Entry]:
    """A conversation for its customer: all of its records in order, numbered from 1, those above a number."""
    out = []
    for number, event in enumerate((e for e in records if e.kind in KINDS), 1):
        if number <= after or event.kind == TOPIC:
            continue
        entry = Entry(number, _SHOWN[event.kind], event.at)  # type: ignore[arg-type]
        if event.kind == MESSAGE:
            entry.text, entry.by, entry.id = (event.data or {}).get("text", ""), "customer", own_id(event)
        elif event.kind == REPLY:
            reply = reply_of(event)
            entry.text, entry.by, entry.buttons, entry.source = reply.text, reply.by, reply.buttons, reply.source
        out.append(entry)
    return out


def desk_entries(records: Iterable[Event]) -> list[DeskEntry]:
    """A conversation for the staff."""
    out = []
    for number, event in enumerate((e for e in records if e.kind in KINDS), 1):
        data = event.data or {}
        shown = {
            name: data.get(name) for name in ("staff", "topic", "confidence", "decision", "stage", "source", "reason")
        }
        by = "customer" if event.kind == MESSAGE else data.get("by")
        message = own_id(event) if event.kind == MESSAGE else data.get("message")
        kind = "topic" if event.kind == TOPIC else _SHOWN[event.kind]
        out.append(DeskEntry(number, kind, event.at, data.get("text", ""), by, id=message, **shown))
    return out


def packet(state: Conversation, records: Sequence[Event], book: AnswerBook, now: float) -> Packet:
    """All that a person needs to go on with a conversation."""
    asked = [e.data["text"] for e in records if e.kind == MESSAGE and e.data and e.data.get("text")]
    answers = [e.data["topic"] for e in records if e.kind == REPLY and e.data and e.data.get("decision") == "answer"]
    answered = list(dict.fromkeys(answers))
    guesses = sorted(state.topics.items(), key=lambda pair: -pair[1])
    return Packet(
        **head(state, state.customer, now),
        summary=_summary(state, asked, answered),
        topics=[TopicGuess(topic, titles(book, topic), confidence) for topic, confidence in guesses],
        asked=asked,
        answered=answered,
        form=state.form,
        entries=desk_entries(records),
    )


def head(state: Conversation, customer: str, now: float) -> dict[str, Any]:
    """The fields of `ConversationHead`, with the customer as they are to be shown."""
    return {
        "conversation": state.id,
        "customer": customer,
        "channel": state.channel,
        "language": state.language,
        "status": state.status,
        "staff": state.staff,
        "reason": state.reason,
        "risk": "high" if state.risk else "normal",
        "waiting_seconds": waiting(state, now),
    }


def waiting(state: Conversation, now: float) -> float:
    """Seconds since the customer began to wait for a person; 0 where nobody is waited for."""
    return max(now - state.waits_since, 0.0) if state.silent else 0.0


def titles(book: AnswerBook, topic: str) -> dict[str, str]:
    """What a topic is called, by language; empty where the company gave it no title."""
    found = book.topics.get(topic)
    return dict(found.title) if found is not None else {}


def _says_something(text: str) -> bool:
    """Whether a message tells what the customer wants: no greeting, no choice, no bare wish for a person.

    >>> [_says_something(text) for text in ("I lost my card", "hello", "2", "转人工", "agent please, my card was stolen in Rome yesterday")]
    [True, False, False, False, True]
    """
    said = customer_words.folded(text)
    short = len(said) <= customer_words.SHORT
    return not (
        len(said) < SHORTEST
        or customer_words.is_wordless(said)
        or customer_words.small_talk(said) is not None
        or customer_words.cancels(said)
        or (short and customer_words.wants_person(said))
    )


def _summary(state: Conversation, asked: Sequence[str], answered: Sequence[str]) -> dict[str, str]:
    """A few sentences in both languages, in the customer's own words: the first question and the last ones."""
    parts, questions = [], [text[:ASKED_LENGTH] for text in asked if _says_something(text)]
    if questions:
        shown = questions if len(questions) <= ASKED else [questions[0], *questions[1 - ASKED :]]
        parts.append(both("summary.asked", asked=" / ".join(shown)))
    else:
        parts.append(both("summary.nothing"))
    if state.reason is not None:
        reason = both(f"reason.{state.reason}")
        parts.append({n: both("summary.reason", reason=reason[n])[n] for n in reason})
    if answered:
        parts.append(both("summary.answered", topics=", ".join(answered)))
    if state.form:
        parts.append(both("summary.form", form="; ".join(f"{name}: {value}" for name, value in state.form.items())))
    parts.append(both("summary.messages", messages=str(len(asked))))
    return {"en": " ".join(p["en"] for p in parts), "zh": "".join(p["zh"] for p in parts)}
