"""The baseline: what was taken most, events of the last weeks counting more; by segment where people have one.

The half-life is a quarter of the time that the events span, so it follows the data's own pace.
"""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Popular

#: Half-lives in the span of the events.
HALVINGS = 4.0


def fit(seen: Histories, settings: Settings, seed: int) -> Popular:
    """Decayed counts."""
    del seed
    return Popular(by_segment(seen, float(settings.get("halvings", HALVINGS))))


def counts(seen: Histories, halvings: float = HALVINGS) -> Array:
    """Weights of each item's events (items,), each worth half as much a half-life earlier; without times all alike."""
    return np.bincount(seen.items, _worth(seen, halvings), seen.item_count).astype(np.float32)


def by_segment(seen: Histories, halvings: float = HALVINGS) -> Array:
    """The same for everybody (first), and times how much likelier an item is in each segment (1 + segments, items)."""
    whole = counts(seen, halvings)
    if seen.beside is None or not (seen.beside.segments >= 0).any():
        return whole[None]
    segment = seen.beside.segments[seen.owners]
    counts_of = (int(segment.max()) + 1, seen.item_count)
    likelihood = likelihoods(seen.items, segment, _worth(seen, halvings), counts_of, seen.beside.shrink)
    return np.concatenate([whole[None], whole * (likelihood[1:] / likelihood[:1])]).astype(np.float32)


def likelihoods(items: Array, segment: Array, worth: Array, shape: tuple[int, int], shrink: float) -> Array:
    """How likely each item is an event's (1 + segments, items), first for everybody, then in each segment, where `shrink` events of
    everybody's are added; -1 is no segment.
    """
    count, n = shape
    whole = np.bincount(items, worth, n) + 0.5
    p = whole / whole.sum()
    known = segment >= 0
    own = np.bincount(segment[known] * n + items[known], worth[known], count * n).reshape(count, n)
    return np.concatenate([p[None], (own + shrink * p) / (own.sum(axis=1, keepdims=True) + shrink)])


def _worth(seen: Histories, halvings: float) -> Array:
    span = float(np.ptp(seen.times)) if len(seen.times) else 0.0
    age = (seen.times.max() - seen.times) / span if span > 0 else np.zeros(len(seen.items))
    return np.asarray(np.exp2(-halvings * age) * seen.weights)
