"""Users who took the same items as one: the cosine of their sets of items, counted when it is asked for."""

from __future__ import annotations

import numpy as np

from breakeven.scenarios.recommend.state import State


def neighbours(live: State, user: str, most: int) -> list[tuple[str, float]]:
    """The `most` nearest users and their cosines (above 0, at most 1), the nearest first; none for one who took nothing."""
    mine = set(live.taken(user).tolist())
    scores = _learned(live, mine)
    for name, done in list(live.since.items()):
        # Whoever did something since is counted anew if there can be a common item.
        if name in scores or any(did.item in mine for did in done):
            theirs = set(live.taken(name).tolist())
            common = len(mine & theirs)
            scores[name] = common / float(np.sqrt(len(mine) * len(theirs))) if common else 0.0
    scores.pop(user, None)
    found = sorted(((score, name) for name, score in scores.items() if score > 0), key=lambda one: (-one[0], one[1]))
    return [(name, score) for score, name in found[:most]]


def _learned(live: State, mine: set[int]) -> dict[str, float]:
    """The cosine of each user of the product, by the events that it was built from."""
    product = live.product
    seen = product.seen
    marks = np.zeros(seen.item_count, dtype=bool)
    marks[[item for item in mine if item < seen.item_count]] = True
    places = np.flatnonzero(marks[seen.items])
    owners = np.searchsorted(seen.starts, places, side="right") - 1
    pairs = np.unique(owners * seen.item_count + seen.items[places])
    users, common = np.unique(pairs // max(seen.item_count, 1), return_counts=True)
    sizes = seen.take(users).distinct().lengths
    cosines = common / np.sqrt(np.maximum(sizes * len(mine), 1))
    names = (product.users[u] for u in users.tolist())
    return {name: cosine for name, cosine in zip(names, cosines.tolist(), strict=True) if name in live.people}
