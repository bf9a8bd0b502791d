"""Builds as scikit-learn estimators: in a Pipeline, in cross_val_score, cloned and pickled like any other.

>>> import numpy as np
>>> X = np.arange(60.0).reshape(-1, 1)
>>> model = BreakevenClassifier(minutes=0.2, candidates=["linear"]).fit(X, X[:, 0] > 29)
>>> model.predict([[2.0], [57.0]]).tolist()
[False, True]
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from breakeven import api, frames
from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.features.schema import Field, Schema
from breakeven.features.values import LARGEST, is_missing, level
from breakeven.models import registry
from breakeven.models.base import BaseEstimator, Candidate
from breakeven.product import Product

if TYPE_CHECKING:

    class ClassifierMixin:
        """The part of scikit-learn's class that is seen here; the package ships no types."""

        def score(self, X: object, y: object, sample_weight: object = None) -> float:
            """Accuracy."""

    class RegressorMixin:
        """The part of scikit-learn's class that is seen here; the package ships no types."""

        def score(self, X: object, y: object, sample_weight: object = None) -> float:
            """Coefficient of determination."""

else:
    from sklearn.base import ClassifierMixin, RegressorMixin

#: Rows below which nothing can be measured.
FEWEST = 40
#: What is fitted where nothing can be measured, unless `candidates` names another.
SIMPLEST = "linear"
#: Name of the target in the brief of a fit.
TARGET = "target"


class _Estimator(BaseEstimator):
    """What both estimators share: their settings, how X is read, and how it is answered."""

    def __init__(
        self,
        minutes: float = 1.0,
        prefer: str | None = None,
        candidates: Sequence[str] | None = None,
        metric: str | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.minutes, self.prefer, self.candidates, self.metric = minutes, prefer, candidates, metric
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _columns(self, X: object, reset: bool) -> dict[str, Sequence[object]]:
        """Checked columns by name. Raises ValueError, TypeError, as scikit-learn does."""
        if _is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return dict(_read(X).columns)
        given = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        values = given if given.dtype.kind == "O" else given.astype(float)
        names = [f"x{i}" for i in range(values.shape[1])]
        return {
            n: [frames.plain(v) for v in c] if c.dtype == object else c for n, c in zip(names, values.T, strict=True)
        }

    def _fit_on(self, X: object, y: Array, spelled: Sequence[object], classes: int) -> Self:
        columns = self._columns(X, reset=True)
        check_consistent_length(y, *columns.values())
        self.product_: Product | None = None
        if len(y) < FEWEST:
            warnings.warn(
                f"{len(y)} rows are too few to compare models: {self._first()} is fitted unmeasured", stacklevel=3
            )
            return self._alone(self._first(), columns, y, classes)
        # Every number counts, as in any estimator: none is set aside because it looks like a row's number.
        roles = {name: "number" for name, values in columns.items() if _is_number(values)}
        asked: dict[str, Any] = {"metric": self.metric, "prefer": self.prefer}
        given = {name: value for name, value in asked.items() if value is not None}
        names = list(self.candidates) if self.candidates is not None else None
        target = TARGET + "_" * sum(name.rstrip("_") == TARGET for name in columns)
        try:
            made = api.build({**columns, target: spelled}, target, minutes=self.minutes, candidates=names, quiet=True,
                             seed=self._seed(), columns={**roles, target: "category(exact)" if classes else "number"}, **given)  # fmt: skip
        except InputError as error:
            raise ValueError(str(error)) from error
        if made.verdict.chosen.route == "none":
            warnings.warn(f"{made.verdict.chosen.reason} The baseline answers.", stacklevel=3)
            return self._alone(registry.BASELINE, columns, y, classes)
        self.product_ = made
        return self

    def _first(self) -> str:
        return self.candidates[0] if self.candidates else SIMPLEST

    def _seed(self) -> int:
        """The seed: as given, or drawn."""
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31))

    def _alone(self, name: str, columns: dict[str, Sequence[object]], y: Array, classes: int) -> Self:
        """Fit one candidate as it is."""
        try:
            self.schema_ = Schema(tuple(_field(column, values) for column, values in columns.items()))
            model = registry.build(name, self.schema_.layout, classes, self._seed())
        except (InputError, KeyError) as error:
            raise ValueError(str(error)) from error
        self.model_: Candidate = model.fit(self._matrix(columns), y)
        return self

    def _matrix(self, columns: dict[str, Sequence[object]]) -> Array:
        """The base matrix of columns; a column that was numbers and is none now raises ValueError."""
        kinds = {f.name: float if f.role == "number" else object for f in self.schema_.fields}
        return self.schema_.matrix({name: np.array(values, dtype=kinds[name]) for name, values in columns.items()})

    def _answers(self, X: object) -> Array:
        """Probabilities (n, classes), or values (n,)."""
        check_is_fitted(self, "product_")
        columns = self._columns(X, reset=False)
        if self.product_ is None:
            return self.model_.scores(self._matrix(columns))
        try:
            found = self.product_.predict(columns)
        except InputError as error:
            raise ValueError(str(error)) from error
        shares = [values for name, values in found.items() if name.startswith("p_")]
        return np.array(shares, dtype=float).T if shares else np.array(found["prediction"], dtype=float)


