"""The selection on one page, the same for every scenario: race, finalists, choice, product.

    raced = run_race(context, problem)      scores at growing sizes
    finalists = make_finalists(raced)       the best of each route, exported and priced
    choice = choose(raced.board, ...)       by a paired difference, or by price
    winner = finish(raced, finalist)        tuned, joined with others or fitted on everything: where that is better

Each step is kept on disk as it ends, so a run that was killed goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from breakeven.core import store
from breakeven.core.types import Choice
from breakeven.gate import ablation, bagging, ensembling, full_population, race, steps, students, time_budget
from breakeven.gate.choose import choose
from breakeven.gate.ensembling import Single
from breakeven.gate.finalist import Finalist, Finalists, Tuned, offered
from breakeven.gate.finalists import make_finalists, over_limits, product_folder
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.pricing import price
from breakeven.gate.problem import PACKAGING_ERRORS, EnsembleProblem, Problem, Recipe
from breakeven.gate.raced import Raced, best_first, predictions
from breakeven.gate.results import Board
from breakeven.gate.run_context import ENCODE_UNTIL, Clock, RunContext, race_progress
from breakeven.gate.tuning import tuned
from breakeven.models.settings import Settings
from breakeven.scale.executor import Workers

#: A network is fitted on everything only if the time left is at least this share of what its fit on the open units took.
REFIT_AGAIN = 0.8


#: Folder of the twin beside the product.
TWIN = "twin"


@dataclass(frozen=True)
class LastFit:
    """Units that the product learned from, and those that its twin did, on which its sealed score was measured; `kept_twin`: why
    the product is that twin, though it was to learn from all.
    """

    rows: int
    twin_rows: int
    kept_twin: str | None = None


@dataclass(frozen=True)
class Winner:
    """The published product.

    Attributes
    ----------
    candidate: what it was made of; of an ensemble, the candidate that others were joined to.
    folder: where it lies.
    twin: the folder that answers the sealed units: the same product, which has not learned from them.
    settings: it was fitted with; empty for the defaults.
    note: what was tried and why it was taken or not.
    search: figures of the tuning, None where nothing was tried.
    bag: figures of the bag, None where none was tried.
    ensemble: figures of the ensemble, None where none was tried.
    ablation: what it loses without each kind of columns.
    last_fit: what it learned from; None where the scenario does not say.
    """

    candidate: str
    folder: Path
    twin: Path
    settings: Settings
    note: str
    search: Mapping[str, object] | None = None
    bag: Mapping[str, object] | None = None
    ensemble: Mapping[str, object] | None = None
    ablation: tuple[Mapping[str, object], ...] = ()
    last_fit: LastFit | None = None


@dataclass(frozen=True)
class Selection:
    """What a selection came to; `winner` is None where nothing was published, `measured` the scenario's own figures."""

    raced: Raced
    finalists: Finalists
    choice: Choice
    winner: Winner | None = None
    measured: Mapping[str, object] = field(default_factory=dict)

    @property
    def board(self) -> Board:
        """Results of the race."""
        return self.raced.board

    @property
    def chosen(self) -> Finalist | None:
        """The chosen finalist, if any."""
        return self._finalist(self.choice.candidate)

    @property
    def judged(self) -> Finalist | None:
        """The finalist that the product is made of; without a product the chosen one."""
        return self._finalist(self.winner.candidate) if self.winner is not None else self.chosen

    def _finalist(self, candidate: str | None) -> Finalist | None:
        made = (f for found in self.finalists.values() for f in found)
        return next((f for f in made if f.candidate == candidate), None)


def select(context: RunContext, problem: Problem, weigh: bool) -> Selection:
    """Race the candidates, choose one, and publish it to `product` in the run's folder (not with `weigh`)."""
    context.progress.stage("gate")
    raced = run_race(context, problem)
    context.progress.stage("train")
    full_population.extend(raced)
    students.measure(raced)
    finalists = make_finalists(raced)
    best = offered(finalists)
    _keep_last_fit(raced, best.values())
    choice = choose(raced.board, {route: best[route].costs if route in best else None for route in finalists})
    context.log.write("chosen", **asdict(choice))
    measured = raced.problem.measure_finalists(context, raced.runner, raced.board, finalists)
    selection = Selection(raced, finalists, choice, None, measured)
    if weigh or selection.chosen is None:
        return selection
    return replace(selection, winner=finish(raced, preferred(raced, selection.chosen, best.values())))


def _keep_last_fit(raced: Raced, best: Iterable[Finalist]) -> None:
    """Keep time to fit the finalists, all of which may be in the product, once more on all units, and to report."""
    context, workers, slow = raced.context, raced.runner.workers.count, raced.runner.slowness()
    open_share = 1 - context.brief.split.test
    drawing = {f.candidate: slow * time_budget.drawing(raced.race, f.candidate) for f in best}
    seconds = sum((f.train_seconds or 0.0) / open_share + drawing[f.candidate] for f in best) / workers
    clock = context.clock.reserving(slow * time_budget.REPORTED).keeping(seconds)
    raced.context = replace(context, clock=clock)


def preferred(raced: Raced, chosen: Finalist, best: Iterable[Finalist]) -> Finalist:
    """The finalist that the product is made of: the chosen one, or with `prefer: best` the one with the best expected score,
    which has the same expected luck as the other.
    """
    if raced.context.brief.prefer != "best":
        return chosen
    order = best_first(raced.board, [f.candidate for f in best])
    return next((f for f in best if order and f.candidate == order[0]), chosen)


