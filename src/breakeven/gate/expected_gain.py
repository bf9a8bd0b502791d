"""What the best of several options is expected to gain once the luck of being the best of them is taken off.

Who is the best of many on the same units is so in part by chance (the winner's curse). The choice itself is therefore repeated on
units drawn with replacement, and scored on the units that were not drawn (Tsamardinos et al. 2018, "Bootstrapping the
out-of-sample predictions"). Scores of drawn units are linear in the influences of `metrics.UnitLosses`, so no metric is
computed anew. A single option is expected to gain where it leads by about half of its standard error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.core.types import Array
from breakeven.metrics import UnitLosses

#: Draws of units.
DRAWS = 400
#: Numbers of a block of draws in memory.
BLOCK = 4_000_000


def of_best(options: Sequence[UnitLosses], seed: int = 0) -> float:
    """Expected gain of taking the best of the options where it gains anything, and none of them otherwise.

    `options` are gains over what is there, measured on the same units, positive when better; in the metric's units.

    >>> luck = np.random.default_rng(0).normal(0, 1, (20, 200))
    >>> best = max((UnitLosses.mean(one) for one in luck), key=lambda gain: gain.value)
    >>> round(best.value, 2), of_best([UnitLosses.mean(one) for one in luck]) < 0.05
    (0.08, True)
    """
    contributions = np.stack([np.zeros_like(options[0].by_unit[1]), *(one.by_unit[1] for one in options)])
    values = np.array([0.0, *(one.value for one in options)])[:, None]
    count = contributions.shape[1]
    if count < 2:
        return 0.0
    rng, gains = np.random.default_rng([seed, 17]), list[Array]()
    while (missing := DRAWS - sum(map(len, gains))) > 0:
        size = min(missing, max(1, BLOCK // count))
        drawn = _times_drawn(rng, count, size)
        absent = drawn == 0
        inside = values + contributions @ drawn.T
        outside = values + (contributions @ absent.T) * (count / np.maximum(absent.sum(axis=1), 1))
        gains.append(outside[inside.argmax(axis=0), np.arange(size)])
    return float(np.concatenate(gains).mean())


def words(expected: float) -> str:
    """An expected gain in words.

    >>> words(0.0123)
    'expected: +0.0123 without the luck of having been the best'
    """
    return f"expected: {expected:+.3g} without the luck of having been the best"


def _times_drawn(rng: np.random.Generator, count: int, size: int) -> Array:
    """How often each of `count` units is drawn in `size` draws of so many with replacement (size, count)."""
    drawn = rng.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
