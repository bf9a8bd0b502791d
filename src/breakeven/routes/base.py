"""What every supervised candidate is: a scikit-learn estimator over the base matrix that can also draw itself as ONNX.

`fit(X, y)` takes the base matrix (n, p) of `encode.Schema` and y (n,) of class numbers or values. The public methods
check and translate; a family writes `_fit`, `_scores` and `graph` on its own view of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator

from breakeven.encode import View
from breakeven.types import Array, Layout, Route


class Candidate(BaseEstimator):  # type: ignore[misc]
    """Base of all candidates.

    `layout` says which columns of X are categories (None: all are numbers), `classes` how many classes there are
    (0: regression), `seed` fixes every random draw. After `fit`: `view_` and the family's own state.
    """

    name: ClassVar[str]
    route: ClassVar[Route]
    view: ClassVar[Literal["raw", "filled", "dense", "mixed"]] = "dense"
    #: Rows below which the family is not worth fitting.
    fewest: ClassVar[int] = 0

    layout: Layout | None
    classes: int
    seed: int

    def fit(self, X: Array, y: Array) -> Self:
        """Fit on X (n, p) and y (n,)."""
        X = np.asarray(X, dtype=float)
        layout = self.layout or Layout(tuple(f"x{i}" for i in range(X.shape[1])), (0,) * X.shape[1])
        self.view_ = View.fit(self.view, X, layout)
        y = np.asarray(y)
        if self.classes:
            present = np.unique(y)
            self.present_ = present
            self.classes_ = np.arange(self.classes)
            y = np.searchsorted(present, y)
            if len(present) == 1:
                return self
        self._fit(self.view_.apply(X), y)
        return self

    def scores(self, X: Array) -> Array:
        """What the judge takes: probabilities (n, classes) or values (n,)."""
        X = np.asarray(X, dtype=float)
        if not self.classes:
            return np.asarray(self._scores(self.view_.apply(X)), dtype=float).reshape(-1)
        out = np.zeros((len(X), self.classes))
        if len(self.present_) == 1:
            out[:, self.present_[0]] = 1.0
        else:
            out[:, self.present_] = self._scores(self.view_.apply(X))
        return out

    def predict_proba(self, X: Array) -> Array:
        """Probabilities (n, classes)."""
        return self.scores(X)

    def predict(self, X: Array) -> Array:
        """Class numbers or values (n,)."""
        scores = self.scores(X)
        return np.asarray(scores.argmax(axis=1)) if self.classes else scores

    def graph(self) -> bytes:
        """The fitted model as ONNX: input `x` (n, width) float32, output `scores` (n, classes) or (n, 1) float32."""
        raise NotImplementedError

    @staticmethod
    def space(trial: Any) -> Mapping[str, Any]:
        """Settings to try, drawn from an Optuna trial; empty when there is nothing to tune."""
        del trial
        return {}

    def _fit(self, V: Array, y: Array) -> None:
        raise NotImplementedError

    def _scores(self, V: Array) -> Array:
        raise NotImplementedError
