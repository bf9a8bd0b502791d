"""The baseline: what was taken most, events of the last weeks counting more.

The half-life is a quarter of the time that the events span, so it follows the data's own pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from breakeven.ranking.histories import Histories
from breakeven.ranking.scorers import Popular

#: Half-lives in the span of the events.
HALVINGS = 4.0


def fit(seen: Histories, settings: Mapping[str, Any], seed: int) -> Popular:
    """Decayed counts."""
    del seed
    return Popular(counts(seen, float(settings.get("halvings", HALVINGS))))


def counts(seen: Histories, halvings: float = HALVINGS) -> np.ndarray[Any, Any]:
    """Weights of each item's events (items,), each worth half as much a half-life earlier; without times all alike."""
    span = float(np.ptp(seen.times)) if len(seen.times) else 0.0
    age = (seen.times.max() - seen.times) / span if span > 0 else np.zeros(len(seen.items))
    worth = np.exp2(-halvings * age)
    return np.bincount(seen.items, worth * seen.weights, seen.item_count).astype(np.float32)
