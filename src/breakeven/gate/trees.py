"""Boosted trees evaluated with numpy: what was learned elsewhere is read without the library that learned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array

#: Rows times trees walked at once, so that 10,000 curves need little memory.
BLOCK = 2_000_000


@dataclass(frozen=True)
class Trees:
    """T trees of at most k nodes: feature (T, k; -1 in leaves), threshold, children, value.

    A row goes left where its feature is at most the threshold; its answer is the sum of its leaves' values.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array

    @classmethod
    def read(cls, arrays: Mapping[str, Array], name: str) -> Trees:
        """From named arrays of a file."""
        return cls(*(arrays[f"{name}_{part}"] for part in ("feature", "threshold", "left", "right", "value")))

    def arrays(self, name: str) -> dict[str, Array]:
        """As named arrays for a file."""
        return {f"{name}_{part}": getattr(self, part) for part in ("feature", "threshold", "left", "right", "value")}

    def predict(self, X: Array) -> Array:
        """Answers (n,) for rows (n, f) of float32 without NaN.

        >>> leaf = [[0, -1, -1]], [[1.5, 0, 0]], [[1, 0, 0]], [[2, 0, 0]], [[0, -1.0, 2.0]]
        >>> Trees(*map(np.array, leaf)).predict(np.array([[1.0], [2.0]])).tolist()
        [-1.0, 2.0]
        """
        block = max(1, BLOCK // len(self.feature))
        return np.concatenate([self._walk(X[i : i + block]) for i in range(0, len(X), block)] or [np.zeros(0)])

    def _walk(self, X: Array) -> Array:
        n, T = len(X), len(self.feature)
        at, tree, row = np.zeros((n, T), dtype=np.intp), np.arange(T)[None, :], np.arange(n)[:, None]
        while True:
            feature = self.feature[tree, at]
            inner = feature >= 0
            if not inner.any():
                return np.asarray(self.value[tree, at].sum(axis=1, dtype=np.float64))
            goes_left = X[row, np.maximum(feature, 0)] <= self.threshold[tree, at]
            at = np.where(inner, np.where(goes_left, self.left[tree, at], self.right[tree, at]), at)
