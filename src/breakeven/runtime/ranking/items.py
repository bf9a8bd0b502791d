"""What is known of items besides who took them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array
from breakeven.features import text


@dataclass(frozen=True)
class Items:
    """The words about each item, its price (items,) (NaN where there is none), the number of its first category (items,) (-1 where
    there is none), and a vector of its picture (items, d), zeros where there is none; d is 0 where no item has one.
    """

    words: Sequence[str]
    prices: Array
    categories: Array
    pictures: Array

    @staticmethod
    def of(words: Sequence[str]) -> Items:
        """Items of which only words are known."""
        n = len(words)
        return Items(words, np.full(n, np.nan), np.full(n, -1, dtype=np.int32), np.zeros((n, 0), dtype=np.float32))

    @property
    def described(self) -> bool:
        """Whether anything is written of any item, or any has a picture."""
        return any(self.words) or bool(self.pictures.shape[1])

    def __len__(self) -> int:
        return len(self.words)


def written(words: Sequence[str], width: int) -> Array:
    """What is written of each item (items, width): rare n-grams thrown onto so many numbers by their hash, of length 1."""
    grams = text.grams([text.normal(w) for w in words])
    rows = np.repeat(np.arange(len(grams)), np.diff(grams.starts))
    hashes, inverse = np.unique(grams.values, return_inverse=True)
    having = np.bincount(inverse, minlength=len(hashes)) if len(hashes) else np.zeros(0)
    weights = np.log1p(len(grams) / np.maximum(having, 1))[inverse] if len(hashes) else np.zeros(0)
    # Two of the hash's own bits choose the sign, the rest the number, as feature hashing does (Weinberger et al. 2009).
    mixed = grams.values.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    column, sign = (mixed >> np.uint64(33)) % np.uint64(width), np.where(mixed >> np.uint64(63), 1.0, -1.0)
    out = np.zeros((len(grams), width), dtype=np.float32)
    np.add.at(out, (rows, column.astype(np.int64)), (weights * sign).astype(np.float32))
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6))
