"""A finalist's settings: searched on the validation people, kept only where they are shown to be better there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array
from breakeven.gate.evaluation import Order, Runs
from breakeven.gate.results import Board, Job
from breakeven.gate.run_context import Setting
from breakeven.models.training import tune
from breakeven.scenarios.recommend.problem import Problem

#: Trials at each effort; seconds of a fit from which a third of the people is looked at first.
TRIALS_AN_EFFORT, LONG = 16, 5.0
#: Share of the time left that one finalist's search may take: there are two, and both are fitted once more.
SHARE = 0.45
#: Fits of a finalist that are still to come.
FITS = 2


@dataclass(frozen=True)
class Tuned:
    """Settings to be fitted with, why, and how they were searched for (None: they were not)."""

    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] | None = None


def tuned(setting: Setting, settled: Problem, runs: Runs, board: Board, candidate: str) -> Tuned:
    """Search the candidate's space and hold the best against the defaults, person by person."""
    space, rows = settled.space(candidate), board.last_size(candidate)
    if space is None or rows is None:
        return Tuned("it has no settings to tune")
    point = board.point(candidate, rows)
    seconds = point.seconds if point else 0.0
    until = setting.clock.tuning() * (1 - SHARE) + seconds
    long = seconds > LONG
    batch = seconds * tune.BATCH * (2 / 3 if long else 1) / runs.workers.count
    looked, took = dict[str, Array](), dict[str, float]()

    def evaluate(drawn: Sequence[Mapping[str, Any]], whole: bool) -> Iterator[float | None]:
        job = Job(candidate, rows if whole or not long else rows // tune.HALVING, 0)
        keys = [f"tune-{job.key}-{store.digest(dict(one))}" for one in drawn]
        orders = {key: Order(settled, job, one) for key, one in zip(keys, drawn, strict=True)}
        measured = dict(runs.run_orders(orders))
        for key in keys:
            prediction, name = measured[key].prediction, key.rpartition("-")[2]
            if prediction is not None and whole:
                looked[name] = prediction
            if whole or not long:
                took[name] = measured[key].seconds
            yield None if prediction is None else float(np.mean(prediction))

    trials = TRIALS_AN_EFFORT * setting.brief.effort
    setting.say.note(f"tuning {candidate}")
    found = tune.search(space, evaluate, setting.work / "tune" / f"{candidate}-{rows}.journal", trials, setting.brief.seed,
                        lambda: setting.clock.tuning() - until, batch, long)  # fmt: skip
    if found is None:
        return Tuned("no time was left for tuning")
    default = board.results[Job(candidate, rows, 0)].prediction
    best = looked.get(store.digest(dict(found.settings)))
    if best is None:  # settled before the build was interrupted: the ledger has it
        job = Job(candidate, rows, 0)
        orders = {f"tune-{job.key}-{store.digest(dict(found.settings))}": Order(settled, job, found.settings)}
        again = next(measured for _, measured in runs.run_orders(orders))
        best, took[store.digest(dict(found.settings))] = again.prediction, again.seconds
    assert default is not None and best is not None
    value, error = metrics.difference(settled.metric, np.zeros(len(best)), best, default)
    low, high = value - metrics.Z90 * error, value + metrics.Z90 * error
    gap = f"{value:+.4f} {settled.metric} ({low:+.4f} to {high:+.4f}) over the defaults on {len(best):,} people"
    told: dict[str, Any] = {"trials": found.trials, "on_all_rows": found.whole, "mattered": found.mattered, "changes": [],
                            "halved": long, "taken": low > 0}  # fmt: skip
    if low <= 0:
        return Tuned(f"the defaults stay: the best of {found.trials} trials gave {gap}", {}, told)
    # Fitted twice more, before the sealed test and for the shop, on all people.
    grown = len(board.race.folds[0].train) / rows
    each = took.get(store.digest(dict(found.settings)), seconds) * grown
    if each > seconds * grown and FITS * each > setting.clock.fits():
        why = f"a fit takes about {each:,.0f} s, and the minutes leave no room for {FITS} of them"
        gap = f"the defaults stay: the best of {found.trials} trials gave {gap}, but {why}"
        return Tuned(gap, {}, {**told, "taken": False})
    return Tuned(f"the best of {found.trials} trials gave {gap}", found.settings, told)
