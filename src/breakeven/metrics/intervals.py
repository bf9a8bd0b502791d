"""Normal and Wilson intervals at the one level used everywhere, 90 %."""

from __future__ import annotations

import math

import numpy as np

from breakeven.core.types import Array

#: Standard normal quantile of a two-sided 90 % interval.
Z90 = 1.6448536269514722


def normal(z: Array) -> Array:
    """The standard normal distribution function of each value.

    >>> normal(np.array([0.0, 1.6448536])).round(4).tolist()
    [0.5, 0.95]
    """
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in np.ravel(z)]).reshape(np.shape(z))


def wilson(share: float, n: float, z: float = Z90) -> tuple[float, float]:
    """Wilson's interval (Wilson 1927) of a share seen in `n` independent rows; of clustered rows `n` is their effective number.

    >>> [round(v, 3) for v in wilson(0.95, 100)]
    [0.901, 0.975]
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
