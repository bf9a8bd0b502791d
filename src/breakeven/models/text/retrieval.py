"""BM25 (Robertson and Zaragoza 2009) with each class as one document of all its texts: what a search over a FAQ would find.

One text a class is enough, which no other candidate can say. For a query q and a class d

    score = sum over n-grams t of q: weight of t in q * ln(1 + (K - df + 0.5) / (df + 0.5)) * tf (k + 1) / (tf + k (1 - b + b |d| / mean))

where df of the K classes have t, tf texts of d have it, and |d| is how many n-grams d has: linear in q, so its graph is a linear one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from breakeven.core.types import Array, Layout
from breakeven.models.mixed.features import Blocks, Featured, linear_graph, scale_of, softmax
from breakeven.models.settings import Settings
from breakeven.models.text import evidence

if TYPE_CHECKING:
    from optuna import Trial

#: The factor of the scores where no text is held out to settle it.
SCALE = 1.0


class Retrieval(Featured):
    """`saturation` is BM25's k, `length` its b. Reads texts alone."""

    name = "retrieval"
    route = "traditional"
    table = None
    reads_images = False

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        saturation: float = 1.5,
        length: float = 0.75,
    ) -> None:
        self.layout, self.classes, self.seed, self.saturation, self.length = layout, classes, seed, saturation, length

    def _fit(self, V: Blocks, y: Array) -> None:
        self._note_widths(V)
        X = sparse.csr_matrix(V.joined)
        self.weights_, self.scale_ = self._weights(X, y, len(self.present_)), SCALE
        learned, held = evidence.split(y, self.seed)
        if len(held):
            seen = np.unique(y[learned])
            weights = self._weights(X[learned], np.searchsorted(seen, y[learned]), len(seen))
            self.scale_, _ = scale_of(np.asarray(X[held] @ weights), np.searchsorted(seen, y[held]))

    def _weights(self, X: sparse.csr_matrix, y: Array, classes: int) -> Array:
        """What an n-gram of a query adds to each class's score (v, classes)."""
        member = sparse.csr_matrix((np.ones(len(y)), (y, np.arange(len(y)))), shape=(classes, len(y)))
        counts = np.asarray((member @ (X > 0).astype(float)).todense())
        sizes = counts.sum(axis=1, keepdims=True)
        fullness = 1 - self.length + self.length * sizes / max(float(sizes.mean()), 1.0)
        having = (counts > 0).sum(axis=0)
        rarity = np.log1p((classes - having + 0.5) / (having + 0.5))
        return np.asarray((rarity * counts * (self.saturation + 1) / (counts + self.saturation * fullness)).T)

    def _margins(self, V: Blocks) -> Array:
        return np.asarray(V.joined @ self.weights_)

    def _scores(self, V: Blocks) -> Array:
        return softmax(self._margins(V) * self.scale_)

    def graph(self) -> bytes:
        """A linear graph."""
        return linear_graph(self, self.weights_, np.zeros(self.weights_.shape[1]), self.scale_)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Saturation and length."""
        return {
            "saturation": trial.suggest_float("saturation", 0.2, 5.0, log=True),
            "length": trial.suggest_float("length", 0.0, 1.0),
        }
