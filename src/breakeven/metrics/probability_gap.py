"""How far said probabilities lie from true ones: the expected calibration error, without what chance adds to it.

The error of `ECE` (Naeini et al. 2015) is the mean over bins of |share that was right - mean probability that was said|.
Of a perfectly calibrated model it is not zero: in a bin of n rows the gap has a standard error of about 0.4 / sqrt(n).

>>> rng = np.random.default_rng(0)
>>> said = rng.uniform(0.5, 1.0, 2000)
>>> honest = measure(said, rng.random(2000) < said)
>>> honest.shown, round(honest.plain, 3), round(honest.by_chance, 3), round(honest.value, 3)
(False, 0.025, 0.028, 0.012)
>>> boasting = measure(said, rng.random(2000) < said - 0.1)
>>> boasting.shown, 0.08 < boasting.value < 0.12
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array
from breakeven.metrics.intervals import Z90
from breakeven.metrics.units import UnitLosses

#: Bins of equal size at the most, and the rows of one at the least.
BINS, ROWS = 15, 50
#: Mean of the absolute value of a standard normal number, and its standard deviation.
FOLDED, FOLDED_SPREAD = math.sqrt(2 / math.pi), math.sqrt(1 - 2 / math.pi)


@dataclass(frozen=True)
class ProbabilityGap:
    """Mean gap between the probability of an answer and how often it is right, over bins of rows of like probability.

    Attributes
    ----------
    value, low, high: the gap less what chance adds to it, with a 90 % interval over units; it starts at 0 unless `shown`.
    plain: the gap as it is (ECE).
    by_chance: the plain gap that a perfectly calibrated model has on as many rows.
    shown: whether the plain gap is larger than that of 95 % of perfectly calibrated models.
    """

    value: float
    low: float
    high: float
    plain: float
    by_chance: float
    shown: bool


def measure(said: Array, right: Array, units: Array | None = None, bins: int | None = None) -> ProbabilityGap:
    """The gap between said probabilities (n,) and what was right (n,) bool, with an interval over units (n,).

    `bins`: their number; by default one for each ROWS rows, BINS at the most.
    """
    gaps = np.asarray(right, dtype=float) - said
    units = np.arange(len(said)) if units is None else units
    parts = equal_parts(said, bins or min(BINS, max(1, len(said) // ROWS)))
    mean = np.array([gaps[part].mean() for part in parts])
    error = np.array([_error(said[part], gaps[part], units[part]) for part in parts])
    weight = np.array([len(part) for part in parts]) / len(said)
    plain, chance = float(weight @ np.abs(mean)), FOLDED * float(weight @ error)
    value = max(0.0, plain - float(weight @ _bias(mean, error)))
    spread = float(np.linalg.norm(weight * error))
    moved = np.zeros(len(said))
    for part, gap in zip(parts, mean, strict=True):
        moved[part] = np.sign(gap) * (gaps[part] - gap) / len(said)
    half = Z90 * max(spread, UnitLosses(plain, moved, units).error)
    shown = plain > chance + Z90 * FOLDED_SPREAD * spread
    low = max(0.0, value - half) if shown else 0.0
    return ProbabilityGap(value, low, min(1.0, value + half), plain, chance, shown)


def equal_parts(said: Array, count: int) -> Sequence[Array]:
    """Row numbers in `count` parts of equal size, from the least probability to the highest."""
    return np.array_split(np.argsort(said, kind="stable"), count)


def _error(said: Array, gaps: Array, units: Array) -> float:
    """Standard error of a bin's gap: over its units, and at least what a calibrated model's would be."""
    binomial = math.sqrt(float((said * (1 - said)).sum())) / len(said)
    return max(binomial, UnitLosses.mean(gaps, units).error)


def _bias(gap: Array, error: Array) -> Array:
    """What chance adds to the absolute value of gaps, as their mean under normal noise about themselves less themselves
    (Kumar et al. 2019, who draw what has a closed form: the folded normal distribution).
    """
    z = np.abs(gap) / np.maximum(error, 1e-12)
    below = np.array([0.5 * math.erfc(float(one) / math.sqrt(2)) for one in z])
    return np.asarray(error * (FOLDED * np.exp(-np.square(z) / 2) - 2 * z * below))
