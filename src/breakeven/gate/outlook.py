"""From measured scores to what lies ahead: forecasts with bands, the crossing in rows, what more data would buy.

Scores of every metric are turned into errors first (1 - score, or the share of the baseline's loss), forecast there,
and turned back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven import metrics
from breakeven.core.types import Ahead, Array, Crossing, Curve, MoreData, Point, Route
from breakeven.gate import curve_features, forecast
from breakeven.gate.crossing import crossing
from breakeven.gate.curve_features import Seen
from breakeven.gate.results import Board

#: Multiples of the rows at hand at which curves are forecast.
TIMES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
#: Multiples of the rows at hand whose gain is reported.
BOUGHT = (2, 4, 10)
#: Sizes from which a gain can be forecast. With n times the rows errors usually stay between what they are and that times
#: n to the power of -STEEPEST, whatever the data: a band from no gain to beyond that says nothing.
ENOUGH, STEEPEST = 3, 0.5


@dataclass(frozen=True)
class ErrorScale:
    """Scores as errors, lower is better, and back. `unit` is the baseline's loss for open-ended metrics."""

    scale: metrics.ScoreScale
    unit: float = 1.0

    def error(self, score: Array | float) -> Array:
        """Lower is better; about 0 to 1."""
        s = np.asarray(score, dtype=float)
        return np.asarray(1 - s if self.scale.bounded else s / self.unit)

    def score(self, error: Array | float) -> Array:
        """The inverse of `error`, within the bounds of the score."""
        e = np.maximum(np.asarray(error, dtype=float), 0.0)
        if not self.scale.bounded:
            return np.asarray(e * self.unit)
        s = 1 - e
        return np.asarray(s if self.scale.lowest is None else np.maximum(s, self.scale.lowest))


def scale_of(board: Board) -> ErrorScale:
    """The scale of a race: its metric's and, where needed, the baseline's loss."""
    rows = board.last_size(board.race.baseline)
    point = board.point(board.race.baseline, rows) if rows else None
    return ErrorScale(board.race.scale, max(point.score, 1e-9) if point else 1.0)


def seen(points: Sequence[Point], scale: ErrorScale, candidate: str = "") -> Seen:
    """Points as the forecaster takes them."""
    noise = [abs(float(scale.error(p.high) - scale.error(p.low))) / 2 / metrics.Z90 for p in points]
    rows = np.array([p.rows for p in points], dtype=float)
    errors = scale.error(np.array([p.score for p in points]))
    return Seen(rows, errors, np.array(noise), curve_features.kind_of(candidate))


def with_forecasts(board: Board, rows_at_hand: int) -> list[Curve]:
    """All curves, those still in the race with their forecasts to ten times the rows at hand."""
    scale = scale_of(board)
    out = []
    for curve in board.curves():
        if curve.left or curve.not_measured or len(curve.points) < 2:
            out.append(curve)
            continue
        ahead = np.array([t * rows_at_hand for t in TIMES])
        out.append(replace(curve, forecast=tuple(_ahead(seen(curve.points, scale, curve.candidate), ahead, scale))))
    return out


def _ahead(curve: Seen, rows: Array, scale: ErrorScale) -> list[Ahead]:
    value, half = forecast.forecast(curve, rows)
    value = np.minimum.accumulate(value)  # more rows are expected to do no harm
    low, high = scale.score(value + half), scale.score(value - half)
    low, high = np.minimum(low, high), np.maximum(low, high)
    return [
        Ahead(int(n), float(s), float(a), float(b))
        for n, s, a, b in zip(rows, scale.score(value), low, high, strict=True)
    ]


def of_route(board: Board, route: Route) -> list[Seen]:
    """The curves of a route's candidates, the baseline apart."""
    scale, names = scale_of(board), [c for c, r in board.race.routes.items() if r == route and c != board.race.baseline]
    curves = {c: [p for s in board.sizes if (p := board.point(c, s))] for c in names}
    return [seen(points, scale, c) for c, points in curves.items() if points]


def crossing_of(board: Board) -> Crossing | None:
    """Where the routes cross, or None when only one was measured."""
    traditional, large = of_route(board, "traditional"), of_route(board, "large")
    if not traditional or max((len(s.rows) for s in large), default=0) < 2:
        return None
    return crossing(traditional, large)


def reach(board: Board, candidate: str, rows: int) -> float:
    """The score that the upper end of a candidate's 90 % band reaches at `rows`, times the metric's sign: higher is better.

    Minus infinity for one that was not measured, of which no band is known.
    """
    scale = scale_of(board)
    points = [p for s in board.sizes if (p := board.point(candidate, s)) is not None]
    if not points:
        return -math.inf
    value, half = forecast.forecast(seen(points, scale, candidate), np.array([float(rows)]))
    return board.race.scale.sign * float(scale.score(value - half)[0])


def more_data(board: Board, candidate: str, rows_at_hand: int, table: int) -> list[MoreData]:
    """What two, four and ten times the rows would add to the chosen candidate's score.

    `rows_at_hand` are those a product learns from, `table` all that the user has, by which the answer counts. More rows
    are expected to do no harm: gains and both ends of their bands never fall as rows grow, and none is below zero.
    """
    scale = scale_of(board)
    points = [p for s in board.sizes if (p := board.point(candidate, s)) is not None]
    if len(points) < ENOUGH:
        return [MoreData(times * table, None, None, None) for times in BOUGHT]
    every = np.array([1.0, *BOUGHT])
    value, half = forecast.forecast(seen(points, scale, candidate), every * rows_at_hand)
    now, out = float(scale.score(value[0])), []
    for times, fall in zip(BOUGHT, gains(value, half, every), strict=True):
        gained = [None if math.isnan(f) else abs(float(scale.score(value[0] - f)) - now) for f in fall]
        out.append(MoreData(times * table, *gained))
    return out


def gains(value: Array, half: Array, times: Array) -> Array:
    """By how much an error falls (r - 1, 3: value, low, high) from the first forecast to each later one at `times` the rows.

    Forecasts and half-widths of their 90 % bands (r,); NaN where the band says nothing. What is not known of the error at
    the first size is part of every later band and falls out of the difference.

    >>> gains(np.array([0.20, 0.18, 0.19]), np.array([0.03, 0.04, 0.2]), np.array([1.0, 2, 4])).round(3).tolist()
    [[0.02, 0.0, 0.046], [nan, nan, nan]]
    """
    own = np.sqrt(np.maximum(half**2 - half[0] ** 2, 0.0))
    ends = value[0] - value + np.array([[0], [-1], [1]]) * own
    fall = np.clip(np.maximum.accumulate(ends, axis=1), 0, value[0])
    most = value[0] * (1 - times**-STEEPEST)
    return np.where((fall[1] > 0) | (fall[2] < most), fall, np.nan)[:, 1:].T


def oddities(board: Board) -> dict[str, str]:
    """Candidates whose curve gets clearly worse on the way, and how."""
    scale = scale_of(board)
    found = {}
    for curve in board.curves():
        if len(curve.points) >= 3:
            what = forecast.ill_behaved(seen(curve.points, scale))
            if what:
                found[curve.candidate] = what
    return found
