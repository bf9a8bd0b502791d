"""Ablation of column kinds: what the chosen candidate loses when fitted without tables, texts or images."""

from __future__ import annotations

from breakeven import metrics
from breakeven.gate.raced import Raced, difference
from breakeven.gate.results import Job

#: A setting of any candidate: the kind of columns that it is not shown.
WITHOUT = "without"


def of_kinds(raced: Raced, candidate: str) -> list[dict[str, object]]:
    """For each kind of columns its names and the score lost without it (90 %), positive when the kind helps.

    Fitted on the same units as in the race. Empty with one kind alone, for a user's own estimator (whose columns
    cannot be left out), and where the minutes are used up.
    """
    board, kinds = raced.board, raced.problem.column_kinds()
    rows = board.raced_size(candidate)
    if len(kinds) < 2 or rows is None or raced.problem.fitter.space(candidate) is None:
        return []
    seconds = board.seconds_of(candidate, rows)
    if seconds * len(kinds) / raced.runner.workers.count > raced.context.clock.tuning():
        return []
    repeat = board.repeats(candidate, rows)[0]
    job = Job(candidate, rows, repeat, plan=board.plan(candidate))
    full = board.results[job].prediction
    results = []
    ablated = raced.runner.run_settings([(job, {WITHOUT: kind}) for kind in kinds])
    for (kind, columns), measured in zip(kinds.items(), ablated, strict=True):
        line: dict[str, object] = {"kind": kind, "columns": list(columns)}
        if measured.prediction is None or full is None:
            results.append({**line, "not_measured": measured.error})
            continue
        value, error = difference(raced.race, {repeat: full}, {repeat: measured.prediction})
        half = metrics.Z90 * error
        results.append({**line, "value": value, "low": value - half, "high": value + half})
    return sorted(results, key=lambda line: str(line["kind"]))
