"""From a race to a product, the same for every scenario: finalists exported and priced, the winner tuned and published.

Everything that took time is kept on disk as it happens, so a build that was killed goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Route
from breakeven.export import publish
from breakeven.gate import ensembling, time_budget, tuning
from breakeven.gate.choose import Costs
from breakeven.gate.evaluation import Bench
from breakeven.gate.packaging import NOT_EXPORTED, Made, Recipe, make, price, validated
from breakeven.gate.results import Board, Job, Measured


@dataclass(frozen=True)
class Finalist:
    """A candidate fitted on all open rows, exported, proved and priced; `why_not` when it cannot be offered."""

    candidate: str
    route: Route
    folder: Path | None
    train_seconds: float | None
    costs: Costs | None
    why_not: str | None = None


def finalists(
    bench: Bench, seconds_left: Callable[[], float], say: Callable[[str], None]
) -> dict[Route, list[Finalist]]:
    """For each route its best candidate that keeps the limits, preceded by the better ones that do not."""
    board = bench.board
    assert board is not None
    sign = metrics.METRICS[board.race.metric].sign
    out: dict[Route, list[Finalist]] = {"traditional": [], "large": []}
    waiting: dict[Route, list[str]] = {}
    for route in out:
        scored = [
            (sign * p.score, c)
            for c in board.of_route(route)
            if (rows := board.last_size(c)) and (p := board.point(c, rows))
        ]
        waiting[route] = [c for _, c in sorted(scored, key=lambda pair: -pair[0])]
    held = board.race.costly and board.stopped is not None
    if held:
        say("the race did not reach all rows: finalists are fitted on all but the validation rows, and judged by those")
        board.stopped = f"{board.stopped}; finalists were fitted on all but the validation rows, and judged by those"
    while any(waiting.values()):
        turn = [(route, names.pop(0)) for route, names in waiting.items() if names]
        say(f"exporting {', '.join(name for _, name in turn)}")
        with ThreadPoolExecutor(min(len(turn), bench.workers.count)) as pool:
            done = list(pool.map(lambda one: _finalist(bench, one[1], one[0], held, (seconds_left(), say)), turn))
        for finalist, made in done:
            out[finalist.route].append(finalist)
            if finalist.why_not is None:
                waiting[finalist.route] = []
            if made is not None:
                _measured(board, finalist.candidate, made)
    return out


def _finalist(bench: Bench, candidate: str, route: Route, held: bool,
              time: tuple[float, Callable[[str], None]]) -> tuple[Finalist, Made | None]:  # fmt: skip
    board, folder, (left, say) = bench.board, bench.work / "finalists" / candidate, time
    assert board is not None
    every = len(board.race.y) - (len(board.race.folds[0].validation) if held else 0)
    left = max(left - time_budget.EXPORTING, 0.0)
    rows = time_budget.affordable(board, candidate, every, left)
    if rows < every:
        say(f"{candidate} is fitted on {rows:,} of {every:,} rows: on all of them it would take about "
            f"{time_budget.seconds(board, candidate, every):,.0f} s, which the brief's minutes do not leave")  # fmt: skip
    allowed = (
        max(left, time_budget.LEAST * time_budget.seconds(board, candidate, rows))
        if candidate in board.race.paced
        else None
    )
    try:
        made = make(bench, candidate, Recipe({}, rows, allowed, held), validated(board, candidate), folder)
    except NOT_EXPORTED as error:
        return Finalist(candidate, route, None, None, None, f"cannot be exported: {str(error)[:160]}"), None
    if made.share < 1:
        say(
            f"{candidate} made {made.share:.0%} of its usual steps in the {made.seconds:,.0f} s that the brief's minutes left it"
        )
    costs = price(bench, candidate, folder, made.seconds)
    return Finalist(candidate, route, folder, made.seconds, costs, costs.why_not), made


def _measured(board: Board, candidate: str, made: Made) -> None:
    """A finalist's prediction for held rows as another size of the race, beside the baseline's, which no row improves."""
    rows = board.last_size(board.race.baseline)
    if made.prediction is None or rows is None or made.rows <= (board.last_size(candidate) or 0):
        return
    if made.rows not in board.sizes:
        board.sizes = sorted([*board.sizes, made.rows])
        board.beyond.append(made.rows)
    board.results[Job(candidate, made.rows, 0)] = Measured(made.prediction, made.seconds, None, made.share)
    board.results.setdefault(Job(board.race.baseline, made.rows, 0), board.results[Job(board.race.baseline, rows, 0)])


def beyond(bench: Bench, board: Board, names: Sequence[str], say: Callable[[str], None]) -> dict[str, str]:
    """Which candidates break a limit of the brief already as products of a few rows, and why; empty without limits.

    More rows make no product smaller or faster, so those leave before time is spent on them.
    """
    limits = bench.need.limits
    if not names or (limits.latency_ms, limits.size_mb, limits.usd_per_1000) == (None, None, None):
        return {}
    say(f"held against the limits: {', '.join(names)}")
    rows = board.sizes[-1]

    def look(candidate: str) -> str | None:
        folder = bench.work / "early" / candidate
        try:  # a net's size and speed do not depend on how many steps it made
            made = make(bench, candidate, Recipe({}, rows, time_budget.EXPORTING), validated(board, candidate), folder)
        except NOT_EXPORTED as error:
            return f"cannot be exported: {str(error)[:160]}"
        return price(bench, candidate, folder, made.seconds).why_not

    with ThreadPoolExecutor(bench.workers.count) as pool:
        found = dict(zip(names, pool.map(look, names), strict=True))
    return {c: f"left at {rows:,} rows: {why}" for c, why in found.items() if why}


@dataclass(frozen=True)
class Winner:
    """The product as published: tuned settings when they were better, why, how they were searched for, who answers with it
    where an ensemble was better still, and what each kind of column is worth to it.
    """

    folder: Path
    settings: Mapping[str, Any]
    note: str
    tuning: Mapping[str, Any] | None = None
    worth: tuple[Mapping[str, Any], ...] = ()
    ensemble: Mapping[str, Any] | None = None


def finish(
    bench: Bench, chosen: Finalist, target: Path, seconds_left: Callable[[], float], say: Callable[[str], None]
) -> Winner:
    """Tune the winner, refit, calibrate, join it with others, export and publish to `target`; each step is kept only
    where it is shown to be better.
    """
    alone, winner = _alone(bench, chosen, target, seconds_left, say)
    joint = ensembling.attempt(bench, alone, seconds_left, say)
    winner = replace(winner, note=f"{winner.note}; {joint.why}", ensemble=joint.told)
    return _place(joint.folder or alone.folder, target, winner)


def _alone(bench: Bench, chosen: Finalist, target: Path, seconds_left: Callable[[], float],
           say: Callable[[str], None]) -> tuple[ensembling.Single, Winner]:  # fmt: skip
    """The winner by itself, tuned where that gained something."""
    assert bench.board is not None and chosen.folder is not None
    tried = tuning.tuned(bench, chosen.candidate, seconds_left)
    found, pairs, why = tried.found, tried.pairs, tried.why
    if found is not None and pairs is not None:
        say(f"tuned settings are better: {why}")
        folder = bench.work / "tuned" / f"{chosen.candidate}-{store.digest(dict(found.settings))}"
        try:
            made = make(bench, chosen.candidate, Recipe(found.settings), pairs, folder)
            broken = price(bench, chosen.candidate, folder, made.seconds).why_not
        except NOT_EXPORTED as error:
            broken = str(error)[:160]
        if broken is None:
            single = ensembling.Single(chosen.candidate, folder, pairs)
            return single, Winner(target, found.settings, why, tried.told)
        why = f"the defaults stay, for the tuned settings cannot be shipped: {broken}"
        tried = replace(tried, pairs=None)
    single = ensembling.Single(chosen.candidate, chosen.folder, validated(bench.board, chosen.candidate))
    return single, Winner(target, {}, why, tried.told)


def _place(source: Path, target: Path, winner: Winner) -> Winner:
    share = float(store.read_json(source / publish.ABOUT)["fit"].get("share", 1.0))
    if share < 1:
        winner = replace(winner, note=f"{winner.note}; it made {max(share, 0.01):.0%} of its usual steps")
    if target.exists():
        shutil.rmtree(target)
    beside = target.with_name(target.name + ".tmp")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside)
    beside.rename(target)
    return winner
