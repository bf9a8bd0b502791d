"""What a shop's product folder keeps beside its scorer, as types and bounds: nothing that does not fit is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np
from msgspec import Meta

from breakeven.core.types import Array
from breakeven.runtime.ranking.array_check import named, places, rows
from breakeven.runtime.ranking.settings import ScorerSettings
from breakeven.scenarios.recommend.item_pictures import Addresses

#: Most kinds of events, graphs and items of a slate.
MAX_KINDS, MAX_GRAPHS, MAX_K = 10_000, 64, 1000
Name = Annotated[str, Meta(max_length=1000)]


class ListAge(msgspec.Struct, frozen=True):
    """When the item list was written, and which fields it has."""

    written: float = 0.0
    fields: tuple[str, ...] = ()


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of product.json that a shop is served by; what the rules, arms and exploration hold is checked where they are used."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    scenario: str = "recommend"
    candidate: str
    route: str
    k: Annotated[int, Meta(ge=1, le=MAX_K)]
    kinds: Annotated[tuple[Name, ...], Meta(max_length=MAX_KINDS)]
    scorer: ScorerSettings
    graphs: Annotated[tuple[Annotated[str, Meta(pattern=r"^[0-9.]*graph$")], ...], Meta(max_length=MAX_GRAPHS)] = ()
    rules: dict[str, Any] | None = None
    arms: dict[str, Any] | None = None
    explore: dict[str, Any] | None = None
    pictures: Addresses | None = None
    worth: dict[str, float] | None = None
    item_list: ListAge | None = None
    friends_share: Annotated[float, Meta(ge=0, le=1)] | None = None
    timezone: Annotated[str, Meta(max_length=100)] | None = None
    encoding: Annotated[str, Meta(max_length=100)] | None = None
    log: Annotated[int, Meta(ge=0)] | None = None
    seed: Annotated[int, Meta(ge=0)] = 0
    repeat: Literal["never", "viewed", "allowed"] | None = None
    again: bool | None = None
    timed: bool | None = None
    segments: tuple[str | None, ...] | None = None


class Listed(msgspec.Struct, frozen=True):
    """catalogue.json: what is known of each item in words."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    images: tuple[str, ...]


def check(about: About, listed: Listed, users: int, held: Mapping[str, Array]) -> None:
    """Whether the parts of a shop fit each other. Raises ValueError saying which does not."""
    items = len(listed.ids)
    if not items or len(set(listed.ids)) < items:
        raise ValueError("an item occurs twice" if items else "there are no items")
    if any(len(part) != items for part in (listed.titles, listed.categories, listed.texts, listed.images)):
        raise ValueError("titles, categories, texts and images are not as many as items")
    if not all(math.isfinite(weight) for weight in (about.worth or {}).values()):
        raise ValueError("the weight of a kind of events is no number")
    _zone(about.timezone or "UTC")
    _events(about, items, users, held)
    _items(items, held)
    _optional(items, users, held)


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name[:60]!r}") from None


def _events(about: About, items: int, users: int, held: Mapping[str, Array]) -> None:
    """What everybody did, and what is popular."""
    count = len(places(held, "items", (None,), items))
    rows(held, "starts", users, count)
    named(held, "weights", "float", (count,))
    named(held, "times", "float", (count,))
    places(held, "kinds", (count,), max(len(about.kinds), 1), "code")
    if count and not about.kinds:
        raise ValueError("events of no kind")
    named(held, "popular", "float", (items,))


def _items(items: int, held: Mapping[str, Array]) -> None:
    """Prices, neighbours, n-grams of what is written, and items that nobody took."""
    named(held, "prices", "float", (items,), finite=False)
    named(held, "stock", "float", (items,), finite=False)
    _rows_of(held, "near", ("columns", "values"), items, items)
    grams = len(named(held, "gram_values", "code", (None,)))
    rows(held, "gram_starts", items, grams)
    counts = held.get("gram_counts", np.zeros(0))
    named(held, "gram_counts", "float" if counts.dtype.kind == "f" else "code", (grams,))
    cold = len(places(held, "cold", (None,), items))
    _rows_of(held, "cold", ("near", "how"), cold, items)


def _rows_of(held: Mapping[str, Array], name: str, parts: tuple[str, str], count: int, items: int) -> None:
    """Rows of items and numbers: `name_starts`, and the two parts."""
    length = len(places(held, f"{name}_{parts[0]}", (None,), items))
    named(held, f"{name}_{parts[1]}", "float", (length,))
    rows(held, f"{name}_starts", count, length)


def _optional(items: int, users: int, held: Mapping[str, Array]) -> None:
    """Arrays that products of earlier versions do not have."""
    if len(named(held, "friends", "whole", (None, 2))):
        places(held, "friends", (None, 2), users)
    if "by_segment" in held:
        named(held, "by_segment", "float", (None, items))
    for name in ("hidden_items", "listed"):
        if name in held:
            named(held, name, "flag", (items,))
    if "refusals" in held and len(named(held, "refusals", "whole", (None, 2))):
        who, what = held["refusals"].T
        places({"refusals": who}, "refusals", (None,), users)
        places({"refusals": what}, "refusals", (None,), items)
