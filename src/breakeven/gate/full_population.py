"""Candidates measured on all training units where the race stopped before it reached them: the cheap ones always."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from breakeven.core.types import Route
from breakeven.gate import race, time_budget
from breakeven.gate.raced import Raced, best_first
from breakeven.gate.results import Board, Job

#: A leader is quick when its fit on all units takes at most this share of the time left.
QUICK_SHARE = 0.15
#: Candidates closest to the leader that may take CONTENDER_SHARE of the time left each.
CONTENDERS = 3
#: Share of the time left for a contender's fit: if it wins it is fitted twice more.
CONTENDER_SHARE = 0.3
ROUTES: tuple[Route, ...] = ("traditional", "large")


def extend(raced: Raced) -> None:
    """Measure cheap candidates, and of tables each route's best, on all units, so that the choice does not hang on the minutes.

    Where the policy says so, close candidates as well, in routes whose leader is quick. Does nothing where the race came to
    the end.
    """
    board, left = raced.board, max(raced.context.clock.fits(), 0.0)
    if not board.sizes:
        return
    everything, workers = len(board.race.folds[0].train), raced.runner.workers.count
    close = raced.problem.policy.full_population
    wanted = {c for route in ROUTES for c in (affordable(board, route, left) if close else ())}
    wanted |= cheap(board) | leaders(board, left) | quick(board, left)
    jobs = [
        Job(c, everything, 0, time_budget.allowance(board, c, everything, workers), board.plan(c))
        for c in board.race.routes
        if c in wanted
    ]
    if not jobs:
        return
    if board.stopped:
        board.stopped = f"{board.stopped}; {', '.join(sorted(wanted))} measured on all {everything:,} after it"
    if everything not in board.sizes:
        jobs.append(Job(board.race.baseline, everything, 0))
        board.sizes = sorted([*board.sizes, everything])
    _measure(raced, jobs)
    _measure(raced, _repeated(board, wanted, max(time_budget.LAST_FIT, CONTENDER_SHARE * left)))


def _measure(raced: Raced, jobs: Sequence[Job]) -> None:
    """Run fits and put them on the board; their candidates are in the race again."""
    board = raced.board
    for job, measured in raced.runner.run(jobs):
        board.results[job] = measured
        board.eliminated.pop(job.candidate, None)
        if measured.error:
            board.failed.setdefault(job.candidate, measured.error)


def _repeated(board: Board, wanted: Collection[str], most: float) -> list[Job]:
    """Fits of the other repeats that the race makes of all units, of candidates that are cheap or, the best first, take `most`
    seconds together, and of the baseline: one repeat is little evidence, and of many candidates measured once one leads by luck.
    """
    everything, spent, out = len(board.race.folds[0].train), 0.0, list[Job]()
    count = race.repeats(everything, everything, len(board.race.folds), board.race.costly)
    for c in [*best_first(board, [c for c in wanted if c not in board.failed], everything), board.race.baseline]:
        missing = [r for r in range(count) if Job(c, everything, r) not in board.results]
        cost = len(missing) * board.seconds_of(c, everything)
        if time_budget.is_cheap(board, cost) or spent + cost <= most:
            out += [Job(c, everything, r, None, board.plan(c)) for r in missing]
            spent += cost
    return out


def cheap(board: Board) -> set[str]:
    """Candidates still racing but not yet measured on all units that cost next to nothing, whatever is left of the minutes."""
    everything = len(board.race.folds[0].train)
    racing = [c for route in ROUTES for c in board.of_route(route) if board.last_size(c) not in (None, everything)]
    return {c for c in racing if time_budget.is_cheap(board, time_budget.expected(board, c, everything))}


def quick(board: Board, left: float) -> set[str]:
    """Candidates that left the race for want of time, since all its sizes and repeats cost too much, whose one fit on all
    units is quick. The quickest first, as long as they take a contender's share of the `left` seconds together.
    """
    everything, out, spent = len(board.race.folds[0].train), set[str](), 0.0
    known = [c for c in board.untimely - board.race.paced - set(board.failed) if board.last_size(c)]
    costs = {c: time_budget.expected(board, c, everything) for c in known}
    for c in sorted(known, key=lambda c: costs[c]):
        spent += costs[c]
        if not time_budget.is_cheap(board, costs[c]) and spent > CONTENDER_SHARE * left:
            break
        out.add(c)
    return out


def leaders(board: Board, left: float) -> set[str]:
    """Each route's best candidate where fits are cheap: measured on all units if a last fit's seconds, or the share of `left`
    that a contender may take, carry that. Else the routes would be compared at the small size where the clock stopped.
    """
    everything, most = len(board.race.folds[0].train), max(time_budget.LAST_FIT, CONTENDER_SHARE * left)
    if board.race.costly:
        return set()
    best = {names[0] for route in ROUTES if (names := best_first(board, board.of_route(route)))}
    return {c for c in best if board.last_size(c) != everything and time_budget.expected(board, c, everything) <= most}


def affordable(board: Board, route: Route, left: float) -> list[str]:
    """Candidates of a route not yet measured on all units that can be, with `left` seconds for fits."""
    everything, most = len(board.race.folds[0].train), QUICK_SHARE * left
    racing = [c for c in board.of_route(route) if board.last_size(c)]
    leader = board.leader(racing, board.sizes[-1])
    if leader is None or (took := time_budget.expected(board, leader, everything)) > most:
        return []
    known = [
        c
        for c, of in board.race.routes.items()
        if of == route and c != board.race.baseline and c not in board.failed and board.last_size(c)
    ]
    closest = sorted(known, key=lambda c: _behind(board, c, leader))[:CONTENDERS]
    allowed = {c: max(took, most / 4) for c in racing} | dict.fromkeys(closest, CONTENDER_SHARE * left)
    return [
        c
        for c, seconds in allowed.items()
        if board.last_size(c) != everything and time_budget.expected(board, c, everything) <= seconds
    ]


def _behind(board: Board, candidate: str, leader: str) -> float:
    """How far a candidate was behind the leader at its largest size, where the leader was measured as well."""
    rows = board.last_size(candidate) or 0
    own, best = board.point(candidate, rows), board.point(leader, rows)
    if own is None or best is None:
        return math.inf
    return board.race.scale.sign * (best.score - own.score)
