"""What a curve will score at sizes not yet seen, with a 90 % band, and which of two routes will lead there.

Curves are handled as errors (lower is better, about 0 to 1). A plain blend of power laws is corrected, its band set, and
the chance that one curve or route will lead another judged by boosted trees that were learned on other data sets'
curves (`benchmarks/learn_forecast.py` writes `forecast.npz` from LCDB 1.1, Yan, Mohr and Viering 2025, CC BY 4.0). They
answer at whole doublings; between those, answers are drawn straight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array
from breakeven.gate import curve_features, pairwise
from breakeven.gate.curve_features import Seen, Shapes
from breakeven.gate.trees import Trees

#: Doublings at which the learned part answers.
DOUBLINGS = (1.0, 2.0, 3.0, 4.0)
#: Without the learned file: half-width of the band a doubling, as a share of the expected move and of the error itself.
PLAIN_BAND = (1.0, 0.1)
#: Sizes an octave above which a curve is dense; rows that part the size classes of the bands.
DENSE, SIZE_CLASSES = 2.5, (500, 2_000, 10_000)
Z90 = 1.645
#: About the most rows at which pretrained models are in the curves that duels are learned on (TabPFN v2, 9,742): beyond, a
#: duel knows nothing of them, and forecasts are compared by their bands.
PRETRAINED_ROWS = 10_000
#: Log odds that are left to a leader who is doubted.
DOUBT = 0.05


@dataclass(frozen=True)
class Learned:
    """Trees for the correction, the band, a duel of two curves and one of two routes; the band's conformal factors (2, 4,
    4; see `classes`) and the routes' offset for who leads now.
    """

    value: Trees
    band: Trees
    pair: Trees
    route: Trees
    conformal: Array
    stay: float


@cache
def learned() -> Learned | None:
    """What was learned, or None where the file is missing."""
    path = Path(__file__).with_name("forecast.npz")
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        return parts(dict(file))


def parts(arrays: Mapping[str, Array]) -> Learned:
    """From the file's arrays."""
    trees = {name: Trees.read(arrays, name) for name in ("value", "band", "pair", "route")}
    return Learned(**trees, conformal=arrays["conformal"], stay=float(arrays["stay"]))


def at_doublings(seen: Shapes, known: Learned | None) -> tuple[Array, Array]:
    """Errors and half-widths (m, 4) after each of DOUBLINGS."""
    both = [_after(seen, known, k) for k in range(len(DOUBLINGS))]
    return np.stack([v for v, _ in both], axis=1), np.stack([h for _, h in both], axis=1)


def _after(seen: Shapes, known: Learned | None, k: int) -> tuple[Array, Array]:
    """Errors and half-widths (m,) after one of DOUBLINGS."""
    h = DOUBLINGS[k]
    octaves = np.full(len(seen.rows), h)
    plain, unit = curve_features.base(seen, octaves)
    if known is None:
        return plain, h * (PLAIN_BAND[0] * np.abs(plain - seen.now) + PLAIN_BAND[1] * seen.unit)
    X = curve_features.features(seen, octaves)
    correction = known.value.predict(X)
    wide = np.maximum(known.band.predict(band_features(X, correction, unit / seen.unit)), 0.02)
    return seen.now + correction * unit, wide * unit * known.conformal[*classes(seen, octaves), k]


def classes(seen: Shapes, octaves: Array) -> tuple[Array, Array]:
    """Which conformal factor a curve is under: whether its sizes lie close together, and how large the size ahead is."""
    dense = seen.sizes > DENSE * seen.span + 1
    return dense.astype(int), np.digitize(seen.rows * 2.0**octaves, SIZE_CLASSES)


def band_features(X: Array, correction: Array, unit: Array) -> Array:
    """What a band's width is learned from: the curve's features, the correction made and its unit."""
    return np.column_stack([X, correction, unit]).astype(np.float32)


def forecasts(curves: Sequence[Seen], rows: Array) -> tuple[Array, Array]:
    """Errors (m, r) expected of m curves at `rows`, (r,) or (m, r), and the half-widths of their 90 % bands.

    Sizes at or below the last one seen are interpolated between the points measured; beyond sixteen times they follow
    the plain power laws and the band goes on widening. With one or two sizes the last value stands, in a wide band.
    """
    seen = curve_features.shapes(curves)
    values, halves = at_doublings(seen, learned())
    asked = np.broadcast_to(rows, (len(curves), np.shape(rows)[-1]))
    out, width = np.empty(asked.shape), np.empty(asked.shape)
    steps = np.array([0.0, *DOUBLINGS])
    for i, curve in enumerate(curves):
        noise, at = Z90 * float(curve.noise[-1]), asked[i]
        h = np.log2(np.maximum(at / curve.rows[-1], 1.0))
        value = np.interp(h, steps, [seen.now[i], *values[i]])
        half = np.interp(h, steps, [noise, *np.maximum.accumulate(np.maximum(halves[i], noise))])
        far = h > DOUBLINGS[-1]
        if far.any():
            one = seen.take(np.full(int(far.sum()) + 1, i))
            plain = curve_features.base(one, np.append(h[far], DOUBLINGS[-1]))[0]
            value[far] += plain[:-1] - plain[-1]
            half[far] *= np.sqrt(h[far] / DOUBLINGS[-1])
        inside = at <= curve.rows[-1]
        out[i] = np.maximum(np.where(inside, np.interp(at, curve.rows, curve.error), value), 0.0)
        width[i] = np.where(inside, noise, half)
        if len(curve.rows) < 3:
            out[i] = np.where(inside, out[i], curve.error[-1])
            width[i] = np.where(inside, noise, np.maximum(half, np.sqrt(h) * PLAIN_BAND[1] * 2 * seen.unit[i]))
    return out, width


