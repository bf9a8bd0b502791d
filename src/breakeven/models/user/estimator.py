"""A user's own scikit-learn estimator as a candidate, on either route (from Python only)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.base import clone

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


class Custom(Candidate):
    """Wraps `estimator`, which sees the dense view: standardised numbers, one column a level, nothing missing."""

    name = "custom"
    route = "traditional"

    def __init__(
        self, layout: Layout | None = None, classes: int = 0, seed: int = 0, estimator: BaseEstimator | None = None
    ) -> None:
        self.layout, self.classes, self.seed, self.estimator = layout, classes, seed, estimator

    def _fit(self, V: Array, y: Array) -> None:
        self.model_ = clone(self.estimator)
        if "random_state" in self.model_.get_params():
            self.model_.set_params(random_state=self.seed)
        self.model_.fit(V, y)

    def _scores(self, V: Array) -> Array:
        return self.model_.predict_proba(V) if self.classes else self.model_.predict(V)  # type: ignore[no-any-return]

    def graph(self) -> bytes:
        """By skl2onnx, where it knows the estimator."""
        return onnx_graph.from_sklearn(self.model_, self.view_.width)


def own_candidate(estimator: BaseEstimator, layout: Layout, classes: int, seed: int) -> Candidate:
    """A user's estimator ready to fit: a candidate of ours with a net of theirs, or a scikit-learn estimator wrapped."""
    if isinstance(estimator, Candidate):
        return clone(estimator).set_params(layout=layout, classes=classes, seed=seed)  # type: ignore[no-any-return]
    return Custom(layout, classes, seed, estimator)
