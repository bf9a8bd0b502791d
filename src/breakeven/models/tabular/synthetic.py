"""Synthetic rows for rare classes, from a conditional GAN over the base matrix of a table, or over images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models.tabular import gan
from breakeven.models.tabular import gan_net as nets

#: Rows of a class below which it is not drawn: its rows would be copied, not learned from.
FEWEST = 8
#: Steps for images, each of which takes ten times one of a table.
IMAGE_STEPS = 600
#: A number that takes at most so many values is drawn as a category: it may count something.
FEW_VALUES = 12


@dataclass(frozen=True)
class Shape:
    """How a table's rows (n, p) become a GAN's (n, width) and back: numbers by their ranks as normal draws, one-hot blocks of
    the values of categories and of numbers with few; a number that is missing somewhere has a block that says so.
    """

    numbers: tuple[int, ...]
    ranked: tuple[Array, ...]
    blocks: tuple[int, ...]
    values: tuple[Array, ...]
    holed: tuple[int, ...]

    @classmethod
    def fit(cls, X: Array, columns: Sequence[int], levels: Sequence[int]) -> Shape:
        """Learn from rows (n, p) which of `columns` are what; `levels` (p,) are 0 for numbers."""
        numbers, ranked, blocks, values, holed = [], [], [], [], []
        for j in columns:
            known = X[~np.isnan(X[:, j]), j]
            distinct = np.unique(known)
            if levels[j] or len(distinct) <= FEW_VALUES:
                blocks.append(j)
                values.append(np.concatenate([distinct, [np.nan]] if len(known) < len(X) else [distinct]))
            else:
                numbers.append(j)
                ranked.append(np.sort(known))
                if len(known) < len(X):
                    holed.append(j)
        return cls(tuple(numbers), tuple(ranked), tuple(blocks), tuple(values), tuple(holed))

    @property
    def levels(self) -> tuple[int, ...]:
        """Widths of the one-hot blocks."""
        return (*(len(v) for v in self.values), *(2 for _ in self.holed))

    def out(self, X: Array) -> Array:
        """Rows as the GAN sees them, float32."""
        parts = [_normal(X[:, j], ranked)[:, None] for j, ranked in zip(self.numbers, self.ranked, strict=True)]
        for j, values in zip(self.blocks, self.values, strict=True):
            same = (X[:, j, None] == values) | (np.isnan(X[:, j, None]) & np.isnan(values))
            parts.append(same.astype(float))
        parts += [np.eye(2)[np.isnan(X[:, j]).astype(int)] for j in self.holed]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def back(self, made: Array, width: int) -> Array:
        """Made rows as rows (n, width) of the table."""
        X, at = np.full((len(made), width), np.nan), len(self.numbers)
        for k, (j, ranked) in enumerate(zip(self.numbers, self.ranked, strict=True)):
            places = _share(made[:, k].astype(float)) * (len(ranked) - 1)
            X[:, j] = np.interp(places, np.arange(len(ranked)), ranked)
        for j, values in zip(self.blocks, self.values, strict=True):
            X[:, j] = values[made[:, at : at + len(values)].argmax(axis=1)]
            at += len(values)
        for j in self.holed:
            X[made[:, at + 1] > made[:, at], j] = np.nan
            at += 2
        return X


def filled(X: Array, y: Array, layout: Layout, share: float, seed: int) -> tuple[Array, Array]:
    """Rows (n, p) and classes (n,) with made rows behind them, so that every class of FEWEST rows or more has at least
    `share` of the commonest one's; the same where none has fewer.
    """
    present, wanted = lacking(y, share)
    if not wanted.sum():
        return X, y
    shape = Shape.fit(X, layout.table, layout.levels)
    numbers, levels = len(shape.numbers), shape.levels
    count, known = len(present), np.searchsorted(present, y)
    pair = partial(_rows, numbers, levels, count)
    drawing = gan.fit(pair, shape.out(X), known, seed=seed)
    classes = np.repeat(np.arange(len(present)), wanted)
    made = shape.back(drawing.draw(classes, seed), X.shape[1])
    return np.concatenate([X, made]), np.concatenate([y, present[classes]])


def lacking(y: Array, share: float) -> tuple[Array, Array]:
    """Classes that are there, and how many rows each lacks of a share of the commonest one's; none where it has too few.

    >>> lacking(np.repeat([0, 1, 2], [100, 20, 3]), 0.5)[1].tolist()
    [0, 30, 0]
    """
    present, counts = np.unique(y, return_counts=True)
    wanted = np.maximum(np.ceil(share * counts.max()).astype(int) - counts, 0)
    wanted[counts < FEWEST] = 0
    return present, wanted


def images(pixels: Array, y: Array, wanted: tuple[Array, Array], seed: int) -> tuple[Array, Array]:
    """Made images (m, s, s, c) uint8 and their classes (m,) from real ones (n, s, s, c) uint8 and class numbers (n,).

    `wanted`: classes and how many of each, as `lacking` gives them.
    """
    present, counts = wanted
    classes = np.repeat(np.arange(len(present)), counts)
    height, width, channels = pixels.shape[1:]
    pair = partial(_images, (height, width, channels), len(present))
    rows = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    drawing = gan.fit(pair, rows, np.searchsorted(present, y), IMAGE_STEPS, seed)
    made = np.clip((drawing.draw(classes, seed) + 1) * 127.5, 0, 255).round().astype(np.uint8)
    return made.transpose(0, 2, 3, 1), present[classes]


def _rows(numbers: int, levels: tuple[int, ...], classes: int) -> nets.Adversarial:
    return nets.Adversarial(nets.RowMaker(numbers, levels, classes), nets.RowJudge(numbers + sum(levels), classes))


def _images(shape: tuple[int, int, int], classes: int) -> nets.Adversarial:
    return nets.Adversarial(nets.ImageMaker(shape, classes), nets.ImageJudge(shape[2], classes))


def _normal(values: Array, ranked: Array) -> Array:
    """Ranks among training values as normal quantiles; 0 where missing."""
    from scipy.special import ndtri

    low, high = np.searchsorted(ranked, values, "left"), np.searchsorted(ranked, values, "right")
    place = ((low + high) / 2 + 0.5) / (len(ranked) + 1)
    return np.where(np.isnan(values), 0.0, ndtri(np.clip(place, 1e-4, 1 - 1e-4)))


def _share(values: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(values))
