"""Two curves, or two routes of several curves, side by side: what the chance that one will lead is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array
from breakeven.gate import curve_features
from breakeven.gate.curve_features import Seen, Shapes

#: Columns of `shape.features` that stand for each of the two curves, and where power laws' expected falls are.
OWN = (5, 6, 7, 8, 9, 12, 15, 17, 18, 19, 20, 21, 23)
FALLS = (14, 15, 16, 17)
#: A curve takes part when its last size is at least this share of the last one compared at.
REACHES = 0.9
ODDS = 1e-4


@dataclass(frozen=True)
class Field:
    """The m curves of one task, all seen up to about the same size: shapes, features, forecasts (m,)."""

    shapes: Shapes
    own: Array
    value: Array
    octaves: float


def level(traditional: Sequence[Seen], large: Sequence[Seen]) -> tuple[list[Seen], list[Seen]]:
    """Both routes' curves cut at the largest size that each has a curve for; those that end earlier left out."""
    last = min(max(float(s.rows[-1]) for s in route) for route in (traditional, large))
    cut = [[_cut(s, last) for s in route] for route in (traditional, large)]
    kept = [[s for s in route if s is not None] for route in cut]
    return kept[0], kept[1]


def _cut(seen: Seen, last: float) -> Seen | None:
    k = int(np.searchsorted(seen.rows, last, side="right"))
    if k == 0 or seen.rows[k - 1] < REACHES * last:
        return None
    return Seen(seen.rows[:k], seen.error[:k], seen.noise[:k], seen.kind)


def pairs(field: Field, a: Array, b: Array) -> Array:
    """What is known of curves `a` (p,) against `b` (p,) of a field (p, 55). Differences are a - b: positive, b leads."""
    seen, own = field.shapes, field.own
    e, v, Y = seen.now, field.value, seen.errors
    s = np.minimum(seen.unit[a], seen.unit[b])
    noise = np.hypot(seen.noise[a], seen.noise[b]) + 1e-3
    lead = Y[a] - Y[b]
    falls = own[:, FALLS] * seen.unit[:, None]
    ahead = (e[a] - e[b])[:, None] - (falls[a] - falls[b])
    order = np.sort(e)
    second = order[1] if len(order) > 1 else np.nan
    fell = [(Y[:, k] - e) / seen.unit for k in (2, 4)]
    columns = [
        *(lead[:, k] / s for k in (0, 1, 2, 4, 6, 8)), lead[:, 0] / noise, (lead[:, 0] - lead[:, 2]) / s,
        (lead[:, 2] - lead[:, 4]) / s, (v[a] - v[b]) / s, (v[a] - v[b]) / noise, *(ahead / s[:, None]).T, np.log(s),
        (seen.last[a] - seen.last[b]) / s, (v[a] - e[a]) / s, (v[b] - e[b]) / s, own[a, 0], own[a, 1], own[a, 2],
        *own[a][:, OWN].T, *own[b][:, OWN].T, seen.kind[a], seen.kind[b],
        (e[a] - order[0]) / s, (e[b] - order[0]) / s, (v[a] - v.min()) / s, (v[b] - v.min()) / s, (second - order[0]) / s,
        *(np.full(len(a), _mean(f)) for f in fell), np.full(len(a), float(len(e))),
    ]  # fmt: skip
    return curve_features.known(np.stack(columns, axis=1))


def routes(field: Field, traditional: Array, large: Array, odds: Array) -> Array:
    """What is known of two routes (23,), given the log odds (t, l) that each large curve will lead each traditional one."""
    seen = field.shapes
    et, el, vt, vl = seen.now[traditional], seen.now[large], field.value[traditional], field.value[large]
    i, j, k, m = int(et.argmin()), int(el.argmin()), int(vt.argmin()), int(vl.argmin())
    s = min(et[i], el[j]) + curve_features.FLOOR
    kinds = seen.kind
    row = [
        field.octaves, np.log2(seen.rows[traditional[i]]), np.log(max(s, 1e-6)), (et[i] - el[j]) / s, (vt[k] - vl[m]) / s,
        odds[i, j], odds[k, m], odds.min(axis=0).max(), odds.max(axis=1).min(), odds.mean(),
        _gap(et) / s, _gap(el) / s, float(len(et)), float(len(el)), kinds[traditional[i]], kinds[large[j]],
        kinds[traditional[k]], kinds[large[m]], _gap(vt) / s, (et[i] - vt[k]) / s, (el[j] - vl[m]) / s,
        seen.noise[traditional[i]], seen.noise[large[j]],
    ]  # fmt: skip
    return curve_features.known(np.array([row]))


def log_odds(p: Array) -> Array:
    """log p / (1 - p), p kept away from 0 and 1."""
    p = np.clip(p, ODDS, 1 - ODDS)
    return np.asarray(np.log(p / (1 - p)))


def _gap(values: Array) -> float:
    """From the best to the second."""
    return float(np.sort(values)[1] - values.min()) if len(values) > 1 else np.nan


def _mean(values: Array) -> float:
    held = values[np.isfinite(values)]
    return float(held.mean()) if len(held) else np.nan
