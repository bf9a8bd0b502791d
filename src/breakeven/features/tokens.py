"""Texts as rows of tokens for nets trained from scratch: known parts of words as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from breakeven.core.types import Array
from breakeven.features import text
from breakeven.features.media import Media
from breakeven.features.packed import Packed, PartKind, PartSettings

#: Parts known at the most, and tokens read of a text.
MOST_PARTS, LONGEST = 50_000, 128
#: Numbers of nothing, and of a word never seen; known parts follow.
PAD, UNKNOWN, FIRST = 0, 1, 2


@dataclass(frozen=True)
class TokenRows:
    """Rows of different lengths: row i is `values[starts[i]:starts[i + 1]]` (t, PARTS)."""

    starts: Array
    values: Array

    def __len__(self) -> int:
        return len(self.starts) - 1

    def padded(self, rows: Array) -> Array:
        """Some rows as (b, longest of them, PARTS) int64; a row has one token at the least."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        longest = max(1, int(lengths.max(initial=0)))
        out = np.zeros((len(rows), longest, self.values.shape[1]), dtype=np.int64)
        where = np.arange(longest) < lengths[:, None]
        positions = np.repeat(self.starts[rows], lengths) + _ranks(lengths)
        out[where] = self.values[positions]
        out[lengths == 0, 0, 0] = UNKNOWN
        return out


@dataclass(frozen=True)
class Tokens:
    """`hashes` (v,) sorted uint32 of the parts seen in training."""

    kind: ClassVar[PartKind] = "tokens"
    column: str
    place: int
    key: str
    hashes: Array

    @classmethod
    def fit(cls, column: str, place: int, key: str, X: Array, media: Media) -> Tokens:
        """Learn which parts there are: seen twice or more (once, below 1,000 rows), the commonest first."""
        _, values = text.tokens(_normal(media.texts(column, X[:, place])), LONGEST)
        hashes, counts = np.unique(values[values != 0], return_counts=True)
        least = 2 if len(X) >= 1000 else 1
        if (counts >= least).sum() > MOST_PARTS:
            least = int(np.sort(counts)[-MOST_PARTS])
        return cls(column, place, key, hashes[counts >= least])

    @property
    def size(self) -> int:
        """Numbers that occur in rows: pad, unknown, and one a known part."""
        return FIRST + len(self.hashes)

    def rows(self, X: Array, media: Media) -> TokenRows:
        """Tokens of rows of the base matrix."""
        starts, values = text.tokens(_normal(media.texts(self.column, X[:, self.place])), LONGEST)
        if not len(self.hashes):
            return TokenRows(starts, np.where(np.arange(values.shape[1]) == 0, UNKNOWN, PAD) + 0 * values.astype(int))
        ids = np.minimum(np.searchsorted(self.hashes, values), len(self.hashes) - 1)
        known = (self.hashes[ids] == values) & (values != 0)
        out = np.where(known, ids + FIRST, PAD).astype(np.int32)
        out[(out == PAD).all(axis=1), 0] = UNKNOWN
        return TokenRows(starts, out)

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Numbers of the parts of each token: (n, longest, PARTS)."""
        return {f"{self.key}_ids": self.rows(X, media).padded(np.arange(len(X)))}

    def pack(self) -> Packed[PartSettings]:
        """As plain data and an array."""
        return Packed(PartSettings(self.kind, self.column, self.place, self.key), {"hashes": self.hashes})

    @classmethod
    def unpack(cls, packed: Packed[PartSettings]) -> Tokens:
        """Back from plain data."""
        plain = packed.plain
        return cls(plain.column, plain.place, plain.key, packed.arrays["hashes"])


def _ranks(lengths: Array) -> Array:
    """0, 1, ... within each row of these lengths."""
    starts = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) - np.repeat(starts, lengths))


def _normal(texts: Sequence[str]) -> list[str]:
    return [text.normal(t) for t in texts]
