"""A contextual bandit for one place of the shelf, so that what is not shown can become known, with its probability logged.

    recommend:
      explore: {share: 0.1, method: thompson}      # or linucb

For a share of requests the last place is filled from the next items of the model's order, by a linear model of being taken
(Bayesian linear regression; Li et al. 2010 for LinUCB, Agrawal and Goyal 2013 for Thompson sampling) over what is known of the
pair: the model's score and its rank, how popular, how new, how dear. Probabilities are those of the draw itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array

METHODS = ("thompson", "linucb")
#: Items of the model's order from which the place is filled; draws by which a probability is counted; the width of LinUCB's
#: optimism, and the share of LinUCB's choices made at random, without which other items would have no probability.
POOL, DRAWS, OPTIMISM, AT_RANDOM = 20, 200, 0.5, 0.1
#: Features of a pair: see `features`.
WIDTH = 6
#: The prior's strength, in impressions.
PRIOR = 10.0


@dataclass(frozen=True)
class Exploring:
    """Which share of requests explores, and how."""

    share: float = 0.0
    method: str = "thompson"


def exploring_of(given: Any, where: str = "product.yaml, recommend.explore") -> Exploring:
    """The brief's exploring, none where it says nothing. Raises InputError."""
    if not given:
        return Exploring()
    if not isinstance(given, Mapping):
        raise InputError(where, f"expected keys and values, not {given!r}", "write {share: 0.1, method: thompson}")
    for key in given:
        if key not in ("share", "method"):
            raise InputError(where, f"unknown key {key!r}", nearest(str(key), ("share", "method")))
    share, method = given.get("share", 0.1), str(given.get("method", "thompson"))
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InputError(f"{where}.share", f"{share!r} is no share", "give a number from 0 to 1")
    if method not in METHODS:
        raise InputError(f"{where}.method", f"unknown method {method!r}", nearest(method, METHODS))
    return Exploring(float(share), method)


def features(scores: Array, popular: Array, price: Array, cold: Array) -> Array:
    """What is known of a person and each item of a pool (n, WIDTH): one, score, rank, popularity, whether new, price.

    Each lies between 0 and 1 within the pool; a price that is not known stands in the middle.
    """
    rank = 1 - np.arange(len(scores)) / max(len(scores) - 1, 1)
    known = np.where(np.isnan(price), np.nanmedian(price) if np.isfinite(price).any() else 0.0, price)
    return np.stack(
        [np.ones(len(scores)), _unit(scores), rank, _unit(np.log1p(popular)), cold.astype(float), _unit(known)], axis=1
    )


def _unit(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low) if high > low else np.full(len(values), 0.5))


class Bandit:
    """What is known of being taken: A = prior + sum of x x', b = sum of x times success."""

    def __init__(self, exploring: Exploring, seed: int = 0) -> None:
        self.exploring, self.rng = exploring, np.random.default_rng(seed)
        self.A, self.b = PRIOR * np.eye(WIDTH), np.zeros(WIDTH)

    def explores(self) -> bool:
        """Whether this request does."""
        return self.exploring.share > 0 and bool(self.rng.random() < self.exploring.share)

    def choose(self, x: Array) -> tuple[int, float]:
        """One of the pool's items (n, WIDTH), and the probability with which it was chosen (above 0)."""
        p = self.probabilities(x)
        at = int(self.rng.choice(len(p), p=p))
        return at, float(p[at])

    def probabilities(self, x: Array) -> Array:
        """How likely each item of a pool is to be chosen (n,); each a little."""
        inverse = np.linalg.inv(self.A)
        mean, n = inverse @ self.b, len(x)
        if self.exploring.method == "linucb":
            best = int((x @ mean + OPTIMISM * np.sqrt(np.einsum("ij,jk,ik->i", x, inverse, x))).argmax())
            p = np.full(n, AT_RANDOM / n)
            p[best] += 1 - AT_RANDOM
            return p
        # Taken or not has a deviation of a half at most.
        drawn = self.rng.multivariate_normal(mean, 0.25 * inverse, DRAWS)
        wins = np.bincount((drawn @ x.T).argmax(axis=1), minlength=n)
        return np.asarray((wins + 1) / (DRAWS + n))

    def learn(self, x: Array, taken: bool) -> None:
        """What came of an item that was shown, x (WIDTH,)."""
        self.A += np.outer(x, x)
        self.b += x * float(taken)
