"""The chosen candidate's sealed score, held against what validation promised and against the baseline.

Where the score lies outside both intervals and most of the gain over the baseline is gone, the candidate is fitted once
more; where it stays so, or where it is no better than the baseline, nothing is offered. No other candidate is looked
for: that would be a choice by the sealed units.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Finding
from breakeven.gate import steps, time_budget
from breakeven.gate.finalist import Finalist
from breakeven.gate.finalists import product_folder
from breakeven.gate.pricing import price
from breakeven.gate.problem import PACKAGING_ERRORS, Recipe
from breakeven.gate.raced import predictions
from breakeven.gate.results import Board
from breakeven.gate.selection import TWIN, Selection, Winner
from breakeven.metrics import Z90, UnitLosses
from breakeven.report.english import English

#: Part of the gain over the baseline that must be left of what validation promised: units of another time or place may be
#: harder for all, and a score that fell with the baseline's is no broken promise.
KEPT = 0.5
#: A finding's kind.
KIND = "sealed test"
#: A product folder in; its score on the sealed units and the baseline's out.
Score = Callable[[Path], tuple[UnitLosses, UnitLosses]]


@dataclass(frozen=True)
class Comparison:
    """A candidate's scores on validation and sealed units (90 %), and what it gains over the baseline on both."""

    promised: tuple[float, float, float]
    sealed: tuple[float, float, float]
    promised_gain: float
    gain: tuple[float, float, float]
    margin: float
    sign: int

    @property
    def outside(self) -> bool:
        """Whether the sealed score is worse by more than the margin, and the two intervals lie apart."""
        fall = self.sign * (self.promised[0] - self.sealed[0])
        apart = self.sealed[2] < self.promised[1] if self.sign > 0 else self.sealed[1] > self.promised[2]
        return apart and fall > self.margin

    @property
    def broken(self) -> bool:
        """Whether it is outside, and less is left of the gain over the baseline than KEPT."""
        return self.outside and self.gain[0] < KEPT * self.promised_gain

    @property
    def beaten(self) -> bool:
        """Whether it is no better than the baseline."""
        return self.gain[0] <= 0


def compare(board: Board, candidate: str, own: UnitLosses, baseline: UnitLosses) -> Comparison | None:
    """Compare a candidate's sealed score with its last validation score; None where it has none."""
    race, rows = board.race, board.last_size(candidate)
    point = board.point(candidate, rows) if rows else None
    promised = board.difference(candidate, race.baseline, rows) if rows else None
    if point is None or promised is None:
        return None
    gain = metrics.paired(own, baseline, race.scale.higher_is_better)
    return Comparison(
        (point.score, point.low, point.high),
        _band(own),
        promised[0],
        _band(gain),
        race.margin_at(point.score),
        race.scale.sign,
    )


def hold(selection: Selection, score: Score, reopen: Callable[[str], None]) -> tuple[Selection, tuple[Finding, ...]]:
    """The selection after its sealed score was held against validation and baseline, and what is to be said of it.

    `reopen` counts another opening of the sealed units, and is given the reason.
    """
    chosen = selection.judged
    if chosen is None or chosen.folder is None:
        return selection, ()
    board, name = selection.board, chosen.candidate
    found = compare(board, name, *score(_judged(selection, chosen)))
    if found is None:
        return selection, ()
    findings: tuple[Finding, ...] = ()
    why = None
    if found.broken:
        again = _fitted_once_more(selection, chosen)
        why = f"{_fallen(board, name, found)}; it could not be fitted once more within the minutes and limits"
        if again is not None:
            reopen(f"{name} was fitted once more")
            assert again.judged is not None
            second = compare(board, name, *score(_judged(again, again.judged)))
            assert second is not None
            why = f"{_fallen(board, name, found)}, and fitted once more {second.sealed[0]:.3f}"
            if not second.broken:
                findings += (Finding(KIND, why, "the second fit is the one that is judged", level="warning"),)
                selection, found, why = again, second, None
    if why is not None and not found.beaten:
        findings += (Finding(KIND, why, "nothing is offered", level="warning"),)
    if found.beaten:
        why = f"not better than {English().baseline(board.race.baseline)}: {_beside(board, name, found)}"
    if why is not None:
        return refused(selection, why), findings
    if found.outside:
        done = "it is still ahead of the baseline; ask whether the sealed units are of another time or place"
        findings += (Finding(KIND, _fallen(board, name, found), done, level="warning"),)
    return selection, findings


