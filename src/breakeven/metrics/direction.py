"""Which way a column moves the answer: measured by setting it, in every row, to a low and to a high value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Interval

#: Quantiles of a number that are set.
LOW, HIGH = 0.1, 0.9
#: Most levels of a category that are set, one after the other.
LEVELS = 12
#: Rows that are asked.
ROWS = 300
#: The share of rows that must move the same way for a column to have a direction.
ALIKE = 0.8


@dataclass(frozen=True)
class Direction:
    """How much the answer changes on average (with a 90 % interval) when a column goes from `low` to `high`, values of the base matrix, and the
    share of rows that move that way. Of a category these are the levels with the least and the greatest answers.
    """

    low: float
    high: float
    change: Interval
    alike: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval is on one side of nothing, and most rows move alike."""
        low, high = self.change.low or 0.0, self.change.high or 0.0
        return (low > 0 or high < 0) and self.alike >= ALIKE


def direction(answer: Callable[[Array], Array], X: Array, index: int, levels: int, seed: int) -> Direction | None:
    """The direction of the base column `index` of X (n, p); `answer` gives one number a row. None for a column of one value.

    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = direction(lambda X: 2 * X[:, 0], X, 0, 0, 0)
    >>> found.is_clear and found.change.value > 0, direction(lambda X: X[:, 0], X, 1, 0, 0).is_clear
    (True, False)
    """
    known = X[np.isfinite(X[:, index]), index]
    if not len(known):
        return None
    rows = X[np.random.default_rng([seed, 23]).permutation(len(X))[:ROWS]]
    if levels:
        tried, counts = np.unique(known, return_counts=True)
        values = tried[np.argsort(-counts, kind="stable")][:LEVELS]
    else:
        values = np.unique(np.quantile(known, [LOW, HIGH]))
    if len(values) < 2:
        return None
    answers = [_with(answer, rows, index, float(v)) for v in values]
    means = [float(a.mean()) for a in answers]
    low, high = (int(np.argmin(means)), int(np.argmax(means))) if levels else (0, 1)
    gain = answers[high] - answers[low]
    half = metrics.Z90 * float(gain.std(ddof=1)) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    mean = float(gain.mean())
    alike = float(np.mean(np.sign(gain) == np.sign(mean)))
    return Direction(float(values[low]), float(values[high]), Interval(mean, mean - half, mean + half), alike)


def _with(answer: Callable[[Array], Array], rows: Array, index: int, value: float) -> Array:
    """Answers to rows with one column set."""
    changed = rows.copy()
    changed[:, index] = value
    return answer(changed)
