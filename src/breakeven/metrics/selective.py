"""Selective answering: thresholds of a cascade certified as one system, so that few of its answers are wrong.

A question runs through stages, from cheap to dear; the first whose confidence reaches its threshold answers, and a person takes
what none answers. The promise is: with probability `sure` over the draw of the certification questions, the share of wrong answers
among all that the cascade will answer is at most `budget`.

How it is kept. All stages share one threshold on a fixed grid of confidences: where confidence is the probability of being right,
that is the answer of the Lagrangian (answer whatever is right with at least some probability), and it makes the joint thresholds one
path from strict to lax. Along the path "more than the budget is wrong" is tested exactly (the binomial distribution function) with
the fallback procedure (Wiens and Dmitrienko 2005), a fixed-sequence test with several starts, which keeps the family's error at
1 - sure: learn-then-test (Angelopoulos et al. 2021). A start lies where a set share of the questions is answered; that looks at
confidences alone, never at what was right, and is exact where errors do not grow more frequent with confidence
(tests/oracles/test_selective.py draws where they do, too).

That is a promise of the rate. What will really be counted varies around it: of the next as many answers, too, more than the budget may be
wrong by chance. With `realised` the test is of that count: answers certified and answers to come are exchangeable, so that given their
errors together those among the former are hypergeometric (a prediction bound; Hahn and Meeker 1991). It needs somewhat more questions.

Questions of one customer move together. They are counted as if wholly dependent: n answers of units with m_u each weigh as
n ** 2 / sum(m_u ** 2) independent ones (Kish 1965), with the share that is wrong unchanged. With one question a unit that is n.

>>> rng = np.random.default_rng(0)
>>> sure = rng.beta(6, 1, size=4000)
>>> found = certify(sure[:, None], rng.random(4000)[:, None] < sure[:, None], budget=0.05, sure=0.95)
>>> found.upper <= 0.05 and 0.2 < found.answered.value < 0.8
True
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics.binomial import at_most, drawn_at_most, upper_bound
from breakeven.metrics.intervals import wilson

#: Confidences tried as thresholds, from strict to lax: even steps of the log odds from 14 to -5.
LOG_ODDS = np.arange(14.0, -5.01, -0.05)
GRID = 1.0 / (1.0 + np.exp(-LOG_ODDS))
#: Shares of the questions at which a chain of tests starts, and the parts of the allowed error that they bring. Drawn data of five
#: kinds were answered about as often with these as with the best for each kind; an even split cost up to 3 points of automation.
STARTS = ((0.1, 0.6), (0.3, 0.2), (0.6, 0.2))
#: A chain starts where at least so many times `least_answered` are answered, so that one error does not end it.
ROOM = 1.5
#: Budgets of the picture of automation against allowed error.
BUDGETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)
#: So many questions, or more, are not asked for.
MOST_NEEDED = 1_000_000


@dataclass(frozen=True)
class Certified:
    """What may be promised.

    Attributes
    ----------
    thresholds: one a stage; None where nothing can be promised, and then all goes to a person.
    answered: share of the questions that are answered, with its 90 % interval.
    wrong, count: wrong answers and answers among the certification questions.
    upper: exact upper bound of the share wrong among answers, at `sure`; 1 where nothing is promised.
    stages: share of the questions that each stage answers; sums to `answered`.
    needed: where nothing is promised, about how many certification questions would do at the errors seen; None where no number would.
    """

    thresholds: tuple[float, ...] | None
    answered: Interval
    wrong: int
    count: int
    upper: float
    stages: tuple[float, ...]
    needed: int | None = None


@dataclass(frozen=True)
class BudgetPoint:
    """What one budget buys; each point is certified for itself."""

    budget: float
    certified: Certified


@dataclass(frozen=True)
class _Path:
    """Counts at every threshold of the grid (g,): wrong answers, answers, the independent answers they weigh as, and by stage (g, S).

    `thresholds` (g, S): each stage's at each place of the grid.
    """

    wrong: Array
    count: Array
    weight: Array
    stages: Array
    questions: int
    units: float
    thresholds: Array


def least_abstention(error: float, budget: float) -> float:
    """The share that any rule must hand over where `error` of all answers would be wrong and at most `budget` may be.

    Even a rule that finds every error: of n questions n * error are wrong, and m answers may hold m * budget of them.
    (Without knowing the distribution no rule does better than (error - budget) / (1 - budget).)

    >>> round(least_abstention(0.08, 0.01), 3), least_abstention(0.005, 0.01)
    (0.071, 0.0)
    """
    return max(0.0, (error - budget) / (1.0 - budget))


def least_answered(budget: float, sure: float) -> int:
    """How many answers without an error prove the budget: the least n with (1 - budget) ** n <= 1 - sure.

    >>> least_answered(0.01, 0.95)
    299
    """
    return math.ceil(math.log(1.0 - sure) / math.log1p(-budget) - 1e-9)


def decide(confidence: Array, thresholds: Sequence[float]) -> Array:
    """The stage (n,) that answers each question, by confidence (n, S); -1: none.

    >>> decide(np.array([[0.9, 0.9], [0.2, 0.9], [0.2, 0.2]]), (0.8, 0.8)).tolist()
    [0, 1, -1]
    """
    reached = np.asarray(confidence) >= np.asarray(thresholds)
    return np.where(reached.any(axis=1), reached.argmax(axis=1), -1)


def certify(
    confidence: Array,
    right: Array,
    budget: float,
    sure: float,
    units: Array | None = None,
    realised: bool = False,
    stricter: Sequence[float] | None = None,
) -> Certified:
    """The laxest thresholds whose wrong answers are proven to stay within the budget.

    `confidence` (n, S): each stage's estimate, from 0 to 1, that its answer is right; the same scale for all stages. `right` (n, S)
    bool: whether it is. `units` (n,): the customer or conversation of each question (None: each its own). The questions are new to
    the models and to whatever made the confidences. `realised`: also of the next as many answers at most the budget will be wrong.
    `stricter`: log odds by which each stage's threshold lies above the shared one (None: 0), for early stages that are surer than they
    should be; given beforehand, or one of m that are each certified with an error of (1 - sure) / m.

    Raises ValueError where shapes do not fit, a confidence is not from 0 to 1, or budget or sure not between.
    """
    return _certified(_path(confidence, right, units, stricter), budget, sure, realised)


def budget_curve(
    confidence: Array,
    right: Array,
    sure: float,
    units: Array | None = None,
    budgets: Sequence[float] = BUDGETS,
    realised: bool = False,
    stricter: Sequence[float] | None = None,
) -> tuple[BudgetPoint, ...]:
    """Automation against allowed error: what each budget would buy (arguments as of `certify`).

    The points hold one by one, not all at once: choose a budget by what an error costs, not by the picture's best point.
    """
    path = _path(confidence, right, units, stricter)
    return tuple(BudgetPoint(budget, _certified(path, budget, sure, realised)) for budget in budgets)


def _certified(path: _Path, budget: float, sure: float, realised: bool) -> Certified:
    if not (0 < budget < 1 and 0 < sure < 1):
        raise ValueError(f"budget {budget} and sure {sure} must lie between 0 and 1")
    level, best = 0.0, None
    given = _starts(path, budget, sure)
    for i in range(min(given, default=len(GRID)), len(GRID)):
        level += given.get(i, 0.0)
        if level and _proven(path, i, budget, level, realised):
            best = i
        else:
            level = 0.0
    if best is None:
        nothing = (0.0,) * path.stages.shape[1]
        return Certified(None, Interval(0.0, 0.0, 0.0), 0, 0, 1.0, nothing, _needed(path, budget, sure))
    share = float(path.count[best] / path.questions)
    low, high = wilson(share, path.units)
    wrong, count, weight = int(path.wrong[best]), int(path.count[best]), float(path.weight[best])
    return Certified(
        tuple(path.thresholds[best].tolist()),
        Interval(share, max(0.0, low), min(1.0, high)),
        wrong,
        count,
        upper_bound(wrong * weight / count, weight, sure),
        tuple((path.stages[best] / path.questions).tolist()),
    )


def _starts(path: _Path, budget: float, sure: float) -> dict[int, float]:
    """Places on the grid where a chain starts, with the error it brings; by how many questions are answered there, not by which are right."""
    least = least_answered(budget, sure)
    if path.weight.max(initial=0.0) < least:
        return {}
    sizes = [(share * path.units, part) for share, part in STARTS if share * path.units >= ROOM * least] or [
        (least, 1.0)
    ]
    total, found = sum(part for _, part in sizes), dict[int, float]()
    for size, part in sizes:
        enough = path.weight >= size
        if enough.any():
            at = int(enough.argmax())
            found[at] = found.get(at, 0.0) + (1.0 - sure) * part / total
    return found


def _proven(path: _Path, at: int, budget: float, level: float, realised: bool) -> bool:
    """Whether so few wrong answers had a probability of at most `level` if the share wrong were the budget; and, with `realised`, if more
    than the budget of as many answers to come were wrong.
    """
    weight, count = float(path.weight[at]), float(path.count[at])
    wrong = float(path.wrong[at]) * weight / count
    if at_most(wrong, weight, budget) > level:
        return False
    if not realised:
        return True
    answers, errors = math.floor(weight), math.ceil(wrong - 1e-9)
    too_many = math.floor(budget * answers + 1e-9) + 1
    return drawn_at_most(errors, answers, errors + too_many, 2 * answers) <= level


def _needed(path: _Path, budget: float, sure: float) -> int | None:
    """The certification questions with which some threshold would be proven if the same shares were answered, and wrong, as here.

    The share wrong is taken as its median, about (wrong + 0.7) / (answers + 1): few answers without an error are no proof of none.
    Where nothing at all was wrong, the least number without an error is told.
    """
    if not path.wrong[-1] and path.count[-1]:
        return math.ceil(least_answered(budget, sure) * path.units / float(path.weight[-1]))
    fewest = float(MOST_NEEDED)
    for weight, wrong, count in zip(path.weight, path.wrong, path.count, strict=True):
        error, share = (wrong + 0.7) / (count + 1), weight / path.units

        def enough(questions: float, error: float = error, share: float = share) -> bool:
            return at_most(error * share * questions, share * questions, budget) <= 1 - sure

        if not count or error >= budget or not enough(fewest):
            continue
        low = 0.0
        while fewest - low > 1:
            middle = (low + fewest) / 2
            low, fewest = (low, middle) if enough(middle) else (middle, fewest)
    # Where these would have been enough the draw was against it: a tenth more is asked for.
    return None if fewest == MOST_NEEDED else math.ceil(max(fewest, 1.1 * path.units))


def _path(confidence: Array, right: Array, units: Array | None, stricter: Sequence[float] | None = None) -> _Path:
    confidence, right = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool)
    if confidence.ndim != 2 or confidence.shape != right.shape or not confidence.size:
        raise ValueError(f"confidence {confidence.shape} and right {right.shape} must be of one shape (n, stages)")
    if not (np.isfinite(confidence).all() and confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError("a confidence must lie between 0 and 1")
    if units is not None and len(units) != len(right):
        raise ValueError(f"{len(units)} units of {len(right)} questions")
    shift = np.zeros(right.shape[1]) if stricter is None else np.asarray(stricter, dtype=float)
    if shift.shape != right.shape[1:]:
        raise ValueError(f"{len(shift)} log odds of {right.shape[1]} stages")
    thresholds = 1.0 / (1.0 + np.exp(-(LOG_ODDS[:, None] + shift)))
    number = np.arange(len(right)) if units is None else np.unique(units, return_inverse=True)[1].ravel()
    stages, wrong = np.zeros((len(GRID), right.shape[1]), dtype=int), np.zeros(len(GRID), dtype=int)
    start = np.full(len(right), len(GRID))  # the first place on the grid at which the question is answered
    for s in range(right.shape[1]):
        # A stage answers from its own confidence down to where an earlier one is sure enough, too.
        own = np.searchsorted(-thresholds[:, s], -confidence[:, s], side="left")
        answers = own < start
        stages[:, s] = _running(own[answers]) - _running(start[answers])
        missed = answers & ~right[:, s]
        wrong += _running(own[missed]) - _running(start[missed])
        start = np.minimum(start, own)
    weights, everything = _weights(start, number), _independent(number)
    return _Path(wrong, stages.sum(axis=1), weights, stages, len(right), everything, thresholds)


def _running(places: Array) -> Array:
    """How many places lie at or before each place of the grid (g,)."""
    return np.cumsum(np.bincount(places, minlength=len(GRID) + 1))[: len(GRID)]


def _weights(start: Array, units: Array) -> Array:
    """As how many independent ones the questions answered at each place of the grid count (g,)."""
    order = np.lexsort((start, units))
    first = np.r_[True, np.diff(units[order]) != 0]
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    # The k-th question of a unit, from zero, lets the square of the unit's size grow by 2 k + 1.
    squares = np.cumsum(np.bincount(start[order], weights=2 * rank + 1, minlength=len(GRID) + 1))[: len(GRID)]
    count = _running(start)
    return np.where(count > 0, count**2 / np.maximum(squares, 1), 0.0)


def _independent(units: Array) -> float:
    """As how many independent rows rows of these units count, when those of one move wholly together."""
    sizes = np.bincount(units)
    return float(sizes.sum() ** 2 / np.square(sizes).sum())
