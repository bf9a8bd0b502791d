"""Candidates that the brief's minutes cannot carry: left out, with the reason, before the time is spent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from breakeven.core.types import Route
from breakeven.gate import outlook, steps
from breakeven.gate.results import Board, Race

#: Largest exponent by which a fit's seconds may grow with its rows.
SLOWEST = 1.6
#: Smallest exponent.
FASTEST = 0.3
#: Exponent while only one size is known, about that of neural networks, which see few rows more often.
UNKNOWN = 0.5
#: Share of the race's seconds below which a candidate is cheap: it runs on all rows, whatever its rank.
CHEAP = 0.03
#: Seconds below which it is so however few the race has.
CHEAP_SECONDS = 2.0
#: Share of a route's candidates' cost below which leaving one out would save nothing worth having.
WORTH = 0.05
#: A net may take this share of the race's seconds at the first size, for as many nets as there are workers.
FIRST = 0.12
#: Share of the race's seconds that is left for fits on all rows, where they need it.
FINALS = 0.8
#: A net whose plan is settled may take this many times the seconds that are expected: as many as on a machine half of
#: which is busy elsewhere. Beyond, its fit is cut short and not measured.
SLACK = 2.0
#: Share of the race's seconds left that repeats of each of the first two sizes may take: of a table of thousands of columns the
#: smallest sizes took longer than the minutes.
REPEATED = 0.5
#: Seconds that exporting and timing a product take on a quiet machine, about: of a neural network, whose exporter is slow to
#: load and to trace; of one that is drawn without it; of any other candidate.
EXPORTING, EXPORTING_DRAWN, EXPORTING_OTHER = 10.0, 3.0, 1.5
#: Seconds that drawing a model, proving its graph and timing it take where one was exported before, about.
DRAWING, DRAWING_OTHER = 3.0, 1.5
#: Seconds that the sealed test and the report of a table take on a quiet machine, about.
REPORTED = 1.5
#: A product is tried before the race goes on where the fits to come cost this many times as much.
TWICE = 2.0
#: Seconds that a last fit may take whatever is left of the minutes: about those that exporting takes in any case. One that is
#: expected to take no longer has no limit: on a busy machine what comes before its first step may take longer than its steps.
LAST_FIT = EXPORTING


def seconds(board: Board, candidate: str, rows: int) -> float:
    """Expected seconds of one fit at a size not yet measured, from the last two that were; of a net, of all its steps."""
    last, took, growth = _growth(board, candidate)
    return float(took * (rows / last) ** growth)


def exporting(race: Race, candidate: str) -> float:
    """Seconds that exporting and timing a candidate's product take on a quiet machine, about."""
    if race.routes[candidate] != "large":
        return EXPORTING_OTHER
    return EXPORTING_DRAWN if candidate in race.drawn else EXPORTING


def drawing(race: Race, candidate: str) -> float:
    """The same where one of its kind was exported before."""
    return DRAWING if race.routes[candidate] == "large" and candidate not in race.drawn else DRAWING_OTHER


def after_race(race: Race) -> float:
    """Seconds that come after all fits on a quiet machine: a product of each route is exported, and the report made."""
    each = dict[Route, float]()
    for c, route in race.routes.items():
        if c != race.baseline:
            each[route] = max(each.get(route, 0.0), exporting(race, c))
    return sum(each.values()) + REPORTED


def allowance(board: Board, candidate: str, rows: int, workers: int, repeats: int = 1) -> float | None:
    """Seconds that a fit may take at a size; None for what is no net, and where fits are cheap.

    At the first size a share of the race's seconds, by which its plan is settled; then what its plan should take, and SLACK.
    """
    if not board.race.costly or candidate not in board.race.paced:
        return None
    crowd = max(1.0, len(board.race.paced) * repeats / workers)
    first = FIRST * max(board.seconds, 0.0) / crowd
    return first if not board.sizes else max(first, SLACK * expected(board, candidate, rows))


