"""A shop as numbers, as reading makes it and serving keeps it. Needs numpy alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from breakeven.core.types import Array, Column, Finding
from breakeven.runtime.ranking.histories import Histories

#: The fields of an item that can change while it is served -> what a Catalogue calls them.
FIELDS: Mapping[str, str] = {
    "title": "titles",
    "text": "texts",
    "categories": "categories",
    "price": "prices",
    "stock": "stock",
    "hidden": "hidden",
    "image": "images",
}


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
    #: Which items (items,) are never shown, whatever their stock.
    hidden: Array
    #: Which items (items,) the shop lists: those of its list, or sent since; all where there is no list.
    listed: Array


@dataclass(frozen=True)
class ListAge:
    """When an item list was written (seconds since 1970, 0: there is none) and which fields it has."""

    written: float = 0.0
    fields: frozenset[str] = frozenset()

    def left(self, data: Mapping[str, object], at: float, is_listed: bool) -> dict[str, object] | None:
        """What still holds of a change that was sent at a time; None where the list has dropped the item since.

        >>> age = ListAge(100.0, frozenset({"stock"}))
        >>> age.left({"stock": 0, "hidden": True}, 99.0, True), age.left({"stock": 0}, 101.0, True), age.left({}, 99.0, False)
        ({'hidden': True}, {'stock': 0}, None)
        """
        known = {key: value for key, value in data.items() if key in FIELDS}
        if at >= self.written:
            return known
        return {key: value for key, value in known.items() if key not in self.fields} if is_listed else None


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
    event_weights: Mapping[str, float]
    timed: bool
    friends: Array
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    #: The file of each item's picture, None where it has none; read while it is learned from, never published.
    pictures: tuple[Path | None, ...] = ()
    segments: Segments = Segments(np.zeros(0, dtype=np.int32))
    list_age: ListAge = ListAge()
    #: What comes back on a shelf: never, viewed or allowed.
    repeat: str = "never"

    @property
    def refusals(self) -> Array:
        """Numbers of users and items (m, 2): what a user refused and has not taken after all, which is not shown to them."""
        return np.stack(self.seen.refusals(), axis=1)

    @property
    def fingerprint(self) -> str:
        """A name made of all that is learned from."""
        digest = hashlib.sha256(self.repeat.encode())
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
            status = file.stat() if file is not None and file.is_file() else None
            digest.update(f"{file} {status.st_size if status else 0} {status.st_mtime_ns if status else 0}\n".encode())
        return digest.hexdigest()[:16]
