"""What another policy's rewards would have been, from what one policy logged with its probabilities.

Inverse propensities (Horvitz and Thompson 1952) and self-normalised ones (Swaminathan and Joachims 2015), each with a 90 %
interval and the effective sample size (Kish 1965), which says how much of the log speaks.

>>> log = Logged(np.array([1.0, 0, 0, 1]), np.full(4, 0.5), np.array([0.9, 0.1, 0.1, 0.9]))
>>> round(snips(log).value, 2), round(log.effective, 1)
(0.9, 2.4)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics import Z90

#: Weights above this are cut down to it: rarely logged, often wanted actions would rule the mean.
CLIP = 100.0
DRAWS = 1_000


@dataclass(frozen=True)
class Logged:
    """Rewards (n,), the probabilities with which what was shown was shown, and those with which the other policy would have.

    Raises ValueError where a logged probability is not above 0: nothing can be said of what could not have been shown.
    """

    rewards: Array
    logged: Array
    wanted: Array

    def __post_init__(self) -> None:
        if not len(self.rewards) == len(self.logged) == len(self.wanted):
            raise ValueError(
                f"{len(self.rewards)} rewards, {len(self.logged)} and {len(self.wanted)} probabilities: they must be as many"
            )
        if not (np.isfinite(self.logged).all() and (self.logged > 0).all() and (self.logged <= 1 + 1e-9).all()):
            raise ValueError("logged probabilities must be above 0 and at most 1")
        if not (np.isfinite(self.wanted).all() and (self.wanted >= 0).all()):
            raise ValueError("wanted probabilities must be numbers of at least 0")

    @property
    def weights(self) -> Array:
        """How much each row speaks for the other policy, clipped (n,)."""
        return np.asarray(np.minimum(self.wanted / self.logged, CLIP))

    @property
    def effective(self) -> float:
        """Rows of a log of the other policy that would say as much."""
        w = self.weights
        return float(w.sum() ** 2 / max(float((w**2).sum()), 1e-12))


def ips(log: Logged) -> Interval:
    """Mean weighted reward."""
    values = log.rewards * log.weights
    value = float(values.mean())
    half = Z90 * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.inf
    return Interval(value, value - half, value + half)


def snips(log: Logged, seed: int = 0) -> Interval:
    """Weighted rewards over the sum of weights; the interval is bootstrapped."""
    return _bootstrap(
        log, lambda i: float(log.rewards[i] @ log.weights[i]) / max(float(log.weights[i].sum()), 1e-12), seed
    )


def _bootstrap(log: Logged, estimate: Callable[[Array], float], seed: int) -> Interval:
    rng, n = np.random.default_rng(seed), len(log.rewards)
    low, high = np.quantile([estimate(rng.integers(0, n, n)) for _ in range(DRAWS)], [0.05, 0.95])
    return Interval(estimate(np.arange(n)), float(low), float(high))
