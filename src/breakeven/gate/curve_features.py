"""A learning curve as numbers a learned forecaster can read: where it is, how it bends, what power laws make of it.

Curves come at any sizes; each is first read off on one grid, every half octave (a factor of the root of two in rows)
back from its last size. Errors are lower-is-better, about 0 to 1. Nothing here is learned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array

#: Octaves behind the last size at which a curve is read, and how far around a point of it others are drawn upon.
GRID = -0.5 * np.arange(15)
REACH = 0.5
#: Exponents tried, and shifts as a share of the last size.
EXPONENTS = np.geomspace(0.05, 2.0, 14)
SHIFTS = np.array([0.0, 0.004, 0.02, 0.06, 0.2, 0.6])
#: Errors are compared relative to themselves plus this.
FLOOR = 0.02
#: Stands for what is not known, below every number that occurs.
UNKNOWN = -1e3


@dataclass(frozen=True)
class Seen:
    """A curve as measured: rising sizes (k,), errors (k,), standard errors (k,); and what kind of model it is of."""

    rows: Array
    error: Array
    noise: Array
    kind: str = ""


@dataclass(frozen=True)
class Shapes:
    """m curves on the grid: errors (m, 15), NaN before their first size; and of each its last error as measured, the
    noise of one size, its rows, octaves and number of sizes seen, and its kind (`kind_number`).
    """

    errors: Array
    last: Array
    noise: Array
    rows: Array
    span: Array
    sizes: Array
    kind: Array

    @property
    def now(self) -> Array:
        """The error at the last size, smoothed (m,)."""
        return np.asarray(self.errors[:, 0])

    @property
    def unit(self) -> Array:
        """What differences are measured in (m,)."""
        return np.maximum(self.now, 0.0) + FLOOR

    def take(self, which: Array) -> Shapes:
        """Some of them."""
        return Shapes(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def shapes(curves: Sequence[Seen]) -> Shapes:
    """Curves on the grid.

    >>> shapes([Seen(np.array([8.0, 16.0]), np.array([0.4, 0.2]), np.zeros(2))]).errors[0, :3].round(2).tolist()
    [0.2, 0.3, 0.4]
    """
    octaves = [np.log2(c.rows / c.rows[-1]) for c in curves]
    return Shapes(
        np.stack([_read(x, c.error) for x, c in zip(octaves, curves, strict=True)]),
        np.array([c.error[-1] for c in curves]),
        np.array([c.noise[-1] for c in curves]),
        np.array([c.rows[-1] for c in curves]),
        np.array([-x[0] for x in octaves]),
        np.array([len(x) for x in octaves]),
        np.array([kind_number(c.kind) for c in curves]),
    )


def _read(x: Array, e: Array) -> Array:
    """Errors at GRID: a local line where four sizes or more are near, between the two neighbours elsewhere."""
    d = x[None, :] - GRID[:, None]
    w = np.maximum(0.0, 1 - np.abs(d) / (REACH + 1e-9))
    s0, s1, s2 = w.sum(axis=1), (w * d).sum(axis=1), (w * d * d).sum(axis=1)
    spread = s0 * s2 - s1 * s1
    dense = ((w > 0).sum(axis=1) >= 4) & (spread > 1e-3)
    line = (s2 * (w @ e) - s1 * ((w * d) @ e)) / np.where(dense, spread, 1.0)
    out = np.where(dense, line, np.interp(GRID, x, e))
    out[x[0] - 0.01 > GRID] = np.nan
    return np.asarray(out)


def roughness(rows: Array, error: Array) -> float | None:
    """Standard error of one size, from how far sizes lie off the line through their neighbours; None below four sizes."""
    if len(rows) < 4:
        return None
    x = np.log2(rows)
    share = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    off = error[1:-1] - (error[:-2] * (1 - share) + error[2:] * share)
    return float(1.4826 * np.median(np.abs(off / np.sqrt(1 + share**2 + (1 - share) ** 2))))


@dataclass(frozen=True)
class Fits:
    """Of each of m curves: the best power law's value ahead, all laws' mean weighted by how well they fit and its
    deviation, and of the best its asymptote, exponent and root mean squared residual.
    """

    best: Array
    mean: Array
    deviation: Array
    asymptote: Array
    exponent: Array
    residual: Array


def power_laws(seen: Shapes, octaves: Array, shifts: Array = SHIFTS) -> Fits:
    """c + a (n + d)^-b with a, c >= 0 fitted by least squares for every b and d tried; sizes weigh as their root.

    `octaves` (m,) ahead. One shift of 0 is pow3, more are pow4 (Viering and Loog 2023).
    """
    r, Y = 2.0**GRID, seen.errors
    d, b = (a.ravel() for a in np.meshgrid(shifts, EXPONENTS, indexing="ij"))
    G = (r[None, :] + d[:, None]) ** -b[:, None]
    W, Z = np.where(np.isfinite(Y), np.sqrt(r)[None, :], 0.0), np.nan_to_num(Y)
    W /= W.sum(axis=1, keepdims=True)
    y, g, gg, gy = (W * Z).sum(axis=1)[:, None], W @ G.T, W @ (G**2).T, (W * Z) @ G.T
    yy = (W * Z**2).sum(axis=1)[:, None]
    a = np.maximum((gy - g * y) / np.maximum(gg - g**2, 1e-12), 0.0)
    c = y - a * g
    a = np.where(c < 0, np.maximum(gy, 0.0) / gg, a)
    c = np.maximum(c, 0.0)
    # Rounded, so that of laws that fit equally well the same is taken however the sums were ordered.
    loss = np.round(np.maximum(yy - 2 * (a * gy + c * y) + a * a * gg + 2 * a * c * g + c * c, 0.0), 10)
    ahead = c + a * (2.0 ** octaves[:, None] + d[None, :]) ** -b[None, :]
    least, k, i = loss.min(axis=1), loss.argmin(axis=1), np.arange(len(Y))
    count = np.maximum(np.isfinite(Y).sum(axis=1) - 3, 1)
    odds = np.exp(-np.clip((loss - least[:, None]) / (2 * np.maximum(least, 1e-7))[:, None] * count[:, None], 0, 50))
    odds /= odds.sum(axis=1, keepdims=True)
    mean = (odds * ahead).sum(axis=1)
    deviation = np.sqrt(np.maximum((odds * ahead**2).sum(axis=1) - mean**2, 0.0))
    return Fits(ahead[i, k], mean, deviation, c[i, k], b[k], np.sqrt(least))


def features(seen: Shapes, octaves: Array) -> Array:
    """What a forecast of each curve `octaves` (m,) ahead is learned from (m, 28); what is not known is UNKNOWN."""
    e, s, Y = seen.now, seen.unit, seen.errors
    four, three = power_laws(seen, octaves), power_laws(seen, octaves, np.zeros(1))
    noise = np.maximum(seen.noise, 1e-4)

    def fall(i: int, j: int = 0) -> Array:
        return np.asarray(Y[:, i] - Y[:, j])

    first = Y[np.arange(len(Y)), np.isfinite(Y).sum(axis=1) - 1]
    columns = [
        octaves, np.log2(seen.rows), seen.span, np.log(np.maximum(e, 0) + 0.005), (seen.last - e) / s, np.log(noise / s),
        *(fall(i) / s for i in (1, 2, 4, 6, 8)), fall(2, 1) / s, fall(4, 2) / s,
        fall(1) / (np.abs(fall(2, 1)) + 0.2 * noise + 1e-3), fall(2) / (np.abs(fall(4, 2)) + 0.2 * noise + 1e-3),
        (e - four.best) / s, (e - four.mean) / s, (e - three.best) / s, (e - three.mean) / s, four.deviation / s,
        four.asymptote / s, four.exponent, three.exponent, four.residual / s,
        (np.nanmax(Y, axis=1) - e) / s, (e - np.nanmin(Y, axis=1)) / s, (first - e) / s,
        seen.kind,
    ]  # fmt: skip
    return known(np.stack(columns, axis=1))


def base(seen: Shapes, octaves: Array) -> tuple[Array, Array]:
    """A plain forecast (m,), the mean of averaged pow4 and best pow3, and the unit (m,) its correction is learned in."""
    plain = (power_laws(seen, octaves).mean + power_laws(seen, octaves, np.zeros(1)).best) / 2
    return plain, np.abs(plain - seen.now) + 0.1 * np.maximum(seen.now, 0) + 0.003


def known(values: Array) -> Array:
    """As rounded float32, so that trees split alike wherever they are read; UNKNOWN where not finite."""
    return np.nan_to_num(np.round(values, 6), nan=UNKNOWN, posinf=UNKNOWN, neginf=UNKNOWN).astype(np.float32)


#: Words in a model's name that tell its kind.
WORDS = {
    "pretrained": (
        "tabpfn",
        "frozen",
        "finetun",
        "fine-tun",
        "pretrain",
        "bert",
        "llm",
        "gpt",
        "hosted",
        "encoder",
        "matched",
    ),
    "net": (
        "mlp",
        "tabm",
        "realmlp",
        "net",
        "cnn",
        "gru",
        "lstm",
        "rnn",
        "transformer",
        "vit",
        "sasrec",
        "tower",
        "perceptron",
        "deep",
    ),
    "boosting": ("boost", "gbm", "gbdt", "xgb", "catboost"),
    "trees": ("forest", "extra", "tree"),
    "neighbours": ("knn", "neighbour", "neighbor", "nearest"),
    "kernel": ("rbf", "poly", "kernel", "sigmoid"),
    "linear": (
        "linear",
        "retrieval",
        "logistic",
        "logreg",
        "ridge",
        "lda",
        "svm",
        "sgd",
        "bayes",
        "ease",
        "als",
        "bpr",
    ),
}
KINDS = tuple(WORDS)


def kind_of(name: str) -> str:
    """The kind of model a name tells of, "" where it tells none.

    >>> kind_of("ens.RandomForest"), kind_of("RealMLP"), kind_of("model 7")
    ('trees', 'net', '')
    """
    low = name.lower()
    return next((kind for kind, words in WORDS.items() if any(w in low for w in words)), "")


def kind_number(kind: str) -> float:
    """A kind as a number trees can split: from flexible to plain; UNKNOWN without one."""
    return float(KINDS.index(kind)) if kind in KINDS else UNKNOWN


def pooled(rows: Sequence[float], errors: Sequence[float], kind: str = "") -> Seen:
    """Repeats at the same size averaged; noise from their spread, or without repeats from the curve's roughness."""
    r, e = np.asarray(rows, dtype=float), np.asarray(errors, dtype=float)
    sizes, inverse, counts = np.unique(r, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, e) / counts
    if counts.max() > 1:
        squares = np.bincount(inverse, (e - means[inverse]) ** 2)
        spread = math.sqrt(float(squares.sum()) / max(int((counts - 1).sum()), 1))
        return Seen(sizes, means, spread / np.sqrt(counts), kind)
    rough = roughness(sizes, means)
    return Seen(sizes, means, np.full(len(sizes), 0.01 if rough is None else rough), kind)
