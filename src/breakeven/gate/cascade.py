"""The cascade: an own model answers what it is sure of, the hosted one the rest.

How sure it must be is settled on validation rows; what that gives is told from sealed rows both have answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Interval

#: Where errors have no price: the cascade must keep this share of the better model's accuracy, at the least rent.
KEEP = 0.99
#: Thresholds tried: so many shares of the rows handed on.
STEPS = 101


@dataclass(frozen=True)
class Cascade:
    """Surer answers than `threshold` are the own model's; the share handed on, the share wrong, the rows that told.

    `error_usd`: what errors cost a request where misses and false alarms have prices of their own.
    """

    threshold: float
    escalated: float
    error: Interval
    rows: int
    error_usd: Interval | None = None


def threshold(
    confidence: Array,
    right: Array,
    hosted_error: float,
    rent: float,
    usd_per_error: float,
    paid: tuple[Array, float] | None = None,
) -> float:
    """How sure the own model must be: by validation rows' confidence (n,) and whether they were right (n,).

    `paid`: what each own answer's error costs (n,), and the hosted model's an answer on average, where that is not
    `usd_per_error` for every error.

    With a price of an error (USD) the cheapest: rent (USD a request) of what is handed on, and errors. Without, the least
    handed on that keeps `KEEP` of the better model's accuracy. The hosted model is taken to err on any row alike.

    >>> sure, right = np.array([.9, .8, .6, .5]), np.array([True, True, False, False])
    >>> threshold(sure, right, 0.0, 0.001, 1.0), threshold(sure, right, 0.9, 0.001, 0.0)
    (0.8, 0.0)
    """
    own_usd, hosted_usd = (~right * usd_per_error, hosted_error * usd_per_error) if paid is None else paid
    best = None
    for share in np.linspace(0, 1, STEPS):
        cut = float(np.quantile(confidence, share, method="higher")) if share > 0 else 0.0
        kept = confidence >= cut if share < 1 else np.zeros(len(right), bool)
        cut = cut if share < 1 else float("inf")
        escalated = 1 - float(kept.mean())
        error = float((kept & ~right).mean()) + escalated * hosted_error
        usd = escalated * (rent + hosted_usd) + float((kept * own_usd).mean())
        wanted = 1 - KEEP * (1 - min(hosted_error, 1 - float(right.mean())))
        cost = usd if usd_per_error or paid is not None else escalated if error <= wanted + 1e-12 else 2 + error
        if best is None or cost < best[0] - 1e-15:
            best = (cost, cut)
    assert best is not None
    return best[1]


def summarise(cut: float, everyone: Array, confidence: Array, right: Array, hosted_right: Array) -> Cascade:
    """What a threshold gives on rows (n,) that both models have answered; how many are handed on is told by `everyone`,
    the own model's confidence on all sealed rows (m,), since that takes no answer of the hosted one.
    """
    share = float(np.where(confidence >= cut, right, hosted_right).mean())
    low, high = metrics.wilson(share, len(right))
    return Cascade(cut, float((everyone < cut).mean()), Interval(1 - share, 1 - high, 1 - low), len(right))


def supposed(cut: float, confidence: Array, right: Array, hosted_error: float) -> Cascade:
    """The same where the hosted model's error is only said by the brief: it is taken to err on any row alike."""
    kept = confidence >= cut
    escalated = 1 - float(kept.mean())
    error = float((kept & ~right).mean()) + escalated * hosted_error
    low, high = metrics.wilson(1 - error, len(right))
    return Cascade(cut, escalated, Interval(error, 1 - high, 1 - low), len(right))
