"""What one score hides: recall and precision of each class, their means over classes, and other thresholds of a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics.intervals import wilson
from breakeven.metrics.scores import effective_rows
from breakeven.metrics.units import UnitLosses

#: How many times a missed yes may cost what a false alarm does; each sets a threshold of a calibrated probability.
MISSED_COSTS = (1.0, 5.0, 20.0)


@dataclass(frozen=True)
class ClassScore:
    """A class's rows, the share of them that is found (recall), and of the answers that name it the share that is right
    (precision; None: no answer does), with 90 % intervals.
    """

    name: str
    rows: int
    recall: Interval | None
    precision: Interval | None


@dataclass(frozen=True)
class MacroScores:
    """Means over the classes that occur, each counting alike; the precision of one that is never answered is zero."""

    recall: float
    precision: float
    f1: float


@dataclass(frozen=True)
class Threshold:
    """Where a missed yes costs `missed` times what a false alarm does, yes is the cheaper answer from a probability `at` on:
    the share of rows that is so answered, and recall and precision of that.
    """

    missed: float
    at: float
    answered: float
    recall: Interval | None
    precision: Interval | None


def by_class(y: Array, probabilities: Array, names: Sequence[str], units: Array | None = None) -> list[ClassScore]:
    """Recall and precision of each class, by the surest answer: y (n,) class numbers, probabilities (n, classes)."""
    answer = probabilities.argmax(axis=1)
    return [
        ClassScore(name, int((y == k).sum()), _share(answer == k, y == k, units), _share(y == k, answer == k, units))
        for k, name in enumerate(names)
    ]


def macro(scores: Sequence[ClassScore]) -> MacroScores:
    """Means over the classes with rows.

    >>> half, never = Interval(0.5, 0.3, 0.7), None
    >>> macro([ClassScore("a", 9, half, half), ClassScore("b", 1, Interval(0.0, 0.0, 0.7), never)])
    MacroScores(recall=0.25, precision=0.25, f1=0.25)
    """
    pairs = [(_value(s.recall), _value(s.precision)) for s in scores if s.rows]
    recall, precision = (float(np.mean([pair[i] for pair in pairs])) for i in (0, 1))
    return MacroScores(recall, precision, float(np.mean([2 * r * p / (r + p) if r + p else 0.0 for r, p in pairs])))


def rarer(y: Array) -> int:
    """Of two classes the one that is asked for, the yes: the rarer, and 1 where they are as frequent."""
    return int((y == 1).mean() <= 0.5)


def thresholds(y: Array, probabilities: Array, yes: int, units: Array | None = None) -> list[Threshold]:
    """What answering `yes` (a class number) from other probabilities on gives, for each of MISSED_COSTS."""
    out = []
    for cost in MISSED_COSTS:
        at = 1 / (1 + cost)
        answered, true = probabilities[:, yes] >= at, y == yes
        recall, precision = _share(answered, true, units), _share(true, answered, units)
        out.append(Threshold(cost, at, float(answered.mean()), recall, precision))
    return out


def _share(hits: Array, among: Array, units: Array | None) -> Interval | None:
    """The share of hits (n,) among some rows (n,) with Wilson's interval by their effective number; None where there are none."""
    if not among.any():
        return None
    measured = UnitLosses.mean(hits[among], None if units is None else units[among])
    return Interval(measured.value, *wilson(measured.value, effective_rows(measured)))


def _value(share: Interval | None) -> float:
    return (share.value or 0.0) if share else 0.0
