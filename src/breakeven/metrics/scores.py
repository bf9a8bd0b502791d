"""The judge: scores with their intervals. It knows no model.

Truth `y` is (n,) int class numbers or float values; a prediction is (n, classes) probabilities or (n,) values. Of a ranking
the prediction is each person's own score (n,), and `y` says nothing.

>>> import numpy as np
>>> score("accuracy", np.array([0, 1, 1]), np.array([[.9, .1], [.2, .8], [.6, .4]]))
0.6666666666666666
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from breakeven.core.types import Array, Interval, Task

Z90 = 1.6448536269514722
#: Probabilities are clipped here before a logarithm, so one confident mistake costs at most 34.5.
TINY = 1e-15
BOOTSTRAPS = 200


@dataclass(frozen=True)
class Metric:
    """A score: its task, direction, whether it lies in [0, 1], and a per-row form whose mean it is (if any)."""

    name: str
    task: Task
    better: Literal["higher", "lower"]
    bounded: bool
    whole: Callable[[Array, Array], float]
    per_row: Callable[[Array, Array], Array] | None = None
    binary_only: bool = False

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.better == "higher" else -1


def _hits(y: Array, p: Array) -> Array:
    return np.asarray(p.argmax(axis=1) == y, dtype=float)


def _log_losses(y: Array, p: Array) -> Array:
    chosen = p[np.arange(len(y)), y] / np.maximum(p.sum(axis=1), TINY)
    return np.asarray(-np.log(np.clip(chosen, TINY, 1.0)))


def _briers(y: Array, p: Array) -> Array:
    truth = np.eye(p.shape[1])[y]
    return np.asarray(((p - truth) ** 2).sum(axis=1))


def _balanced(y: Array, p: Array) -> float:
    hits = _hits(y, p)
    return float(np.mean([hits[y == k].mean() for k in np.unique(y)]))


def _f1(y: Array, p: Array) -> float:
    """F1 of class 1 when there are two classes, else the mean over the classes that occur."""
    guess = p.argmax(axis=1)
    values = []
    for k in [1] if p.shape[1] == 2 else np.union1d(np.unique(y), np.unique(guess)):
        hit = float(np.sum((guess == k) & (y == k)))
        values.append(2 * hit / max(float(np.sum(guess == k) + np.sum(y == k)), 1.0))
    return float(np.mean(values))


def ranks(values: Array) -> Array:
    """Ranks from 1, ties sharing their mean rank."""
    order = np.argsort(values, kind="stable")
    _, first, count = np.unique(values[order], return_index=True, return_counts=True)
    out = np.empty(len(values))
    out[order] = np.repeat(first + (count + 1) / 2, count)
    return out


def auc_of(positive: Array, scores: Array) -> float:
    """Area under the ROC curve by the Mann-Whitney rank sum; 0.5 when one class is absent."""
    n1 = int(positive.sum())
    n0 = len(positive) - n1
    if n1 == 0 or n0 == 0:
        return 0.5
    return float((ranks(scores)[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def _roc_auc(y: Array, p: Array) -> float:
    """Binary: of class 1. More classes: one against the rest, mean over the classes that occur."""
    if p.shape[1] == 2:
        return auc_of(y == 1, p[:, 1])
    return float(np.mean([auc_of(y == k, p[:, k]) for k in np.unique(y)]))


def _average_precision(y: Array, p: Array) -> float:
    positive = (y == 1)[np.argsort(-p[:, 1], kind="stable")]
    hits = np.cumsum(positive)
    return float((hits / np.arange(1, len(y) + 1))[positive].mean()) if hits[-1] else 0.0


def _r2(y: Array, p: Array) -> float:
    spread = float(((y - y.mean()) ** 2).mean())
    return 1.0 - float(((y - p) ** 2).mean()) / spread if spread > 0 else 0.0


def _squares(y: Array, p: Array) -> Array:
    return np.asarray((y - p) ** 2)


def _absolutes(y: Array, p: Array) -> Array:
    return np.asarray(np.abs(y - p))


def _own(y: Array, p: Array) -> Array:
    """A ranking is scored where the shelf is known (scenarios.recommend.judge): each person's score is the prediction."""
    del y
    return np.asarray(p, dtype=float)


