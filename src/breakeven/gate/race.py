"""Scores of every candidate at growing training sizes: the same rows for all, weak ones leaving early.

A `Job` is one fit. Jobs are run by whoever calls `measure` (in processes, from a ledger, inline); the race decides
which come next. Sizes grow by a factor of two at most; small sizes are repeated, since one draw of 50 rows says little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Curve, Fold, Point, Route
from breakeven.gate import time_budget

#: At most so many sizes (one fewer in large tables, whose smallest size would say little of the largest), none below so
#: many rows (or four rows a class).
SIZES, COSTLY_SIZES, LARGE, SMALLEST, ROWS_A_CLASS = 8, 5, 10_000, 24, 4
#: Rows (training) up to which every size is repeated on each fold, and up to which three times.
ALL_FOLDS, THREE_FOLDS = 2_000, 6_000
#: Above that: three repeats at sizes this many times smaller than the largest.
SMALL_SHARE = 64
#: Nobody leaves before this many rows (or half of the data, where that is less): below, linear models lead trees that
#: overtake them by some 500 rows in nine of ten tables (LCDB 1.1).
PATIENCE, PATIENCE_SHARE = 512, 16
#: A candidate leaves when it is behind by the margin and this many standard errors, now and where its gap is heading.
BEHIND = 2.5
#: A fit on all rows may take this share of the race's time: finalists are fitted once more after it.
FINAL_SHARE = 0.6


@dataclass(frozen=True)
class Job:
    """One fit: which candidate, on how many rows, of which repeat; the seconds it may take (None: what it wants)."""

    candidate: str
    rows: int
    repeat: int
    allowed: float | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """File-name-safe name."""
        return f"{self.candidate}-{self.rows}-{self.repeat}"


@dataclass(frozen=True)
class Measured:
    """What a job gave: the prediction for its fold's validation rows, or the error that ended it.

    `share`: steps a net made of those it would have made in all the time it wanted.
    """

    prediction: Array | None
    seconds: float
    error: str | None = None
    share: float = 1.0


Run = Callable[[Sequence[Job]], Iterator[tuple[Job, Measured]]]
#: The board and candidates in; those that break a limit, and why, out.
Prune = Callable[["Board", Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Race:
    """Who races on what: routes by candidate, truth, folds, metric, margin; `guard` is the baseline.

    `costly`: fits take minutes, so sizes are fewer, larger and not repeated (texts and images), and nets (`paced`) are
    held to an allowance. `unit` is what a row is called where it is said.
    """

    routes: Mapping[str, Route]
    y: Array
    folds: tuple[Fold, ...]
    disjoint: bool
    metric: str
    margin: float
    guard: str
    classes: int = 0
    costly: bool = False
    paced: frozenset[str] = frozenset()
    unit: str = "rows"


@dataclass
class Board:
    """All that was measured, and the comparisons made from it; `seconds`: what the race had when it began.

    `beyond`: sizes beyond the race, of finalists fitted on all rows but those of the first fold's validation.
    """

    race: Race
    results: dict[Job, Measured] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    stopped: str | None = None
    seconds: float = math.inf
    beyond: list[int] = field(default_factory=list)

    def repeats(self, candidate: str, rows: int) -> list[int]:
        """Repeats of a candidate at a size that gave a prediction."""
        return [r for r in range(len(self.race.folds)) if self._prediction(candidate, rows, r) is not None]

    def _prediction(self, candidate: str, rows: int, repeat: int) -> Array | None:
        found = self.results.get(Job(candidate, rows, repeat))
        return None if found is None else found.prediction

    def _truth(self, repeat: int) -> Array:
        return np.asarray(self.race.y[self.race.folds[repeat].validation])

    def point(self, candidate: str, rows: int) -> Point | None:
        """Mean score at a size with its 90 % interval, or None where nothing was measured."""
        values, errors, seconds = [], [], []
        for r in self.repeats(candidate, rows):
            prediction, y = self.results[Job(candidate, rows, r)].prediction, self._truth(r)
            values.append(metrics.score(self.race.metric, y, prediction))  # type: ignore[arg-type]
            errors.append(metrics.se(self.race.metric, y, prediction, seed=r))  # type: ignore[arg-type]
            seconds.append(self.results[Job(candidate, rows, r)].seconds)
        if not values:
            return None
        score, error = metrics.pool(values, errors, self.race.disjoint)
        half = metrics.Z90 * error
        return Point(rows, score, score - half, score + half, float(np.mean(seconds)), len(values))

    def share(self, candidate: str, rows: int) -> float:
        """Steps made of those planned at a size, the least of its repeats."""
        return min((self.results[Job(candidate, rows, r)].share for r in self.repeats(candidate, rows)), default=1.0)

    def shortened(self) -> dict[str, float]:
        """Nets that the brief's minutes cut short at their largest size, and the share of their steps they made there."""
        found = {c: self.share(c, rows) for c in self.race.routes if (rows := self.last_size(c))}
        return {c: share for c, share in found.items() if share < 1}

    def difference(self, large: str, traditional: str, rows: int) -> tuple[float, float] | None:
        """Paired: the first minus the second, positive when the first is better, and its standard error."""
        values, errors = [], []
        for r in sorted(set(self.repeats(large, rows)) & set(self.repeats(traditional, rows))):
            a, b = self._prediction(large, rows, r), self._prediction(traditional, rows, r)
            value, error = metrics.difference(self.race.metric, self._truth(r), a, b, seed=r)  # type: ignore[arg-type]
            values.append(value)
            errors.append(error)
        return metrics.pool(values, errors, self.race.disjoint) if values else None

    def leader(self, candidates: Iterable[str], rows: int) -> str | None:
        """The best of some candidates at a size; the earlier in the roster when equal."""
        sign = metrics.METRICS[self.race.metric].sign
        scored = [(sign * p.score, c) for c in candidates if (p := self.point(c, rows)) is not None]
        return max(scored, key=lambda pair: pair[0])[1] if scored else None

    def last_size(self, candidate: str) -> int | None:
        """The largest size at which a candidate was measured."""
        return max((s for s in self.sizes if self.repeats(candidate, s)), default=None)

    def raced_size(self, candidate: str) -> int | None:
        """The largest size of the race itself at which a candidate was measured."""
        return max((s for s in self.sizes if s not in self.beyond and self.repeats(candidate, s)), default=None)

    def of_route(self, route: Route) -> list[str]:
        """Candidates of a route that are still in the race, the baseline apart."""
        race = self.race
        return [
            c
            for c, r in race.routes.items()
            if r == route and c != race.guard and c not in self.left and c not in self.failed
        ]

    def curves(self) -> list[Curve]:
        """One curve a candidate, in the order of the roster."""
        out = []
        for name, route in self.race.routes.items():
            points = tuple(p for s in self.sizes if (p := self.point(name, s)) is not None)
            out.append(Curve(name, route, points, (), self.left.get(name), self.failed.get(name)))
        return out


