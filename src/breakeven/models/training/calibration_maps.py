"""Maps from said to true probability, each fitted on rows that the model did not see.

p (n, classes) are probabilities of sum 1, y (n,) class numbers. The parametric maps start from temperature scaling and are
held to it by a ridge, so that on few rows they are it, and on many their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from breakeven.core.types import Array
from breakeven.features.calibration import REST, TINY, Beta, Calibration, Isotonic, Temperature, Vector

#: Lowest and highest temperature searched.
LOWEST, HIGHEST = 0.25, 4.0
#: Strength of the ridge towards the temperature, in rows.
TOWARDS_TEMPERATURE = 5.0
#: Bounds of slopes and offsets. A slope of zero would make different answers equal.
SLOPES, OFFSETS = (0.02, 10.0), (-20.0, 20.0)
#: Steps of the solver at the most.
STEPS = 60
#: Probabilities whose logits round to the same multiple of STEP are one to isotonic calibration, and so are those nearer to 0
#: or 1 than NEAREST, which held-out rows are too few to tell apart; beyond the outermost points a map rises no faster than
#: STEEPEST_END. So the last digits of a float, which differ between training and serving, decide nothing.
STEP, NEAREST, STEEPEST_END = 0.02, 1e-4, 10.0

Loss = Callable[[Array], tuple[float, Array]]


def fit(kinds: Iterable[str], p: Array, y: Array) -> dict[str, Calibration]:
    """A map of each kind: "temperature" or one of `MAPS`."""
    plain = temperature(p, y)
    return {kind: MAPS[kind](p, y, plain.temperature) if kind in MAPS else plain for kind in kinds}


def temperature(p: Array, y: Array) -> Temperature:
    """The temperature with the smallest log loss (Guo et al. 2017); 1.0 when it gains nothing.

    Truth is softened as if one row more had been of any class (Platt 1999): n rows all answered right do not prove that
    the next one will be.
    """
    from scipy.optimize import minimize_scalar

    logs = np.log(np.maximum(p, TINY))
    soft = 1.0 / (len(y) + 2)

    def loss(t: float) -> float:
        z = logs / t
        z = z - z.max(axis=1, keepdims=True)
        right = (1 - soft) * z[np.arange(len(y)), y] + soft * z.mean(axis=1)
        return float((np.log(np.exp(z).sum(axis=1)) - right).mean())

    limits = math.log(LOWEST), math.log(HIGHEST)
    found: Any = minimize_scalar(lambda t: loss(math.exp(t)), bounds=limits, method="bounded", options={"xatol": 1e-3})
    best = math.exp(found.x)
    return Temperature(best if found.fun < loss(1.0) - 1e-6 else 1.0)


def vector(p: Array, y: Array, temperature: float) -> Vector:
    """A weight and an offset a class, by log loss (Guo et al. 2017)."""
    logs, classes = np.log(np.maximum(p, TINY)), p.shape[1]
    truth = np.eye(classes)[y]

    def loss(x: Array) -> tuple[float, Array]:
        z = logs * x[:classes] + x[classes:]
        z = z - z.max(axis=1, keepdims=True)
        q = np.exp(z)
        total = q.sum(axis=1, keepdims=True)
        away = q / total - truth
        value = np.log(total).sum() - z[np.arange(len(y)), y].sum()
        return float(value), np.concatenate([(away * logs).sum(axis=0), away.sum(axis=0)])

    x = _solved(loss, np.repeat([1 / temperature, 0.0], classes), classes)
    return Vector(tuple(x[:classes]), tuple(x[classes:]))


def beta(p: Array, y: Array, temperature: float) -> Beta:
    """Slopes of log p and of log(1 - p), both at least zero, and an offset, of each class against the others (Kull et al.
    2017).
    """
    start = 1 / temperature
    if p.shape[1] == 2:
        logs = np.log(np.maximum(p, TINY))
        found = [_beta(logs[:, 1], -logs[:, 0], y == 1, start)]
    else:
        logs, rest = np.log(np.maximum(p, TINY)), -np.log(np.maximum(1 - p, REST))
        found = [_beta(logs[:, k], rest[:, k], y == k, start) for k in range(p.shape[1])]
    a, b, c = zip(*found, strict=True)
    return Beta(a, b, c)


def _beta(log: Array, rest: Array, truth: Array, start: float) -> tuple[float, float, float]:
    features = np.stack([log, rest, np.ones(len(log))], axis=1)

    def loss(x: Array) -> tuple[float, Array]:
        z = features @ x
        away = 1 / (1 + np.exp(-z)) - truth
        return float(np.logaddexp(0, z).sum() - z[truth].sum()), np.asarray(away @ features)

    a, b, c = _solved(loss, np.array([start, start, 0.0]), 2)
    return a, b, c


def _solved(loss: Loss, start: Array, slopes: int) -> list[float]:
    """The smallest loss plus ridge towards the start; the first `slopes` of the numbers are slopes, the others offsets."""
    from scipy.optimize import minimize

    def held(x: Array) -> tuple[float, Array]:
        value, gradient = loss(x)
        away = x - start
        return value + TOWARDS_TEMPERATURE / 2 * float(away @ away), gradient + TOWARDS_TEMPERATURE * away

    bounds = [SLOPES] * slopes + [OFFSETS] * (len(start) - slopes)
    found: Any = minimize(held, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    return [float(x) for x in np.clip(found.x, *np.array(bounds).T)]


def isotonic(p: Array, y: Array, temperature: float) -> Isotonic:
    """Each class against the others: the rising steps of least squares (Zadrozny & Elkan 2002), joined at their middles
    (Oron & Flournoy 2017) and led on towards 0 and 1 at the ends, so that no two answers become equal.

    Truth is softened as Platt (1999) has it, so that no answer is certain.
    """
    del temperature
    columns = [1] if p.shape[1] == 2 else range(p.shape[1])
    points = [_points(p[:, k], y == k) for k in columns]
    return Isotonic(tuple(said for said, _ in points), tuple(was for _, was in points))


def _points(p: Array, truth: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    from sklearn.isotonic import isotonic_regression

    ones = int(truth.sum())
    soft = np.where(truth, (ones + 1) / (ones + 2), 1 / (len(truth) - ones + 2))
    clipped = np.clip(p, NEAREST, 1 - NEAREST)
    steps, inverse = np.unique(np.round(np.log(clipped / (1 - clipped)) / STEP), return_inverse=True)
    said = 1 / (1 + np.exp(-STEP * steps))
    rows = np.bincount(inverse)
    rising = isotonic_regression(np.bincount(inverse, soft) / rows, sample_weight=rows.astype(float))
    heights, block = np.unique(rising, return_inverse=True)
    middles = np.bincount(block, said * rows) / np.bincount(block, rows)
    lowest, highest = float(heights[0]), float(heights[-1])
    before = max(lowest / 2, lowest - STEEPEST_END * float(middles[0]))
    after = min((1 + highest) / 2, highest + STEEPEST_END * (1 - float(middles[-1])))
    return (0.0, *map(float, middles), 1.0), (before, *map(float, heights), after)


#: Maps of more than a temperature, by kind, the plainest first.
MAPS: dict[str, Callable[[Array, Array, float], Calibration]] = {
    "beta": beta,
    "vector": vector,
    "isotonic": isotonic,
}
