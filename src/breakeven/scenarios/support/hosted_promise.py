"""What a hosted model was proven to keep, on open questions that the own stages do not answer.

It is certified by itself, by the exact bounds of `metrics.selective` and at the same budget as the own stages: where at most the budget of the
own answers is wrong and at most the budget of the hosted ones, then also of both together, in whatever shares they come. The allowed error of
the proof is split before anything is looked at: the own stages are certified with half of 1 - sure, the hosted model with the other half, so
that both promises hold at once with probability `sure` (Bonferroni). It has no threshold to choose: it answers, or says that nothing fits.

The questions that come to it are those that the own thresholds leave, which were chosen on the same open questions, by whether the own
models are right; whether the hosted model is right was not looked at for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Finding, Hosted
from breakeven.metrics import selective
from breakeven.metrics.selective import Certified
from breakeven.scenarios.support.product import HostedGate

#: Part of the allowed error of the proof that the hosted model's takes.
PART = 0.5


@dataclass(frozen=True)
class Hosting:
    """A hosted model that was tried.

    Attributes
    ----------
    hosted: the brief's entry. longest: tokens of a reply.
    certified: by language, where the own stages were certified by language; else of all together, under "".
    questions, eligible, asked, answered, wrong: open questions that were judged, those of them that come to it, those it was asked about within
        the cap and the minutes, those it gave an answer to, and those it answered wrongly.
    ms: of an answer, the median. usd_per_1000: of the messages that reach it. spent: USD.
    refused: parameters that its server does not take. why: why it was asked about fewer than wanted, or not at all.
    """

    hosted: Hosted
    longest: int = 0
    certified: Mapping[str, Certified] | None = None
    questions: int = 0
    eligible: int = 0
    asked: int = 0
    answered: int = 0
    wrong: int = 0
    ms: float | None = None
    usd_per_1000: float | None = None
    spent: float = 0.0
    refused: tuple[str, ...] = ()
    why: str = ""

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Those it may answer in: empty for all of them, None for none."""
        proven = [code for code, one in (self.certified or {}).items() if one.thresholds is not None]
        if not proven:
            return None
        return tuple(code for code in proven if code)

    @property
    def may_answer(self) -> bool:
        """Whether so few wrong answers were shown that it may answer customers."""
        return self.languages is not None

    @property
    def uppers(self) -> tuple[float, ...]:
        """The bounds that were proven."""
        return tuple(one.upper for one in (self.certified or {}).values() if one.thresholds is not None)

    def gate(self) -> HostedGate | None:
        """The stage of the product; None where it may not answer."""
        languages, hosted = self.languages, self.hosted
        if languages is None or hosted.address is None:
            return None
        return HostedGate(
            hosted.address,
            hosted.model,
            hosted.key_env,
            self.longest,
            languages,
            self.refused,
            hosted.insecure,
            hosted.private,
            self.ms,
            self.usd_per_1000,
        )


@dataclass(frozen=True)
class SealedAnswers:
    """What a hosted model that may answer says to sealed questions (n,): class numbers; negative where it gives no answer or was not asked.
    And what that cost, in USD.
    """

    topics: Array
    spent: float


def certified(
    right: Array, units: Array, spoken: Array, languages: Sequence[str], budget: float, sure: float
) -> dict[str, Certified]:
    """What is proven of hosted answers that are right or not (n,), by language where there are such, else under ""; their error shares
    1 - sure evenly. What is in none of the languages is not answered.

    >>> right = np.arange(200) > 1
    >>> found = certified(right, np.arange(200), np.full(200, "en"), [], 0.05, 0.975)[""]
    >>> found.thresholds is not None, found.wrong, found.count, round(found.upper, 3)
    (True, 2, 200, 0.036)
    """
    found, each = dict[str, Certified](), 1 - (1 - sure) / max(len(languages), 1)
    for code in languages or ("",):
        in_language = spoken == code if code else np.ones(len(right), dtype=bool)
        if in_language.any():
            surely = np.ones((int(in_language.sum()), 1))
            found[code] = selective.certify(
                surely, right[in_language, None], budget, each, units[in_language], realised=True
            )
    return found


def sure_of_own(sure: float) -> float:
    """The probability with which the own stages' promise is to hold where a hosted model is tried behind them.

    >>> round(sure_of_own(0.95), 6)
    0.975
    """
    return 1 - (1 - sure) * (1 - PART)


def sure_of_hosted(sure: float) -> float:
    """The same of the hosted model's."""
    return 1 - (1 - sure) * PART


def finding(tried: Hosting, budget: float) -> Finding:
    """What is said of a hosted model that was tried."""
    name, ended = tried.hosted.model, f"; {tried.why}" if tried.why else ""
    if not tried.asked:
        return Finding("hosted", f"{name} was not tried behind the own models: {tried.why}", _REMEDY, level="warning")
    what = (
        f"{name} answered {tried.answered:,} of {tried.asked:,} open questions that the own models are not sure of "
        f"({tried.eligible:,} of {tried.questions:,} are such), {tried.wrong:,} of them wrongly; ${tried.spent:.4f} spent{ended}"
    )
    if tried.may_answer:
        done = f"at most {budget:.2%} wrong was proven: it answers behind them" + _in(tried.languages or ())
        return Finding("hosted", what, done, level="info")
    return Finding(
        "hosted", what, f"it is not asked when the product is served; {_needed(tried, budget)}", level="warning"
    )


#: What is done about a hosted model that was not tried.
_REMEDY = "it is not asked when the product is served; build again once that is mended"


def _in(languages: Sequence[str]) -> str:
    return f" in {', '.join(languages)}" if languages else ""


def _needed(tried: Hosting, budget: float) -> str:
    """How many questions would do at the errors seen."""
    needed = [one.needed for one in (tried.certified or {}).values()]
    if not needed or None in needed or not tried.answered:
        return f"at the errors seen no number of questions proves {budget:.2%}: raise support.error_budget, or take a better model"
    rows = int(np.ceil(sum(one or 0 for one in needed) * tried.asked / tried.answered))
    return f"about {rows:,} questions would prove {budget:.2%} at the errors seen: raise hosted.rows and hosted.max_usd, or give more questions"
