"""What a product makes of a message: topics with confidences, the language, and whether it may answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

Decision = Literal["answer", "clarify", "handoff"]
#: Why a message goes to a person, as it is counted and shown.
HandoffReason = Literal[
    "asked for a person",
    "out of scope",
    "not sure",
    "no answer written",
    "topic for a person",
    "language",
    "profanity",
    "form finished",
    "form failed",
    "too long",
    "service failed",
    "never to be promised",
]


class Guess(msgspec.Struct, frozen=True):
    """A topic and how likely it is meant, from 0 to 1."""

    topic: str
    confidence: float


class Understood(msgspec.Struct, frozen=True):
    """A message, understood.

    Attributes
    ----------
    decision: the topic of the first guess is answered, one of the first two is asked for, or a person is needed.
    guesses: the likeliest topics, the best first; at most three.
    language: ISO 639-1 code, "und" where it cannot be told.
    stage: which model of the cascade decided ("" where none was sure enough).
    reason: why a person is needed.
    phrased: the company's answer to the first topic, as a hosted model phrased it ("": it is said as it is written).
    """

    decision: Decision
    guesses: tuple[Guess, ...]
    language: str
    stage: str = ""
    reason: HandoffReason | None = None
    phrased: str = ""


class Understanding(Protocol):
    """A product's models, as the conversation uses them."""

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """What each text means; masked texts are understood as well as plain ones."""


@runtime_checkable
class Asking(Understanding, Protocol):
    """Models behind which another one is asked, which takes seconds and money."""

    @property
    def own(self) -> Understanding:
        """The models without it."""


@runtime_checkable
class Staged(Understanding, Protocol):
    """Models of which the first are quick: what they are sure of needs no thread."""

    def at_once(self, text: str) -> Understood | None:
        """What a text means, within about a millisecond; None where slower models have to be asked, by `understand` in a thread."""
