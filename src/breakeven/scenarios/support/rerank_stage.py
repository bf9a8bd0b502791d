"""The re-ranker of a served product: asked where the own models are not sure, in the language that it reads.

It answers only where that was proven; else it may put the guesses in another order, which is what a customer is asked and what the desk
sees. Where it fails, or too many messages come at once, the own models' decision stands, and is counted.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import structs
from prometheus_client.core import Metric

from breakeven.core.errors import InputError
from breakeven.core.personal_data import mask
from breakeven.scenarios.support import hosted_question
from breakeven.scenarios.support.product import Loaded, RerankGate
from breakeven.scenarios.support.reranker import STAGE, Reranker
from breakeven.scenarios.support.understanding import LONGEST, Understander
from breakeven.scenarios.support.understood import Guess, Understood
from breakeven.serving import metrics

#: Messages of one call that it reads where customers wait: each takes its milliseconds, and others wait behind it.
AT_A_TIME = 4
#: What became of a message that came to it.
Outcome = Literal["answered", "reordered", "unchanged", "failed", "skipped"]
Considered = tuple[Understood, tuple[Guess, ...]]

_log = logging.getLogger("breakeven")


class RerankStage:
    """The own models with a re-ranker behind them. `counts` are of messages by what became of them."""

    def __init__(self, models: Understander, gate: RerankGate, reranker: Reranker, at_a_time: int | None) -> None:
        self._models, self._gate, self._reranker, self._at_a_time = models, gate, reranker, at_a_time
        self.counts: Counter[Outcome] = Counter()
        self._lock = threading.Lock()

    @property
    def product(self) -> Loaded:
        """The product of the own models."""
        return self._models.product

    def at_once(self, text: str) -> Understood | None:
        """What the quick own model is sure of; None where others have to be asked."""
        found = self._models.at_once(text)
        return None if found is not None and self._wants(text, found) else found

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """What each text means."""
        return [found for found, _ in self.considered(texts)]

    def considered(self, texts: Sequence[str]) -> list[Considered]:
        """What each text means, with the likeliest topics that have an answer, as the own models see them."""
        read, out = 0, list[Considered]()
        for text, (found, likely) in zip(texts, self._models.considered(texts), strict=True):
            if len(likely) > 1 and self._wants(text, found):
                read += 1
                full = self._at_a_time is not None and read > self._at_a_time
                found = self._counted("skipped", found) if full else self._reranked(text, found, likely)
            out.append((found, likely))
        return out

    def measured(self) -> Iterator[Metric]:
        """The family that /metrics shows."""
        text = "Messages that came to the re-ranker, by what became of them"
        yield metrics.counter("breakeven_support_reranker", text, "outcome", self.counts.items())

    def _wants(self, text: str, found: Understood) -> bool:
        spoken = found.language in self._gate.languages
        return spoken and hosted_question.wants(found) and hosted_question.is_question(text)

    def _reranked(self, text: str, found: Understood, likely: tuple[Guess, ...]) -> Understood:
        gate = self._gate
        try:
            read = {guess.topic for guess in likely}
            others = [guess for guess in found.guesses if guess.topic not in read]
            ranked = self._reranker.ranked(mask(text[:LONGEST]), likely, gate.weight, others)
        except InputError as error:
            _log.warning("the re-ranker of %s could not read a message: %s", self.product.about.name, error)
            return self._counted("failed", found)
        first, guesses = ranked[0], tuple(ranked[: len(found.guesses)])
        is_sure = gate.threshold is not None and first.confidence >= gate.threshold and first.topic in read
        if is_sure and found.guesses[0].confidence >= gate.floor:
            return self._counted("answered", Understood("answer", guesses, found.language, STAGE))
        is_new = [one.topic for one in guesses] != [one.topic for one in found.guesses]
        is_askable = found.decision != "clarify" or all(one.topic in read for one in guesses[:2])
        if not (gate.reorders and is_new and is_askable):
            return self._counted("unchanged", found)
        return self._counted("reordered", structs.replace(found, guesses=guesses))

    def _counted(self, outcome: Outcome, found: Understood) -> Understood:
        with self._lock:
            self.counts[outcome] += 1
        return found


def opened(models: Understander, at_a_time: int | None = AT_A_TIME) -> RerankStage | None:
    """The stage of a product; None where it has none. `at_a_time`: None where nobody waits."""
    product = models.product
    gate = product.about.reranker
    if gate is None or product.reranker is None:
        return None
    return RerankStage(models, gate, product.reranker, at_a_time)
