"""The choice. Its evidence is the paired difference measured now; no forecast may override a measured lead.

On a public collection of curves "whoever leads now will lead" beat every fitted power law at choosing, so forecasts
only say how likely the lead is to change (`crossing.crossing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from breakeven import metrics
from breakeven.core.types import Choice, Interval, Limits, Route
from breakeven.gate import outlook
from breakeven.gate.results import Board

#: A large model is cheaper to retrain only when it takes less than this share of the other's seconds: timings differ
#: from run to run, and the same data must give the same verdict.
FASTER = 0.5
#: More labelling than this many times the rows at hand is not asked for.
MOST_TIMES = 10.0
#: A tie goes to the dearer one where it is at least twice as likely as not to be better by more than the margin.
LIKELY = 2 / 3


@dataclass(frozen=True)
class Costs:
    """What a finalist costs to serve, measured on its export; `why_not` names the limit it breaks.

    `per_second`: answers a second of one server, at its slowest, usually and at its fastest.
    """

    candidate: str
    predict_ms: float
    per_second: tuple[float, float, float]
    size_mb: float
    usd_per_1000: float
    usd_per_month: float
    train_seconds: float
    why_not: str | None = None


def broken(limits: Limits, ms: float, mb: float, usd: float) -> str | None:
    """Which limits of the brief a product breaks that answers in so many milliseconds, is so large and costs so much (None: none).

    >>> broken(Limits(latency_ms=1.0), 2.5, 9.0, 0.1)
    '2.5 ms (limit 1)'
    """
    held = ((ms, limits.latency_ms, "ms"), (mb, limits.size_mb, "MB"), (usd, limits.usd_per_1000, "USD per 1,000"))
    over = [
        f"{value:.3g} {unit} (limit {limit:g})" for value, limit, unit in held if limit is not None and value > limit
    ]
    return "; ".join(over) or None


def choose(board: Board, finalists: Mapping[Route, Costs | None]) -> Choice:
    """Choose between the best of each route that keeps the limits (None: none does)."""
    large, traditional = finalists.get("large"), finalists.get("traditional")
    if large is None and traditional is None:
        reason = "No candidate keeps the limits of the brief, or none could be measured."
        if not board.of_route("traditional") and not board.of_route("large") and not board.eliminated:
            failed = "; ".join(f"{name}: {why}" for name, why in list(board.failed.items())[:2])
            reason = f"No candidate could be measured ({failed or 'none ran'})."
        return Choice("none", None, reason, Interval(None, None, None), False, None)
    if large is None or traditional is None:
        only: Route = "traditional" if large is None else "large"
        found = large or traditional
        assert found is not None
        other = "large" if only == "traditional" else "traditional"
        reason = f"No {other} candidate keeps the limits or could be measured; {found.candidate} does."
        choice = Choice(only, found.candidate, reason, Interval(None, None, None), False, None)
        return _beats_baseline(board, choice, found.candidate)
    both = [s for s in board.sizes if board.difference(large.candidate, traditional.candidate, s) is not None]
    if not both:
        return _uncompared(board, large, traditional)
    rows = max(both)
    gap = board.difference(large.candidate, traditional.candidate, rows)
    assert gap is not None
    choice, best = _between(board, large, traditional, gap, rows)
    held = _beats_baseline(board, choice, best)
    if held.route == "none" and choice.tie:  # who was taken falls short; the other may still beat the baseline
        second: Route = "traditional" if choice.route == "large" else "large"
        name = traditional.candidate if second == "traditional" else large.candidate
        better = "likely to be better" if choice.likelier else "cheaper"
        reason = f"{best} is {better} but does not clearly beat the {board.race.baseline}; {name} does."
        again = _beats_baseline(
            board, replace(choice, route=second, candidate=name, reason=reason, likelier=None), name
        )
        return again if again.route != "none" else held
    return held


def paired(board: Board, large: str, traditional: str) -> Interval:
    """Large minus traditional at the largest size both were measured at, with its 90 % interval (validation rows)."""
    rows = max(s for s in board.sizes if board.repeats(large, s) and board.repeats(traditional, s))
    gap = board.difference(large, traditional, rows)
    assert gap is not None
    return Interval(gap[0], gap[0] - metrics.Z90 * gap[1], gap[0] + metrics.Z90 * gap[1])


def _between(board: Board, large: Costs, traditional: Costs, gap: tuple[float, float], rows: int) -> tuple[Choice, str]:
    value, error = gap
    point = board.point(traditional.candidate, rows)
    assert point is not None
    floor = board.race.margin_at(point.score)
    interval = Interval(value, value - metrics.Z90 * error, value + metrics.Z90 * error)
    p = _below(value / error) if error > 0 else (0.5 if value == 0 else float(value > 0))
    equal = (
        _below((floor - value) / error) - _below((-floor - value) / error) if error > 0 else float(abs(value) <= floor)
    )
    ahead, behind = (large, traditional) if value > 0 else (traditional, large)
    leads = abs(value) > floor and abs(value) > metrics.Z90 * error
    if leads and _stays(board, ahead.candidate, behind.candidate, rows):
        best, other = ahead, behind
        route: Route = "large" if value > 0 else "traditional"
        reason = f"{best.candidate} leads {other.candidate} by {abs(value):.3g} {board.race.metric} at {rows:,} training {board.race.unit}."
        return Choice(route, best.candidate, reason, interval, False, p, equal, rows=rows), best.candidate
    best, why = _cheaper(large, traditional)
    likelier = None
    what = "too close to call" if error * metrics.Z90 > floor else "no practical difference"
    made_up = leads and (board.last_size(behind.candidate) or 0) > rows
    if leads:
        verb = "makes up" if made_up else "may make up"
        what = f"a lead that {behind.candidate} {verb} with more {board.race.unit}"
    why = f"so the cheaper one: {best.candidate} ({why})"
    odds = _below((abs(value) - floor) / error) if error > 0 else float(leads)
    if (best is not ahead or leads) and odds >= LIKELY and not made_up:
        best, likelier = ahead, odds  # the price decides within the margin, not beyond
        why = f"but {best.candidate} is likely ({odds:.0%}) to be better by more than the margin, so that one"
    route = "large" if best is large else "traditional"
    shown = f"{value:+.3g} {board.race.metric} at {rows:,} training {board.race.unit}"
    between = f"90 % interval {interval.low:+.3g} to {interval.high:+.3g}"
    reason = f"{large.candidate} and {traditional.candidate}: {what} ({shown}, {between}), {why}."
    more = more_rows(board.race.rows, value, error, floor)
    return Choice(route, best.candidate, reason, interval, True, p, equal, more, likelier, rows), best.candidate


def _stays(board: Board, ahead: str, behind: str, rows: int) -> bool:
    """Whether a lead measured at fewer units than there are holds at all of them: the upper end of the other's band there does
    not reach what the leader scores at its largest size.
    """
    everything = len(board.race.folds[0].train)
    best = board.point(ahead, board.last_size(ahead) or rows)
    if rows >= everything or best is None:
        return True
    return outlook.reach(board, behind, everything) < board.race.scale.sign * best.score - board.race.margin_at(
        best.score
    )


def more_rows(rows: int, value: float, error: float, floor: float) -> int | None:
    """About how many more rows, of both kinds alike, until the 90 % interval tells a difference from none.

    Standard errors fall with the root of the rows. None when it tells already, or ten times the rows would not do.

    >>> more_rows(1000, 0.01, 0.01, 0.005), more_rows(1000, 0.0, 0.001, 0.005)
    (1705, None)
    """
    times = (metrics.Z90 * error / max(abs(value), floor, 1e-12)) ** 2
    return int(rows * (times - 1)) if 1 < times <= MOST_TIMES else None


def _cheaper(large: Costs, traditional: Costs) -> tuple[Costs, str]:
    """By what serving the brief's volume costs a month, where that differs by a dollar and a tenth; then by retraining.

    Fractions of a cent and of a millisecond are no reason to prefer a model that is slower to train and to understand.
    """
    gap = abs(large.usd_per_month - traditional.usd_per_month)
    if gap > max(1.0, 0.1 * min(large.usd_per_month, traditional.usd_per_month)):
        best, other = sorted((large, traditional), key=lambda c: c.usd_per_month)
        return best, f"${best.usd_per_month:.0f} against ${other.usd_per_month:.0f} a month"
    if large.train_seconds < FASTER * traditional.train_seconds:
        return (
            large,
            f"serving costs the same; retraining takes {large.train_seconds:.2g} against {traditional.train_seconds:.2g} s",
        )
    return (
        traditional,
        f"serving costs the same; retraining takes {traditional.train_seconds:.2g} against {large.train_seconds:.2g} s",
    )


def _uncompared(board: Board, large: Costs, traditional: Costs) -> Choice:
    """The traditional one, where the two were measured at no size in common."""
    reason = (
        f"{large.candidate} and {traditional.candidate} were measured at no size in common, so nothing is known of their "
        f"difference; {traditional.candidate} is the simpler one."
    )
    choice = Choice("traditional", traditional.candidate, reason, Interval(None, None, None), True, 0.5)
    return _beats_baseline(board, choice, traditional.candidate)


def _beats_baseline(board: Board, choice: Choice, candidate: str) -> Choice:
    """Law 1: a model that does not beat the baseline is not offered."""
    rows = board.last_size(candidate)
    gap = board.difference(candidate, board.race.baseline, rows) if rows else None
    if gap is None or gap[0] - metrics.Z90 * gap[1] > 0:
        return choice
    low, high = gap[0] - metrics.Z90 * gap[1], gap[0] + metrics.Z90 * gap[1]
    shown = f"{gap[0]:+.3g} {board.race.metric} only (90 % interval {low:+.3g} to {high:+.3g})"
    reason = f"Neither is good enough yet: {candidate} beats the {board.race.baseline} by {shown}."
    return replace(choice, route="none", candidate=None, reason=reason)


def _below(z: float) -> float:
    return float(metrics.normal(np.array(z)))
