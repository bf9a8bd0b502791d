"""What a company brings: questions with their topics, questions without, and the answer book."""

from __future__ import annotations

from dataclasses import dataclass

from breakeven.core.types import Finding
from breakeven.scenarios.support.answer_book import AnswerBook


@dataclass(frozen=True)
class Question:
    """A customer's question.

    Attributes
    ----------
    text: personal data masked.
    topic: its topic; None where nobody has said it.
    language: ISO 639-1 code, "und" where it cannot be told.
    unit: the customer or conversation that it belongs to ("" where that is not known): questions of one are never split.
    line: of the file, None where that is not known.
    """

    text: str
    topic: str | None
    language: str = "und"
    unit: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Material:
    """All that was read. `scope` is the name under which questions of no topic stand among the topics, None where there are none."""

    questions: tuple[Question, ...]
    book: AnswerBook
    scope: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def labelled(self) -> tuple[Question, ...]:
        """Questions with a topic."""
        return tuple(q for q in self.questions if q.topic is not None)

    @property
    def unlabelled(self) -> tuple[Question, ...]:
        """Questions without one."""
        return tuple(q for q in self.questions if q.topic is None)
