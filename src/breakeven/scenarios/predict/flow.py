"""A table's way from rows to a verdict and a product: race, finalists, choice, tuning, the sealed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.types import Interval, Need
from breakeven.core.verdict import Verdict
from breakeven.gate import promise
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import select
from breakeven.models.user.own import Own
from breakeven.online.promotion import promote
from breakeven.runtime import predictor as launched
from breakeven.scenarios.predict import problem
from breakeven.scenarios.predict.example import row_values
from breakeven.scenarios.predict.packaging import TableProblem
from breakeven.scenarios.predict.verdict import Opened, verdict
from breakeven.trust import sealed


def run(
    context: RunContext,
    collected: Collected,
    weigh: bool,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Verdict, bool]:
    """The verdict, and whether there is a product in the run's folder. With `weigh` there is none."""
    fitter, rows = problem.make_fitter(context.brief, collected, context.work, own, names), collected.rows
    sealed.seal(
        context.work, rows.X[rows.test_rows], rows.y[rows.test_rows], rows.layout.media, rows.units[rows.test_rows]
    )
    selection = select(context, TableProblem.of(context.brief, collected, fitter), weigh)
    context.progress.stage("trust")
    opened = Opened.of(selection)
    selection, findings = promise.hold(selection, opened.score, opened.again)
    return verdict(selection, collected, opened, findings), selection.winner is not None


def compare(brief: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
    """Whether the challenger is better on the same sealed rows, and by how much."""
    X, y = sealed.open_once(challenger / "work", store.Log(challenger / "log.jsonl"), "champion against challenger")
    new, old = (launched.load(folder / "product") for folder in (challenger, champion))
    media = sealed.media(challenger / "work")
    theirs = old.encode([row_values(new.schema, x, media) for x in X]) if old.schema != new.schema else (X, media)
    answers = new.calibrated(X, media), old.calibrated(*theirs)
    units = sealed.units(challenger / "work")
    scores = [metrics.losses(metric, y, answer, units) for answer in answers]
    return promote(scores[0], scores[1], metrics.METRICS[metric].scale, brief.margin)
