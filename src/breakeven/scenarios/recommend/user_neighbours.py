"""Users who took the same items as one: the cosine of their sets of items, counted when it is asked for."""

from __future__ import annotations

import heapq
import math

import numpy as np

from breakeven.scenarios.recommend.state import State


def neighbours(live: State, user: str, most: int) -> list[tuple[str, float]]:
    """The `most` nearest users and their cosines (above 0, at most 1), the nearest first; none for one who took nothing."""
    items = set(live.taken(user).tolist())
    scores = _learned(live, items)
    for name in {
        *list(live.since),
        *list(live.back),
    }:  # whoever did something or took something back since is counted anew
        others = {did.item for did in live.since.get(name, ())}
        if name in live.people:
            others.update(live.taken(name).tolist())
        common = len(items & others)
        scores[name] = common / math.sqrt(len(items) * len(others)) if common else 0.0
    scores.pop(user, None)
    return heapq.nsmallest(most, (one for one in scores.items() if one[1] > 0), key=lambda one: (-one[1], one[0]))


def _learned(live: State, items: set[int]) -> dict[str, float]:
    """The cosine of each user of the product, by the events that it was built from."""
    product = live.product
    seen = product.seen
    marks = np.zeros(seen.item_count, dtype=bool)
    marks[[item for item in items if item < seen.item_count]] = True
    places = np.flatnonzero(marks[seen.items])
    owners = np.searchsorted(seen.starts, places, side="right") - 1
    pairs = np.unique(owners * seen.item_count + seen.items[places])
    users, common = np.unique(pairs // max(seen.item_count, 1), return_counts=True)
    sizes = seen.take(users).distinct().lengths
    cosines = common / np.sqrt(np.maximum(sizes * len(items), 1))
    names = (product.users[u] for u in users.tolist())
    return {name: cosine for name, cosine in zip(names, cosines.tolist(), strict=True) if name in live.people}
