"""What each kind of column is worth to the chosen candidate: the same fit without it, on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakeven import metrics
from breakeven.gate.evaluation import Bench, Order
from breakeven.gate.results import Job

#: A setting of any candidate: the kind of columns it is not shown.
WITHOUT = "without"


def of_kinds(
    bench: Bench, candidate: str, kinds: dict[str, list[str]], seconds_left: Callable[[], float]
) -> list[dict[str, Any]]:
    """For each kind of columns its names and what the score loses without it (90 %), positive when it helps.

    Empty with one kind alone, and where the minutes are used up.
    """
    board = bench.board
    assert board is not None
    rows = board.raced_size(candidate)
    point = board.point(candidate, rows) if rows else None
    if len(kinds) < 2 or rows is None or point is None or bench.problem.space(candidate) is None:
        return []  # an own estimator cannot be told which columns to leave out
    if point.seconds * len(kinds) / bench.workers.count > seconds_left():
        return []
    repeat = board.repeats(candidate, rows)[0]
    # What was cut short is held against what is cut as short.
    job = Job(candidate, rows, repeat, point.seconds if board.share(candidate, rows) < 1 else None)
    whole = board.results[job].prediction
    y = board.race.y[board.race.folds[repeat].validation]
    orders = {f"without-{kind}-{job.key}": Order(bench.problem, job, {WITHOUT: kind}) for kind in kinds}
    out = []
    for key, measured in bench.run_orders(orders):
        kind = key.removeprefix("without-").removesuffix(f"-{job.key}")
        told: dict[str, Any] = {"kind": kind, "columns": kinds[kind]}
        if measured.prediction is None or whole is None:
            out.append({**told, "not_measured": measured.error})
            continue
        value, error = metrics.difference(board.race.metric, y, whole, measured.prediction, seed=repeat)
        half = metrics.Z90 * error
        out.append({**told, "value": value, "low": value - half, "high": value + half})
    return sorted(out, key=lambda w: str(w["kind"]))
