"""Item neighbours: cosine similarity of items by their users, shrunk for few common users (Sarwar et al. 2001)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import ItemItem

if TYPE_CHECKING:
    from optuna import Trial
    from scipy import sparse

#: Neighbours stored of an item.
KEPT = 100
#: Shrinkage, in users in common: similarities from fewer users count less.
SHRINK = 10.0
#: Most recent events used of each user.
LOOKED_AT = 1_000
#: Items whose likeness to all others is worked out at a time.
BLOCK = 2_000


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "shrink": trial.suggest_float("shrink", 0.1, 200, log=True),
        "kept": trial.suggest_int("kept", 20, 400, log=True),
        "power": trial.suggest_float("power", 0.0, 1.0),
        "decay": trial.suggest_float("decay", 0.5, 1.0),
    }


def fit(seen: Histories, settings: Settings, seed: int) -> ItemItem:
    """Likeness of every two items that someone took both of."""
    del seed
    X = seen.last(LOOKED_AT).matrix()
    X.data[:] = 1
    roots = np.sqrt(np.asarray(X.sum(axis=0)).ravel())
    kept, shrink = int(settings.get("kept", KEPT)), float(settings.get("shrink", SHRINK))
    columns_of, values_of, lengths = list[Array](), list[Array](), list[Array]()
    items_first = X.T.tocsr()
    for begin in range(0, seen.item_count, BLOCK):
        part = (items_first[begin : begin + BLOCK] @ X).tocsr()
        own = np.repeat(np.arange(begin, begin + part.shape[0]), np.diff(part.indptr))
        part.data /= roots[own] * roots[part.indices] + shrink
        part.data[own == part.indices] = 0
        columns, values, counts = strongest(part, kept)
        columns_of.append(columns)
        values_of.append(values)
        lengths.append(counts)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return ItemItem(
        starts,
        np.concatenate(columns_of),
        np.concatenate(values_of),
        float(settings.get("decay", 1.0)),
        float(settings.get("power", 0.0)),
    )


def strongest(part: sparse.csr_matrix, kept: int) -> tuple[Array, Array, Array]:
    """The `kept` largest values of each row of a CSR matrix: columns, values, and how many a row."""
    columns, values, counts = list[Array](), list[Array](), np.zeros(part.shape[0], dtype=np.int64)
    for row in range(part.shape[0]):
        held = slice(part.indptr[row], part.indptr[row + 1])
        v, c = part.data[held], part.indices[held]
        if len(v) > kept:
            top = np.argpartition(-v, kept)[:kept]
            v, c = v[top], c[top]
        c, v = c[v > 0], v[v > 0]
        columns.append(c.astype(np.int32))
        values.append(v.astype(np.float32))
        counts[row] = len(c)
    return np.concatenate(columns), np.concatenate(values), counts
