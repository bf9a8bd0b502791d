"""A product's models as the conversation uses them: a message in, topics and a decision out. onnxruntime and numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from breakeven.core.personal_data import mask
from breakeven.core.types import Array, Row
from breakeven.scenarios.support import cascade, hosted_question, language, scope
from breakeven.scenarios.support.product import QUESTION, Loaded
from breakeven.scenarios.support.understood import Guess, HandoffReason, Understood

#: Number of the stage of a message that no stage is sure of.
PERSON = -1
#: Characters of a message that the models read; what follows is not looked at.
LONGEST = 2_000
#: Milliseconds of a stage, and characters of a message, that need no thread of their own.
QUICK_MS, QUICK_CHARACTERS = 1.5, 500
#: Topics that are named with their confidence.
GUESSES = 3
#: A threshold that nothing reaches.
NEVER = 2.0


class Understander:
    """The cascade of a loaded product."""

    def __init__(self, product: Loaded) -> None:
        self.product = product
        about, topics = product.about, product.book.topics
        self._classes = about.classes
        self._answerable = np.array([name in topics and topics[name].answerable for name in about.classes], dtype=bool)
        self._usual = _numbers([gate.threshold for gate in about.gates])
        self._by_language: Mapping[str, Array] = {code: _numbers(own) for code, own in about.by_language.items()}

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """What each text means. Personal data is masked before a model reads it, as it was in training."""
        return [found for found, _ in self.considered(texts)]

    def considered(self, texts: Sequence[str]) -> list[tuple[Understood, tuple[Guess, ...]]]:
        """What each text means, with the likeliest topics that have an answer."""
        rows: list[Row] = [{QUESTION: mask(text[:LONGEST])} for text in texts]
        said = np.zeros((len(rows), len(self._classes)))
        spoken = [language.language(text[:LONGEST]) for text in texts]
        least = np.stack([self._by_language.get(code, self._usual) for code in spoken]) if rows else np.zeros((0, 0))
        stage = np.full(len(rows), PERSON)
        for s, model in enumerate(self.product.models):
            waiting = np.flatnonzero(stage == PERSON)
            if not len(waiting):
                break
            own = model.calibrated(*model.encode([rows[i] for i in waiting]))
            said[waiting] = (said[waiting] * s + own) / (s + 1)
            _, sure = cascade.confidence(said[waiting], self._answerable)
            stage[waiting[sure >= least[waiting, s]]] = s
        likely = [hosted_question.likeliest(one, self._answerable, self._classes) for one in said]
        return [(self._understood(said[i], int(stage[i]), spoken[i]), likely[i]) for i in range(len(rows))]

    def at_once(self, text: str) -> Understood | None:
        """What a text means where the first stage is quick and decides, or is the only one; None where others have to be asked."""
        gates = self.product.about.gates
        if gates[0].ms is None or gates[0].ms > QUICK_MS or len(text) > QUICK_CHARACTERS:
            return None
        model, spoken = self.product.models[0], language.language(text)
        said = model.calibrated(*model.encode([{QUESTION: mask(text)}]))
        _, sure = cascade.confidence(said, self._answerable)
        enough = bool(sure[0] >= self._by_language.get(spoken, self._usual)[0])
        if not enough and len(gates) > 1:
            return None
        return self._understood(said[0], 0 if enough else PERSON, spoken)

    def _understood(self, said: Array, stage: int, spoken: str) -> Understood:
        order = np.argsort(-said, kind="stable")[:GUESSES].tolist()
        guesses = tuple(Guess(self._classes[k], float(said[k])) for k in order)
        if stage != PERSON:
            return Understood("answer", guesses, spoken, self.product.about.gates[stage].candidate)
        about = self.product.about
        both = order[:2]
        if about.clarify_from is not None and self._answerable[both].all() and said[both].sum() >= about.clarify_from:
            return Understood("clarify", guesses, spoken)
        return Understood("handoff", guesses, spoken, reason=self._reason(said, order[0]))

    def _reason(self, said: Array, k: int) -> HandoffReason:
        """Why a person is needed, by joint probabilities (topics,) of which the one of number `k` is the highest."""
        likely = self._classes[k]
        if likely == self.product.about.scope or scope.out_of_scope(said[None])[0]:
            return "out of scope"
        topic = self.product.book.topics.get(likely)
        if topic is not None and topic.hand_over:
            return "topic for a person"
        return "not sure" if self._answerable[k] else "no answer written"


def _numbers(thresholds: Sequence[float | None]) -> Array:
    return np.array([NEVER if one is None else one for one in thresholds])
