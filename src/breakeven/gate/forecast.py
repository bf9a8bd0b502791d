"""What a curve will score at sizes not yet seen, with a 90 % band, and which of two routes will lead there.

Curves are handled as errors (lower is better, about 0 to 1). Three forecasters - the last value, and the power laws
pow3 `c + a n^-b` and pow4 `c + a (n + d)^-b` - are blended by weights that depend on how far ahead is asked; the band
is a conformal one. Weights, bands and the probability that the large route will lead were learned on other data sets'
curves (`benchmarks/learn_forecast.py` writes `forecast.json` from LCDB 1.1, Yan, Mohr and Viering 2025, CC BY 4.0).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from breakeven.types import Array, Interval

#: Exponents and shifts tried; the shift is a share of the smallest size.
EXPONENTS = np.geomspace(0.05, 2.0, 16)
SHIFTS = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
#: Error below which differences mean nothing; also keeps logarithms finite.
FINE = 1e-3
#: Without the learned file: blend and band by hand, wide on purpose.
FALLBACK: dict[str, Any] = {
    "horizons": [1, 4],
    "blend": [[1, 0, 0], [0.3, 0.4, 0.3]],
    "scale": [0.0, 0.5, 0.3, 0.2, 0.1],
    "quantile": 4.0,
    "route": {"mean": [0] * 6, "spread": [1] * 6, "weights": [2.0, 0.5, 0.5, 0.2, 0.0, 0.0], "bias": 0.0},
}


@dataclass(frozen=True)
class Seen:
    """A curve as measured: rising sizes (k,), errors (k,), standard errors (k,)."""

    rows: Array
    error: Array
    noise: Array


@cache
def learned() -> Mapping[str, Any]:
    """The learned numbers, or the fallback where the file is missing."""
    path = Path(__file__).with_name("forecast.json")
    return json.loads(path.read_text()) if path.is_file() else FALLBACK


def collect(rows: Sequence[float], errors: Sequence[float]) -> Seen:
    """Repeats at the same size averaged; noise from their spread, pooled over the sizes that have repeats."""
    r, e = np.asarray(rows, dtype=float), np.asarray(errors, dtype=float)
    sizes, place = np.unique(r, return_inverse=True)
    counts = np.bincount(place)
    means = np.bincount(place, e) / counts
    squares = np.bincount(place, (e - means[place]) ** 2)
    extra = max(int((counts - 1).sum()), 1)
    spread = math.sqrt(float(squares.sum()) / extra) if counts.max() > 1 else 0.01
    return Seen(sizes, means, spread / np.sqrt(counts))


def power(seen: Seen, ahead: Array, shifts: Array = SHIFTS) -> Array:
    """Forecast errors (m,) at sizes `ahead` by the best power law on the grid; weights grow as the root of the size.

    With one or two sizes there is nothing to fit: the last value is returned.
    """
    if len(seen.rows) < 3:
        return np.full(len(ahead), seen.error[-1])
    d = np.repeat(shifts * seen.rows[0], len(EXPONENTS))[:, None]
    b = np.tile(EXPONENTS, len(shifts))[:, None]
    unit = seen.rows[0]
    G = ((seen.rows + d) / unit) ** -b
    w, y = np.sqrt(seen.rows / unit), seen.error
    total = w.sum()
    gm, ym = (G @ w / total)[:, None], float(w @ y / total)
    centred = G - gm
    a = (centred * (y - ym)) @ w / np.maximum((centred**2) @ w, 1e-30)
    a = np.maximum(a, 0.0)
    c = ym - a * gm[:, 0]
    low = c < 0
    a = np.where(low, np.maximum((G * y) @ w, 0) / np.maximum((G**2) @ w, 1e-30), a)
    c = np.where(low, 0.0, c)
    loss = ((c[:, None] + a[:, None] * G - y) ** 2) @ w
    k = int(loss.argmin())
    return np.asarray(c[k] + a[k] * ((ahead + d[k]) / unit) ** -b[k])


def forecast(seen: Seen, ahead: Array) -> tuple[Array, Array]:
    """Errors (m,) expected at `ahead` (m,) and the half-widths of their 90 % bands.

    Sizes at or below the last one seen are interpolated between the points measured.
    """
    known = learned()
    last = float(seen.error[-1])
    doublings = np.log2(np.maximum(ahead / seen.rows[-1], 1.0))
    three = np.stack([np.full(len(ahead), last), power(seen, ahead, np.zeros(1)), power(seen, ahead)], axis=1)
    blend = np.stack([np.interp(doublings, known["horizons"], column) for column in np.array(known["blend"]).T], axis=1)
    value = (three * blend).sum(axis=1) / blend.sum(axis=1)
    inside = ahead <= seen.rows[-1]
    value = np.where(inside, np.interp(ahead, seen.rows, seen.error), value)
    half = known["quantile"] * np.exp(features(seen, value, doublings) @ np.array(known["scale"]))
    now = 1.645 * float(seen.noise[-1])
    return value, np.where(inside, now, np.maximum(half, now))


def features(seen: Seen, value: Array, doublings: Array) -> Array:
    """What the band's width depends on (m, 5): 1, the move, the noise, the distance, the error itself (logs)."""
    m = len(value)
    move = np.log(np.abs(value - seen.error[-1]) + FINE)
    noise = np.full(m, math.log(float(seen.noise[-1]) + FINE))
    level = np.full(m, math.log(abs(float(seen.error[-1])) + 10 * FINE))
    return np.stack([np.ones(m), move, noise, np.log(doublings + 0.5), level], axis=1)


