"""Questions answered one by one, without a conversation: what `breakeven predict` writes and POST /v1/predict answers."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.personal_data import mask
from breakeven.scenarios.support import draft, promises
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.chat_types import Prediction
from breakeven.scenarios.support.understood import HandoffReason, Understanding, Understood


def predicted(questions: Sequence[str], understanding: Understanding, book: AnswerBook) -> list[Prediction]:
    """One prediction a question, in order. A question that would be answered with what is not written, or never to be said, goes to a person."""
    return [_prediction(found, book) for found in understanding.understand([mask(one) for one in questions])]


def _prediction(found: Understood, book: AnswerBook) -> Prediction:
    first = found.guesses[0] if found.guesses else None
    topic, confidence = (first.topic, first.confidence) if first is not None else (None, None)
    decision, reason, text = found.decision, found.reason, None
    if decision == "answer" and topic is not None:
        text, reason = _answer(found, topic, book)
        if text is None:
            decision = "handoff"
    return Prediction(topic, confidence, decision, text, found.language, reason)


def _answer(found: Understood, topic: str, book: AnswerBook) -> tuple[str | None, HandoffReason | None]:
    language = draft.spoken(book, found.language)
    answer = book.answer(topic, language)
    if answer is None:
        known = book.topics.get(topic)
        return None, "topic for a person" if known is not None and known.hand_over else "no answer written"
    text = draft.filled(found.phrased or answer.text[language], book.variables)
    if text is None:
        return None, "no answer written"
    if promises.broken(text, book.never) is not None:
        return None, "never to be promised"
    return text, None
