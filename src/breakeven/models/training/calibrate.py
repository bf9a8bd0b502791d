"""Temperature scaling of probabilities and conformal intervals of values, both fitted on validation rows."""

from __future__ import annotations

import math

import numpy as np

from breakeven.core.types import Array
from breakeven.features.decoding import TINY

#: Lowest temperature searched.
LOWEST = 0.25
#: Highest temperature searched.
HIGHEST = 4.0


def temperature(probabilities: Array, y: Array) -> float:
    """The temperature with the smallest log loss (Guo et al. 2017), by golden section; 1.0 when it gains nothing.

    probabilities (n, classes), y (n,) class numbers. Truth is softened as if one row more had been of any class (Platt
    1999): n rows all answered right do not prove that the next one will be.
    """
    logs = np.log(np.clip(probabilities, TINY, None))
    soft = 1.0 / (len(y) + 2)

    def loss(t: float) -> float:
        z = logs / t
        z = z - z.max(axis=1, keepdims=True)
        right = (1 - soft) * z[np.arange(len(y)), y] + soft * z.mean(axis=1)
        return float((np.log(np.exp(z).sum(axis=1)) - right).mean())

    low, high = math.log(LOWEST), math.log(HIGHEST)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if loss(math.exp(a)) < loss(math.exp(b)):
            high = b
        else:
            low = a
    best = math.exp((low + high) / 2)
    return best if loss(best) < loss(1.0) - 1e-6 else 1.0


def half_width(values: Array, y: Array, share: float = 0.9) -> float:
    """Half of the interval that holds `share` of new rows: the conformal quantile of the absolute residuals."""
    misses = np.sort(np.abs(y - values))
    k = min(len(misses) - 1, math.ceil((len(misses) + 1) * share) - 1)
    return float(misses[k])
