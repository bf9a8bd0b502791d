"""Influence of each row on scores that are not plain means: closed forms of the derivative by the row's weight, over n.

Truth `y` is (n,) class numbers or values, `p` (n, classes) probabilities or (n,) values; each function returns (n,)
contributions that sum to zero (see `units.UnitLosses`). All cost at most a sort.
"""

from __future__ import annotations

import math

import numpy as np

from breakeven.core.types import Array


def ranks(values: Array) -> Array:
    """Ranks from 1, ties sharing their mean rank."""
    order = np.argsort(values, kind="stable")
    _, first, count = np.unique(values[order], return_index=True, return_counts=True)
    out = np.empty(len(values))
    out[order] = np.repeat(first + (count + 1) / 2, count)
    return out


def rmse(y: Array, p: Array) -> Array:
    """Root mean squared error, by the delta method: d sqrt(m) = dm / (2 sqrt(m))."""
    squares = np.square(np.asarray(y - p, dtype=float))
    mean = float(squares.mean())
    return np.asarray((squares - mean) / len(y) / (2 * math.sqrt(mean))) if mean > 0 else np.zeros(len(y))


def r2(y: Array, p: Array) -> Array:
    """Share of variance explained, 1 - A / B with A the mean squared error and B the variance of y, by the delta method."""
    squares, spreads = np.square(np.asarray(y - p, dtype=float)), np.square(np.asarray(y - y.mean(), dtype=float))
    a, b = float(squares.mean()), float(spreads.mean())
    return np.asarray((a * spreads / b - squares) / b / len(y)) if b > 0 else np.zeros(len(y))


def balanced_accuracy(y: Array, p: Array) -> Array:
    """Mean over the classes that occur of their hit rates, each a mean over that class's rows."""
    hits = np.asarray(p.argmax(axis=1) == y, dtype=float)
    _, of = np.unique(y, return_inverse=True)
    counts = np.bincount(of)
    rates = np.bincount(of, weights=hits) / counts
    return np.asarray((hits - rates[of]) / counts[of] / len(counts))


def f1(y: Array, p: Array) -> Array:
    """F1 = 2 TP / (guessed + true), a ratio of sums, by the delta method; of more than two classes the mean over classes."""
    guess = p.argmax(axis=1)
    classes = np.array([1]) if p.shape[1] == 2 else np.union1d(np.unique(y), np.unique(guess))
    out = np.zeros(len(y))
    for k in classes:
        guessed, true = guess == k, y == k
        total = float(guessed.sum() + true.sum())
        if total > 0:
            hit = (guessed & true).astype(float)
            out += (2 * hit - 2 * hit.sum() / total * (guessed.astype(float) + true)) / total
    return out / len(classes)


def auc(positive: Array, scores: Array) -> Array:
    """Area under the ROC curve: the structural components of DeLong, DeLong & Clarke-Pearson (1988), from ranks (Sun & Xu
    2014). Summed within units they are Obuchowski's (1997) for clustered data. Zeros when one class is absent.
    """
    n1 = int(positive.sum())
    n0 = len(positive) - n1
    out = np.zeros(len(positive))
    if n1 == 0 or n0 == 0:
        return out
    overall = ranks(scores)
    above = (overall[positive] - ranks(scores[positive])) / n0  # share of negatives that each positive outscores
    below = 1 - (overall[~positive] - ranks(scores[~positive])) / n1  # share of positives that outscore each negative
    out[positive] = (above - above.mean()) / n1
    out[~positive] = (below - below.mean()) / n0
    return out


def roc_auc(y: Array, p: Array) -> Array:
    """Binary: of class 1. More classes: one against the rest, mean over the classes that occur."""
    if p.shape[1] == 2:
        return auc(y == 1, p[:, 1])
    return np.asarray(np.mean([auc(y == k, p[:, k]) for k in np.unique(y)], axis=0))


def average_precision(y: Array, p: Array) -> Array:
    """Average precision of class 1: AP(w) = sum_i w_i t_i TP_i / N_i / sum_i w_i t_i, with TP_i and N_i the weights of the
    positives and of all rows ranked no lower than i, differentiated by each weight.

    A row moves AP by its own precision, and by the precision of every positive ranked no higher than itself.
    """
    n, order = len(y), np.argsort(-p[:, 1], kind="stable")
    true = (y == 1)[order].astype(float)
    count = float(true.sum())
    if count == 0:
        return np.zeros(n)
    seen = np.arange(1, n + 1)
    precision = np.cumsum(true) / seen
    mean = float((precision * true).sum() / count)
    # Sums over the positives at or below each row.
    gained = np.cumsum((true / seen)[::-1])[::-1]
    lost = np.cumsum((true * precision / seen)[::-1])[::-1]
    out = np.empty(n)
    out[order] = (true * (precision - mean) + true * gained - lost) / count
    return out