def _mean(per_row: Callable[[Array, Array], Array]) -> Callable[[Array, Array], float]:
    return lambda y, p: float(per_row(y, p).mean())


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", "classification", "higher", True, _mean(_hits), _hits),
        Metric("balanced_accuracy", "classification", "higher", True, _balanced),
        Metric("f1", "classification", "higher", True, _f1),
        Metric("roc_auc", "classification", "higher", True, _roc_auc),
        Metric("average_precision", "classification", "higher", True, _average_precision, None, True),
        Metric("log_loss", "classification", "lower", False, _mean(_log_losses), _log_losses),
        Metric("brier", "classification", "lower", False, _mean(_briers), _briers),
        Metric("r2", "regression", "higher", True, _r2),
        Metric("rmse", "regression", "lower", False, lambda y, p: math.sqrt(float(_squares(y, p).mean()))),
        Metric("mae", "regression", "lower", False, _mean(_absolutes), _absolutes),
        *(
            Metric(name, "ranking", "higher", True, _mean(_own), _own)
            for name in ("ndcg", "recall", "precision", "map", "hit")
        ),
    )
}
DEFAULT: dict[str, str] = {"classification": "accuracy", "regression": "r2", "ranking": "ndcg"}


def score(name: str, y: Array, prediction: Array) -> float:
    """The score of a prediction, in the metric's own units and direction."""
    return METRICS[name].whole(y, prediction)


def se(name: str, y: Array, prediction: Array, seed: int = 0) -> float:
    """Standard error of the score over rows: from the per-row form where there is one, else bootstrapped."""
    metric = METRICS[name]
    if metric.per_row is not None:
        values = metric.per_row(y, prediction)
        return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0
    draws = [metric.whole(y[i], prediction[i]) for i in _resamples(len(y), seed)]
    return float(np.std(draws, ddof=1))


def interval(name: str, y: Array, prediction: Array, seed: int = 0) -> Interval:
    """The score with its 90 % interval: Wilson's for accuracy (Wilson 1927), else normal from `se`."""
    value = score(name, y, prediction)
    if name == "accuracy":
        return Interval(value, *wilson(value, len(y)))
    half = Z90 * se(name, y, prediction, seed)
    low, high = value - half, value + half
    return Interval(value, low, min(high, 1.0) if METRICS[name].bounded else high)


def normal(z: Array) -> Array:
    """The standard normal distribution function of each value.

    >>> normal(np.array([0.0, 1.6448536])).round(4).tolist()
    [0.5, 0.95]
    """
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in np.ravel(z)]).reshape(np.shape(z))


def wilson(share: float, n: int, z: float = Z90) -> tuple[float, float]:
    """Wilson's interval of a share seen in n rows.

    >>> [round(v, 3) for v in wilson(0.95, 100)]
    [0.901, 0.975]
    """
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def difference(name: str, y: Array, large: Array, traditional: Array, seed: int = 0) -> tuple[float, float]:
    """Large minus traditional on the same rows, positive when large is better, and its paired standard error."""
    metric = METRICS[name]
    value = metric.sign * (metric.whole(y, large) - metric.whole(y, traditional))
    if metric.per_row is not None:
        gaps = metric.per_row(y, large) - metric.per_row(y, traditional)
        return value, float(gaps.std(ddof=1) / math.sqrt(len(gaps))) if len(gaps) > 1 else 0.0
    draws = [metric.whole(y[i], large[i]) - metric.whole(y[i], traditional[i]) for i in _resamples(len(y), seed)]
    return value, float(np.std(draws, ddof=1))


def pool(values: Sequence[float], errors: Sequence[float], disjoint: bool) -> tuple[float, float]:
    """Mean over repeats and its standard error.

    Rows are shared by repeats that use the same validation rows, so their error does not shrink with repeats
    unless the folds are disjoint; what varies between repeats adds to it.
    """
    n = len(values)
    rows = float(np.mean(np.square(errors))) / (n if disjoint else 1)
    between = float(np.var(values, ddof=1)) / n if n > 1 else 0.0
    excess = max(0.0, between - (float(np.mean(np.square(errors))) / n if disjoint else 0.0))
    return float(np.mean(values)), math.sqrt(rows + excess)


def margin_of(name: str, margin: float, reference: float) -> float:
    """The smallest difference that matters, in the metric's units; `margin` is a share of the reference for
    open-ended metrics and for rankings, whose scores may be a few hundredths at their best.
    """
    own = METRICS[name]
    return margin if own.bounded and own.task != "ranking" else margin * abs(reference)


def _resamples(n: int, seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, n, n) for _ in range(BOOTSTRAPS)]