def lead_features(traditional: Seen, large: Seen, ahead: float) -> Array:
    """What decides who will lead (6,): lead now, its slope times the distance, the forecast lead, distance, size.

    Leads are errors of traditional minus large, positive when large is better, squeezed so that none dominates.
    """
    shared = np.intersect1d(traditional.rows, large.rows)
    lead = _at(traditional, shared) - _at(large, shared)
    doublings = math.log2(max(ahead / shared[-1], 1.0))
    look = min(3, len(shared))
    slope = 0.0
    if look > 1:
        slope = float(np.polyfit(np.log2(shared[-look:]), lead[-look:], 1)[0])
    both = [forecast(s, np.array([ahead]))[0][0] for s in (traditional, large)]
    noise = math.hypot(float(traditional.noise[-1]), float(large.noise[-1])) + 2 * FINE
    size = float(min(traditional.error[-1], large.error[-1]))
    return np.array([_squeeze(lead[-1], noise), _squeeze(lead[-1], 0.02), _squeeze(slope * doublings, 0.02),
                     _squeeze(both[0] - both[1], 0.02), doublings, math.log(abs(size) + 10 * FINE)])  # fmt: skip


def p_large(traditional: Seen, large: Seen, ahead: float) -> float:
    """Probability that the large route is the better one at `ahead` rows."""
    if not len(np.intersect1d(traditional.rows, large.rows)):
        return 0.5
    known = learned()["route"]
    x = (lead_features(traditional, large, ahead) - np.array(known["mean"])) / np.array(known["spread"])
    x = np.concatenate([x, x[:4] * x[4]])[: len(known["weights"])]
    return float(1 / (1 + math.exp(-float(x @ np.array(known["weights"])) - known["bias"])))


def ill_behaved(seen: Seen) -> str | None:
    """Says "peaks" or "falls back" when the curve clearly gets worse on the way; None when it does not.

    Worse by three standard errors of both points and by 0.01 against the best before.
    """
    best, at = math.inf, 0
    for i, (error, noise) in enumerate(zip(seen.error, seen.noise, strict=True)):
        if error < best:
            best, at = float(error), i
        elif error - best > max(0.01, 3 * math.hypot(float(noise), float(seen.noise[at]))):
            return "falls back" if i == len(seen.error) - 1 else "peaks"
    return None


def crossing(traditional: Seen, large: Seen, times: float = 10.0) -> tuple[Interval, float]:
    """Where the routes cross, in rows, with a 90 % band, and the probability of no crossing within `times` the data.

    Who leads now is taken from the last size both were measured at. If the lead changed hands within the data and
    holds, that is the crossing. Else the probability that the other route will have taken the lead grows with the
    sizes ahead; its 5, 50 and 95 % points are the band, None where it lies beyond `times` the data.
    """
    shared = np.intersect1d(traditional.rows, large.rows)
    if not len(shared):
        return Interval(None, None, None), 1.0
    lead = _at(traditional, shared) - _at(large, shared)
    last = float(shared[-1])
    ahead = last * np.geomspace(1.05, times, 12)
    sign = 1.0 if lead[-1] >= 0 else -1.0
    chance = np.array([p_large(traditional, large, float(n)) for n in ahead])
    flipped = np.maximum.accumulate(chance if sign < 0 else 1 - chance)
    before = np.flatnonzero(np.sign(lead) == -sign)
    if len(before) and flipped[-1] < 0.5:
        return _inside(shared, lead, int(before[-1]), last), round(1 - float(flipped[-1]), 4)
    points = []
    for share in (0.5, 0.05, 0.95):
        reached = np.flatnonzero(flipped >= share)
        points.append(float(ahead[reached[0]]) if len(reached) else None)
    return Interval(*points), round(1 - float(flipped[-1]), 4)


def _inside(rows: Array, lead: Array, k: int, last: float) -> Interval:
    """A crossing within the data: between sizes k and k + 1, by a line in the logarithm of rows."""
    a, b = float(lead[k]), float(lead[k + 1])
    share = a / (a - b) if a != b else 0.5
    low, high = float(rows[k]), float(rows[k + 1])
    # The neighbours on both sides bound it: the lead had the other sign at one and has its own at the other.
    return Interval(
        low * (high / low) ** share, float(rows[max(k - 1, 0)]), min(float(rows[min(k + 2, len(rows) - 1)]), last)
    )


def _at(seen: Seen, rows: Array) -> Array:
    return np.asarray(seen.error[np.searchsorted(seen.rows, rows)])


def _squeeze(x: float, scale: float) -> float:
    return float(np.tanh(x / scale / 2))
