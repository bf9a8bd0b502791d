"""A problem whose race has been run, and comparisons of predictions on its validation units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import Problem
from breakeven.gate.results import Board, Job, Predictions, Race
from breakeven.gate.run_context import RunContext
from breakeven.metrics import UnitLosses


@dataclass
class Raced:
    """All that the steps after the race need: surroundings, problem, runner of fits, and the board of results."""

    context: RunContext
    problem: Problem
    runner: FitRunner
    board: Board

    @property
    def race(self) -> Race:
        """What was raced on."""
        return self.board.race

    def note(self, text: str) -> None:
        """Report one line of progress."""
        self.context.progress.note(text)


def predictions(board: Board, candidate: str, rows: int | None = None) -> dict[int, Array]:
    """A candidate's validation predictions by repeat, at a size (None: its largest). Empty where it has none."""
    rows = board.last_size(candidate) if rows is None else rows
    found: dict[int, Array] = {}
    for repeat in board.repeats(candidate, rows) if rows is not None else ():
        prediction = board.results[Job(candidate, rows or 0, repeat)].prediction
        if prediction is not None:
            found[repeat] = prediction
    return found


def score(race: Race, found: Predictions) -> float:
    """Mean score over repeats, in the metric's own sign."""
    return metrics.pooled([race.evaluate(prediction, repeat) for repeat, prediction in found.items()])[0]


def gains(race: Race, first: Predictions, second: Predictions) -> list[UnitLosses]:
    """Paired: what the first gains over the second, by repeat of the second."""
    higher = race.scale.higher_is_better
    return [
        metrics.paired(race.evaluate(first[repeat], repeat), race.evaluate(other, repeat), higher)
        for repeat, other in second.items()
    ]


def difference(race: Race, first: Predictions, second: Predictions) -> tuple[float, float]:
    """Paired: what the first gains over the second on the repeats of the second, and its standard error over units."""
    return metrics.pooled(gains(race, first, second))


def mean_gain(race: Race, first: Predictions, second: Predictions) -> UnitLosses:
    """The same with what each unit contributes to the mean over repeats."""
    found = gains(race, first, second)
    contributions = np.concatenate([one.influence for one in found]) / len(found)
    units = np.concatenate([one.units for one in found])
    return UnitLosses(float(np.mean([one.value for one in found])), contributions, units)


def best_first(board: Board, candidates: Sequence[str], rows: int | None = None) -> list[str]:
    """Candidates by their score at a size, the best first; unmeasured ones are left out.

    With None each is taken at its largest size. Those measured at the largest of all come first then; before them only who
    has a higher score with fewer rows, and was clearly ahead of the best of them there.
    """
    sizes = {c: size for c in candidates if (size := rows or board.last_size(c))}
    scores = dict[str, float]()
    for size in set(sizes.values()):
        scores |= board.standings([c for c in candidates if sizes.get(c) == size], size)
    scores = {c: scores[c] for c in candidates if c in scores}
    order = sorted(scores, key=lambda c: -scores[c])
    largest = [c for c in order if sizes[c] == max(sizes.values())]

    def ahead(candidate: str) -> bool:
        gap = board.difference(candidate, largest[0], sizes[candidate])
        return scores[candidate] > scores[largest[0]] and gap is not None and gap[0] > metrics.Z90 * gap[1]

    before = [c for c in order if c not in largest and ahead(c)]
    return [*before, *largest, *(c for c in order if c not in (*before, *largest))]
