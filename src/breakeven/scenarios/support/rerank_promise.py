"""What a re-ranker was proven to keep, on open questions that the own stages do not answer, and whether its order is better.

Where it can be proven at all it takes PART of the allowed error of the proof, which is settled by numbers of questions before anything is
looked at: the own stages are certified with the rest, and so both promises hold at once with probability `sure` (Bonferroni), as with a
hosted model. A third of the questions that it reads settles its weight; the others judge it.

The order is better where, of the questions whose topic comes among the first two or leaves them, so many more come than leave that an
exact sign test (the binomial distribution of halves) would show it by chance at most CHANCE of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from breakeven.core.types import Finding
from breakeven.metrics.selective import Certified
from breakeven.scenarios.support.product import RerankGate
from breakeven.scenarios.support.reranker import LANGUAGE, STAGE, Reranker

#: Part of the allowed error of the proof that the re-ranker's takes.
PART = 0.2
#: How often a better order may be chance.
CHANCE = 0.1


@dataclass(frozen=True)
class Reranking:
    """A re-ranker that was tried.

    Attributes
    ----------
    weight: of its scores in log odds. floor: probability by the own stages below which it answers nothing.
    certified: what is proven of its answers; None where that was not tried.
    eligible, judged: open questions that come to it, and those that judged it.
    first, second: of those, with the right topic first, and among the first two, without and with it.
    gained, lost: those whose topic came among the first two, and left them.
    ms: of a message. usd_per_1000: of the messages that reach it.
    why: why it was not tried. folder: the folder of its files. reranker: the same, loaded.
    """

    weight: float = 0.0
    floor: float = 0.0
    certified: Certified | None = None
    eligible: int = 0
    judged: int = 0
    first: tuple[int, int] = (0, 0)
    second: tuple[int, int] = (0, 0)
    gained: int = 0
    lost: int = 0
    ms: float | None = None
    usd_per_1000: float | None = None
    why: str = ""
    folder: Path | None = None
    reranker: Reranker | None = field(default=None, repr=False, compare=False)

    @property
    def may_answer(self) -> bool:
        """Whether so few wrong answers were shown that it may answer customers."""
        return self.threshold is not None

    @property
    def threshold(self) -> float | None:
        """How sure it must be to answer."""
        found = self.certified.thresholds if self.certified is not None else None
        return found[0] if found else None

    @property
    def reorders(self) -> bool:
        """Whether its order of the guesses was better."""
        return self.gained > self.lost and by_chance(self.gained, self.lost) <= CHANCE

    def gate(self) -> RerankGate | None:
        """The stage of the product; None where it does nothing for it."""
        if not (self.may_answer or self.reorders):
            return None
        return RerankGate(
            self.weight, self.threshold, self.floor, self.reorders, (LANGUAGE,), self.ms, self.usd_per_1000
        )


def by_chance(gained: int, lost: int) -> float:
    """Probability of at least `gained` heads in `gained + lost` throws of a coin.

    >>> by_chance(5, 0), by_chance(2, 1), by_chance(0, 0)
    (0.03125, 0.5, 1.0)
    """
    n = gained + lost
    return float(sum(math.comb(n, k) for k in range(gained, n + 1)) / 2**n)


def finding(tried: Reranking, budget: float) -> Finding:
    """What is said of a re-ranker that was tried."""
    if not tried.judged:
        return Finding(STAGE, f"the cross-encoder was not tried behind the own models: {tried.why}", _NOT_TRIED)
    (first, first_with), (second, second_with), n = tried.first, tried.second, tried.judged
    what = (
        f"of {n:,} open questions that the own models are not sure of, the first guess is right in {first:,} without and {first_with:,} "
        f"with the cross-encoder, one of the first two in {second:,} and {second_with:,}"
    )
    if tried.may_answer:
        order = ", and its order of the guesses is shown" if tried.reorders else ""
        return Finding(STAGE, what, f"at most {budget:.2%} wrong was proven: it answers behind them{order}")
    if tried.reorders:
        return Finding(STAGE, what, "its order of the guesses is shown; it answers nothing by itself")
    return Finding(STAGE, what, _LEFT_OUT)


_NOT_TRIED = "the product does without it"
_LEFT_OUT = "the product does without it; support.reranker: none saves the try"
