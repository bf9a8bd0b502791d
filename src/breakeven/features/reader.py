"""What a model reads of texts and images beside the table: parts fitted on training rows, each giving named inputs.

A `Reader` is to texts and images what a `View` is to numbers. It packs into plain JSON and arrays, so that serving
reads rows exactly as training did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeVar

import numpy as np

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Array
from breakeven.features.image import hog
from breakeven.features.media import Media, Memory
from breakeven.features.numeric import Given
from breakeven.features.packed import Packed, PartKind, PartSettings, ReaderSettings
from breakeven.features.text import MOST_CHARACTERS, WORD_BIT
from breakeven.features.tokens import Tokens
from breakeven.features.view import View

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Value = TypeVar("Value")
#: n-grams kept at the most, the commonest first; a product holds one row of weights for each.
MOST_GRAMS = 60_000
#: A word says more than the many windows of characters inside it: 0.5 to 0.7 points in English, none in Chinese (LAB.md).
WORDS_WEIGH = 2.0
#: Images described at a time.
CHUNK = 256


class Part(Protocol):
    """Reads one column. `key` starts the names of its inputs."""

    kind: ClassVar[PartKind]

    @property
    def column(self) -> str:
        """The column's name."""

    @property
    def place(self) -> int:
        """Its place in the base matrix."""

    @property
    def key(self) -> str:
        """How the names of its inputs start."""

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Named inputs (n, ...) of the base matrix (n, p)."""

    def pack(self) -> Packed[PartSettings]:
        """As plain data; each part also has a class method `unpack` that takes it."""


@dataclass(frozen=True)
class Grams:
    """TF-IDF of n-grams: `hashes` (v,) sorted uint32 of those seen in training, `idf` (v,), words' weighed up."""

    kind: ClassVar[PartKind] = "grams"
    column: str
    place: int
    key: str
    hashes: Array
    idf: Array

    @classmethod
    def fit(cls, column: str, index: int, key: str, X: Array, media: Media) -> Grams:
        """Learn which n-grams there are: those in two texts or more (in any, below 1,000 rows), the commonest first."""
        found = media.grams(column, X[:, index])
        hashes, counts = np.unique(found.values, return_counts=True)
        least = 2 if len(found) >= 1000 else 1
        if (counts >= least).sum() > MOST_GRAMS:
            least = int(np.sort(counts)[-MOST_GRAMS])
        kept = counts >= least
        # Smoothed, as scikit-learn's TfidfVectorizer has it: ln((1 + n) / (1 + df)) + 1.
        idf = np.log((1 + len(found)) / (1 + counts[kept])) + 1
        idf[hashes[kept] >= WORD_BIT] *= WORDS_WEIGH
        return cls(column, index, key, hashes[kept], idf.astype(np.float32))

    @property
    def width(self) -> int:
        """How many n-grams are known."""
        return len(self.hashes)

    def sparse(self, X: Array, media: Media) -> tuple[Array, Array, Array]:
        """Rows as (starts (n + 1,), ids, weights): 1 + ln(count) times idf, at length 1."""
        found = media.grams(self.column, X[:, self.place])
        if not len(self.hashes):
            return np.zeros(len(X) + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
        ids = np.minimum(np.searchsorted(self.hashes, found.values), len(self.hashes) - 1)
        known = self.hashes[ids] == found.values
        rows = np.repeat(np.arange(len(found)), np.diff(found.starts))[known]
        ids = ids[known]
        weights = (1 + np.log(found.counts[known])) * self.idf[ids]
        length = np.sqrt(np.bincount(rows, weights.astype(float) ** 2, minlength=len(found)))
        weights = weights / np.maximum(length, 1e-12)[rows]
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(found)))])
        return starts, ids, weights.astype(np.float32)

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Ids (n, m) and weights (n, m), padded with id 0 at weight 0 to the longest row."""
        starts, ids, weights = self.sparse(X, media)
        lengths = np.diff(starts)
        shape = (len(X), max(1, int(lengths.max(initial=0))))
        where = np.arange(shape[1]) < lengths[:, None]
        padded, heavy = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
        padded[where], heavy[where] = ids, weights
        return {f"{self.key}_ids": padded, f"{self.key}_weights": heavy}

    def pack(self) -> Packed[PartSettings]:
        """As plain data and two arrays."""
        return Packed(
            PartSettings(self.kind, self.column, self.place, self.key), {"hashes": self.hashes, "idf": self.idf}
        )

    @classmethod
    def unpack(cls, packed: Packed[PartSettings]) -> Grams:
        """Back from plain data."""
        plain, arrays = packed.plain, packed.arrays
        return cls(plain.column, plain.place, plain.key, arrays["hashes"], arrays["idf"])


@dataclass(frozen=True)
class Pixels:
    """Images as they are: (n, side, side, channels) uint8."""

    kind: ClassVar[PartKind] = "pixels"
    column: str
    place: int
    key: str

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """The pixels."""
        return {f"{self.key}_pixels": media.pixels(self.column, X[:, self.place])}

    def pack(self) -> Packed[PartSettings]:
        """As plain data."""
        return Packed(PartSettings(self.kind, self.column, self.place, self.key))

    @classmethod
    def unpack(cls, packed: Packed[PartSettings]) -> Self:
        """Back from plain data."""
        return cls(packed.plain.column, packed.plain.place, packed.plain.key)


@dataclass(frozen=True)
class Hog(Pixels):
    """Oriented gradients and coarse colour of images: (n, d) float32."""

    kind: ClassVar[PartKind] = "hog"

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """The features, kept on disk where values last."""

        def make(refs: Array) -> Array:
            parts = [hog(media.pixels(self.column, refs[i : i + CHUNK])) for i in range(0, max(len(refs), 1), CHUNK)]
            return np.concatenate(parts)

        return {f"{self.key}_hog": media.derived(self.column, "hog", make, X[:, self.place])}


# Making one of 250,000 pieces takes a quarter of a second: as long as reading a thousand short texts with it.
@lru_cache(maxsize=4)
def _tokenizer(file: str, longest: int) -> Tokenizer:
    """The tokenizer of a JSON file's content, which reads at most `longest` pieces. Raises MissingExtra."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtra(
            "a pretrained encoder", "tokenizers is not installed", "pip install 'breakeven[pretrained]'"
        ) from None
    made = Tokenizer.from_str(file)
    made.no_padding()
    made.enable_truncation(longest)
    return made


