"""How good a shelf is: the first k of all items, what is barred left out, against what was really taken afterwards.

Always over the full catalogue; a score over sampled negatives ranks models otherwise (Krichene and Rendle 2020).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics import Z90, UnitLosses
from breakeven.runtime.ranking.histories import Histories, best
from breakeven.runtime.ranking.scorers import Scorer

#: People scored at a time.
CHUNK = 256
METRICS = ("ndcg", "recall", "precision", "map", "hit")
#: People with so many events or fewer are light; items below this share of all events, the least taken, are the tail.
LIGHT, TAIL = 10, 0.2


def interval(scores: Array) -> Interval:
    """The mean of each person's scores (people,) with its 90 % interval over people."""
    measured = UnitLosses.mean(scores)
    half = Z90 * measured.error
    return Interval(measured.value, measured.value - half, min(measured.value + half, 1.0))


def shelves(scorer: Scorer, seen: Histories, k: int) -> Array:
    """The first k items for each history (users, k), -1 where there are no more, without what the histories bar."""
    out = np.full((len(seen), k), -1, dtype=np.int64)
    for begin in range(0, len(seen), CHUNK):
        some = seen.take(np.arange(begin, min(begin + CHUNK, len(seen))))
        scores = np.array(scorer.scores(some), dtype=np.float32)
        scores[some.barred()] = -np.inf
        for i, row in enumerate(scores):
            top = best(row, k)
            out[begin + i, : len(top)] = top
    return out


def hits(slates: Array, truth: Histories) -> Array:
    """Which places of the shelves (users, k) hold what was taken."""
    wanted = truth.owners * truth.item_count + truth.items
    there = np.arange(len(slates))[:, None] * truth.item_count + slates
    return np.asarray((slates >= 0) & np.isin(there, wanted))


def each(slates: Array, truth: Histories) -> dict[str, Array]:
    """Every metric of each person (users,), of people who took something.

    `map` divides by all that was taken, as Microsoft Recommenders does; `ndcg` by the best order of min(k, taken).
    """
    hit, k = hits(slates, truth), slates.shape[1]
    taken = np.array([len(np.unique(items)) for items, _ in truth])
    discounts = 1 / np.log2(np.arange(k) + 2)
    ideal = np.concatenate([[1.0], np.cumsum(discounts)])[np.minimum(taken, k)]
    count = hit.sum(axis=1)
    exact = np.cumsum(hit, axis=1) / np.arange(1, k + 1)
    return {"ndcg": hit @ discounts / ideal, "recall": count / np.maximum(taken, 1), "precision": count / k,
            "map": (exact * hit).sum(axis=1) / np.maximum(taken, 1), "hit": (count > 0).astype(float)}  # fmt: skip


def breadth(slates: Array, taken: Array, people: int) -> Mapping[str, float]:
    """Over all shelves: the share of items ever shown, how rare what is shown is (bits), and the tail's share.

    `taken` (items,) is how often each item was taken, by `people` people. Novelty is the mean of -log2 of the share of
    people who took an item (Zhou et al. 2010).
    """
    shown = slates[slates >= 0]
    rare = -np.log2(np.maximum(taken, 0.5) / max(people, 1))
    return {"coverage": len(np.unique(shown)) / len(taken), "novelty": float(rare[shown].mean()) if len(shown) else 0.0,
            "tail": float(tail(taken)[shown].mean()) if len(shown) else 0.0}  # fmt: skip


def tail(taken: Array) -> Array:
    """Items that together have the least TAIL of all events."""
    order = np.argsort(taken, kind="stable")
    out = np.zeros(len(taken), dtype=bool)
    out[order[np.cumsum(taken[order]) <= TAIL * taken.sum()]] = True
    return out


def parts(seen: Histories) -> dict[str, Array]:
    """People by how much is known of them."""
    n = seen.lengths
    return {"new": n == 0, "light": (n > 0) & (n <= LIGHT), "heavy": n > LIGHT}
