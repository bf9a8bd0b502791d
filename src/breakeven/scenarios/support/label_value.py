"""What more labels of a topic would bring: from the race's learning curve, topic by topic.

In the race every size gives a number of labels of each topic and how often its validation questions were recognised. The log odds of that
are fitted as a level of each topic plus one slope, shared by all, on the logarithm of the labels (an error that falls by a power law, as
learning curves mostly do; Hestness et al. 2017). A topic's level is drawn towards that of all topics, the more the fewer questions it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.gate.raced import predictions
from breakeven.gate.selection import Selection
from breakeven.scenarios.support.verdict_section import LabelValue
from breakeven.tables.fitter import TableFitter, open_rows

#: Labels that are thought of as added to a topic.
MORE = 40
#: Topics that are named, those with the largest gain first.
NAMED = 10
#: Draws of the bootstrap over units, and validation questions by which a level counts as much as that of all topics.
DRAWS, PRIOR = 200, 4.0
#: Gains below a twentieth of a point are not named.
LEAST = 0.0005
#: Sizes that a slope needs.
FEWEST_SIZES = 2


@dataclass(frozen=True)
class _Repeat:
    """Validation questions at one size: truth (n,), whether recognised (n,), units (n,), and labels of each topic in training (k,)."""

    truth: Array
    right: Array
    units: Array
    labels: Array


def label_value(selection: Selection, candidate: str, scope: int | None) -> tuple[LabelValue, ...]:
    """What MORE labels of a topic are expected to add to the share of questions that are recognised, with its 90 % interval.

    Nothing where the race measured the candidate at fewer than two sizes.
    """
    fitter = selection.raced.problem.fitter
    assert isinstance(fitter, TableFitter)
    repeats = _repeats(selection, candidate, fitter)
    sizes = {int(each.labels.sum()) for each in repeats}
    if len(sizes) < FEWEST_SIZES:
        return ()
    rng = np.random.default_rng([fitter.seed, 31])
    count = 1 + max(int(each.units.max()) for each in repeats)
    value = gains(repeats, np.ones(count))
    drawn = np.stack([gains(repeats, rng.poisson(1.0, count).astype(float)) for _ in range(DRAWS)])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    order = [k for k in np.argsort(-value, kind="stable").tolist() if k != scope and value[k] >= LEAST][:NAMED]
    return tuple(
        LabelValue(topic=fitter.classes[k], more=MORE, gain=Interval(float(value[k]), float(low[k]), float(high[k])))
        for k in order
    )


def gains(repeats: Sequence[_Repeat], weights: Array) -> Array:
    """Expected gain (k,) in the share of all questions; `weights` are those of the units."""
    seen = [_counts(each, weights) for each in repeats]
    hits, asked = np.stack([h for h, _ in seen]), np.stack([n for _, n in seen])
    labels = np.stack([each.labels for each in repeats]).astype(float)
    odds = np.log((hits + 0.5) / (asked - hits + 0.5))
    known = (asked > 0) & (labels > 0)
    share = (hits + 0.5) / (asked + 1)
    precision = np.where(known, asked * share * (1 - share), 0.0)
    x = np.log(np.maximum(labels, 1.0))
    slope = max(_within(x, odds, precision), 0.0)
    last = labels.sum(axis=1) == labels.sum(axis=1).max()
    hit, of, have = hits[last].sum(axis=0), asked[last].sum(axis=0), labels[last].mean(axis=0)
    overall = hit.sum() / max(of.sum(), 1.0)
    level = (hit + PRIOR * overall) / (of + PRIOR)
    level = np.clip(level, 1e-4, 1 - 1e-4)
    more = 1 / (1 + (1 - level) / level * ((have + MORE) / np.maximum(have, 1.0)) ** -slope)
    return np.asarray((more - level) * of / max(of.sum(), 1.0))


def _within(x: Array, y: Array, weight: Array) -> float:
    """Slope of y on x (sizes, k) within topics, by weighted least squares."""
    total = np.maximum(weight.sum(axis=0), 1e-12)
    dx = x - (weight * x).sum(axis=0) / total
    dy = y - (weight * y).sum(axis=0) / total
    spread = float((weight * dx * dx).sum())
    return float((weight * dx * dy).sum()) / spread if spread > 0 else 0.0


def _counts(each: _Repeat, weights: Array) -> tuple[Array, Array]:
    own, k = weights[each.units], len(each.labels)
    return np.bincount(each.truth, own * each.right, k), np.bincount(each.truth, own, k)


def _repeats(selection: Selection, candidate: str, fitter: TableFitter) -> list[_Repeat]:
    board, k = selection.board, len(fitter.classes)
    _, y, folds = open_rows(fitter.work)
    found = []
    for rows in board.sizes:
        for repeat, said in predictions(board, candidate, rows).items():
            truth = fitter.truth(repeat).astype(int)
            labels = np.bincount(y[folds[repeat].train[:rows]].astype(int), minlength=k)
            right = said.argmax(axis=1) == truth
            found.append(_Repeat(truth, right, fitter.validation_units(repeat).astype(int), labels))
    return found
