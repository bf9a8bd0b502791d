"""Evidence of several models of one text, on one scale: what a topic speaks for itself, not how it compares with others.

Softmax forgets how much evidence there was: a question of no topic whose margins are all low gets a sure probability where one of them
is less low. The margins themselves tell (Vaze et al. 2022; Hendrycks et al. 2022). Each model's margins are put in units of what its
highest is on rows it has not seen, and added. Softmax then runs over the classes and one more, "none of them", whose margin is what all
but a few rows of known class exceed (a reject option, Chow 1970); its probability is spread evenly over the classes. So probabilities
sum to 1, the class told is the same, and what is like nothing in training is told with little confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array
from breakeven.models.mixed.features import scale_of, softmax

#: Rows at most on which the units are found, and the share of them that is held out for it.
ROWS, HELD = 6_000, 0.2
#: Fewer rows held out than this say nothing.
LEAST = 8
#: Share of rows of known class whose highest margin lies below that of "none of them". On CLINC150 3 % gave the most answers within 1 %
#: errors where two in eleven questions were of no topic: 0.69 of all, without this class 0.62 (LAB.md).
BELOW = 0.03
#: The margin of "none of them" where it is not known.
NEVER = -1e4


@dataclass(frozen=True)
class Units:
    """For each model what is taken off its margins and what they are divided by; `scale` makes probabilities of the weighted sum.

    `none` is the margin of "none of them", in units of the sum.
    """

    centres: tuple[float, ...]
    spreads: tuple[float, ...]
    scale: float = 1.0
    none: float = NEVER

    @classmethod
    def plain(cls, models: int) -> Units:
        """Margins as they are."""
        return cls((0.0,) * models, (1.0,) * models)

    @classmethod
    def fit(cls, margins: Sequence[Array], y: Array, weights: Sequence[float]) -> Units:
        """By margins (n, classes) of each model on rows none has learned from, and their classes y (n,)."""
        highest = [m.max(axis=1) for m in margins]
        centres = tuple(float(h.mean()) for h in highest)
        spreads = tuple(max(float(h.std()), 1e-3) for h in highest)
        joined = cls(centres, spreads).joined(margins, weights)
        none = float(np.quantile(joined.max(axis=1), BELOW))
        return cls(centres, spreads, scale_of(joined, y)[0], none)

    def joined(self, margins: Sequence[Array], weights: Sequence[float]) -> Array:
        """The weighted sum (n, classes) of each model's margins in its units."""
        parts = zip(margins, self.centres, self.spreads, weights, strict=True)
        return np.asarray(sum((w / spread) * (m - centre) for m, centre, spread, w in parts))

    def probabilities(self, joined: Array) -> Array:
        """Of the sums of `joined` (n, classes)."""
        none = np.full((len(joined), 1), self.none)
        found = softmax(self.scale * np.concatenate([joined, none], axis=1))
        return np.asarray(found[:, :-1] + found[:, -1:] / joined.shape[1])


def split(y: Array, seed: int) -> tuple[Array, Array]:
    """Rows to learn from and rows held out, all of whose classes are among the former; none are held out where there are too few."""
    order = np.random.default_rng(seed).permutation(len(y))[:ROWS]
    cut = int(len(order) * HELD)
    learned, held = order[cut:], order[:cut]
    held = held[np.isin(y[held], y[learned])]
    return learned, held if len(held) >= LEAST and len(np.unique(y[learned])) > 1 else held[:0]
