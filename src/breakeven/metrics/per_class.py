"""What one score hides: recall and precision of each class, their means over classes, and other thresholds of a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.decision import Decision, answered
from breakeven.core.types import Array, Interval
from breakeven.metrics.intervals import wilson
from breakeven.metrics.scores import effective_rows
from breakeven.metrics.units import UnitLosses

#: How many times a missed yes may cost what a false alarm does; each sets a threshold of a calibrated probability.
MISSED_COSTS = (1.0, 5.0, 20.0)
#: Said of a missed yes where a false alarm costs nothing.
MOST_MISSED = 1e6


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
    the share of rows that is so answered, and recall and precision of that. Where the brief has prices, `usd` is what errors
    cost a request so answered, and the product answers by the threshold of which it is `taken`.
    """

    missed: float
    at: float
    answered: float
    recall: Interval | None
    precision: Interval | None
    usd: float | None = None
    taken: bool = False


@dataclass(frozen=True)
class Counted:
    """Of the rows whose probability of a yes is at least `at`: how many there are (`answered`), and how many are one (`right`)."""

    at: float
    answered: int
    right: int


def by_class(y: Array, answer: Array, names: Sequence[str], units: Array | None = None) -> list[ClassScore]:
    """Recall and precision of each class: y and answers are class numbers (n,)."""
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


def thresholds(y: Array, probabilities: Array, decision: Decision, units: Array | None = None) -> list[Threshold]:
    """What answering yes from other probabilities on gives: by the decision's prices first, then for each of MISSED_COSTS."""
    own, yes = decision.yes_from, decision.yes
    ratios = [(cost, 1 / (1 + cost)) for cost in MISSED_COSTS]
    if own is not None:
        ratios = [(min((1 - own) / own, MOST_MISSED) if own else MOST_MISSED, own), *ratios]
    out = []
    for index, (cost, at) in enumerate(ratios):
        answer, true = answered(probabilities, yes, at), y == yes
        recall, precision = _share(answer == yes, true, units), _share(true, answer == yes, units)
        usd = None if own is None else float(decision.usd(y, answer).mean())
        share = float((answer == yes).mean())
        out.append(Threshold(cost, at, share, recall, precision, usd, own is not None and index == 0))
    return out


def counted(y: Array, probabilities: Array, yes: int) -> list[Counted]:
    """What answering `yes` from each hundredth on gives, in rows: what a reader's own prices are weighed with.

    >>> counted(np.array([0, 1]), np.array([[0.7, 0.3], [0.2, 0.8]]), 1)[29]
    Counted(at=0.3, answered=2, right=1)
    """
    sure = probabilities[:, yes]
    places = [round(k / 100, 2) for k in range(1, 100)]
    return [Counted(at, int((sure >= at).sum()), int(((sure >= at) & (y == yes)).sum())) for at in places]


def _share(hits: Array, among: Array, units: Array | None) -> Interval | None:
    """The share of hits (n,) among some rows (n,) with Wilson's interval by their effective number; None where there are none."""
    if not among.any():
        return None
    measured = UnitLosses.mean(hits[among], None if units is None else units[among])
    return Interval(measured.value, *wilson(measured.value, effective_rows(measured)))


def _value(share: Interval | None) -> float:
    return (share.value or 0.0) if share else 0.0
