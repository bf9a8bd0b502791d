"""Naive Bayes on n-grams: the complement form (Rennie et al. 2003), which takes uneven classes better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models.mixed.features import Blocks, Featured, linear_graph, softmax
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial


class NaiveBayes(Featured):
    """`smoothing` is added to every count. Reads texts alone."""

    name = "naive_bayes"
    route = "traditional"
    table = None
    reads_images = False

    def __init__(self, layout: Layout | None = None, classes: int = 0, seed: int = 0, smoothing: float = 0.2) -> None:
        self.layout, self.classes, self.seed, self.smoothing = layout, classes, seed, smoothing

    def _fit(self, V: Blocks, y: Array) -> None:
        from sklearn.naive_bayes import ComplementNB

        self._note_widths(V)
        model = ComplementNB(alpha=self.smoothing, norm=False).fit(V.joined, y)
        weights = np.asarray(model.feature_log_prob_).T
        # Softmax answers the same, and sums of small weights are exact enough in the single precision of the graph.
        self.weights_ = weights - weights.mean(axis=1, keepdims=True)

    def _scores(self, V: Blocks) -> Array:
        return softmax(np.asarray(V.joined @ self.weights_))

    def graph(self) -> bytes:
        """A linear graph: the log odds are its weights."""
        return linear_graph(self, self.weights_, np.zeros(self.weights_.shape[1]), 1.0)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Smoothing over three decades."""
        return {"smoothing": trial.suggest_float("smoothing", 3e-3, 3.0, log=True)}