def forecast(curve: Seen, rows: Array) -> tuple[Array, Array]:
    """Errors (r,) and half-widths (r,) of one curve; see `forecasts`."""
    value, half = forecasts([curve], rows)
    return value[0], half[0]


def p_large(traditional: Sequence[Seen], large: Sequence[Seen], rows: float) -> float:
    """Probability that the best of the large curves is better than the best of the traditional ones at `rows`."""
    return float(chances(traditional, large, np.array([rows]))[0])


def chances(traditional: Sequence[Seen], large: Sequence[Seen], rows: Array, known: Learned | None = None) -> Array:
    """`p_large` at several sizes (r,): what is measured now, then the learned chance at whole doublings, drawn between.

    `known`: what was learned (None: what is shipped).
    """
    first, second = pairwise.level(traditional, large) if traditional and large else ([], [])
    if not first or not second:
        return np.full(len(rows), 0.5)
    curves, known = [*first, *second], known or learned()
    seen = curve_features.shapes(curves)
    a, b = np.arange(len(first)), np.arange(len(first), len(curves))
    i, j = int(seen.last[a].argmin()), len(first) + int(seen.last[b].argmin())
    now = float(seen.last[i] - seen.last[j])
    spread = math.hypot(float(seen.noise[i]), float(seen.noise[j])) + 1e-3
    start = pairwise.log_odds(metrics.normal(np.array([now / spread])))[0]
    h = np.log2(np.maximum(rows / seen.rows[0], 1.0))
    odds = [start]
    for k, step in enumerate(DOUBLINGS):
        near = np.abs(np.minimum(h, DOUBLINGS[-1]) - step) < 1
        if known is None or not near.any():  # whoever leads now stays ahead, a little less surely with each doubling
            odds.append(start / (1 + step))
            continue
        value, half = _after(seen, known, k)
        if _unlearned(seen, b[int(seen.now[b].argmin())], step):
            odds.append(_by_bands(value, half, a, b))
        else:
            odds.append(_odds(field_of(seen, value, step), a, b, known, math.copysign(1.0, now)))
    return np.asarray(1 / (1 + np.exp(-np.interp(h, [0.0, *DOUBLINGS], odds))))


def field_of(seen: Shapes, value: Array, octaves: float) -> pairwise.Field:
    """One task's curves, as duels are judged on."""
    own = curve_features.features(seen, np.full(len(value), octaves))
    return pairwise.Field(seen, own, value, octaves)


def _unlearned(seen: Shapes, best: int, step: float) -> bool:
    """Whether the best large curve is a pretrained model's at more rows than any that the duels were learned on."""
    pretrained = seen.kind[best] == curve_features.kind_number("pretrained")
    return bool(pretrained and seen.rows[best] * 2**step > PRETRAINED_ROWS)


def _by_bands(value: Array, half: Array, a: Array, b: Array) -> float:
    """Log odds that the best forecast of `b` is below the best of `a`, by their bands alone."""
    i, j = a[int(value[a].argmin())], b[int(value[b].argmin())]
    spread = math.hypot(float(half[i]), float(half[j])) / Z90
    return float(pairwise.log_odds(metrics.normal(np.array([(value[i] - value[j]) / spread])))[0])


def _odds(field: pairwise.Field, a: Array, b: Array, known: Learned, leader: float) -> float:
    matrix = pair_odds(field, a, b, known.pair)
    if matrix.size == 1:
        return float(matrix[0, 0])
    pretrained = field.shapes.kind[b[int(field.shapes.now[b].argmin())]] == curve_features.kind_number("pretrained")
    odds = known.route.predict(pairwise.routes(field, a, b, matrix))
    return float(adjusted(odds, np.array([leader]), np.array([pretrained]), known.stay)[0])


def adjusted(odds: Array, leader: Array, pretrained: Array, stay: float) -> Array:
    """Route odds (n,) moved by `stay` towards who leads now (sign of `leader`); where the best large model is a
    pretrained one they may doubt the leader but not depose it: on other data sets that was right less often.
    """
    moved = odds + stay * leader
    return np.where(pretrained & (moved * leader < 0), DOUBT * leader, moved)


def pair_odds(field: pairwise.Field, a: Array, b: Array, trees: Trees) -> Array:
    """Log odds (len(a), len(b)) that each of `b` will lead each of `a`: asked both ways round, and averaged."""
    first, second = (x.ravel() for x in np.meshgrid(a, b, indexing="ij"))
    there, back = (trees.predict(pairwise.pairs(field, x, y)) for x, y in ((first, second), (second, first)))
    return np.asarray((there - back) / 2).reshape(len(a), len(b))


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
