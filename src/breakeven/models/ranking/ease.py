"""EASE: the item-item matrix without diagonal that best rebuilds what people took, in closed form (Steck 2019).

B = I - P / diag(P) with P the inverse of X'X plus a ridge; `drop` adds to the ridge what training with a share of the
events dropped at random would (Steck 2020, "Autoencoders that don't overfit towards the identity").
"""

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

#: Default ridge, as a multiple of the mean number of users of an item.
RIDGE_TIMES = 8.0
#: Items in the matrix at the most, the most popular ones: inversion is cubic in their number.
MOST = 10_000
#: Items up to which the full matrix is stored.
WHOLE = 3_000
#: Entries stored of each row of a larger matrix.
KEPT = 300


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "ridge": trial.suggest_float("ridge", 3, 3000, log=True),
        "drop": trial.suggest_float("drop", 0.0, 0.6),
        "power": trial.suggest_float("power", 0.0, 1.0),
        "decay": trial.suggest_float("decay", 0.7, 1.0),
    }


def fit(seen: Histories, settings: Settings, seed: int) -> ItemItem:
    """The matrix, or its strongest entries."""
    del seed
    X = seen.matrix()
    X.data[:] = 1
    taken = np.asarray(X.sum(axis=0)).ravel()
    items = np.argsort(-taken, kind="stable")[:MOST]
    items = np.sort(items[taken[items] > 0])
    ridge = float(settings.get("ridge", RIDGE_TIMES * max(float(taken[items].mean()), 1e-3)))
    weights = matrix(X[:, items], ridge, float(settings.get("drop", 0.0)))
    return linear(
        weights, items, seen.item_count, (float(settings.get("decay", 1.0)), float(settings.get("power", 0.0)))
    )


def matrix(X: sparse.csr_matrix, ridge: float, drop: float = 0.0) -> Array:
    """B (items, items) float32 for X (users, items) of ones; `ridge` is added to the counts of people, `drop` a share below 1."""
    G = np.asarray((X.T @ X).todense(), dtype=np.float32)
    from scipy.linalg import lapack

    taken = np.diag(G).copy()
    G[np.diag_indices_from(G)] += ridge + drop / (1 - drop) * taken
    # By Cholesky, a third of a general inverse's work; only its lower triangle is filled.
    lower, bad = lapack.spotrf(G, lower=1, overwrite_a=1)
    P, worse = lapack.spotri(lower, lower=1, overwrite_c=1)
    if bad or worse:
        raise ArithmeticError(f"the matrix of {len(G):,} items cannot be inverted with a ridge of {ridge:g}")
    P = np.tril(P)
    P += np.tril(P, -1).T
    B = P / -np.diag(P)
    B[np.diag_indices_from(B)] = 0
    return np.asarray(B)


def linear(B: Array, items: Array, item_count: int, fold: tuple[float, float]) -> ItemItem:
    """A scorer with the entries of B, which is over `items` of all; `fold` are its decay and power."""
    if item_count <= WHOLE:
        similarity = np.zeros((item_count, item_count), dtype=np.float32)
        similarity[np.ix_(items, items)] = B
        columns = np.tile(np.arange(item_count, dtype=np.int32), item_count)
        return ItemItem(np.arange(item_count + 1) * item_count, columns, similarity.ravel(), *fold)
    kept = min(KEPT, len(items))
    top = np.argpartition(-np.abs(B), kept - 1, axis=1)[:, :kept]
    counts = np.zeros(item_count, dtype=np.int64)
    counts[items] = kept
    values = np.take_along_axis(B, top, axis=1).astype(np.float32)
    return ItemItem(
        np.concatenate([[0], np.cumsum(counts)]), items[top].ravel().astype(np.int32), values.ravel(), *fold
    )
