"""What text and image columns refer to: the base matrix holds a number, the value lies here.

In training the values lie on disk, images as one memory-mapped array, so memory does not grow with their number. When
serving they are those of the request. NaN refers to nothing: an empty text, a grey image.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson

from breakeven.core.private import private_folder
from breakeven.core.types import Array
from breakeven.features import text as ngrams
from breakeven.features.text import Ragged

#: What a missing image shows: mid grey.
GREY = 128


class Media(Protocol):
    """Values of text and image columns by reference."""

    def texts(self, column: str, refs: Array) -> list[str]:
        """Texts (n,) of references (n,), as they were given."""

    def pixels(self, column: str, refs: Array) -> Array:
        """Images (n, side, side, channels) uint8 of references (n,)."""

    def grams(self, column: str, refs: Array) -> Ragged:
        """Hashed n-grams of the texts."""

    def derived(self, column: str, name: str, make: Callable[[Array], Array], refs: Array) -> Array:
        """What `make` (references -> (n, d)) gives for references (n,), computed once where values last."""


@dataclass
class Memory:
    """The values of one request, or of a table at hand."""

    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    images: Mapping[str, Array] = field(default_factory=dict)

    def texts(self, column: str, refs: Array) -> list[str]:
        """Texts of references."""
        held = self.words[column]
        return ["" if r != r else held[int(r)] for r in refs.tolist()]

    def pixels(self, column: str, refs: Array) -> Array:
        """Images of references."""
        return _taken(self.images[column], refs)

    def grams(self, column: str, refs: Array) -> Ragged:
        """Hashed n-grams of the texts."""
        return ngrams.grams([ngrams.normal(t) for t in self.texts(column, refs)])

    def derived(self, column: str, name: str, make: Callable[[Array], Array], refs: Array) -> Array:
        """Computed anew: a request's values come once."""
        return make(refs)


@dataclass(frozen=True)
class Disk:
    """A folder with the values of every text and image column of a table."""

    folder: Path

    def texts(self, column: str, refs: Array) -> list[str]:
        """Texts of references."""
        held = _texts(self._place(column) / "texts.json")
        return ["" if r != r else held[int(r)] for r in refs.tolist()]

    def pixels(self, column: str, refs: Array) -> Array:
        """Images of references, read from the memory map."""
        return _taken(_mapped(self._place(column) / "pixels.npy"), refs)

    def grams(self, column: str, refs: Array) -> Ragged:
        """Hashed n-grams of the texts, hashed once and kept on disk."""
        folder = self._place(column) / "grams"
        if not (folder / "counts.npy").is_file():
            made = ngrams.grams([ngrams.normal(t) for t in _texts(self._place(column) / "texts.json")])
            for name, values in (("starts", made.starts), ("values", made.values), ("counts", made.counts)):
                save(folder / f"{name}.npy", values)
        held = Ragged(*(_mapped(folder / f"{name}.npy") for name in ("starts", "values", "counts")))
        return held.take(np.where(np.isnan(refs), -1, refs).astype(np.int64))

    def derived(self, column: str, name: str, make: Callable[[Array], Array], refs: Array) -> Array:
        """Computed for every value of the column on first use and kept on disk."""
        path = self._place(column) / f"{name}.npy"
        if not path.is_file():
            everything = np.arange(self.count(column), dtype=float)
            # One row more, at the end: what a missing value gives.
            save(path, np.concatenate([make(everything), make(np.array([np.nan]))]))
        held = _mapped(path)
        return np.asarray(held[np.where(np.isnan(refs), len(held) - 1, refs).astype(np.int64)])

    def has(self, column: str, name: str) -> bool:
        """Whether something derived is kept already."""
        return (self._place(column) / f"{name}.npy").is_file()

    def keep(self, column: str, name: str, values: Array) -> None:
        """Keep something derived: a row for each value, and one for a missing value."""
        save(self._place(column) / f"{name}.npy", values)

    def count(self, column: str) -> int:
        """How many values a column has."""
        folder = self._place(column)
        if (folder / "texts.json").is_file():
            return len(_texts(folder / "texts.json"))
        return len(_mapped(folder / "pixels.npy"))

    def _place(self, column: str) -> Path:
        return self.folder / column_folder(column)


def column_folder(column: str) -> str:
    """A file-name-safe name for a column."""
    return f"c-{column.encode().hex()[:40]}-{hashlib.sha256(column.encode()).hexdigest()[:16]}"


def save(path: Path, values: Array) -> None:
    """Write an array whole or not at all; two processes that write the same do no harm."""
    private_folder(path.parent)
    beside = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npy")
    np.save(beside, values)
    beside.replace(path)


@lru_cache(maxsize=16)
def _texts(path: Path) -> list[str]:
    return orjson.loads(path.read_bytes())  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _mapped(path: Path) -> Array:
    held: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    return held


def _taken(held: Array, refs: Array) -> Array:
    known = ~np.isnan(refs)
    if known.all():
        return np.asarray(held[refs.astype(np.int64)])
    out = np.full((len(refs), *held.shape[1:]), GREY, dtype=np.uint8)
    out[known] = held[refs[known].astype(np.int64)]
    return out
