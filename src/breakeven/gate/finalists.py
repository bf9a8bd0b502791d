"""Finalists: the best candidate of each route that keeps the brief's limits, fitted on all open units and priced.

Finished product folders are kept on disk, so a build that was killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from breakeven.core import store
from breakeven.core.types import Route
from breakeven.gate import steps, time_budget
from breakeven.gate.finalist import DEFAULTS, Finalist
from breakeven.gate.pricing import price
from breakeven.gate.problem import PACKAGING_ERRORS, Packaged, Recipe
from breakeven.gate.raced import Raced, best_first, predictions
from breakeven.gate.results import Board, Job, Measured
from breakeven.gate.tuning import tuned
from breakeven.models.settings import Settings

Made = TypeVar("Made")
#: Share of the time left that a finalist's neural network may take where the winner is fitted once more.
FINALIST_SHARE = 0.6
#: Share of the units that a last fit sees at least: on fewer, its score says nothing of what the candidate can do with all.
FEWEST = 0.5
#: Seconds of a fit that took none.
TINY = 1e-6
#: Time kept for the winner's last fit, as a multiple of what the slowest finalist so far took.
REFIT_RESERVE = 1.5


def product_folder(work: Path, stage: str, candidate: str, settings: Mapping[str, object]) -> Path:
    """Where a product of a stage is made: named by the candidate, and by its settings where they are not the defaults."""
    return work / stage / (f"{candidate}-{store.digest(dict(settings))}" if settings else candidate)


def make_finalists(raced: Raced) -> dict[Route, list[Finalist]]:
    """Fit each route's best candidate on all open units; where it breaks a limit, the next best as well."""
    board, policy = raced.board, raced.problem.policy
    made: dict[Route, list[Finalist]] = {"traditional": [], "large": []}
    waiting = {route: best_first(board, board.of_route(route)) for route in made}
    short = board.stopped is not None or bool(board.starved)
    holdout, left = board.race.costly and short and not policy.refit_on_everything, raced.context.clock.fits()
    if holdout:
        how = f"finalists are fitted on all but the validation {board.race.unit}, and judged by those"
        board.stopped = board.stopped or "the brief's minutes were too few for a part of the candidates"
        raced.note(f"{board.stopped}: {how}")
        board.stopped = f"{board.stopped}; {how.replace(' are ', ' were ')}"
        for route, names in waiting.items():  # a holdout measures networks whose fits in the race made too few steps
            unmeasured = [
                c for c in board.of_route(route) if board.last_size(c) is None and board.fits(c, board.sizes[0])
            ]
            names += [
                *unmeasured,
                *(
                    c
                    for c in board.race.routes
                    if c in board.starved and board.race.routes[c] == route and time_budget.carries(board, c, left)
                ),
            ]
    while routes := [route for route, names in waiting.items() if names]:
        if policy.tuning.candidates == "finalists":
            routes = routes[:1]  # one search at a time: each uses all workers
        turn = [waiting[route].pop(0) for route in routes]
        raced.note(f"exporting {', '.join(turn)}")
        reserve = REFIT_RESERVE * max((f.train_seconds or 0.0 for found in made.values() for f in found), default=0.0)
        for finalist, packaged in _each(raced, turn, partial(_finalist, raced, holdout, reserve)):
            made[finalist.route].append(finalist)
            if finalist.why_not is None:
                waiting[finalist.route] = []
            elif not finalist.measured:
                waiting[finalist.route] = time_budget.quicker(board, finalist.candidate, waiting[finalist.route])
            if packaged is not None:
                record_holdout(board, finalist.candidate, packaged)
    return made


def _each(raced: Raced, candidates: Sequence[str], make: Callable[[str], Made]) -> list[Made]:
    """Results for each candidate; several at a time, but one alone in this thread, so that Ctrl-C reaches it."""
    if len(candidates) == 1:
        return [make(candidates[0])]
    with ThreadPoolExecutor(min(len(candidates), raced.runner.workers.count)) as pool:
        return list(pool.map(make, candidates))


def _finalist(raced: Raced, holdout: bool, reserve: float, candidate: str) -> tuple[Finalist, Packaged | None]:
    board, work = raced.board, raced.context.work
    found = tuned(raced, candidate) if raced.problem.policy.tuning.candidates == "finalists" else DEFAULTS
    recipe = _recipe(raced, candidate, found.settings, holdout, reserve)
    if (few := _too_few(raced, recipe.rows, holdout)) is not None:
        return Finalist(candidate, board.race.routes[candidate], None, None, few, found, measured=False), None
    folder = product_folder(work, "finalists", candidate, found.settings)
    route = board.race.routes[candidate]
    try:
        packaged = raced.problem.package(candidate, recipe, folder, found.validation or predictions(board, candidate))
    except PACKAGING_ERRORS as error:
        why_not = f"cannot be exported: {str(error)[:160]}"
        return Finalist(candidate, route, None, None, why_not, found), None
    if packaged.share < 1:
        of = f" {packaged.epochs} epochs" if packaged.epochs else " usual steps"
        raced.note(f"{candidate} made {packaged.share:.0%} of its{of} in {packaged.seconds:,.0f} s")
        board.last[candidate] = packaged.share
    if (
        cut := steps.not_measured(packaged.share, packaged.plan, packaged.epochs or board.epochs(candidate))
    ) is not None:
        cut = f"its last fit was {cut}"
        return Finalist(candidate, route, None, None, cut, found, packaged.share, measured=False), None
    costs = price(raced.context, raced.problem, candidate, folder, packaged.seconds)
    return Finalist(candidate, route, folder, costs, costs.why_not, found, packaged.share), packaged