def sizes(train_rows: int, classes: int, costly: bool = False) -> list[int]:
    """Training sizes: the largest and up to seven below (four when fits are costly), by a factor from 1.4 to 2.

    >>> sizes(26000, 2)
    [406, 812, 1625, 3250, 6500, 13000, 26000]
    >>> sizes(364, 2)
    [32, 45, 64, 91, 128, 182, 257, 364]
    """
    smallest = min(max(SMALLEST, ROWS_A_CLASS * classes), max(train_rows // 4, 2))
    spread = math.log2(train_rows / smallest)
    step = 1.0 if costly else min(1.0, max(0.5, math.floor(2 * spread / (SIZES - 1)) / 2))
    most = COSTLY_SIZES - 1 if costly else SIZES - 1 if train_rows <= LARGE else SIZES - 2
    steps = min(most, int(spread / step))
    return sorted({int(train_rows * 2.0 ** (-step * k)) for k in range(steps + 1)})


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


def measure(race: Race, run: Run, seconds_left: Callable[[], float], workers: int = 1,
            say: Callable[[int, int, list[str]], None] | None = None, prune: Prune | None = None, after: float = 0.0) -> Board:  # fmt: skip
    """Race the candidates. Stops early, and says so, when the next size would not fit the time left, or would leave the
    fits on all rows too little of that and of the seconds that come `after` it.

    After the first size `prune` is asked which of the candidates that will still cost time break the brief's limits.
    """
    train_rows = len(race.folds[0].train)
    board = Board(race, seconds=seconds_left())
    plan = sizes(train_rows, race.classes, race.costly)
    live = list(race.routes)
    for step, rows in enumerate(plan):
        left = seconds_left()
        again = partial(_repeats, board, live, train_rows)
        gone = time_budget.dropped(board, live, plan[step:], again, workers, left, left * FINAL_SHARE)
        board.left |= gone
        live = [c for c in live if c not in gone]
        count = again(rows)
        allowed = time_budget.allowance(board, rows, plan[0], workers, count)
        jobs = [
            Job(c, rows, r, allowed if c in race.paced else None)
            for c in _slowest_first(board, live)
            for r in range(count)
        ]
        if step >= 2 and (why := time_budget.stops(board, live, rows, count, workers, (seconds_left(), after))):
            board.stopped = f"stopped at {board.sizes[-1]:,} of {train_rows:,} {race.unit}: {why}"
            break
        for job, measured in run(jobs):
            board.results[job] = measured
            if measured.error:
                board.failed.setdefault(job.candidate, measured.error)
        board.sizes.append(rows)
        live = [c for c in live if c not in board.failed]
        if step == 0 and prune:
            dear = time_budget.dear(board, live, plan[1:], again, workers)
            board.left |= prune(board, dear)
            live = [c for c in live if c not in board.left]
        if step + 1 < len(plan):
            for name, why in leavers(board, live, train_rows).items():
                board.left[name] = why
            live = [c for c in live if c not in board.left]
        if say:
            say(step + 1, len(plan), live)
    return board


def _repeats(board: Board, live: Sequence[str], train_rows: int, rows: int) -> int:
    """How often a size is measured; once, where a net still in the race was cut short before: all its steps once say more
    than some of them three times.
    """
    if any(board.share(c, s) < 1 for c in live for s in board.sizes):
        return 1
    return repeats(rows, train_rows, len(board.race.folds), board.race.costly)


def leavers(board: Board, live: Sequence[str], train_rows: int) -> dict[str, str]:
    """Who leaves after the size just measured, and why. The best of each route and the baseline stay."""
    if len(board.sizes) < 2:
        return {}
    before, rows = board.sizes[-2:]
    if rows < max(min(PATIENCE, train_rows // 2), train_rows // PATIENCE_SHARE):
        return {}
    names = [c for c in live if c != board.race.guard]
    best = board.leader(names, rows)
    if best is None:
        return {}
    kept = {board.leader([c for c in names if board.race.routes[c] == r], rows) for r in ("traditional", "large")}
    floor = metrics.margin_of(board.race.metric, board.race.margin, board.point(best, rows).score)  # type: ignore[union-attr]
    out = {}
    for name in names:
        now, then = board.difference(name, best, rows), board.difference(name, best, before)
        if name in kept or now is None or then is None:
            continue
        # Where the gap is heading: its slope a doubling, taken half as steep, for gaps close more slowly with time.
        heading = now[0] + max(0.0, now[0] - then[0]) / math.log2(rows / before) * math.log2(train_rows / rows) / 2
        if now[0] < -floor - BEHIND * now[1] and heading < -floor - now[1]:
            out[name] = f"left at {rows:,} {board.race.unit}: {-now[0]:.3g} behind {best}"
    return out


def _slowest_first(board: Board, live: Sequence[str]) -> list[str]:
    """The slowest first, so that no worker is left with one long fit at the end."""
    if not board.sizes:
        return list(live)
    rows = board.sizes[-1]
    return sorted(live, key=lambda c: -(p.seconds if (p := board.point(c, rows)) else 0.0))
