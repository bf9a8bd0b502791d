"""What one source holds, before languages are told, personal data masked and the parts joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from breakeven.core.types import Finding
from breakeven.scenarios.support.answer_book import Topic

#: Longest name of a topic that is made from a question.
LONGEST_NAME = 80


@dataclass(frozen=True)
class Utterance:
    """A customer's message as it stands in the source.

    `language` is "" where the source does not say it; `conversation` and `customer` are the source's names, "" where there are none.
    """

    text: str
    topic: str | None = None
    language: str = ""
    conversation: str = ""
    customer: str = ""
    line: int | None = None


@dataclass(frozen=True)
class SourceContent:
    """Messages, answers by topic, the topic of messages that belong to none (if the source marks one), and what was left out."""

    messages: tuple[Utterance, ...] = ()
    topics: Mapping[str, Topic] = field(default_factory=dict)
    scope: str | None = None
    findings: tuple[Finding, ...] = ()


def topic_name(question: str) -> str:
    """The name of the topic of a FAQ's entry: its question, shortened.

    >>> topic_name("  How do I\\n pay? "), len(topic_name("why " * 50))
    ('How do I pay?', 80)
    """
    name = " ".join(question.split())
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3].rstrip()}..."


def left_out(kind: str, what: str, done: str, count: int, where: tuple[int, ...] = ()) -> tuple[Finding, ...]:
    """A finding about so many entries; none for 0."""
    return (Finding(kind, f"{count:,} {what}", done, None, count, where[:5]),) if count else ()
