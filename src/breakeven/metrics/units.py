"""A score with what each row contributes to it, and standard errors over units: rows of one unit move together.

A unit is what is drawn as a whole: the rows of one patient, customer or group, equal rows kept on one side of every split,
or the row itself. The influence of a row is the derivative of the score by the row's weight (the infinitesimal jackknife,
Jaeckel 1972; Efron & Stein 1981), so that for any smooth score

    variance = G / (G - 1) * sum over G units of (sum of the unit's influences) ** 2,

the cluster-robust sandwich (Liang & Zeger 1986). Of a plain mean over n rows it is s ** 2 / n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics.intervals import Z90


@dataclass(frozen=True, eq=False)
class UnitLosses:
    """A score and the contributions of the rows it was measured on.

    `value`: the score, in the metric's units. `influence` (n,) float: each row's contribution, which sum to about zero.
    `units` (n,) int: the unit each row belongs to; numbers are shared by all results on the same rows.

    >>> UnitLosses.mean(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0, 0, 1, 1])).value
    0.75
    """

    value: float
    influence: Array
    units: Array

    @classmethod
    def mean(cls, losses: Array, units: Array | None = None, weights: Array | None = None) -> UnitLosses:
        """The mean of losses (n,), weighted where weights (n,) are given (a ratio such as errors per word: losses a row
        divided by its words, weighted by its words). Without `units` each row is its own.
        """
        losses = np.asarray(losses, dtype=float)
        weights = np.ones(len(losses)) if weights is None else np.asarray(weights, dtype=float)
        total = float(weights.sum())
        value = float((weights * losses).sum() / total) if total > 0 else 0.0
        influence = weights * (losses - value) / total if total > 0 else np.zeros(len(losses))
        return cls(value, influence, np.arange(len(losses)) if units is None else units)

    @cached_property
    def by_unit(self) -> tuple[Array, Array]:
        """Unit numbers (G,) in order, and the summed influence of each (G,)."""
        numbers, inverse = np.unique(self.units, return_inverse=True)
        return numbers, np.bincount(inverse, weights=self.influence, minlength=len(numbers))

    @property
    def unit_count(self) -> int:
        """How many units there are."""
        return len(self.by_unit[0])

    @property
    def interval(self) -> Interval:
        """The value with its normal 90 % interval, for means and differences without bounds."""
        half = Z90 * self.error
        return Interval(self.value, self.value - half, self.value + half)

    @cached_property
    def error(self) -> float:
        """Standard error of the value, over units. One unit alone says nothing of others: then over its rows."""
        return _error(self.by_unit[1] if self.unit_count > 1 else self.influence)


def _error(contributions: Array) -> float:
    count = len(contributions)
    return math.sqrt(count / (count - 1) * float(np.square(contributions).sum())) if count > 1 else 0.0


def paired(first: UnitLosses, second: UnitLosses, higher_is_better: bool = True) -> UnitLosses:
    """First minus second on the same rows, positive when the first is better; its `error` is that of the paired difference.

    Raises ValueError when the two were not measured on the same units.
    """
    if len(first.influence) != len(second.influence) or not np.array_equal(first.units, second.units):
        raise ValueError("a paired difference needs two results on the same rows, in the same order")
    sign = 1.0 if higher_is_better else -1.0
    return UnitLosses(sign * (first.value - second.value), sign * (first.influence - second.influence), first.units)


def pooled(repeats: Sequence[UnitLosses]) -> tuple[float, float]:
    """Mean over repeats and its standard error.

    Contributions of one unit are summed over repeats, so units that several repeats share are counted once. What repeats
    differ by beyond the sampling of their units (other training rows) is added: the variance of the values less what the
    units explain of it, over the number of repeats.
    """
    count = len(repeats)
    value = float(np.mean([r.value for r in repeats]))
    if count == 1:
        return value, repeats[0].error
    units = np.concatenate([r.by_unit[0] for r in repeats])
    influence = np.concatenate([r.by_unit[1] for r in repeats]) / count
    over_units = UnitLosses(value, influence, units).error ** 2
    own = float(np.mean([r.error**2 for r in repeats]))
    shared = (count * over_units - own) / (count - 1)  # mean covariance of two repeats, through units of both
    between = float(np.var([r.value for r in repeats], ddof=1))
    return value, math.sqrt(over_units + max(0.0, between - max(0.0, own - shared)) / count)
