"""Students of a teacher: measured after the race, and offered only where proven better than the best that was not taught.

A teacher takes seconds a row, so its students see two small sizes, by which the seconds of the last are foretold, and that.
"""

from __future__ import annotations

from breakeven import metrics
from breakeven.core.types import Interval
from breakeven.gate import time_budget
from breakeven.gate.raced import Raced, best_first
from breakeven.gate.results import Board, Job

#: Share of the seconds left for fits that one fit of every student at a size may take.
SHARE = 0.3
#: Repeats at the largest size at the most.
REPEATS = 3


def measure(raced: Raced) -> None:
    """Measure the students at the largest size of the race, as often as time allows, and withhold those not proven better."""
    board, clock = raced.board, raced.context.clock
    names = [c for c in board.race.routes if c in board.race.students]
    if not names or not board.sizes:
        return
    largest = board.sizes[-1]
    raced.note(f"teaching {' and '.join(names)}")
    small = sorted({board.sizes[0], board.sizes[len(board.sizes) // 2]} - {largest})
    for rows in small:
        if _affordable(board, names, rows, clock.fits()):
            _run(raced, names, rows, 0)
    for repeat in range(min(REPEATS, len(board.race.folds))):
        names = [c for c in names if c not in board.failed]
        if not _affordable(board, names, largest, clock.fits()):
            break
        _run(raced, names, largest, repeat)
    withhold(board)


def _affordable(board: Board, names: list[str], rows: int, left: float) -> bool:
    """Whether a fit of each at a size is expected to take its share of the seconds left; the first one always is."""
    known = [c for c in names if board.last_size(c) is not None]
    return left > 0 and sum(time_budget.seconds(board, c, rows) for c in known) <= SHARE * left


def _run(raced: Raced, names: list[str], rows: int, repeat: int) -> None:
    """One fit of each, one after another: the second finds the first one's labels."""
    for name in names:
        for job, measured in raced.runner.run([Job(name, rows, repeat)]):
            raced.board.results[job] = measured
            if measured.error:
                raced.board.failed.setdefault(name, measured.error)


def withhold(board: Board) -> None:
    """Take the students from the race that are not proven better, with the reason."""
    for student in sorted(board.race.students):
        if student not in board.failed and (why := _unproven(board, student)) is not None:
            board.eliminated.setdefault(student, why)


def gain(board: Board, student: str) -> tuple[str, Interval] | None:
    """The best candidate that was not taught, and what the student gains over it (90 %) on validation units at the largest
    size of both; None where the two were not measured alike.
    """
    plain = [c for route in ("traditional", "large") for c in board.of_route(route) if c not in board.race.students]
    best = next(iter(best_first(board, plain)), None)
    if best is None:
        return None
    both = [s for s in board.sizes if board.difference(student, best, s) is not None]
    if not both or max(both) < (board.last_size(best) or 0):
        return None
    found = board.difference(student, best, max(both))
    assert found is not None
    half = metrics.Z90 * found[1]
    return best, Interval(found[0], found[0] - half, found[0] + half)


def _unproven(board: Board, student: str) -> str | None:
    found = gain(board, student)
    if found is None:
        return "not measured: its teacher's labels of all rows would take more than the brief's minutes leave"
    best, over = found
    if over.low is not None and over.low > 0:
        return None
    return (
        f"not offered: it gains {over.value:+.3g} {board.race.metric} over {best}, which was not taught "
        f"(90 % interval {over.low:+.3g} to {over.high:+.3g})"
    )
