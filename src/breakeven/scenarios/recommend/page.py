"""The shop's page: whose shelf, what is on it, and what clicks change; nothing is stored unless staff say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from breakeven.core.verdict import Text
from breakeven.report import labels
from breakeven.scenarios.recommend.event_types import CANCELLATIONS, PURCHASES, RATINGS, REFUSALS, plain
from breakeven.scenarios.recommend.item_pictures import folder
from breakeven.serving import assets, pages
from breakeven.serving.endpoint import Content

PACKAGE = "breakeven.scenarios.recommend"
SAY = labels.of(PACKAGE, "page")
#: The page's own script.
SCRIPTS = {"shop.js": assets.script("shop.js", PACKAGE)}
#: Buttons of an item: so many of what says yes, and of what says no.
WISHES, REFUSED = 3, 1
#: How kinds are called on buttons, by their names as `plain` has them; others show their own name.
CALLED = {
    **dict.fromkeys(("event", "click", "like", "wishlist", "dislike", "refund", "skip", "read", "play"), ""),
    **dict.fromkeys(("view", "viewed", "pageview", "itemview", "viewitem", "pv"), "view"),
    **dict.fromkeys(("cart", "addtocart", "productadded"), "cart"),
    **dict.fromkeys(("addtowishlist", "productaddedtowishlist"), "wishlist"),
    **dict.fromkeys(("removefromcart", "cartremove", "removecart", "remove", "productremoved"), "remove"),
    **dict.fromkeys(sorted(PURCHASES), "purchase"),
    **dict.fromkeys(sorted(RATINGS), "rating"),
}


def page(about: Mapping[str, Any]) -> Content:
    """The page of a shop; `about` is what GET /v1/about answers."""
    sentence = about.get("sentence")
    counts = {name: f"{about[name]:,}" for name in ("items", "users", "events")}
    return pages.page(
        "page.html",
        PACKAGE,
        str(about["name"]),
        SCRIPTS,
        [folder(base) for base in about["pictures"]],
        t=SAY,
        does=SAY("page.does", **counts),
        verdict=Text(en=sentence["en"], zh=sentence["zh"]) if sentence else None,
        words=orjson.dumps(_live()).decode(),
        kinds=orjson.dumps([{"kind": kind, **_both(called(kind))} for kind in offered(about["kinds"])]).decode(),
    )


def offered(kinds: Sequence[str]) -> list[str]:
    """Kinds that an item has buttons for, of those ordered by `about.by_weight`: the lightest wishes, the strongest, and one no.

    >>> offered(["view", "cart", "star", "purchase", "dislike", "refund"])
    ['view', 'cart', 'purchase', 'dislike']
    """
    refused = [kind for kind in kinds if plain(kind) in REFUSALS or plain(kind) in CANCELLATIONS]
    wishes = [kind for kind in kinds if kind not in refused]
    return [*(wishes if len(wishes) <= WISHES else [*wishes[: WISHES - 1], wishes[-1]]), *refused[:REFUSED]]


def called(kind: str) -> Text:
    """What a button of a kind says.

    >>> called("Add to cart").zh, called("poke").en
    ('加入购物车', 'poke')
    """
    name = plain(kind)
    return SAY(f"kind.{CALLED[name] or name}") if name in CALLED else Text(en=kind, zh=kind)


def _live() -> dict[str, dict[str, str]]:
    """Texts that the page's script shows."""
    return {name.removeprefix("live."): _both(text) for name, text in SAY.texts.items() if name.startswith("live.")}


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
