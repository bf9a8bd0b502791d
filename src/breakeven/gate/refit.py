"""The product fitted anew on all units, after the sealed ones among them have judged its twin.

The twin stays in the build's folder, outside the product: whatever compares the product later compares the twin, which has not
seen the sealed units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from breakeven.core import store
from breakeven.gate import steps
from breakeven.gate.finalists import product_folder
from breakeven.gate.pricing import price
from breakeven.gate.problem import PACKAGING_ERRORS, Packaged, Problem
from breakeven.gate.selection import TWIN, LastFit, Selection, Winner
from breakeven.report.english import English

#: Share of the brief's minutes that is kept for it from the beginning.
KEPT = 0.1
#: Seconds that the report takes after it, about.
REPORT = 2.0
#: Seconds that it may take though the minutes are over.
QUICK = 3.0


@dataclass(frozen=True)
class Twin:
    """Of a product that may be fitted anew: units that it learned from, all units there are, about how many seconds a fit on all
    of them takes here, and its export on a quiet machine.
    """

    rows: int
    all_rows: int
    seconds: float
    drawing: float = 0.0


@runtime_checkable
class RefitProblem(Problem, Protocol):
    """A problem whose product can be fitted anew on all units."""

    def twin(self, folder: Path) -> Twin:
        """What fitting a finished product folder anew takes."""

    def refit(self, twin: Path, folder: Path, seconds: float) -> Packaged:
        """Publish to `folder` what `twin` is, fitted on all units with the same settings, seeds and calibration; nets within so
        many seconds. Raises one of PACKAGING_ERRORS.
        """


def on_everything(selection: Selection) -> Selection:
    """The selection with its product fitted on all units, where the brief says `final: all`; where the minutes, a limit or an
    error stand against that, the twin stays the product, and the reason is kept.
    """
    raced, winner = selection.raced, selection.winner
    problem, context = raced.problem, raced.context
    if winner is None or not isinstance(problem, RefitProblem):
        return selection
    known = problem.twin(winner.twin)
    last = LastFit(known.rows, known.rows)
    if context.brief.final == "all":
        folder = product_folder(
            context.work, "all", winner.candidate, {"twin": winner.twin.parent.name, **winner.settings}
        )
        why = _made(selection, problem, winner, known, folder)
        if why is None:
            store.copy_folder(winner.twin, context.folder / TWIN)
            store.copy_folder(folder, winner.folder)
            last = replace(last, rows=known.all_rows)
            context.log.write("sealed units joined the training units", rows=known.all_rows)
        else:
            raced.note(English().twin_kept(why))
            last = replace(last, kept_twin=why)
    return replace(selection, winner=replace(winner, last_fit=last))


def _made(selection: Selection, problem: RefitProblem, winner: Winner, known: Twin, folder: Path) -> str | None:
    """Fit it; why that came to nothing, or None."""
    raced, context = selection.raced, selection.raced.context
    slow = raced.runner.slowness()
    left, seconds = context.clock.left() - slow * REPORT, known.seconds + slow * known.drawing
    if seconds > max(left, QUICK):
        return f"a fit on all {raced.race.unit} takes about {seconds:,.0f} s, which the minutes do not leave"
    raced.note(f"the product is fitted once more, on all {known.all_rows:,} {raced.race.unit}")
    try:
        packaged = problem.refit(winner.twin, folder, max(left, QUICK))
        if (cut := steps.not_measured(packaged.share, packaged.plan, packaged.epochs)) is not None:
            return f"a fit on all {raced.race.unit} was cut short ({cut})"
        return price(context, problem, winner.candidate, folder, packaged.seconds).why_not
    except PACKAGING_ERRORS as error:
        return f"a fit on all {raced.race.unit} failed ({str(error)[:160]})"