class BreakevenClassifier(ClassifierMixin, _Estimator):
    """The best classifier that the minutes allow, measured against the others.

    After `fit`: `classes_`, `n_features_in_`, `feature_names_in_` for frames, and `product_`, the `breakeven.Product` with verdict,
    leaderboard and report (None where nothing could be measured; `fit` warns then). There is no `sample_weight`: no candidate
    would obey it.

    Parameters
    ----------
    minutes: what a fit may take; what it cuts short may differ from fit to fit.
    prefer: `prefer` of the brief (cheap, balanced, best); None: its default.
    candidates: names of models that may race; None: all that suit.
    metric: what candidates are compared by; None: the usual one.
    random_state: seed of every random draw.
    """

    def fit(self, X: object, y: object) -> Self:
        """Measure, choose and fit on X (n, p), an array or a frame of numbers, words and times, and y (n,) of classes.

        Raises ValueError for a single class, and for data that nothing can be learned from.
        """
        labels = _target(self, y)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class alone, {self.classes_[:1].tolist()}: there is nothing to predict")
        spelled = _spelled(self.classes_)
        return self._fit_on(X, codes, [spelled[code] for code in codes], len(self.classes_))

    def predict_proba(self, X: object) -> Array:
        """Probabilities (n, classes), in the order of `classes_`."""
        return self._answers(X)

    def predict(self, X: object) -> Array:
        """The likeliest class of each row (n,)."""
        answers = self._answers(X)
        return np.asarray(self.classes_[answers.argmax(axis=1)])


class BreakevenRegressor(RegressorMixin, _Estimator):
    """The best regression that the minutes allow, measured against the others.

    After `fit`: `n_features_in_`, `feature_names_in_` for frames, and `product_`, the `breakeven.Product` with verdict,
    leaderboard and report (None where nothing could be measured; `fit` warns then). There is no `sample_weight`: no candidate
    would obey it.

    Parameters
    ----------
    minutes: what a fit may take; what it cuts short may differ from fit to fit.
    prefer: `prefer` of the brief (cheap, balanced, best); None: its default.
    candidates: names of models that may race; None: all that suit.
    metric: what candidates are compared by; None: the usual one.
    random_state: seed of every random draw.
    """

    def fit(self, X: object, y: object) -> Self:
        """Measure, choose and fit on X (n, p), an array or a frame of numbers, words and times, and y (n,) of numbers.

        Raises ValueError for data that nothing can be learned from.
        """
        values = _target(self, y).astype(float)
        if not np.isfinite(values).all():
            raise ValueError("Input y contains NaN or infinity.")
        return self._fit_on(X, values, values.tolist(), 0)

    def predict(self, X: object) -> Array:
        """A value for each row (n,)."""
        return self._answers(X)


def _is_frame(X: object) -> bool:
    """Whether X has named columns of their own kinds, rather than being an array."""
    return hasattr(X, "columns") and not hasattr(X, "toarray")


def _read(X: object) -> frames.Frame:
    try:
        return frames.read(X, "X")
    except InputError as error:
        raise ValueError(str(error)) from error


def _target(estimator: _Estimator, y: object) -> Array:
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    return np.asarray(column_or_1d(y, warn=True))


def _spelled(classes: Array) -> list[str]:
    """Classes as words that a build keeps as they are; numbered where their own would be taken for another or for missing."""
    words = [str(value) for value in classes.tolist()]
    kept = len(set(words)) == len(words) and all(level(word) == word and not is_missing(word) for word in words)
    return (sorted(words) == words and kept and words) or [f"class {i:04d}" for i in range(len(words))]


def _is_number(values: Sequence[object]) -> bool:
    """Whether all known values of a column are numbers."""
    if isinstance(values, np.ndarray):
        return True
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)


def _field(name: str, values: Sequence[object]) -> Field:
    if _is_number(values):
        known = [value for value in np.array(values, dtype=float) if value == value]
        if any(abs(value) >= LARGEST for value in known):
            raise InputError(f"column {name!r}", "Input X contains infinity or a value too large", "leave it out")
        return Field(name, "number")
    return Field(name, "category", tuple(sorted({text for value in values if (text := level(value)) is not None})))
