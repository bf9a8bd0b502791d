"""Sequential co-occurrence: items taken soon after an item (session-based neighbours and sequential rules, Ludewig and Jannach 2018).

Each pair of events of a user is weighted by the distance between them, a backward pair by a part of that; scores are shrunk and
normalised as in cosine similarity. The last events of a history have the largest weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from breakeven.models.ranking.item_neighbours import LOOKED_AT, strongest
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import ItemItem

if TYPE_CHECKING:
    from optuna import Trial

#: Weight of a pair relative to one whose events are a step closer.
FALL = 0.85
#: Steps between the events of a pair at the most.
FURTHEST = 20
#: Weight of a backward pair.
BACK = 0.3
#: Shrinkage, in pairs: scores from fewer pairs count less.
SHRINK = 20.0
#: Neighbours stored of an item.
KEPT = 300
#: Weight of an event of the history relative to the next, more recent one.
DECAY = 0.7


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "fall": trial.suggest_float("fall", 0.5, 1.0),
        "back": trial.suggest_float("back", 0.0, 1.0),
        "shrink": trial.suggest_float("shrink", 1, 200, log=True),
        "power": trial.suggest_float("power", 0.0, 1.0),
        "decay": trial.suggest_float("decay", 0.4, 1.0),
    }


def fit(seen: Histories, settings: Settings, seed: int) -> ItemItem:
    """Nearness of every two items."""
    del seed
    late, n = seen.last(LOOKED_AT), seen.item_count
    fall, back = float(settings.get("fall", FALL)), float(settings.get("back", BACK))
    owners, near = late.owners, sparse.csr_matrix((n, n), dtype=np.float32)
    for gap in range(1, FURTHEST + 1):
        same = owners[gap:] == owners[:-gap]
        first, then = late.items[:-gap][same], late.items[gap:][same]
        near = near + sparse.csr_matrix(
            (np.full(len(first), fall ** (gap - 1), dtype=np.float32), (first, then)), shape=(n, n)
        )
    near = (near + back * near.T).tocsr()
    roots = np.sqrt(np.bincount(late.items, minlength=n))
    own = np.repeat(np.arange(n), np.diff(near.indptr))
    near.data = (near.data / (roots[own] * roots[near.indices] + float(settings.get("shrink", SHRINK)))).astype(
        np.float32
    )
    near.data[own == near.indices] = 0
    columns, values, counts = strongest(near, KEPT)
    return ItemItem(
        np.concatenate([[0], np.cumsum(counts)]),
        columns,
        values,
        float(settings.get("decay", DECAY)),
        float(settings.get("power", 0.0)),
    )
