"""A contextual bandit that chooses among alternatives, so that what is seldom shown can become known; its probability is logged.

    recommend:
      explore: {share: 0.1, method: thompson}      # or linucb

For a share of requests one of the alternatives is chosen by a linear model of success (Bayesian linear regression; Li et al. 2010
for LinUCB, Agrawal and Goyal 2013 for Thompson sampling) over their features. Probabilities are those of the draw itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array

METHODS = ("thompson", "linucb")
#: Draws of the posterior by which Thompson sampling's probabilities are counted.
DRAWS = 200
#: Width of LinUCB's optimism, in standard deviations.
OPTIMISM = 0.5
#: Share of LinUCB's choices made at random, without which other alternatives would have no probability.
AT_RANDOM = 0.1
#: The prior's strength, in impressions.
PRIOR = 10.0
#: Variance of a success, at most (a success or none deviates from its mean by a half).
VARIANCE = 0.25


@dataclass(frozen=True)
class Exploration:
    """The share of requests that explore, and the method."""

    share: float = 0.0
    method: str = "thompson"


def parse_exploration(given: object, where: str) -> Exploration:
    """The exploration of a brief, none where it says nothing. Raises InputError."""
    if not given:
        return Exploration()
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
    return Exploration(float(share), method)


class Bandit:
    """A linear model of success over `width` features: A = prior + sum of x x', b = sum of x times success."""

    def __init__(self, exploration: Exploration, width: int, seed: int = 0) -> None:
        self.exploration, self.width, self.rng = exploration, width, np.random.default_rng(seed)
        self.A, self.b = PRIOR * np.eye(width), np.zeros(width)

    def explores(self) -> bool:
        """Whether this request does."""
        return self.exploration.share > 0 and bool(self.rng.random() < self.exploration.share)

    def choose(self, x: Array) -> tuple[int, float]:
        """The index of one alternative, by their features x (n, width), and the probability of the choice (above 0)."""
        p = self.probabilities(x)
        index = int(self.rng.choice(len(p), p=p))
        return index, float(p[index])

    def probabilities(self, x: Array) -> Array:
        """The probability of each alternative (n,), all above 0."""
        inverse = np.linalg.inv(self.A)
        mean, n = inverse @ self.b, len(x)
        if self.exploration.method == "linucb":
            best = int((x @ mean + OPTIMISM * np.sqrt(np.einsum("ij,jk,ik->i", x, inverse, x))).argmax())
            p = np.full(n, AT_RANDOM / n)
            p[best] += 1 - AT_RANDOM
            return p
        drawn = self.rng.multivariate_normal(mean, VARIANCE * inverse, DRAWS)
        wins = np.bincount((drawn @ x.T).argmax(axis=1), minlength=n)
        return np.asarray((wins + 1) / (DRAWS + n))

    def shown(self, x: Array) -> None:
        """Learn that an alternative of features x (width,) was shown."""
        self.A += np.outer(x, x)

    def succeeded(self, x: Array) -> None:
        """Learn that a shown alternative of features x (width,) was a success."""
        self.b += x

    def snapshot(self) -> dict[str, object]:
        """The model as JSON."""
        return {"A": self.A.tolist(), "b": self.b.tolist()}

    def restore(self, state: Mapping[str, ArrayLike]) -> None:
        """Take that of a snapshot."""
        self.A, self.b = np.array(state["A"], dtype=float), np.array(state["b"], dtype=float)