def _recipe(raced: Raced, candidate: str, settings: Settings, holdout: bool, reserve: float) -> Recipe:
    """How a finalist is fitted in the time left; `reserve` seconds are kept for the winner's last fit."""
    board, left, plan = raced.board, raced.context.clock.fits(), raced.board.plan(candidate)
    if raced.problem.policy.refit_on_everything:
        left = max((left - reserve) * FINALIST_SHARE, time_budget.LAST_FIT)
        return Recipe(settings, None, time_budget.last_fit(board, candidate, board.race.rows, left, plan), plan)
    left = max(left - time_budget.exporting(board.race, candidate), time_budget.LAST_FIT)
    everything = _everything(board, holdout)
    own = holdout and candidate in board.race.paced  # its score is its own, so its plan may be another than the race's
    rows = time_budget.affordable(board, candidate, everything, left, steps.PLANS[-1] if own else plan)
    took = time_budget.seconds(board, candidate, rows)
    if own:
        plan = steps.plan_within(left / max(took, TINY)) or steps.PLANS[-1]
    if FEWEST * everything <= rows < everything:
        expected = plan * time_budget.seconds(board, candidate, everything)
        raced.note(
            f"{candidate} is fitted on {rows:,} of {everything:,} {board.race.unit}: on all of them it would take "
            f"about {expected:,.0f} s, which the brief's minutes do not leave"
        )
    return Recipe(settings, rows, time_budget.last_fit(board, candidate, rows, left, plan), plan, holdout)


def _everything(board: Board, holdout: bool) -> int:
    """Units for a last fit: all, or all but those that judge it."""
    return board.race.rows - (len(board.race.folds[0].validation) if holdout else 0)


def _too_few(raced: Raced, rows: int | None, holdout: bool) -> str | None:
    """Why a last fit on so many units is not made (None: it is)."""
    board = raced.board
    everything = _everything(board, holdout)
    if rows is None or rows >= FEWEST * everything:
        return None
    return (
        f"not measured: the minutes of the brief carry a fit on {rows:,} of {everything:,} {board.race.unit}; "
        "raise limits.minutes"
    )


def record_holdout(board: Board, candidate: str, packaged: Packaged) -> None:
    """Enter a finalist's holdout predictions as one more size of the race, beside the baseline's.

    The baseline's score does not depend on the rows it saw, so its last one is entered again.
    """
    baseline = board.race.baseline
    rows = board.last_size(baseline)
    if packaged.prediction is None or rows is None or packaged.rows <= (board.last_size(candidate) or 0):
        return
    if packaged.rows not in board.sizes:
        board.sizes = sorted([*board.sizes, packaged.rows])
        board.beyond.append(packaged.rows)
    measured = Measured(packaged.prediction, packaged.seconds, None, packaged.share, packaged.plan, packaged.epochs)
    board.eliminated.pop(candidate, None)
    board.results[Job(candidate, packaged.rows, 0)] = measured
    board.results.setdefault(Job(baseline, packaged.rows, 0), board.results[Job(baseline, rows, 0)])


def over_limits(raced: Raced, names: Sequence[str]) -> dict[str, str]:
    """Candidates whose products break a limit of the brief already on a few rows, and why; empty without limits.

    More rows make no product smaller or faster, so these candidates leave before time is spent on them.
    """
    limits, board = raced.context.brief.limits, raced.board
    if not names or (limits.latency_ms, limits.size_mb, limits.usd_per_1000) == (None, None, None):
        return {}
    raced.note(f"compared with the limits: {', '.join(names)}")
    rows = board.sizes[-1]
    # A network's size and speed do not depend on how many steps it made.
    recipe = Recipe(rows=rows, seconds=time_budget.EXPORTING)

    def why_not(candidate: str) -> str | None:
        folder = product_folder(raced.context.work, "early", candidate, {})
        try:
            packaged = raced.problem.package(candidate, recipe, folder, predictions(board, candidate))
        except PACKAGING_ERRORS as error:
            return f"cannot be exported: {str(error)[:160]}"
        return price(raced.context, raced.problem, candidate, folder, packaged.seconds).why_not

    results = dict(zip(names, _each(raced, names, why_not), strict=True))
    return {c: f"left at {rows:,} {board.race.unit}: {why}" for c, why in results.items() if why}
