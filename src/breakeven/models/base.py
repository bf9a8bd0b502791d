"""The base of every candidate for rows: a scikit-learn estimator over the base matrix that exports itself as ONNX.

`fit(X, y)` takes the base matrix (n, p) of `encode.Schema` and y (n,) of class numbers or values. The public methods
check and translate; a family writes `_fit`, `_scores` and `graph` on its own view of the data.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from breakeven.core.types import Array, Layout, Route
from breakeven.features.media import Disk, Media, Memory
from breakeven.features.reader import Reader
from breakeven.features.view import View
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial

    class BaseEstimator:
        """The part of scikit-learn's class that is used here; the package ships no types."""

        def get_params(self, deep: bool = True) -> dict[str, object]:
            """Constructor arguments by name."""

        def set_params(self, **params: object) -> Self:
            """Set constructor arguments by name."""

else:
    from sklearn.base import BaseEstimator


class Candidate(BaseEstimator):
    """Base of all candidates.

    `layout` says which columns of X are categories (None: all are numbers), `classes` how many classes there are
    (0: regression), `seed` fixes every random draw. After `fit`: `reader_` and the family's own state.
    """

    name: ClassVar[str]
    route: ClassVar[Route]
    view: ClassVar[Literal["raw", "filled", "dense", "mixed"]] = "dense"
    #: Whether a fit keeps to the time of `training.step_budget`.
    paced: ClassVar[bool] = False
    #: Of a net: whether its graph is written without torch's exporter, which takes seconds to load and to trace.
    drawn: ClassVar[bool] = False
    #: Whether it answers rows with values missing, or never seen.
    fills: ClassVar[bool] = True
    #: Whether it owes enough to the draw of its rows and seeds that a bag of it (`models.bag`) is worth measuring.
    bags: ClassVar[bool] = False
    #: Settings that change training rows (augmentation), each with the value that leaves them as they are.
    changing: ClassVar[Settings] = {}

    layout: Layout | None
    classes: int
    seed: int

    def fit(self, X: Array, y: Array) -> Self:
        """Fit on X (n, p) and y (n,)."""
        X = np.asarray(X, dtype=float)
        layout = self.layout or Layout(tuple(f"x{i}" for i in range(X.shape[1])), (0,) * X.shape[1])
        self.media_: Media = Disk(layout.media) if layout.media else Memory()
        self.reader_ = self._look(X, layout)
        self.rows_ = X[:3]
        y = np.asarray(y)
        if self.classes:
            present = np.unique(y)
            self.present_ = present
            self.classes_ = np.arange(self.classes)
            y = np.searchsorted(present, y)
            if len(present) == 1:
                return self
        with warnings.catch_warnings():
            # y is class numbers here; with few rows a class scikit-learn asks whether it is not values.
            warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
            self._fit(self._read(X), y)
        return self

    def scores(self, X: Array) -> Array:
        """Scores for the metric: probabilities (n, classes) or values (n,)."""
        X = np.asarray(X, dtype=float)
        if not self.classes:
            return np.asarray(self._scores(self._read(X)), dtype=float).reshape(-1)
        out = np.zeros((len(X), self.classes))
        if len(self.present_) == 1:
            out[:, self.present_[0]] = 1.0
        else:
            out[:, self.present_] = self._scores(self._read(X))
        return out

    def margins(self, X: Array) -> Array:
        """How much speaks for each class present (n, classes present), which softmax forgets: low for all where a row is of none.

        Raises NotImplementedError for a model that has only probabilities.
        """
        return self._margins(self._read(np.asarray(X, dtype=float)))

    def predict_proba(self, X: Array) -> Array:
        """Probabilities (n, classes)."""
        return self.scores(X)

    def predict(self, X: Array) -> Array:
        """Class numbers or values (n,)."""
        scores = self.scores(X)
        return np.asarray(scores.argmax(axis=1)) if self.classes else scores

    def graph(self) -> bytes:
        """The fitted model as ONNX: the reader's inputs, output `scores` (n, classes present) or (n, 1) float32."""
        raise NotImplementedError

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Settings to try, drawn from an Optuna trial; empty when there is nothing to tune."""
        del trial
        return {}

    def _look(self, X: Array, layout: Layout) -> Reader:
        """What the model will read; here the table's view alone."""
        return Reader(View.fit(self.view, X, layout), ())

    def _read(self, X: Array) -> Any:
        """Rows as `_fit` and `_scores` take them; here the table's view (n, width)."""
        return self.view_.apply(X)

    @property
    def view_(self) -> View:
        """The table's view. Raises AttributeError when the table is not read."""
        if self.reader_.table is None:
            raise AttributeError("this model reads no table")
        return self.reader_.table

    def _fit(self, V: Any, y: Array) -> None:
        raise NotImplementedError

    def _scores(self, V: Any) -> Array:
        raise NotImplementedError

    def _margins(self, V: Any) -> Array:
        raise NotImplementedError
