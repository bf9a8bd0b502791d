"""Which candidates the brief's minutes cannot afford: said and left out before the time is spent, not after."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from breakeven import metrics

if TYPE_CHECKING:
    from breakeven.gate.measure import Board

#: How a fit's seconds may grow with its rows: exponent between these; nets, which see few rows more often, grow by about
#: the one that is taken while only one size is known.
SLOWEST, FASTEST, UNKNOWN = 1.6, 0.3, 0.5
#: Share of a route's candidates' cost below which leaving one out would save nothing worth having.
WORTH = 0.05
#: Seconds that exporting and timing a product take, about; and when that is worth doing before the race goes on.
EXPORTING, TWICE = 10.0, 2.0


def seconds(board: Board, candidate: str, rows: int) -> float:
    """Expected seconds of one fit at a size not yet measured, from the last two that were."""
    last, took, growth = _growth(board, candidate)
    return float(took * (rows / last) ** growth)


def affordable(board: Board, candidate: str, rows: int, left: float) -> int:
    """The most rows, at most `rows`, on which a fit is expected to take `left` seconds; at least those measured."""
    last, took, growth = _growth(board, candidate)
    if took * (rows / last) ** growth <= left:
        return rows
    return int(min(max(last * (max(left, 1e-3) / took) ** (1 / growth), last), rows))


def _growth(board: Board, candidate: str) -> tuple[int, float, float]:
    """The last size measured, its seconds, and the exponent by which they grow with the rows."""
    known = [(p.rows, max(p.seconds, 1e-3)) for s in board.sizes if (p := board.point(candidate, s)) is not None]
    if not known:
        return 1, 0.0, UNKNOWN
    (last, took), growth = known[-1], UNKNOWN
    if len(known) > 1 and last >= 1.3 * known[-2][0]:
        before, then = known[-2]
        growth = min(max(math.log(took / then) / math.log(last / before), FASTEST), SLOWEST)
    return last, took, growth


def dear(board: Board, live: Sequence[str], plan: Sequence[int], repeats: Callable[[int], int]) -> list[str]:
    """Candidates whose fits still to come cost more than TWICE what looking at a product of theirs would."""
    out = []
    for c in live:
        ahead = sum(repeats(s) * seconds(board, c, s) for s in plan)
        if c != board.race.guard and ahead > TWICE * (seconds(board, c, board.sizes[-1]) + EXPORTING):
            out.append(c)
    return out


def dropped(board: Board, live: Sequence[str], plan: Sequence[int], repeats: Callable[[int], int], workers: int,
            left: float, final: float) -> dict[str, str]:  # fmt: skip
    """Who leaves so that the rest of the plan fits `left` seconds, and any final fit `final` seconds, and why.

    The least promising go first: the score now, and where half of its slope a doubling would bring it. The best of each
    route and the baseline stay.
    """
    if not board.sizes:
        return {}
    whole = plan[-1]
    fits = {c: [repeats(s) * seconds(board, c, s) for s in plan] for c in live}
    longest = {c: [seconds(board, c, s) for s in plan] for c in live}

    def wall(racing: Sequence[str]) -> float:
        """A size takes as long as all its fits over the workers, and at least as long as its longest."""
        return sum(
            max(sum(fits[c][k] for c in racing) / workers, max(longest[c][k] for c in racing)) for k in range(len(plan))
        )

    out: dict[str, str] = {}
    kept = {board.race.guard}
    for route in ("traditional", "large"):
        mine = [c for c in live if board.race.routes[c] == route and c != board.race.guard]
        affordable = [c for c in mine if seconds(board, c, whole) <= final]
        for c in mine:
            if c not in affordable and affordable:
                out[c] = (
                    f"left at {board.sizes[-1]:,} rows: a fit on all rows would take about {seconds(board, c, whole):,.0f} s"
                )
        best = board.leader(affordable or mine, board.sizes[-1])
        kept |= {best} if best else set()
    waiting = sorted((c for c in live if c not in kept and c not in out), key=lambda c: _promise(board, c, whole))
    for c in waiting:
        racing = [r for r in live if r not in out]
        spent = wall(racing)
        if spent <= left:
            break
        if spent - wall([r for r in racing if r != c]) >= WORTH * spent:
            took = sum(fits[c])
            out[c] = (
                f"left at {board.sizes[-1]:,} rows: about {took:,.0f} s more, which the brief's minutes do not leave"
            )
    return out


def _promise(board: Board, candidate: str, whole: int) -> float:
    """The score at the largest size if it went on at half its slope, higher is better."""
    sign = metrics.METRICS[board.race.metric].sign
    known = [(s, sign * p.score) for s in board.sizes if (p := board.point(candidate, s)) is not None]
    if not known:
        return -math.inf
    rows, now = known[-1]
    slope = (now - known[-2][1]) / math.log2(rows / known[-2][0]) if len(known) > 1 else 0.0
    return now + max(0.0, slope) * math.log2(max(whole / rows, 1)) / 2
