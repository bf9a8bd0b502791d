"""Items that read alike: hashed n-grams of title, categories and text, weighed by how rare they are (tf-idf, cosine).

It is how an item that nobody took yet is recommended: by what is known of the items it reads like. No library but numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from breakeven.core.types import Array
from breakeven.features import text
from breakeven.features.text import Ragged
from breakeven.runtime.ranking.histories import best
from breakeven.runtime.ranking.items import Items
from breakeven.scenarios.recommend.catalogue import Catalogue

#: Items looked at around one; hashes kept of an item; likeness below which two items are strangers.
NEAR, LEAST = 10, 0.1
#: Hashes that more than this share of items have say nothing.
COMMON = 0.5


@dataclass(frozen=True)
class Content:
    """The n-grams of items (a row each), ready to be compared."""

    grams: Ragged

    @staticmethod
    def of(words: Sequence[str]) -> Content:
        """From each item's words."""
        return Content(text.grams([text.normal(w) for w in words]))

    @cached_property
    def _index(self) -> tuple[Array, Array, Array, Array]:
        """Distinct hashes, where their items start, the items, and the weights there."""
        rows = np.repeat(np.arange(len(self.grams)), np.diff(self.grams.starts))
        hashes, inverse = np.unique(self.grams.values, return_inverse=True)
        having = np.bincount(inverse, minlength=len(hashes))
        rarity = np.log1p(len(self.grams) / np.maximum(having, 1)) * (having <= max(2, COMMON * len(self.grams)))
        weights = (1 + np.log(np.maximum(self.grams.counts, 1))) * rarity[inverse]
        norms = np.sqrt(np.bincount(rows, weights**2, len(self.grams)))
        weights = weights / np.maximum(norms[rows], 1e-9)
        order = np.argsort(inverse, kind="stable")
        return hashes, np.concatenate([[0], np.cumsum(having)]), rows[order], weights[order]

    def like(self, words: str, among: Array | None = None) -> tuple[Array, Array]:
        """The items that read most like some words, and how much (0 to 1); `among` (items,) marks those that count."""
        return next(self.like_each([words], among))

    def like_each(self, words: Sequence[str], among: Array | None = None) -> Iterator[tuple[Array, Array]]:
        """`like` of many; their n-grams are found at once."""
        own = text.grams([text.normal(w) for w in words])
        for part in (slice(a, b) for a, b in zip(own.starts[:-1], own.starts[1:], strict=True)):
            yield self._like(own.values[part], own.counts[part], among)

    def _like(self, values: Array, counts: Array, among: Array | None) -> tuple[Array, Array]:
        """`like` of the n-grams (g,) of a text."""
        hashes, starts, items, weights = self._index
        if not len(values) or not len(hashes):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        positions = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
        there = hashes[positions] == values
        positions, counts = positions[there], counts[there]
        having = starts[positions + 1] - starts[positions]
        rare = having <= max(2, COMMON * len(self.grams))
        positions, having, counts = positions[rare], having[rare], counts[rare]
        mine = (1 + np.log(np.maximum(counts, 1))) * np.log1p(len(self.grams) / np.maximum(having, 1))
        at = np.repeat(starts[positions] - np.cumsum(having) + having, having) + np.arange(having.sum())
        total = np.bincount(items[at], weights[at] * np.repeat(mine, having), len(self.grams))
        total = total / max(np.sqrt(np.sum(mine**2)), 1e-9)
        if among is not None:
            total[~among] = 0
        near = np.flatnonzero(total >= LEAST)  # first, because partitioning thousands of zeros takes longest of all
        near = near[best(total[near].astype(np.float32), NEAR)]
        return near, total[near]


def words(title: str, categories: tuple[str, ...], description: str) -> str:
    """What is read of an item."""
    return " ".join([title, *categories, description]).strip()


def known(catalogue: Catalogue, pictures: Array | None = None) -> Items:
    """What models read of the items of a catalogue; `pictures` are vectors (items, d)."""
    described = zip(catalogue.titles, catalogue.categories, catalogue.texts, strict=True)
    number: dict[str, int] = {}
    first = [number.setdefault(own[0], len(number)) if own else -1 for own in catalogue.categories]
    none = np.zeros((len(catalogue.ids), 0), dtype=np.float32)
    seen = none if pictures is None else pictures
    return Items([words(*one) for one in described], catalogue.prices, np.array(first, dtype=np.int32), seen)
