"""Random forests and extra trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial
    from sklearn.ensemble._forest import BaseForest

#: Training rows per row of the smallest leaf: keeps large forests small, and smooths their probabilities.
ROWS_A_LEAF = 10_000


class RandomForest(Candidate):
    """`trees` trees on bootstrapped rows; `features` is the share of columns tried at a split (None: the usual)."""

    name = "random_forest"
    route = "traditional"
    view = "filled"
    kinds: tuple[type[BaseForest], type[BaseForest]] = (RandomForestClassifier, RandomForestRegressor)

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        trees: int = 100,
        features: float | None = None,
        leaf: int = 1,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.trees, self.features, self.leaf = trees, features, leaf

    def _fit(self, V: Array, y: Array) -> None:
        kind = self.kinds[0 if self.classes else 1]
        usual = "sqrt" if self.classes else 1.0
        leaf = max(self.leaf, len(V) // ROWS_A_LEAF)
        self.model_ = kind(
            self.trees, max_features=self.features or usual, min_samples_leaf=leaf, n_jobs=1, random_state=self.seed
        ).fit(V, y)

    def _scores(self, V: Array) -> Array:
        return self.model_.predict_proba(V) if self.classes else self.model_.predict(V)  # type: ignore[no-any-return]

    def graph(self) -> bytes:
        """Tree by tree."""
        return onnx_graph.from_forest(self.model_, self.view_.width)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Columns tried at a split, and rows in a leaf."""
        return {
            "features": trial.suggest_float("features", 0.1, 1.0),
            "leaf": trial.suggest_int("leaf", 1, 16, log=True),
            "trees": 200,
        }


class ExtraTrees(RandomForest):
    """The same with random thresholds (Geurts et al. 2006)."""

    name = "extra_trees"
    kinds = (ExtraTreesClassifier, ExtraTreesRegressor)