def is_cheap(board: Board, cost: float) -> bool:
    """Whether so many seconds, of all fits that a candidate has still to make, are too few to leave it out for."""
    return cost <= max(CHEAP * board.seconds, CHEAP_SECONDS)


def cheap(
    board: Board, live: Sequence[str], plan: Sequence[int], repeats: Callable[[int], int], workers: int
) -> set[str]:
    """Candidates whose fits at the sizes of `plan` cost next to nothing."""
    return {c for c in live if is_cheap(board, sum(repeats(s) * expected(board, c, s) for s in plan) / workers)}


def settle_plans(board: Board, candidates: Sequence[str]) -> None:
    """Settle, by the first size, which share of its usual steps a net makes from now on: what it was cut short to, in halves.

    One that made fewer than the shortest plan races no further.
    """
    for c in candidates:
        share = board.share(c, board.sizes[0])
        if c not in board.race.paced or steps.not_measured(share) is None:
            continue
        if (plan := steps.plan_within(share)) is not None:
            board.plans[c] = plan
        else:
            board.starved.add(c)
            board.eliminated[c] = str(steps.not_measured(share, epochs=board.epochs(c)))


def last_fit(board: Board, candidate: str, rows: int, left: float, plan: float) -> float | None:
    """Seconds that a last fit of a `plan` may take where `left` seconds remain; None without a limit."""
    took = plan * seconds(board, candidate, rows)
    if candidate not in board.race.paced or took <= LAST_FIT:
        return None
    return max(left, SLACK * took)


def carries(board: Board, candidate: str, left: float) -> bool:
    """Whether `left` seconds carry the shortest plan of a net at the first size."""
    took = steps.PLANS[-1] * seconds(board, candidate, board.sizes[0])
    return took <= max(left - EXPORTING, LAST_FIT)


def expected(board: Board, candidate: str, rows: int) -> float:
    """Expected seconds of one fit at a size not yet measured; of a net, of the steps of its plan."""
    return board.plan(candidate) * seconds(board, candidate, rows)


def wall(board: Board, live: Sequence[str], rows: int, repeats: int, workers: int) -> float:
    """Expected seconds of a size: all its fits over the workers, and at least as long as its longest."""
    took = [expected(board, c, rows) for c in live]
    return max(sum(took) * repeats / workers, max(took, default=0.0))


def repeats_within(took: float, left: float) -> int:
    """How often a size of the first two, which takes `took` seconds, is measured in its share of the seconds left.

    >>> repeats_within(1.0, 30.0), repeats_within(16.0, 2.0)
    (15, 0)
    """
    return int(REPEATED * max(left, 0.0) / max(took, 1e-6))


def stop_reason(
    board: Board, live: Sequence[str], rows: int, repeats: int, workers: int, left: tuple[float, float]
) -> str | None:
    """Why the race ends before a size: it would not fit, or would take what the fits on all rows need.

    `left`: seconds of the race, and those after it that are for the fits on all rows.
    """
    took = wall(board, live, rows, repeats, workers)
    if took > left[0]:
        return "the brief's minutes were used up"
    racing = [c for c in live if c != board.race.baseline]
    leaders = [
        board.first_fitted([c for c in racing if board.race.routes[c] == r], board.sizes[-1])
        for r in ("traditional", "large")
    ]
    final = max((expected(board, c, board.race.rows) for c in leaders if c), default=0.0)
    if took + min(final, FINALS * board.seconds) > sum(left):
        return "the rest of the brief's minutes is for the fits on all rows"
    return None


def affordable(board: Board, candidate: str, rows: int, left: float, plan: float = 1.0) -> int:
    """The most rows, at most `rows`, on which a fit of a share of its usual steps (`plan`) is expected to take `left`
    seconds; at least those measured.
    """
    last, took, growth = _growth(board, candidate)
    took *= plan
    if took * (rows / last) ** growth <= left:
        return rows
    return int(min(max(last * (max(left, 1e-3) / took) ** (1 / growth), last), rows))


