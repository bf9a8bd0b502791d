"""Items as the service shows them: what is known of each, with scores and reasons where they are recommended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict

from msgspec import UNSET

from breakeven.scenarios.recommend.live_items import LiveItems
from breakeven.scenarios.recommend.recommender import Placed
from breakeven.scenarios.recommend.requests import SlateItem
from breakeven.scenarios.recommend.rules import Rules


class ItemFields(TypedDict, total=False):
    """What is known of an item, by the keys of a CatalogueItem."""

    item: Required[str]
    title: str
    categories: Sequence[str]
    hidden: bool
    price: float
    stock: float
    image: str


def slate_items(live: LiveItems, placed: Sequence[Placed], wanted: Rules) -> list[SlateItem]:
    """Recommended items, with what a page shows of each where reasons are wanted."""
    if not wanted.explain:
        return [SlateItem(p.item, score=p.score) for p in placed]
    return [
        SlateItem(
            **item_fields(live, live.number[p.item]), score=p.score, reason=UNSET if p.reason is None else p.reason
        )
        for p in placed
    ]


def item_fields(live: LiveItems, i: int) -> ItemFields:
    """Keys of a CatalogueItem by an item's index; what is not known is left out."""
    out: ItemFields = {"item": live.ids[i]}
    if live.titles[i]:
        out["title"] = live.titles[i]
    if live.categories[i]:
        out["categories"] = live.categories[i]
    if live.is_hidden[i]:
        out["hidden"] = True
    if live.prices[i] == live.prices[i]:
        out["price"] = float(live.prices[i])
    if live.stock[i] == live.stock[i]:
        out["stock"] = float(live.stock[i])
    if (picture := live.picture(i)) is not None:
        out["image"] = picture
    return out
