"""Gradient-boosted trees (LightGBM): missing values and categories as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from lightgbm import Booster
    from optuna import Trial


class Boosting(Candidate):
    """`rounds` trees of `leaves` leaves at rate `rate`; `smallest` rows in a leaf (0: by the size of the data)."""

    name = "boosting"
    route = "traditional"
    view = "raw"
    bags = True

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        rounds: int = 150,
        rate: float = 0.08,
        leaves: int = 31,
        smallest: int = 0,
        columns: float = 0.8,
        ridge: float = 1.0,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.rounds, self.rate, self.leaves, self.smallest = rounds, rate, leaves, smallest
        self.columns, self.ridge = columns, ridge

    def _fit(self, V: Any, y: Array) -> None:
        self._grow(V, y)

    def _grow(self, V: Any, y: Array, weight: Array | None = None, copies: float = 1.0) -> None:
        """Grow the trees on rows V (n, p), each of which stands `copies` times on average, with weights (n,) that say how much."""
        from lightgbm import LGBMClassifier, LGBMRegressor

        kind = LGBMClassifier if self.classes else LGBMRegressor
        # LightGBM's own 20 rows a leaf leaves nothing to split below a few hundred rows.
        smallest = self.smallest or int(np.clip(len(V) / copies // 40, 2, 20))
        self.model_ = kind(
            n_estimators=self.rounds,
            learning_rate=self.rate,
            num_leaves=self.leaves,
            min_child_samples=round(copies * smallest),
            colsample_bytree=self.columns,
            subsample=0.9,
            subsample_freq=1,
            reg_lambda=self.ridge,
            n_jobs=1,
            random_state=self.seed,
            verbose=-1,
            deterministic=True,
            force_row_wise=True,
            zero_as_missing=False,
        )
        self.model_.fit(V, y, sample_weight=weight, categorical_feature=self._categories() or "auto")
        self.booster_ = _in_float32(self.model_.booster_)
        self.width_ = V.shape[1]

    def _categories(self) -> list[int]:
        """Positions of the categories in what the trees see."""
        if self.layout is None:
            return []
        return [i for i, index in enumerate(self.layout.table) if self.layout.levels[index] > 0]

    def _scores(self, V: Any) -> Array:
        scores = self.booster_.predict(V, num_threads=1)
        if self.classes and scores.ndim == 1:
            scores = np.column_stack([1 - scores, scores])
        return np.asarray(scores)

    def graph(self) -> bytes:
        """By onnxmltools."""
        return onnx_graph.from_lightgbm(self.booster_, self.width_)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate and rounds together, size of trees, columns and regularisation."""
        rate = trial.suggest_float("rate", 0.02, 0.2, log=True)
        return {
            "rate": rate,
            "rounds": int(np.clip(trial.suggest_float("length", 6.0, 40.0, log=True) / rate, 50, 800)),
            "leaves": trial.suggest_int("leaves", 4, 127, log=True),
            "smallest": trial.suggest_int("smallest", 2, 60, log=True),
            "columns": trial.suggest_float("columns", 0.3, 1.0),
            "ridge": trial.suggest_float("ridge", 1e-2, 30.0, log=True),
        }


def _in_float32(booster: Booster) -> Booster:
    """The same trees with every threshold lowered to the nearest float32 below it.

    The graph compares in float32. A threshold rounded up there sends a value equal to it the other way (0.18 of a
    standard deviation on one table); rounded down, x <= threshold stays true for exactly the same float32 x.
    """
    from lightgbm import Booster

    lines = []
    for line in booster.model_to_string().split("\n"):
        if line.startswith("threshold="):
            exact = np.array(line.removeprefix("threshold=").split(), dtype=float)
            below = exact.astype(np.float32)
            over = below.astype(float) > exact
            below[over] = np.nextafter(below[over], np.float32(-np.inf))
            line = "threshold=" + " ".join(repr(float(v)) for v in below)
        elif line.startswith("tree_sizes="):
            continue  # byte counts of the old text
        lines.append(line)
    return Booster(model_str="\n".join(lines))
