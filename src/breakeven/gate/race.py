"""Scores of every candidate at growing training sizes: the same rows for all, weak ones eliminated early.

A `Job` is one fit. Jobs are run by the caller of `measure` (in processes, from a ledger, inline); the race decides
which come next. Sizes grow by a factor of two at most; small sizes are repeated, since one draw of 50 rows says little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from breakeven.gate import outlook, time_budget
from breakeven.gate.results import Board, Job, Measured, Prune, Race, Run

#: Most sizes of a race.
SIZES = 8
#: Most sizes where fits are costly.
COSTLY_SIZES = 5
#: Training rows above which there is one size fewer: the smallest would say little of the largest.
LARGE = 10_000
#: Fewest training rows of a size.
SMALLEST = 24
#: Fewest training rows per class of a size.
ROWS_PER_CLASS = 4
#: Training rows up to which every size is repeated on each fold.
ALL_FOLDS = 2_000
#: Training rows up to which every size is repeated three times.
THREE_FOLDS = 6_000
#: Above that: three repeats at sizes this many times smaller than the largest.
SMALL_SHARE = 64
#: No candidate is eliminated before this many rows (or half of the data, where that is less): below, linear models lead
#: trees that overtake them by some 500 rows in nine of ten tables (LCDB 1.1).
PATIENCE = 512
#: Nor before this fraction (1 / 16) of the training rows.
PATIENCE_SHARE = 16
#: A candidate leaves when it is behind by the margin and this many standard errors, and cannot be expected to catch up.
BEHIND = 2.5
#: Sizes of a quick look, and how often the last one is measured.
QUICK_SIZES, QUICK_REPEATS = 3, 3
#: A fit on all rows may take this share of the race's time: finalists are fitted once more after it.
FINAL_SHARE = 0.6


def sizes(train_rows: int, classes: int, costly: bool = False) -> list[int]:
    """Training sizes: the largest and up to seven below (four when fits are costly), by a factor from 1.4 to 2.

    >>> sizes(26000, 2)
    [406, 812, 1625, 3250, 6500, 13000, 26000]
    >>> sizes(364, 2)
    [32, 45, 64, 91, 128, 182, 257, 364]
    """
    smallest = min(max(SMALLEST, ROWS_PER_CLASS * classes), max(train_rows // 4, 2))
    spread = math.log2(train_rows / smallest)
    step = 1.0 if costly else min(1.0, max(0.5, math.floor(2 * spread / (SIZES - 1)) / 2))
    most = COSTLY_SIZES - 1 if costly else SIZES - 1 if train_rows <= LARGE else SIZES - 2
    steps = min(most, int(spread / step))
    return sorted({int(train_rows * 2.0 ** (-step * k)) for k in range(steps + 1)})


def planned(race: Race) -> list[int]:
    """The sizes of a race."""
    found = sizes(len(race.folds[0].train), race.classes, race.costly or race.few)
    return found[-QUICK_SIZES:] if race.few else found


def repeats(rows: int, train_rows: int, folds: int, costly: bool = False) -> int:
    """How often a size is measured: all folds in small tables, once at the large sizes of large ones.

    Three repeats at eight to ten sizes forecast nearly as well as 25 at all (LCDB 1.1), and cost a fraction.
    """
    if costly:
        return min(3 if train_rows <= ALL_FOLDS else 2 if train_rows <= THREE_FOLDS else 1, folds)
    if train_rows <= ALL_FOLDS:
        return folds
    if train_rows <= THREE_FOLDS or rows * SMALL_SHARE <= train_rows:
        return min(3, folds)
    return 1


def measure(
    race: Race,
    run: Run,
    seconds_left: Callable[[], float],
    workers: int = 1,
    say: Callable[[int, int, list[str]], None] | None = None,
    prune: Prune | None = None,
    after: float = 0.0,
) -> Board:
    """Race the candidates. Stops early, and says so, when the next size would not fit the time left, or would leave the
    fits on all rows too little of that and of the seconds that come `after` it.

    After the first size `prune` is asked which of the candidates that will still cost time break the brief's limits.
    """
    train_rows = len(race.folds[0].train)
    board = Board(race, seconds=seconds_left())
    plan = planned(race)
    live = [c for c in race.routes if c not in race.students]
    for step, rows in enumerate(plan):
        left = seconds_left()
        again = partial(_repeats, board, live, train_rows)
        gone = time_budget.unaffordable(board, live, plan[step:], again, workers, left, left * FINAL_SHARE)
        board.eliminated |= gone
        board.untimely |= set(gone)
        live = [c for c in live if c not in gone]
        count = again(rows)
        if step == 1:
            wall = time_budget.wall(board, live, rows, 1, workers)
            count = min(count, max(1, time_budget.repeats_within(wall, seconds_left())))
        jobs = [
            Job(c, rows, r, time_budget.allowance(board, c, rows, workers, count), board.plan(c))
            for c in _slowest_first(board, live)
            for r in range(count)
        ]
        if step >= 2 and (why := time_budget.stop_reason(board, live, rows, count, workers, (seconds_left(), after))):
            board.stopped = f"stopped at {board.sizes[-1]:,} of {train_rows:,} {race.unit}: {why}"
            break
        if step == 0:  # each once; again as often as the time allows, for what a fit takes is only known by then
            left = seconds_left()
            _record(board, run([job for job in jobs if job.repeat == 0]))
            count = min(count, 1 + time_budget.repeats_within(left - seconds_left(), seconds_left()))
            _record(board, run([job for job in jobs if 0 < job.repeat < count and job.candidate not in board.failed]))
        else:
            _record(board, run(jobs))
        board.sizes.append(rows)
        live = [c for c in live if c not in board.failed]
        if step == 0:
            time_budget.settle_plans(board, live)
            live = [c for c in live if c not in board.starved]
        if step == 0 and prune:
            expensive = time_budget.expensive(board, live, plan[1:], again)
            board.eliminated |= prune(board, expensive)
            live = [c for c in live if c not in board.eliminated]
        if step + 1 < len(plan):
            kept = time_budget.cheap(board, live, plan[step + 1 :], again, workers)
            board.eliminated |= eliminated(board, live, train_rows, kept)
            live = [c for c in live if c not in board.eliminated]
        if say:
            say(step + 1, len(plan), live)
    return board


def _record(board: Board, results: Iterable[tuple[Job, Measured]]) -> None:
    """Put results on the board; a candidate is out with its first error."""
    for job, measured in results:
        board.results[job] = measured
        if measured.error:
            board.failed.setdefault(job.candidate, measured.error)


def _repeats(board: Board, live: Sequence[str], train_rows: int, rows: int) -> int:
    """How often a size is measured; once, where a net still in the race was cut short before: all its steps once say more
    than some of them three times.
    """
    if any(board.share(c, s) < 1 for c in live for s in board.sizes):
        return 1
    if board.race.few:
        return min(QUICK_REPEATS if rows == train_rows else 1, len(board.race.folds))
    return repeats(rows, train_rows, len(board.race.folds), board.race.costly)


def eliminated(board: Board, live: Sequence[str], train_rows: int, cheap: Collection[str] = ()) -> dict[str, str]:
    """Candidates eliminated after the size just measured, and why: those clearly behind, whose curve does not reach what the
    best scores now even at the upper end of its band. The best of each route, the baseline and the `cheap` stay.
    """
    if len(board.sizes) < 2:
        return {}
    rows = board.sizes[-1]
    if rows < max(min(PATIENCE, train_rows // 2), train_rows // PATIENCE_SHARE):
        return {}
    names = [c for c in live if c != board.race.baseline]
    best = board.leader(names, rows)
    if best is None:
        return {}
    kept = {board.leader([c for c in names if board.race.routes[c] == r], rows) for r in ("traditional", "large")}
    leading = board.point(best, rows)
    assert leading is not None
    sign, floor = board.race.scale.sign, board.race.margin_at(leading.score)
    out = {}
    for name in names:
        gap = board.difference(name, best, rows)
        if name in kept or name in cheap or gap is None or gap[0] >= -floor - BEHIND * gap[1]:
            continue
        most = outlook.reach(board, name, train_rows)
        if most < sign * leading.score - floor:
            reaches = f"with all {train_rows:,} it may reach {sign * most:.3g}, where {best} has {leading.score:.3g}"
            out[name] = f"left at {rows:,} {board.race.unit}: {-gap[0]:.3g} behind {best}, and {reaches} already"
    return out


def _slowest_first(board: Board, live: Sequence[str]) -> list[str]:
    """The slowest first, so that no worker is left with one long fit at the end."""
    if not board.sizes:
        return list(live)
    rows = board.sizes[-1]
    return sorted(live, key=lambda c: -board.seconds_of(c, rows))
