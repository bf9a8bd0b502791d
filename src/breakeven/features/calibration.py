"""Maps from a model's probabilities to calibrated ones: JSON in the product, the same numpy in training and serving.

Every map takes probabilities (n, classes) of sum 1 to positive numbers of the same shape, which the decoder divides by their
sum. `one` is the same for one row, without numpy: the path of a served request. Both are held equal by a test.

>>> Temperature(2.0).many(np.array([[0.36, 0.64]])).round(3).tolist()
[[0.6, 0.8]]
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec
import numpy as np

from breakeven.core.types import Array

#: Probabilities are at least this before a logarithm.
TINY = 1e-12
#: The same for the rest to 1 among more than two classes, where it is a difference of float32 numbers.
REST = 1e-6
#: Slopes are at most this, offsets at most five times as much, and a temperature at least its inverse squared: so no
#: exponential is too large or too small for a float.
STEEPEST = 20.0


class Temperature(msgspec.Struct, frozen=True, tag="temperature", tag_field="kind"):
    """Probabilities to the power 1/`temperature` (Guo et al. 2017)."""

    temperature: float

    def __post_init__(self) -> None:
        _check(self.temperature >= STEEPEST**-2, f"a temperature is at least {STEEPEST**-2}")

    def fits(self, classes: int) -> bool:
        """Whether it is a map of this number of classes."""
        return classes > 1

    def many(self, p: Array) -> Array:
        """Rows of probabilities."""
        return np.asarray(np.maximum(p, TINY) ** (1.0 / self.temperature))

    def one(self, row: Sequence[float]) -> list[float]:
        """One row."""
        power = 1.0 / self.temperature
        return [max(p, TINY) ** power for p in row]


class Vector(msgspec.Struct, frozen=True, tag="vector", tag_field="kind"):
    """Vector scaling (Guo et al. 2017): log probabilities times `weights` plus `offsets`, one of each a class."""

    weights: tuple[float, ...]
    offsets: tuple[float, ...]

    def __post_init__(self) -> None:
        _check(len(self.weights) == len(self.offsets), "vector scaling has as many weights as offsets")
        _check(_bounded(self.weights, self.offsets), f"a weight lies between 0 and {STEEPEST:g}, and offsets are small")

    def fits(self, classes: int) -> bool:
        """Whether it is a map of this number of classes."""
        return len(self.weights) == classes

    def many(self, p: Array) -> Array:
        """Rows of probabilities."""
        return np.asarray(np.exp(np.log(np.maximum(p, TINY)) * self.weights + np.asarray(self.offsets)))

    def one(self, row: Sequence[float]) -> list[float]:
        """One row."""
        return [
            math.exp(w * math.log(max(p, TINY)) + b) for p, w, b in zip(row, self.weights, self.offsets, strict=True)
        ]


class Beta(msgspec.Struct, frozen=True, tag="beta", tag_field="kind"):
    """Beta calibration (Kull et al. 2017): the logit of a class is a log p - b log(1 - p) + c.

    Of two classes only the second has a map and the first is the rest to 1; of more each has one, against all others.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    c: tuple[float, ...]

    def __post_init__(self) -> None:
        _check(len(self.a) == len(self.b) == len(self.c), "beta calibration has as many a as b and c")
        _check(_bounded(self.a + self.b, self.c), f"a and b lie between 0 and {STEEPEST:g}, and c is small")

    def fits(self, classes: int) -> bool:
        """Whether it is a map of this number of classes."""
        return len(self.a) == _maps(classes)

    def many(self, p: Array) -> Array:
        """Rows of probabilities."""
        if p.shape[1] == 2:
            logs = np.log(np.maximum(p, TINY))
            logit = self.a[0] * logs[:, 1] - self.b[0] * logs[:, 0] + self.c[0]
            return np.stack([_sigmoid(-logit), _sigmoid(logit)], axis=1)
        logit = np.log(np.maximum(p, TINY)) * self.a - np.log(np.maximum(1 - p, REST)) * self.b + np.asarray(self.c)
        return _sigmoid(logit)

    def one(self, row: Sequence[float]) -> list[float]:
        """One row."""
        if len(row) == 2:
            no, yes = math.log(max(row[0], TINY)), math.log(max(row[1], TINY))
            logit = self.a[0] * yes - self.b[0] * no + self.c[0]
            return [1 / (1 + math.exp(logit)), 1 / (1 + math.exp(-logit))]
        return [
            1 / (1 + math.exp(-(a * math.log(max(p, TINY)) - b * math.log(max(1 - p, REST)) + c)))
            for p, a, b, c in zip(row, self.a, self.b, self.c, strict=True)
        ]


class Isotonic(msgspec.Struct, frozen=True, tag="isotonic", tag_field="kind"):
    """Isotonic calibration (Zadrozny & Elkan 2002): straight lines through the points (`said`, `was`) of a class.

    `said` starts at 0 and ends at 1. Of two classes only the second has points, as in `Beta`.
    """

    said: tuple[tuple[float, ...], ...]
    was: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        _check([len(s) for s in self.said] == [len(w) for w in self.was], "each point has what was said and what was")
        for said, was in zip(self.said, self.was, strict=True):
            rising = all(a < b for a, b in pairwise(said)) and all(a <= b for a, b in pairwise(was))
            _check(said[:1] == (0.0,) and said[-1:] == (1.0,) and rising, "points rise from 0 to 1")
            _check(was[0] > 0 and was[-1] < 1, "probabilities of a map lie between 0 and 1")

    def fits(self, classes: int) -> bool:
        """Whether it is a map of this number of classes."""
        return len(self.said) == _maps(classes)

    def many(self, p: Array) -> Array:
        """Rows of probabilities."""
        if p.shape[1] == 2:
            yes = np.interp(p[:, 1], self.said[0], self.was[0])
            return np.stack([1 - yes, yes], axis=1)
        return np.stack([np.interp(p[:, k], *points) for k, points in enumerate(self._points())], axis=1)

    def one(self, row: Sequence[float]) -> list[float]:
        """One row."""
        if len(row) == 2:
            yes = _between(row[1], self.said[0], self.was[0])
            return [1 - yes, yes]
        return [_between(p, *points) for p, points in zip(row, self._points(), strict=True)]

    def _points(self) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
        return list(zip(self.said, self.was, strict=True))


#: A map as the product holds it; None where probabilities stay as they are.
Calibration: TypeAlias = Temperature | Vector | Beta | Isotonic


def _maps(classes: int) -> int:
    """How many maps of one class against the others there are."""
    return 1 if classes == 2 else classes


def _check(holds: bool, what: str) -> None:
    """msgspec makes the error one of the file that is read, with its place."""
    if not holds:
        raise ValueError(what)


def _bounded(slopes: tuple[float, ...], offsets: tuple[float, ...]) -> bool:
    return all(0 <= s <= STEEPEST for s in slopes) and all(abs(o) <= 5 * STEEPEST for o in offsets)


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _between(p: float, said: tuple[float, ...], was: tuple[float, ...]) -> float:
    """numpy.interp of one value."""
    k = min(max(bisect_right(said, p), 1), len(said) - 1)
    share = (min(max(p, said[0]), said[-1]) - said[k - 1]) / (said[k] - said[k - 1])
    return was[k - 1] + share * (was[k] - was[k - 1])
