"""Metrics by name: what each predicts, which direction is better, its value, and what each row contributes to it.

Truth `y` is (n,) int class numbers or float values; a prediction is (n, classes) probabilities or (n,) values. Of a ranking
the prediction is each person's own score (n,), and `y` is not read.

>>> import numpy as np
>>> score("accuracy", np.array([0, 1, 1]), np.array([[.9, .1], [.2, .8], [.6, .4]]))
0.6666666666666666
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from breakeven.core.types import Array, Interval, Task
from breakeven.metrics import influence
from breakeven.metrics.influence import ranks
from breakeven.metrics.intervals import Z90, wilson
from breakeven.metrics.units import UnitLosses, paired

#: Probabilities are clipped here before a logarithm, so one confident mistake costs at most 34.5.
TINY = 1e-15


@dataclass(frozen=True)
class ScoreScale:
    """What the gate must know of a score to compare and to forecast it.

    `bounded`: 1 is perfect. `lowest`: no score lies below it (None: there is no such value). `relative_margin`: the margin
    is a share of the score it is compared with rather than an amount.
    """

    higher_is_better: bool = True
    bounded: bool = True
    lowest: float | None = 0.0
    relative_margin: bool = False

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.higher_is_better else -1

    def margin(self, margin: float, reference: float) -> float:
        """The smallest difference that matters, in the score's units."""
        return margin * abs(reference) if self.relative_margin else margin


#: Shares of rows; open-ended losses; shares explained; and rankings, whose best scores may be a few hundredths.
SHARE = ScoreScale()
LOSS = ScoreScale(higher_is_better=False, bounded=False, relative_margin=True)
EXPLAINED = ScoreScale(lowest=None)
RANKING = ScoreScale(relative_margin=True)


@dataclass(frozen=True)
class Metric:
    """A named score: its task, its scale, its value, and one of two forms of what rows contribute.

    `aggregate(y, prediction)` is the value. `per_row(y, prediction)` (n,) are losses whose mean it is; other metrics have
    `influence(y, prediction)` (n,), from module `influence`.
    """

    name: str
    task: Task
    scale: ScoreScale
    aggregate: Callable[[Array, Array], float]
    per_row: Callable[[Array, Array], Array] | None = None
    influence: Callable[[Array, Array], Array] | None = field(default=None)
    binary_only: bool = False

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return self.scale.sign

    @property
    def better(self) -> Literal["higher", "lower"]:
        """The direction in words."""
        return "higher" if self.scale.higher_is_better else "lower"


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


def _rmse(y: Array, p: Array) -> float:
    return math.sqrt(float(np.square(y - p).mean()))


def _absolutes(y: Array, p: Array) -> Array:
    return np.asarray(np.abs(y - p))


def _given(y: Array, p: Array) -> Array:
    """Rankings are scored where the slate is known (scenarios.recommend.ranking_metrics): the prediction is the score."""
    del y
    return np.asarray(p, dtype=float)


def _mean(name: str, task: Task, scale: ScoreScale, per_row: Callable[[Array, Array], Array]) -> Metric:
    return Metric(name, task, scale, lambda y, p: float(per_row(y, p).mean()), per_row)


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        _mean("accuracy", "classification", SHARE, _hits),
        Metric("balanced_accuracy", "classification", SHARE, _balanced, influence=influence.balanced_accuracy),
        Metric("f1", "classification", SHARE, _f1, influence=influence.f1),
        Metric("roc_auc", "classification", SHARE, _roc_auc, influence=influence.roc_auc),
        Metric(
            "average_precision",
            "classification",
            SHARE,
            _average_precision,
            influence=influence.average_precision,
            binary_only=True,
        ),
        _mean("log_loss", "classification", LOSS, _log_losses),
        _mean("brier", "classification", LOSS, _briers),
        Metric("r2", "regression", EXPLAINED, _r2, influence=influence.r2),
        Metric("rmse", "regression", LOSS, _rmse, influence=influence.rmse),
        _mean("mae", "regression", LOSS, _absolutes),
        *(_mean(name, "ranking", RANKING, _given) for name in ("ndcg", "recall", "precision", "map", "hit")),
    )
}
DEFAULT: dict[str, str] = {"classification": "accuracy", "regression": "r2", "ranking": "ndcg"}


def score(name: str, y: Array, prediction: Array) -> float:
    """The score of a prediction, in the metric's own units and direction."""
    return METRICS[name].aggregate(y, prediction)


def losses(name: str, y: Array, prediction: Array, units: Array | None = None) -> UnitLosses:
    """The score of a prediction with each row's contribution; `units` (n,) are the rows' units (None: each its own)."""
    metric = METRICS[name]
    if metric.per_row is not None:
        return UnitLosses.mean(metric.per_row(y, prediction), units)
    assert metric.influence is not None
    units = np.arange(len(prediction)) if units is None else units
    return UnitLosses(metric.aggregate(y, prediction), metric.influence(y, prediction), units)


def interval(name: str, y: Array, prediction: Array, units: Array | None = None) -> Interval:
    """The score with its 90 % interval over units: Wilson's for accuracy, else normal."""
    measured = losses(name, y, prediction, units)
    if name == "accuracy":
        return Interval(measured.value, *wilson(measured.value, effective_rows(measured)))
    half, scale = Z90 * measured.error, METRICS[name].scale
    high = measured.value + half
    return Interval(measured.value, measured.value - half, min(high, 1.0) if scale.bounded else high)


def effective_rows(share: UnitLosses) -> float:
    """How many independent rows say as much of a share (a mean of zeros and ones) as its clustered rows do: n over the
    design effect (Kish 1965), between the number of units and that of rows. Independent rows: n.
    """
    rows = len(share.influence)
    if share.unit_count == rows:
        return float(rows)
    variance = share.error**2
    effective = share.value * (1 - share.value) / variance if variance > 0 else 0.0
    return float(min(max(effective, min(share.unit_count, rows)), rows))


def difference(
    name: str, y: Array, large: Array, traditional: Array, units: Array | None = None
) -> tuple[float, float]:
    """Large minus traditional on the same rows, positive when large is better, and its paired standard error over units."""
    first, second = losses(name, y, large, units), losses(name, y, traditional, units)
    gap = paired(first, second, METRICS[name].scale.higher_is_better)
    return gap.value, gap.error


def margin_of(name: str, margin: float, reference: float) -> float:
    """The smallest difference that matters, in the metric's units; `margin` is a share of the reference for
    open-ended metrics and for rankings, whose scores may be a few hundredths at their best.
    """
    return METRICS[name].scale.margin(margin, reference)