@dataclass(frozen=True)
class Pieces:
    """Word pieces of a pretrained encoder: (n, longest) int64, by the `tokenizers` library; `pad` fills short rows."""

    kind: ClassVar[PartKind] = "pieces"
    column: str
    place: int
    key: str
    tokenizer: str
    longest: int
    pad: int = 0

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Piece numbers, padded to the longest row of the batch."""
        texts = [t[:MOST_CHARACTERS] for t in media.texts(self.column, X[:, self.place])]
        rows = [e.ids for e in _tokenizer(self.tokenizer, self.longest).encode_batch(texts)]
        out = np.full((len(rows), max(1, max(map(len, rows), default=1))), self.pad, dtype=np.int64)
        for i, row in enumerate(rows):
            out[i, : len(row)] = row
        return {f"{self.key}_ids": out}

    def pack(self) -> Packed[PartSettings]:
        """As plain data and the tokenizer's own file."""
        plain = PartSettings(self.kind, self.column, self.place, self.key, self.longest, self.pad)
        return Packed(plain, {}, {"tokenizer.json": self.tokenizer})

    @classmethod
    def unpack(cls, packed: Packed[PartSettings]) -> Pieces:
        """Back from plain data."""
        plain = packed.plain
        return cls(plain.column, plain.place, plain.key, packed.files["tokenizer.json"], plain.longest, plain.pad)


PARTS: dict[str, type[Grams | Tokens | Pixels | Pieces | Given]] = {
    kind.kind: kind for kind in (Grams, Tokens, Pixels, Hog, Pieces, Given)
}


@dataclass(frozen=True)
class Reader:
    """The table's view (None: no table, or not read) and the parts that read texts and images."""

    table: View | None
    parts: tuple[Part, ...]

    def inputs(self, X: Array, media: Media | None = None) -> dict[str, Array]:
        """All named inputs of rows of the base matrix (n, p)."""
        out = {"x": self.table.apply(X)} if self.table is not None else {}
        for part in self.parts:
            out |= part.inputs(X, media or Memory())
        return out

    def pack(self) -> Packed[ReaderSettings]:
        """As plain data, arrays and files, each part's under its key."""
        packed = [part.pack() for part in self.parts]
        return Packed(
            ReaderSettings(self.table, tuple(one.plain for one in packed)),
            {f"{one.plain.key}.{name}": values for one in packed for name, values in one.arrays.items()},
            {f"{one.plain.key}.{name}": words for one in packed for name, words in one.files.items()},
        )

    @classmethod
    def unpack(cls, packed: Packed[ReaderSettings]) -> Reader:
        """Back from plain data."""
        parts = [
            PARTS[plain.kind].unpack(Packed(plain, _own(packed.arrays, plain.key), _own(packed.files, plain.key)))
            for plain in packed.plain.parts
        ]
        return cls(packed.plain.table, tuple(parts))


def _own(everything: Mapping[str, Value], key: str) -> dict[str, Value]:
    return {name.removeprefix(f"{key}."): value for name, value in everything.items() if name.startswith(f"{key}.")}
