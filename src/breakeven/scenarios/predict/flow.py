"""A table's way from rows to a verdict and a product: race, finalists, choice, tuning, the sealed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from breakeven.collect.prepare import Collected
from breakeven.core.verdict import Verdict
from breakeven.gate import promise, refit
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import select
from breakeven.models.user.own import Own
from breakeven.scenarios.predict.verdict import verdict
from breakeven.tables import problem
from breakeven.tables.packaging import TableProblem
from breakeven.tables.verdict import Opened
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
    if context.brief.final == "all" and not weigh:  # the last fit's time is kept from the beginning
        context = replace(context, clock=replace(context.clock, kept=refit.KEPT))
    selection = select(context, TableProblem.of(context.brief, collected, fitter), weigh)
    context.progress.stage("trust")
    opened = Opened.of(selection)
    selection, findings = promise.hold(selection, opened.score, opened.again)
    selection = refit.on_everything(selection)
    return verdict(selection, collected, opened, findings), selection.winner is not None
