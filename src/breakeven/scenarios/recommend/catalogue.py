"""A shop as numbers, as reading makes it and serving keeps it. Needs numpy alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from breakeven.core.types import Array, Column, Finding
from breakeven.runtime.ranking.histories import Histories


@dataclass(frozen=True)
class Catalogue:
    """What is known of each item, in order of their numbers: NaN prices and stocks, empty titles where nothing is."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    prices: Array
    stock: Array
    texts: tuple[str, ...]
    images: tuple[str, ...]
    #: Which items (items,) are shown to nobody, whatever their stock.
    hidden: Array


@dataclass(frozen=True)
class Segments:
    """The number of each person's segment (people,), -1 where none is known; `names` of the segments of `column`; the segment of
    everybody who is listed, also of those without events; how much likelier it makes an event (mean log ratio) where a segment's
    own events are added to `shrink` of everybody's.
    """

    numbers: Array
    column: str | None = None
    names: tuple[str, ...] = ()
    listed: Mapping[str, int] = field(default_factory=dict)
    gain: float = 0.0
    shrink: float = 0.0


@dataclass(frozen=True)
class Shop:
    """A shop as numbers: `seen` are all events of weight above 0, `kinds` their kinds (n,), `friends` pairs of users (m, 2)."""

    users: tuple[str, ...]
    items: Catalogue
    seen: Histories
    kinds: Array
    kind_names: tuple[str, ...]
    worth: Mapping[str, float]
    timed: bool
    friends: Array
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    #: The file of each item's picture, None where it has none; read while it is learned from, never published.
    pictures: tuple[Path | None, ...] = ()
    segments: Segments = Segments(np.zeros(0, dtype=np.int32))
    #: Numbers of users and items (m, 2): what a user refused and is not shown.
    refusals: Array = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))

    @property
    def fingerprint(self) -> str:
        """A name made of all that is learned from."""
        digest = hashlib.sha256()
        for part in (
            self.seen.starts,
            self.seen.items,
            self.seen.weights,
            self.seen.times,
            self.friends,
            self.refusals,
            self.items.prices,
            self.items.stock,
            self.items.hidden,
            self.segments.numbers,
        ):
            digest.update(np.ascontiguousarray(part).tobytes())
        for words in (
            self.users,
            self.items.ids,
            self.items.titles,
            self.items.texts,
            [str(c) for c in self.items.categories],
        ):
            digest.update("\0".join(words).encode())
        for file in self.pictures:
            told = file.stat() if file is not None and file.is_file() else None
            digest.update(f"{file} {told.st_size if told else 0} {told.st_mtime_ns if told else 0}\n".encode())
        return digest.hexdigest()[:16]
