"""Tuning the winner on the gate's own folds; its settings are taken only when they are shown to be better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array
from breakeven.gate.evaluation import Bench, Order
from breakeven.gate.results import Job
from breakeven.models.training import tune

TRIALS_AN_EFFORT = 12
#: Rows of a first look below which all trials see all rows.
LOOK_FROM = 200
#: Tuned settings are taken when they are better by this many paired standard errors.
CONVINCED = 1.0


@dataclass(frozen=True)
class Tuned:
    """What tuning came to: why, the best settings found, their validation predictions with the truth where they beat the
    defaults, and what each change of the training rows among them was worth.
    """

    why: str
    found: tune.Found | None = None
    pairs: list[tuple[Array, Array]] | None = None
    changes: tuple[Mapping[str, Any], ...] = ()
    halved: bool = False

    @property
    def told(self) -> dict[str, Any] | None:
        """For verdict.json; None where nothing was tried."""
        if self.found is None:
            return None
        return {"trials": self.found.trials, "on_all_rows": self.found.whole, "mattered": self.found.mattered,
                "changes": list(self.changes), "halved": self.halved, "taken": self.pairs is not None}  # fmt: skip


def tuned(bench: Bench, candidate: str, seconds_left: Callable[[], float]) -> Tuned:
    """Search the candidate's space within the time, and hold the best against the defaults."""
    board, space = bench.board, bench.problem.space(candidate)
    assert board is not None
    rows = board.raced_size(candidate)
    if space is None or rows is None:
        return Tuned("an own estimator is taken as it is")
    if board.share(candidate, rows) < 1 or board.beyond:
        return Tuned("not tuned: the brief's minutes did not carry one fit with all its steps on all rows")
    folds = board.repeats(candidate, rows)
    look = rows // tune.HALVING
    one = board.point(candidate, rows)
    seconds = one.seconds if one else 0.0
    batch = seconds * tune.BATCH * (1 + len(folds)) / tune.HALVING / bench.workers.count
    # A tuned winner is fitted on all rows once more.
    again = seconds * len(board.race.y) / rows
    found = tune.search(space, _evaluator(bench, candidate, (look, rows), folds), bench.work / "tune" / f"{candidate}-{rows}.journal",
                        TRIALS_AN_EFFORT * bench.need.effort, bench.need.seed, lambda: seconds_left() - again, batch,
                        look >= LOOK_FROM)  # fmt: skip
    if found is None:
        return Tuned("no time was left for tuning")
    each = seconds * len(folds) / bench.workers.count
    found, changes = _worth(bench, candidate, rows, folds, found, lambda: seconds_left() - again > each)
    return replace(_compare(bench, candidate, rows, folds, found), changes=tuple(changes), halved=look >= LOOK_FROM)


def _worth(bench: Bench, candidate: str, rows: int, folds: list[int], found: tune.Found,
           time: Callable[[], bool]) -> tuple[tune.Found, list[Mapping[str, Any]]]:  # fmt: skip
    """Each change of training rows among the best settings held against the same settings without it while there is `time`,
    and left out where it does not raise the validation score; one that changes nothing here is not told.
    """
    told: list[Mapping[str, Any]] = []
    for name, none in bench.problem.changes(candidate).items():
        chosen = found.settings.get(name, none)
        if chosen == none or not time():
            continue
        without = {**found.settings, name: none}
        score = next(iter(_evaluator(bench, candidate, (rows, rows), folds)([without], True)))
        gain = _difference(bench, candidate, (rows, folds), found.settings, without)
        if score is None or gain is None:
            continue
        kept, half = gain[0] > 0, metrics.Z90 * gain[1]
        if gain == (0.0, 0.0):
            found = replace(found, settings=without)
            continue
        told.append({"change": name, "setting": chosen, "value": gain[0], "low": gain[0] - half, "high": gain[0] + half,
                     "kept": kept})  # fmt: skip
        if not kept:
            found = replace(found, settings=without, score=score)
    return found, told


def _evaluator(bench: Bench, candidate: str, sizes: tuple[int, int], folds: list[int]) -> tune.Evaluate:
    """Scores of settings on the gate's own folds, through the ledger: a first look at the first fold with the smaller of
    two sizes, or all folds with the larger.
    """
    board = bench.board
    assert board is not None
    sign = metrics.METRICS[board.race.metric].sign

    def evaluate(drawn: Sequence[Mapping[str, Any]], whole: bool) -> list[float | None]:
        rows, asked = (sizes[1], folds) if whole else (sizes[0], folds[:1])
        orders = {
            _key(candidate, settings, rows, r): (i, r, Order(bench.problem, Job(candidate, rows, r), settings))
            for i, settings in enumerate(drawn) for r in asked
        }  # fmt: skip
        scores: list[list[float]] = [[] for _ in drawn]
        for key, measured in bench.run_orders({key: order for key, (_, _, order) in orders.items()}):
            i, r, _ = orders[key]
            if measured.prediction is not None:
                y = board.race.y[board.race.folds[r].validation]
                scores[i].append(sign * metrics.score(board.race.metric, y, measured.prediction))
        return [float(np.mean(found)) if len(found) == len(asked) else None for found in scores]

    return evaluate


def _key(candidate: str, settings: Mapping[str, Any], rows: int, repeat: int) -> str:
    """A tuning fit's name in the ledger, made from its settings, so that a batch drawn again is not fitted again."""
    return f"tune-{candidate}-{store.digest(dict(settings))}-{rows}-{repeat}"


def _difference(bench: Bench, candidate: str, where: tuple[int, list[int]], first: Mapping[str, Any],
                second: Mapping[str, Any]) -> tuple[float, float] | None:  # fmt: skip
    """Paired: what the first settings gain over the second, fitted on so many rows, on the validation rows of folds; and its
    standard error.
    """
    board, (rows, folds) = bench.board, where
    assert board is not None
    found = []
    for r in folds:
        one, other = (bench.ledger.get(_key(candidate, settings, rows, r)) for settings in (first, second))
        if one is None or other is None or "prediction" not in one or "prediction" not in other:
            return None
        y = board.race.y[board.race.folds[r].validation]
        found.append(metrics.difference(board.race.metric, y, one["prediction"], other["prediction"], seed=r))
    return metrics.pool([v for v, _ in found], [e for _, e in found], board.race.disjoint)


def _compare(bench: Bench, candidate: str, rows: int, folds: list[int], found: tune.Found) -> Tuned:
    """Tuned against default on the same validation rows."""
    board = bench.board
    assert board is not None
    values, errors, pairs = [], [], []
    for r in folds:
        default = board.results[Job(candidate, rows, r)].prediction
        kept = bench.ledger.get(_key(candidate, found.settings, rows, r))
        if default is None or kept is None:
            return Tuned("the defaults stay", found)
        y = board.race.y[board.race.folds[r].validation]
        value, error = metrics.difference(board.race.metric, y, kept["prediction"], default, seed=r)
        values.append(value)
        errors.append(error)
        pairs.append((kept["prediction"], y))
    value, error = metrics.pool(values, errors, board.race.disjoint)
    shown = f"{value:+.3g} {board.race.metric} (90 % interval {value - metrics.Z90 * error:+.3g} to {value + metrics.Z90 * error:+.3g})"
    if value > CONVINCED * error and value > 0:
        return Tuned(f"{shown} over the defaults on validation rows, best of {found.trials} trials", found, pairs)
    return Tuned(f"the defaults stay: the best of {found.trials} trials changed validation by {shown}", found)
