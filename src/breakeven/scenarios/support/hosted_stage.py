"""The hosted stage of a served product: asked where the own models are not sure, believed only in choosing among the company's answers.

What it chooses must be one of the topics that it was offered, and its wording must say the company's answer (`phrasing`); else the answer is
said as it is written. Where it is slow, down or answers nonsense the own models' decision stands, and after a few such calls in a row it is
not asked for a while. Whatever happened is counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from prometheus_client.core import Metric

from breakeven.core.secret import Secret
from breakeven.core.types import Hosted
from breakeven.models.hosted.client import OPTIONAL, Completion, Failed, body_of, key_of
from breakeven.models.hosted.stream import Full, Streaming
from breakeven.scenarios.support import draft, hosted_question, language, phrasing, promises
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.hosted_question import SECONDS, STAGE, Offer
from breakeven.scenarios.support.listener import ASKED_AT_A_TIME
from breakeven.scenarios.support.product import HostedGate
from breakeven.scenarios.support.rerank_stage import RerankStage
from breakeven.scenarios.support.understanding import LONGEST, Understander
from breakeven.scenarios.support.understood import Guess, Understood
from breakeven.serving import metrics

#: Failures in a row after which it is not asked, and for how many seconds.
PATIENCE, PAUSE = 3, 60.0
#: What became of a message: answered in its wording or in the company's words, nothing fits, no answer of the protocol or in time, or it was
#: not asked because of failures before, or because many others are being asked.
Outcome = Literal["worded", "as written", "none", "failed", "skipped"]

_log = logging.getLogger("breakeven")


class HostedStage:
    """The own models with a hosted one behind them. `counts` are of messages by what became of them."""

    def __init__(
        self,
        own: Understander | RerankStage,
        gate: HostedGate,
        key: Secret | None,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.own, self._gate, self._book = own, gate, own.product.book
        hosted = Hosted(gate.model, address=gate.address, insecure=gate.insecure, private=gate.private)
        self._model, self._seconds = Streaming(hosted, key, ASKED_AT_A_TIME), seconds
        self._breaker = Breaker(clock)
        self.counts: Counter[Outcome] = Counter()
        self._lock = threading.Lock()

    def at_once(self, text: str) -> Understood | None:
        """What the quick own model is sure of; None where others have to be asked."""
        found = self.own.at_once(text)
        return None if found is not None and self._wants(text, found) else found

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """What each text means; where the own models are not sure, the hosted one is asked."""
        return [
            self._asked(text, found, likely) if self._wants(text, found) else found
            for text, (found, likely) in zip(texts, self.own.considered(texts), strict=True)
        ]

    def measured(self) -> Iterator[Metric]:
        """The family that /metrics shows."""
        text = "Messages that came to the hosted model, by what became of them"
        yield metrics.counter("breakeven_support_hosted", text, "outcome", self.counts.items())

    def _wants(self, text: str, found: Understood) -> bool:
        spoken = not self._gate.languages or found.language in self._gate.languages
        return spoken and hosted_question.wants(found) and hosted_question.is_question(text)

    def _asked(self, text: str, found: Understood, likely: tuple[Guess, ...]) -> Understood:
        """The hosted model's answer to a message, or what the own models decided."""
        offers = hosted_question.offers_of(likely, self._book, found.language)
        if not offers:
            return found
        if not self._breaker.may_ask():
            return self._counted("skipped", found)
        try:
            reply = self._model.ask(self._body(text[:LONGEST], offers), self._seconds)
            chosen = hosted_question.choice(reply, offers)
            if chosen is None:
                raise Failed("the reply is not one of the topics that were offered")
        except Full:  # by many messages at a time, which says nothing of the model
            return self._counted("skipped", found)
        except Failed as error:
            if self._breaker.failed():
                _log.warning("the hosted model is not asked for %g s: %s", PAUSE, error)
            return self._counted("failed", found)
        self._breaker.worked()
        if chosen.topic is None:
            return self._counted("none", found)
        offer = next(one for one in offers if one.topic == chosen.topic)
        worded = worded_of(chosen.text, offer, found.language, self._book)
        first = next(guess for guess in likely if guess.topic == chosen.topic)
        guesses = (first, *(one for one in found.guesses if one.topic != first.topic))[: len(found.guesses)]
        answer = Understood("answer", guesses, found.language, STAGE, phrased=worded)
        return self._counted("worded" if worded else "as written", answer)

    def _body(self, text: str, offers: Sequence[Offer]) -> Completion:
        wanted: Completion = {
            "model": self._gate.model,
            "messages": hosted_question.messages(text, offers),
            "max_tokens": self._gate.longest,
            "temperature": 0,
            "response_format": hosted_question.answer_format(offers),
        }
        return body_of(wanted, [name for name in OPTIONAL if name in self._gate.refused])

    def _counted(self, outcome: Outcome, found: Understood) -> Understood:
        with self._lock:
            self.counts[outcome] += 1
        return found


class Breaker:
    """Stops calls for PAUSE seconds after PATIENCE failures in a row; then one call is let through to see whether it works again.

    >>> at = [0.0]
    >>> breaker = Breaker(lambda: at[0])
    >>> [breaker.failed() for _ in range(3)], breaker.may_ask()
    ([False, False, True], False)
    >>> at[0] = 61.0
    >>> breaker.may_ask(), breaker.may_ask()
    (True, False)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures, self._until = 0, 0.0

    def may_ask(self) -> bool:
        """Whether a call may be made."""
        with self._lock:
            if self._failures < PATIENCE:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + PAUSE  # the others wait for what this one finds
            return True

    def failed(self) -> bool:
        """Note a call that failed. Whether calls are stopped by it."""
        with self._lock:
            self._failures += 1
            if self._failures < PATIENCE:
                return False
            self._until = self._clock() + PAUSE
            return True

    def worked(self) -> None:
        """Note a call that worked."""
        with self._lock:
            self._failures = 0


def opened(own: Understander | RerankStage) -> HostedStage | None:
    """The hosted stage of a product; None where it has none, and, with a warning, where there is no key to ask it with."""
    gate = own.product.about.hosted
    if gate is None:
        return None
    try:
        return HostedStage(own, gate, key_of(Hosted(gate.model, key_env=gate.key_env)))
    except Failed as error:
        _log.warning("the hosted model of %s is not asked: %s", own.product.about.name, error)
        return None


def worded_of(text: str, offer: Offer, spoken: str, book: AnswerBook) -> str:
    """A wording of an answer that may be said; "" where the answer is to be said as it is written.

    Where the customer's language is not the answer's, or cannot be told, the conversation may say another language's answer.
    """
    worded = text.strip()
    if draft.spoken(book, spoken) not in (spoken, spoken.partition("-")[0]):
        return ""
    if language.language(worded) not in (spoken, language.language(offer.answer)):
        return ""
    if promises.broken(worded, book.never) is not None or not phrasing.is_grounded(worded, offer.answer):
        return ""
    return worded