def quicker(board: Board, cut: str, names: Sequence[str]) -> list[str]:
    """Candidates after one whose last fit was `cut` short. Nets that take no less time would be cut short as well: they leave."""
    rows = board.race.rows
    out = []
    for c in names:
        if c in board.race.paced and expected(board, c, rows) >= expected(board, cut, rows):
            board.eliminated[c] = (
                f"not measured: its fit takes no less time than that of {cut}, which was cut short; raise limits.minutes"
            )
        else:
            out.append(c)
    return out


def _growth(board: Board, candidate: str) -> tuple[int, float, float]:
    """The last size measured, its seconds, and the exponent by which they grow with the rows."""
    known = [
        (s, max(board.seconds_of(candidate, s), 1e-3) / max(board.share(candidate, s), 1e-3))
        for s in board.sizes
        if board.fits(candidate, s)
    ]
    if not known:
        return 1, 0.0, UNKNOWN
    (last, took), growth = known[-1], UNKNOWN
    if len(known) > 1 and last >= 1.3 * known[-2][0]:
        before, then = known[-2]
        growth = min(max(math.log(took / then) / math.log(last / before), FASTEST), SLOWEST)
    return last, took, growth


def expensive(board: Board, live: Sequence[str], plan: Sequence[int], repeats: Callable[[int], int]) -> list[str]:
    """Candidates whose fits still to come cost more than TWICE what looking at a product of theirs would."""
    out = []
    for c in live:
        ahead = sum(repeats(s) * expected(board, c, s) for s in plan)
        look = min(seconds(board, c, board.sizes[-1]), EXPORTING if c in board.race.paced else math.inf) + EXPORTING
        if c != board.race.baseline and ahead > TWICE * look:
            out.append(c)
    return out


def unaffordable(
    board: Board,
    live: Sequence[str],
    plan: Sequence[int],
    repeats: Callable[[int], int],
    workers: int,
    left: float,
    final: float,
) -> dict[str, str]:
    """Candidates eliminated so that the rest of the plan fits `left` seconds, and any final fit `final` seconds, and why.

    Those go first whose curves could reach the least at the upper end of their bands. The best of each route, the baseline
    and cheap candidates stay.
    """
    if not board.sizes:
        return {}
    largest = plan[-1]
    longest = {c: [expected(board, c, s) for s in plan] for c in live}
    fits = {c: [repeats(s) * took for s, took in zip(plan, longest[c], strict=True)] for c in live}

    def wall(racing: Sequence[str]) -> float:
        """A size takes as long as all its fits over the workers, and at least as long as its longest."""
        return sum(
            max(sum(fits[c][k] for c in racing) / workers, max(longest[c][k] for c in racing)) for k in range(len(plan))
        )

    out: dict[str, str] = {}
    kept = {board.race.baseline, *cheap(board, live, plan, repeats, workers)}
    for route in ("traditional", "large"):
        of_route = [c for c in live if board.race.routes[c] == route and c != board.race.baseline]
        affordable = [c for c in of_route if expected(board, c, largest) <= final]
        for c in of_route:
            if c not in affordable and affordable:
                out[c] = (
                    f"left at {board.sizes[-1]:,} {board.race.unit}: a fit on all of them would take about {expected(board, c, largest):,.0f} s"
                )
        best = board.first_fitted(affordable or of_route, board.sizes[-1])
        kept |= {best} if best else set()
    waiting = sorted(
        (c for c in live if c not in kept and c not in out), key=lambda c: outlook.reach(board, c, largest)
    )
    for c in waiting:
        racing = [r for r in live if r not in out]
        spent = wall(racing)
        if spent <= left:
            break
        if spent - wall([r for r in racing if r != c]) >= WORTH * spent:
            took = sum(fits[c])
            out[c] = (
                f"left at {board.sizes[-1]:,} {board.race.unit}: about {took:,.0f} s more, which the brief's minutes do not leave"
            )
    return out
