"""Why an item is on a shelf, in words that a customer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array
from breakeven.scenarios.recommend.event_types import plain

if TYPE_CHECKING:
    from breakeven.scenarios.recommend.state import Did, State

#: A person's last events in which a reason is looked for.
LOOKED_AT = 50
VERBS = {"en": {"view": "viewed", "click": "viewed", "cart": "put in your cart", "addtocart": "put in your cart", "purchase": "bought",
                "transaction": "bought", "buy": "bought", "order": "bought", "like": "liked", "star": "liked", "read": "read"},
         "zh": {"view": "看过", "click": "看过", "cart": "加购了", "addtocart": "加购了", "purchase": "买过", "transaction": "买过", "buy": "买过",
                "order": "买过", "like": "喜欢", "star": "喜欢", "read": "读过", "浏览": "看过", "加购": "加购了", "购买": "买过"}}  # fmt: skip
POPULAR = {"en": "popular now", "zh": "近期热门"}
_NO_ITEMS, _NO_VALUES = np.zeros(0, dtype=np.int64), np.zeros(0)
LIKED = {"en": "liked", "zh": "喜欢"}


def rows(live: State, history: Sequence[Did]) -> list[tuple[Did, dict[int, float]]]:
    """The last events of a history, the newest first, each with the items (and how much) that go with its item."""
    found: list[tuple[Did, dict[int, float]]] = []
    for did in reversed(history[-LOOKED_AT:]):
        columns, values = live.product.likeness.row(did.item) if did.item < live.known else (_NO_ITEMS, _NO_VALUES)
        found.append((did, dict(zip(columns.tolist(), values.tolist(), strict=True))))
    return found


def of(live: State, item: int, rows: Sequence[tuple[Did, Mapping[int, float]]], language: str) -> str:
    """The event that speaks most for an item, by how many took both; else what it reads like, or that it is popular."""
    most, why = 0.0, None
    for age, (did, together) in enumerate(rows):
        if did.item == item or item >= live.known:
            continue
        value = together.get(item, 0.0) * (1 + did.weight) / (1 + age / LOOKED_AT)
        if value > most:
            most, why = value, did
    if why is not None:
        verb = VERBS[language].get(plain(why.kind), LIKED[language])
        title = live.title(why.item)
        return f"because you {verb} {title}" if language == "en" else f"因为您{verb}《{title}》"
    near = live.reads_like(item)
    if near is not None:
        return f"new, and like {live.title(near)}" if language == "en" else f"新品,与《{live.title(near)}》相似"
    if not rows:
        return POPULAR[language]
    return "people with a taste like yours took it" if language == "en" else "与您口味相近的人也喜欢"


def similar(live: State, item: int, other: int, language: str) -> str:
    """Why an item goes with another one: the same people took both, or it reads like it."""
    title = live.title(other)
    together = max(item, other) < live.known and _at(live.product.likeness.row(other), item) > 0
    if language == "en":
        return f"people who took {title} took it too" if together else f"like {title}"
    return f"选了《{title}》的人也选了它" if together else f"与《{title}》相似"


def _at(row: tuple[Array, Array], item: int) -> float:
    columns, values = row
    hit = columns == item
    return float(values[hit][0]) if hit.any() else 0.0
