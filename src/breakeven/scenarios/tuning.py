"""Tuning the winner on the gate's own folds; its settings are taken only when they are shown to be better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from breakeven import metrics, store
from breakeven.gate.measure import Job, repeats
from breakeven.scenarios.bench import Bench, Order
from breakeven.train import tune
from breakeven.types import Array

TRIALS_AN_EFFORT = 8
#: Tuned settings are taken when they are better by this many paired standard errors.
CONVINCED = 1.0


def tuned(
    bench: Bench, candidate: str, seconds_left: Callable[[], float]
) -> tuple[tune.Found | None, list[tuple[Array, Array]] | None, str]:
    """The best settings found, their validation predictions when they beat the defaults (else None), and the reason."""
    board, space = bench.board, bench.problem.space(candidate)
    assert board is not None
    rows = board.raced_size(candidate)
    trials = TRIALS_AN_EFFORT * bench.need.effort
    if space is None or rows is None:
        return None, None, "an own estimator is taken as it is"
    if board.share(candidate, rows) < 1 or board.beyond:
        return None, None, "not tuned: the brief's minutes did not carry one fit with all its steps on all rows"
    folds = range(repeats(rows, board.sizes[-1], len(board.race.folds), board.race.costly))
    sign = metrics.METRICS[board.race.metric].sign
    one = board.point(candidate, rows)
    batch = (one.seconds if one else 0.0) * tune.BATCH * len(folds) / bench.workers.count
    # A tuned winner is fitted on all rows once more.
    again = (one.seconds if one else 0.0) * len(board.race.y) / rows
    found = tune.search(space, _evaluator(bench, candidate, rows, list(folds), sign), bench.work / "tune" / f"{candidate}.journal",
                        trials, bench.need.seed, lambda: seconds_left() - again, batch)  # fmt: skip
    if found is None:
        return None, None, "no time was left for tuning"
    return _compare(bench, candidate, rows, list(folds), found)


def _evaluator(bench: Bench, candidate: str, rows: int, folds: list[int], sign: int) -> tune.Evaluate:
    """Scores of settings on the gate's own folds, through the ledger."""
    board = bench.board
    assert board is not None

    def evaluate(drawn: Sequence[Mapping[str, Any]]) -> list[float | None]:
        orders = {
            _key(candidate, settings, r): (i, r, Order(bench.problem, Job(candidate, rows, r), settings))
            for i, settings in enumerate(drawn) for r in folds
        }  # fmt: skip
        scores: list[list[float]] = [[] for _ in drawn]
        for key, measured in bench.run_orders({key: order for key, (_, _, order) in orders.items()}):
            i, r, _ = orders[key]
            if measured.prediction is not None:
                y = board.race.y[board.race.folds[r].validation]
                scores[i].append(sign * metrics.score(board.race.metric, y, measured.prediction))
        return [float(np.mean(found)) if len(found) == len(folds) else None for found in scores]

    return evaluate


def _key(candidate: str, settings: Mapping[str, Any], repeat: int) -> str:
    """A tuning fit's name in the ledger, made from its settings, so that a batch drawn again is not fitted again."""
    return f"tune-{candidate}-{store.digest(dict(settings))}-{repeat}"


def _compare(
    bench: Bench, candidate: str, rows: int, folds: list[int], found: tune.Found
) -> tuple[tune.Found, list[tuple[Array, Array]] | None, str]:
    """Tuned against default on the same validation rows."""
    board = bench.board
    assert board is not None
    values, errors, pairs = [], [], []
    for r in folds:
        default = board.results[Job(candidate, rows, r)].prediction
        kept = bench.ledger.get(_key(candidate, found.settings, r))
        if default is None or kept is None:
            return found, None, "the defaults stay"
        y = board.race.y[board.race.folds[r].validation]
        value, error = metrics.difference(board.race.metric, y, kept["prediction"], default, seed=r)
        values.append(value)
        errors.append(error)
        pairs.append((kept["prediction"], y))
    value, error = metrics.pool(values, errors, board.race.disjoint)
    shown = f"{value:+.3g} {board.race.metric} (90 % interval {value - metrics.Z90 * error:+.3g} to {value + metrics.Z90 * error:+.3g})"
    if value > CONVINCED * error and value > 0:
        return found, pairs, f"{shown} over the defaults on validation rows, best of {found.trials} trials"
    return found, None, f"the defaults stay: the best of {found.trials} trials changed validation by {shown}"
