"""Weights of models that answer together, fitted on rows that none of them was fitted on.

>>> y = np.array([0, 1, 0, 1])
>>> sure, unsure = np.eye(2)[y] * 0.8 + 0.1, np.full((4, 2), 0.5)
>>> greedy([unsure, sure], y).weights
(0.0, 1.0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.ensemble import TINY, Pool

#: Draws of models at the most, with replacement.
DRAWS = 30
#: Strength of the ridge towards equal weights, in rows.
TOWARDS_EQUAL = 20.0
#: Rows that stacking looks at, at the most.
LOOK = 4_000
#: Share of all weights below which a weight is set to zero: the model would cost more than it gains.
LEAST = 0.05
FOLDS = 5

Fit = Callable[[Sequence[Array], Array], Pool]


def greedy(members: Sequence[Array], y: Array) -> Pool:
    """Models drawn one by one, each time that which leaves the lowest loss; the draws up to the best count (Caruana et
    al. 2004).

    members: probabilities (n, classes) or values (n,) each; y (n,). The loss is log loss or the squared error.
    """
    answers = [m[np.arange(len(y)), y] if m.ndim == 2 else m for m in members]

    def loss(mean: Array) -> float:
        return float(-np.log(np.maximum(mean, TINY)).mean() if members[0].ndim == 2 else ((mean - y) ** 2).mean())

    counts, total, best, kept = np.zeros(len(members)), np.zeros(len(y)), np.inf, np.zeros(len(members))
    for drawn in range(1, DRAWS + 1):
        losses = [loss((total + one) / drawn) for one in answers]
        k = int(np.argmin(losses))
        total = total + answers[k]
        counts[k] += 1
        if losses[k] < best - 1e-9:
            best, kept = losses[k], counts.copy()
    return Pool("mean", _shares(kept))


def stacked(members: Sequence[Array], y: Array) -> Pool:
    """Non-negative weights by regression (Wolpert 1992, Breiman 1996): of log probabilities, by their log loss, or of
    values, by squares; a ridge towards equal weights keeps them sane on few rows.
    """
    count = len(members)
    equal = np.full(count, 1 / count)
    if members[0].ndim == 1:
        from scipy.optimize import nnls

        spread = float(np.std(y)) or 1.0
        hold = np.sqrt(TOWARDS_EQUAL) * spread * np.eye(count)
        weights, _ = nnls(np.vstack([np.stack(members, axis=1), hold]), np.concatenate([y, hold @ equal]))
        return Pool("mean", tuple(float(w) for w in _without_small(weights)))
    from scipy.optimize import minimize

    pick = np.random.default_rng(0).permutation(len(y))[:LOOK]
    logs = np.stack([np.log(np.maximum(m[pick], TINY)) for m in members])
    truth = np.eye(logs.shape[2])[y[pick]]

    def loss(w: Array) -> tuple[float, Array]:
        z = np.tensordot(w, logs, axes=1)
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        away = w - equal
        value = -np.log(np.maximum((p * truth).sum(axis=1), TINY)).sum() + TOWARDS_EQUAL / 2 * float(away @ away)
        return float(value), np.asarray(((p - truth) * logs).sum(axis=(1, 2)) + TOWARDS_EQUAL * away)

    found: Any = minimize(loss, equal, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * count)
    return Pool("powers", tuple(float(w) for w in _without_small(found.x)))


#: Ways to settle the weights.
WAYS: dict[str, Fit] = {"greedy selection": greedy, "stacking": stacked}


def crossed(fit: Fit, members: Sequence[Array], y: Array, rows: Array, seed: int) -> Array:
    """Each row's joint answer by weights that it had no part in: of five parts one is answered by the other four's.

    `rows` (n,) are numbers of rows; the same row, answered twice, stays in one part.
    """
    part = np.random.default_rng([seed, 11]).permutation(int(rows.max()) + 1)[rows] % FOLDS
    out = np.zeros(members[0].shape if members[0].ndim == 2 else (len(y), 1))
    for k in range(FOLDS):
        held = part == k
        if held.any() and not held.all():
            out[held] = fit([m[~held] for m in members], y[~held]).joined([m[held] for m in members])
    return out if members[0].ndim == 2 else out[:, 0]


def _shares(counts: Array) -> tuple[float, ...]:
    kept = _without_small(counts)
    return tuple(float(w) for w in kept / max(kept.sum(), TINY))


def _without_small(weights: Array) -> Array:
    return np.where(weights < LEAST * max(float(weights.sum()), TINY), 0.0, weights)
