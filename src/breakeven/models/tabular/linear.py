"""Logistic and ridge regression on standardised numbers and one column a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.linear_model import LogisticRegression, Ridge

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial


class Linear(Candidate):
    """`strength` is the inverse of the regularisation (scikit-learn's C; 1 / alpha for ridge)."""

    name = "linear"
    route = "traditional"

    def __init__(self, layout: Layout | None = None, classes: int = 0, seed: int = 0, strength: float = 1.0) -> None:
        self.layout, self.classes, self.seed, self.strength = layout, classes, seed, strength

    def _fit(self, V: Array, y: Array) -> None:
        if self.classes:
            # 300 steps settle standardised data; the tolerance is loose because scores, not weights, are wanted.
            self.model_ = LogisticRegression(C=self.strength, max_iter=300, tol=1e-3, random_state=self.seed)
        else:
            self.model_ = Ridge(alpha=1.0 / self.strength, random_state=self.seed)
        self.model_.fit(V.astype(float), y)

    def _scores(self, V: Array) -> Array:
        V = V.astype(float)
        return self.model_.predict_proba(V) if self.classes else self.model_.predict(V)  # type: ignore[no-any-return]

    def graph(self) -> bytes:
        """By skl2onnx."""
        return onnx_graph.from_sklearn(self.model_, self.view_.width)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Regularisation over five decades."""
        return {"strength": trial.suggest_float("strength", 1e-3, 100.0, log=True)}
