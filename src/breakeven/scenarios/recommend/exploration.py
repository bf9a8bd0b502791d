"""The explored place of a slate: the bandit chooses its item among the next ones of the model's order."""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array

#: Items of the model's order from which the explored place is filled.
POOL = 20
#: Features of a pair: see `features`.
WIDTH = 6


def features(scores: Array, popular: Array, price: Array, cold: Array) -> Array:
    """Features of a user and each item of a pool (n, WIDTH): one, score, rank, popularity, whether new, price.

    Each lies between 0 and 1 within the pool; an unknown price stands in the middle.
    """
    rank = 1 - np.arange(len(scores)) / max(len(scores) - 1, 1)
    known = np.where(np.isnan(price), np.nanmedian(price) if np.isfinite(price).any() else 0.0, price)
    columns = [np.ones(len(scores)), _unit(scores), rank, _unit(np.log1p(popular)), cold.astype(float), _unit(known)]
    return np.stack(columns, axis=1)


def _unit(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low) if high > low else np.full(len(values), 0.5))
