"""Where the two routes cross, in rows: ahead where that is likely, and within the data where both leads were measured.

A place ahead is little known even when it is certain that the routes cross (LAB.md): three opinions of it are pooled in
equal parts, the learned chances, the trend of the lead, and no preference for any doubling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Crossing, Interval
from breakeven.gate import pairwise
from breakeven.gate.curve_features import Seen
from breakeven.gate.forecast import Learned, chances

#: Sizes at which a crossing is looked for; no place is given of one that is less likely.
PLACES, LIKELY = 41, 0.5
#: A lead has been one when it was this many times its noise; what the choice of a route's best curve adds to that noise.
REAL, CHOICE = 2.0, 0.002
#: Doublings that the trend of the lead is taken from; how much a doubling may move a lead, and may move its trend.
RECENT, DRIFT = 2.0, 0.05


@dataclass(frozen=True)
class Lead:
    """How far the large route is ahead of the traditional one (errors saved, negative when behind), by rows, with its
    standard error.
    """

    rows: Array
    by: Array
    noise: Array

    @property
    def sign(self) -> float:
        """1 when the large route leads at the last size."""
        return 1.0 if self.by[-1] >= 0 else -1.0


def crossing(
    traditional: Sequence[Seen], large: Sequence[Seen], times: float = 10.0, known: Learned | None = None
) -> Crossing:
    """Where the routes cross within `times` the data.

    Who leads now is taken from the last size both were measured at. The place ahead is given where a crossing is LIKELY,
    for the case that they cross: the 5, 50 and 95 % points of the pooled opinions. `known`: as in `forecast.chances`.
    """
    lead = lead_of(*pairwise.level(traditional, large)) if traditional and large else None
    if lead is None:
        return Crossing(Interval(None, None, None), 1.0)
    octaves = np.linspace(0, np.log2(times), PLACES)
    chance = chances(traditional, large, lead.rows[-1] * 2**octaves, known)
    flipped = np.maximum.accumulate(chance if lead.sign < 0 else 1 - chance)
    p_none = round(1 - float(flipped[-1]), 4)
    crossed = _within(lead)
    if 1 - p_none < LIKELY:
        return Crossing(Interval(None, None, None), p_none, crossed)
    pooled = (_from_none_to_all(flipped) + _from_none_to_all(trend(lead, octaves)) + octaves / octaves[-1]) / 3
    ahead = (float(lead.rows[-1]) * 2 ** float(np.interp(s, pooled, octaves)) for s in (0.5, 0.05, 0.95))
    return Crossing(Interval(*ahead), p_none, crossed)


def trend(lead: Lead, octaves: Array) -> Array:
    """Chance (r,) that the lead has changed after so many doublings, if it goes on as in the RECENT ones.

    A weighted line in the logarithm of rows whose slope is expected near zero (standard deviation DRIFT), and which may
    bend by as much again.
    """
    x = np.log2(lead.rows / lead.rows[-1])
    some = x >= -RECENT
    X, weight = np.column_stack([np.ones(some.sum()), x[some]]), 1 / lead.noise[some] ** 2
    spread = np.linalg.inv(X.T @ (weight[:, None] * X) + np.diag([0.0, DRIFT**-2]))
    level, slope = spread @ (X.T @ (weight * lead.sign * lead.by[some]))
    variance = spread[0, 0] + 2 * octaves * spread[0, 1] + octaves**2 * (spread[1, 1] + DRIFT**2)
    return np.asarray(np.maximum.accumulate(metrics.normal(-(level + slope * octaves) / np.sqrt(variance))))


def _from_none_to_all(chance: Array) -> Array:
    """What a chance grows by, as a share of all that it grows by: where the crossing is, if there is one."""
    return np.asarray((chance - chance[0]) / max(float(chance[-1] - chance[0]), 1e-9))


def lead_of(traditional: Sequence[Seen], large: Sequence[Seen]) -> Lead | None:
    """The best of each route at every size that both were measured at; None without such a size."""
    first, second = (best_of(route) for route in (traditional, large))
    rows = np.intersect1d(first.rows, second.rows) if first and second else np.zeros(0)
    if first is None or second is None or not len(rows):
        return None
    i, j = np.searchsorted(first.rows, rows), np.searchsorted(second.rows, rows)
    return Lead(rows, first.error[i] - second.error[j], np.hypot(first.noise[i], second.noise[j]) + CHOICE)


def best_of(route: Sequence[Seen]) -> Seen | None:
    """A route as one curve: at each size the best that any of its curves had."""
    if not route:
        return None
    rows = np.unique(np.concatenate([s.rows for s in route]))
    points = [
        min((e, z) for s in route for n, e, z in zip(s.rows, s.error, s.noise, strict=True) if n == size)
        for size in rows
    ]
    return Seen(rows, np.array([e for e, _ in points]), np.array([z for _, z in points]))


def _within(lead: Lead) -> Interval | None:
    """Between the last size at which the other route really led and the next where this one does, by a line in the
    logarithm of rows. The sizes before the one and after the other bound it. None where either lead was within its noise.
    """
    before = np.flatnonzero(-lead.sign * lead.by >= REAL * lead.noise)
    if not len(before) or lead.sign * lead.by[-1] < REAL * lead.noise[-1]:
        return None
    k, last = int(before[-1]), len(lead.rows) - 1
    j = k + 1 + int(np.flatnonzero(lead.sign * lead.by[k + 1 :] >= 0)[0])
    a, b, low, high = (float(v) for v in (lead.by[k], lead.by[j], lead.rows[k], lead.rows[j]))
    share = a / (a - b) if a != b else 0.5
    return Interval(low * (high / low) ** share, float(lead.rows[max(k - 1, 0)]), float(lead.rows[min(j + 1, last)]))