def refused(selection: Selection, why: str) -> Selection:
    """The selection with nothing offered, and no product left."""
    shutil.rmtree(selection.raced.context.folder / "product", ignore_errors=True)
    choice = replace(
        selection.choice, route="none", candidate=None, reason=f"{why}.", tie=False, undecided_rows=None, likelier=None
    )
    chosen = selection.judged
    selection.raced.context.log.write("not offered", candidate=chosen.candidate if chosen else None, why=why)
    short = "its sealed score does not keep what validation promised, or is no better than the baseline's"
    return replace(
        _with(selection, chosen, replace(chosen, why_not=short)) if chosen else selection, choice=choice, winner=None
    )


def _judged(selection: Selection, chosen: Finalist) -> Path:
    """The folder that is scored: the product's twin, or the finalist where there is no product."""
    assert chosen.folder is not None
    return selection.winner.twin if selection.winner is not None else chosen.folder


def _fitted_once_more(selection: Selection, chosen: Finalist) -> Selection | None:
    """The chosen candidate fitted anew with another seed, and its product; None where time or a limit is against it."""
    raced, name, settings = selection.raced, chosen.candidate, chosen.tuned.settings
    problem, context = raced.problem, raced.context
    exporting = raced.runner.slowness() * time_budget.exporting(raced.race, name)
    if (chosen.train_seconds or 0.0) + exporting > context.clock.left():
        return None
    raced.note(f"{name} falls short of its validation score on sealed {raced.race.unit}: it is fitted once more")
    recipe = Recipe(settings, seconds=context.clock.left() - exporting, plan=raced.board.plan(name), again=True)
    folder = product_folder(context.work, "again", name, settings)
    try:
        validation = chosen.tuned.validation or predictions(raced.board, name)
        packaged = problem.package(name, recipe, folder, validation)
        costs = price(context, problem, name, folder, packaged.seconds)
    except PACKAGING_ERRORS as error:
        raced.note(f"{name} could not be fitted once more: {str(error)[:160]}")
        return None
    if (short := costs.why_not or steps.not_measured(packaged.share, packaged.plan, packaged.epochs)) is not None:
        raced.note(f"{name} was fitted once more in vain: {short}")
        return None
    again = replace(chosen, folder=folder, costs=costs, share=packaged.share)
    return replace(_with(selection, chosen, again), winner=_served(selection, again, recipe))


def _served(selection: Selection, again: Finalist, recipe: Recipe) -> Winner | None:
    """The second fit as the product, where there was one."""
    winner, problem = selection.winner, selection.raced.problem
    if winner is None or again.folder is None:
        return None
    folder = again.folder
    if problem.policy.refit_on_everything:  # served as fitted before the sealed test
        store.copy_folder(folder, selection.raced.context.folder / TWIN)
        folder = folder.with_name(f"{folder.name}-served")
        problem.package(again.candidate, replace(recipe, everything=True, reuse=again.folder), folder, {})
    store.copy_folder(folder, selection.raced.context.folder / "product")
    note = "fitted once more, with another seed"
    return Winner(again.candidate, winner.folder, again.folder, again.tuned.settings, note, ablation=winner.ablation)


def _with(selection: Selection, old: Finalist, new: Finalist) -> Selection:
    finalists = {route: [new if f is old else f for f in made] for route, made in selection.finalists.items()}
    return replace(selection, finalists=finalists)


def _fallen(board: Board, name: str, found: Comparison) -> str:
    metric, unit, (value, low, high) = board.race.metric, board.race.unit, found.promised
    promised = f"validation promised {value:.3f} ({low:.3f} to {high:.3f})"
    return f"{name} scored {metric} {_shown(found.sealed)} on sealed {unit}, where {promised}"


def _beside(board: Board, name: str, found: Comparison) -> str:
    value, low, high = found.gain
    baseline = found.sealed[0] - board.race.scale.sign * value
    gain = f"a gain of {value:+.3g} (90 % interval {low:+.3g} to {high:+.3g}), where validation promised {found.promised_gain:+.3g}"
    return f"{name} scored {board.race.metric} {_shown(found.sealed)} on sealed {board.race.unit}, the baseline {baseline:.3f}; {gain}"


def _shown(band: tuple[float, float, float]) -> str:
    return f"{band[0]:.3f} ({band[1]:.3f} to {band[2]:.3f})"


def _band(measured: UnitLosses) -> tuple[float, float, float]:
    half = Z90 * measured.error
    return measured.value, measured.value - half, measured.value + half
