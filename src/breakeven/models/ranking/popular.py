"""The baseline for ranking: decayed popularity of items, per user segment where users have one.

The half-life is a quarter of the time that the events span, so it follows the data.
"""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import HALVINGS, Histories
from breakeven.runtime.ranking.scorers import Popular


def fit(seen: Histories, settings: Settings, seed: int) -> Popular:
    """Decayed counts."""
    del seed
    return Popular(by_segment(seen, float(settings.get("halvings", HALVINGS))))


def counts(seen: Histories, halvings: float = HALVINGS) -> Array:
    """How much each item was taken (items,): of each person the event that weighs most, halved for each half-life of its age.

    Nobody counts twice for an item, so that one person cannot make it popular. Undecayed without times.
    """
    return np.bincount(seen.items, _event_weights(seen, halvings), seen.item_count).astype(np.float32)


def by_segment(seen: Histories, halvings: float = HALVINGS) -> Array:
    """Popularity over all users (first row), and in each segment (1 + segments, items)."""
    overall = counts(seen, halvings)
    if seen.context is None or not (seen.context.segments >= 0).any():
        return overall[None]
    segment = seen.context.segments[seen.owners]
    counts_of = (int(segment.max()) + 1, seen.item_count)
    likelihood = likelihoods(seen.items, segment, _event_weights(seen, halvings), counts_of, seen.context.shrink)
    return np.concatenate([overall[None], overall * (likelihood[1:] / likelihood[:1])]).astype(np.float32)


def likelihoods(items: Array, segment: Array, weights: Array, shape: tuple[int, int], shrink: float) -> Array:
    """Probability of each item (1 + segments, items): over all users, then in each segment, smoothed by `shrink` events of all users;
    segment -1 is none.
    """
    count, n = shape
    overall = np.bincount(items, weights, n) + 0.5
    p = overall / overall.sum()
    known = segment >= 0
    own = np.bincount(segment[known] * n + items[known], weights[known], count * n).reshape(count, n)
    return np.concatenate([p[None], (own + shrink * p) / (own.sum(axis=1, keepdims=True) + shrink)])


def _event_weights(seen: Histories, halvings: float) -> Array:
    span = float(np.ptp(seen.times)) if len(seen.times) else 0.0
    age = (seen.times.max() - seen.times) / span if span > 0 else np.zeros(len(seen.items))
    weights = np.asarray(np.exp2(-halvings * age) * seen.weights)
    # All but a pair's heaviest event weigh nothing.
    pair = seen.owners.astype(np.int64) * seen.item_count + seen.items
    order = np.lexsort((-weights, pair))
    again = np.concatenate([[False], pair[order][1:] == pair[order][:-1]]) if len(order) else np.zeros(0, dtype=bool)
    weights[order[again]] = 0.0
    return weights
