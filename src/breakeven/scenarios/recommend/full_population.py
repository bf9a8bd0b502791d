"""Who is measured on all people, where the race did not come so far."""

from __future__ import annotations

import math
from collections.abc import Mapping

from breakeven import metrics
from breakeven.core.types import Route
from breakeven.gate import time_budget
from breakeven.gate.evaluation import Runs
from breakeven.gate.results import Board, Job
from breakeven.gate.run_context import Setting

#: A leader is quick when its fit on all people takes no more than this share of the time left. So many of the best may take the
#: second share: it is fitted three times if it wins, here, before the sealed test, and for the shop.
QUICK_SHARE, CONTENDERS, THRICE = 0.15, 3, 0.3
ROUTES: tuple[Route, ...] = ("traditional", "large")


def measure(setting: Setting, runs: Runs, board: Board) -> None:
    """Where the race did not reach all people, a route whose leader is quick is measured there, with all who are no slower and with
    those close behind it: a choice among those should not hang on the minutes that others took.
    """
    whole, left = len(board.race.folds[0].train), max(setting.clock.fits(), 0.0)
    if not board.sizes:
        return
    paced, allowed = board.race.paced, QUICK_SHARE * left  # a net takes what it is allowed, whatever was expected
    jobs = [
        Job(c, whole, 0, allowed if c in paced else None)
        for route in ROUTES
        for c in worth(board, board.race.routes, route, left)
    ]
    if not jobs:
        return
    if whole not in board.sizes:
        jobs.append(Job(board.race.baseline, whole, 0))
        board.sizes = sorted([*board.sizes, whole])
    for job, measured in runs.run(jobs):
        board.results[job] = measured
        board.eliminated.pop(job.candidate, None)
        if measured.error:
            board.failed.setdefault(job.candidate, measured.error)


def worth(board: Board, routes: Mapping[str, Route], route: Route, left: float) -> list[str]:
    """Candidates of a route to be measured on all people, who were not yet, with so many seconds left for fits."""
    whole, most = len(board.race.folds[0].train), QUICK_SHARE * left
    racing = [c for c in board.of_route(route) if board.last_size(c)]
    leader = board.leader(racing, board.sizes[-1])
    if leader is None or (took := time_budget.seconds(board, leader, whole)) > most:
        return []
    known = [
        c
        for c, r in routes.items()
        if r == route and c != board.race.baseline and c not in board.failed and board.last_size(c)
    ]
    ahead = sorted(known, key=lambda c: _behind(board, c, leader))[:CONTENDERS]
    allowed = {c: max(took, most / 4) for c in racing} | dict.fromkeys(ahead, THRICE * left)
    return [
        c
        for c, seconds in allowed.items()
        if board.last_size(c) != whole and time_budget.seconds(board, c, whole) <= seconds
    ]


def _behind(board: Board, candidate: str, leader: str) -> float:
    """How far a candidate was behind the leader where it was measured last (the leader was there, too)."""
    rows = board.last_size(candidate) or 0
    mine, best = board.point(candidate, rows), board.point(leader, rows)
    return (
        math.inf
        if mine is None or best is None
        else metrics.METRICS[board.race.metric].sign * (best.score - mine.score)
    )