def run_race(context: RunContext, problem: Problem) -> Raced:
    """Prepare the problem and measure its candidates at growing sizes."""
    few = context.brief.effort == 0  # a quick look, for which starting other processes would take longer than its fits
    runner = FitRunner(problem.fitter, Workers(1 if few else None), store.Ledger(context.work / "fits"))
    problem = problem.prepare(runner.workers, context.clock.left(ENCODE_UNTIL), context.progress.note)
    runner.fitter, clock = problem.fitter, context.clock
    raced_on = replace(runner.fitter.race(), few=few)
    sizes = race.planned(raced_on)

    def clock_of_race() -> Clock:
        """The clock, with time reserved for what comes after the fits, by how slow the machine was so far."""
        return clock.reserving(runner.slowness() * time_budget.after_race(raced_on))

    def prune(board: Board, names: Sequence[str]) -> Mapping[str, str]:
        return over_limits(Raced(context, problem, runner, board), names)

    board = race.measure(
        raced_on,
        runner.run,
        lambda: clock_of_race().race(),
        runner.workers.count,
        race_progress(context, sizes),
        prune if problem.policy.check_limits_early else None,
        clock.fits() - clock.race(),
    )
    return Raced(replace(context, clock=clock_of_race()), problem, runner, board)


def finish(raced: Raced, chosen: Finalist) -> Winner:
    """Tune the finalist that the product is made of, bag it, join it with others or fit it on everything, and publish it.

    Each of these is kept only where the policy asks for it and it gains what the brief's `prefer` asks for.
    """
    problem, target = raced.problem, raced.context.folder / "product"
    single, found = _single(raced, chosen)
    winner = Winner(chosen.candidate, target, single.folder, found.settings, found.note, found.search)
    if problem.policy.ensembles and isinstance(problem, EnsembleProblem):
        winner = _together(raced, problem, single, winner)
    folder = winner.twin
    if problem.policy.refit_on_everything:
        store.copy_folder(folder, raced.context.folder / TWIN)
        folder = _refit(raced, chosen)
    share = float(store.read_json(folder / "product.json")["fit"].get("share", 1.0))
    if share < 1:
        winner = replace(winner, note=f"{winner.note}; it made {max(share, 0.01):.0%} of its usual steps")
    store.copy_folder(folder, target)
    raced.context.log.write("product", candidate=chosen.candidate, settings=dict(winner.settings), note=winner.note)
    return replace(winner, ablation=tuple(ablation.of_kinds(raced, chosen.candidate)))


def _together(raced: Raced, problem: EnsembleProblem, single: Single, winner: Winner) -> Winner:
    """The winner as a bag of copies, and joined with others, where those gain what the brief's `prefer` asks for."""
    bag = bagging.attempt(raced, problem, single, winner.settings)
    best = bag.single or single
    joint = ensembling.attempt(raced, problem, best)
    note = "; ".join(part for part in (winner.note, bag.note, joint.note) if part)
    return replace(
        winner,
        twin=joint.folder or best.folder,
        settings=bag.settings,
        note=note,
        bag=bag.summary,
        ensemble=joint.summary,
    )


def _single(raced: Raced, chosen: Finalist) -> tuple[Single, Tuned]:
    """The winner by itself, with tuned settings where those are better and can be shipped."""
    if chosen.folder is None:
        raise ValueError(f"{chosen.candidate}: a finalist without a product folder cannot be published")
    if raced.problem.policy.tuning.candidates == "finalists":
        validation = chosen.tuned.validation or predictions(raced.board, chosen.candidate)
        return Single(chosen.candidate, chosen.folder, validation, chosen.share), chosen.tuned
    found = tuned(raced, chosen.candidate, ensembling.seconds_kept(raced, chosen.candidate))
    if found.validation is not None:
        raced.note(f"tuned settings are better: {found.note}")
        folder = product_folder(raced.context.work, "tuned", chosen.candidate, found.settings)
        try:
            recipe = Recipe(found.settings)
            packaged = raced.problem.package(chosen.candidate, recipe, folder, found.validation)
            costs = price(raced.context, raced.problem, chosen.candidate, folder, packaged.seconds)
            why_not = costs.why_not
        except PACKAGING_ERRORS as error:
            why_not = str(error)[:160]
        if why_not is None:
            return Single(chosen.candidate, folder, found.validation, packaged.share, packaged.seconds), found
        found = found.refused(f"the tuned settings cannot be shipped: {why_not}")
    validation = predictions(raced.board, chosen.candidate)
    return Single(chosen.candidate, chosen.folder, validation, chosen.share, chosen.train_seconds or 0.0), found


def _refit(raced: Raced, chosen: Finalist) -> Path:
    """The winner fitted on everything; a network is taken as it is where the time is too short to do that well."""
    left, unit = raced.context.clock.fits(), raced.race.unit
    reuse = chosen.folder if chosen.route == "large" and left < REFIT_AGAIN * (chosen.train_seconds or 0.0) else None
    how = "is served as fitted before the sealed test" if reuse else f"is fitted once more, on all {unit}"
    raced.note(f"{chosen.candidate} {how}")
    folder = product_folder(raced.context.work, "served", chosen.candidate, chosen.tuned.settings)
    plan = raced.board.plan(chosen.candidate)
    recipe = Recipe(chosen.tuned.settings, None, left, plan, everything=True, reuse=reuse)
    validation = chosen.tuned.validation or {}
    packaged = raced.problem.package(chosen.candidate, recipe, folder, validation)
    if reuse is None and steps.not_measured(packaged.share, packaged.plan) is not None:
        raced.note(f"{chosen.candidate} is served as fitted before the sealed test: its second fit was cut short")
        shutil.rmtree(folder)
        raced.problem.package(chosen.candidate, replace(recipe, reuse=chosen.folder), folder, validation)
    return folder
