"""The same shop under gorse's paths, so that its SDKs work: feedback, users, items, recommendations, neighbours, sessions.

Names of keys are gorse's (https://gorse.io/docs/api/restful-api.html). Recommendations are ids alone, or with
`X-API-Version: 2` ids with scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from breakeven.errors import InputError
from breakeven.launch.server import Request, Route
from breakeven.scenarios.recommend import asks, rules
from breakeven.scenarios.recommend.events import Event, now
from breakeven.scenarios.recommend.kinds import ITEM
from breakeven.scenarios.recommend.live import Placed
from breakeven.scenarios.recommend.rules import Rules

if TYPE_CHECKING:
    from breakeven.scenarios.recommend.service import Shop


def routes(shop: Shop) -> list[Route]:
    """All routes."""

    async def feedback(body: Any) -> dict[str, int]:
        return {"RowAffected": (await shop.take(_feedback(body)))["kept"]}

    async def items(body: Any) -> dict[str, int]:
        return {"RowAffected": (await shop.take(_items(body)))["kept"]}

    return [
        *(Route(method, "/api/feedback", feedback) for method in ("POST", "PUT")),
        *(Route("POST", path, items) for path in ("/api/item", "/api/items")),
        *(Route("POST", path, lambda body: {"RowAffected": len(_list(body))}) for path in ("/api/user", "/api/users")),
        Route("GET", "/api/recommend/{user}", lambda r: _recommend(shop, r), whole=True),
        Route("GET", "/api/recommend/{user}/{category}", lambda r: _recommend(shop, r), whole=True),
        Route("POST", "/api/session/recommend", lambda r: _session(shop, r), whole=True),
        Route("GET", "/api/item/{item}/neighbors", lambda r: _neighbours(shop, r), whole=True),
        Route("GET", "/api/popular", lambda r: _scored(shop.live.favourites(_ask(shop, r)), r), whole=True),
        Route(
            "GET",
            "/api/non-personalized/popular",
            lambda r: _scored(shop.live.favourites(_ask(shop, r)), r),
            whole=True,
        ),
        Route("GET", "/api/health/live", lambda _: {"Ready": True}),
        Route("GET", "/api/health/ready", lambda _: {"Ready": True}),
    ]


def _list(body: Any) -> list[Any]:
    given = body if isinstance(body, list) else [body]
    if not given or not all(isinstance(one, Mapping) for one in given):
        raise InputError("body", "no list of objects", 'send [{"FeedbackType": ..., "UserId": ..., "ItemId": ...}]')
    return given


def _feedback(body: Any) -> list[Event]:
    """An event is known again by its type, user, item and time, as gorse does by the first three."""
    out = []
    for i, one in enumerate(_list(body)):
        where = f"[{i}]"
        user, item = asks.name(f"{where}, UserId", one.get("UserId")), asks.name(f"{where}, ItemId", one.get("ItemId"))
        kind, said = asks.kind(f"{where}, FeedbackType", one.get("FeedbackType", "event")), one.get("Timestamp") or None
        value = one.get("Value")
        key = None if said is None else f"{kind}|{user}|{item}|{said}"
        out.append(
            Event(
                user,
                item,
                kind,
                asks.when(f"{where}, Timestamp", said),
                float(value) if isinstance(value, int | float) else None,
                key,
            )
        )
    return out


def _items(body: Any) -> list[Event]:
    out = []
    for i, one in enumerate(_list(body)):
        told: dict[str, Any] = {"title": str(one.get("Comment") or "")}
        if isinstance(one.get("Categories"), list):
            told["categories"] = [str(c) for c in one["Categories"]]
        if "IsHidden" in one:
            told["stock"] = 0 if one["IsHidden"] else None
        out.append(Event("", asks.name(f"[{i}], ItemId", one.get("ItemId")), ITEM, now(), told=told))
    return out


def _ask(shop: Shop, request: Request) -> Rules:
    """`n`, `offset` and `category` as our rules; the first `offset` places are left out by the caller."""
    given: dict[str, Any] = {"k": _number(request, "n", 10) + _number(request, "offset", 0)}
    category = request.names.get("category") or request.query.get("category")
    if category:
        given["category"] = category
    return rules.asked(given, shop.live.usual)


def _number(request: Request, key: str, usual: int) -> int:
    value = request.query.get(key, str(usual))
    if not value.isdigit() or int(value) > rules.MOST_K:
        raise InputError(f"query, {key}", f"{value[:20]!r} is not a whole number up to {rules.MOST_K:,}", "mend it")
    return int(value)


def _recommend(shop: Shop, request: Request) -> list[Any]:
    shelf = shop.shelf(asks.name("user-id", request.names["user"]), replace(_ask(shop, request), explain=False))
    found = shelf[_number(request, "offset", 0) :]
    if request.headers.get("x-api-version") == "2":
        return [{"Id": p.item, "Score": p.score} for p in found]
    return [p.item for p in found]


def _session(shop: Shop, request: Request) -> list[dict[str, Any]]:
    events = [Event("", asks.name(f"[{i}], ItemId", one.get("ItemId")), str(one.get("FeedbackType", "event")), now())
              for i, one in enumerate(_list(request.body))]  # fmt: skip
    return _scored(shop.shelf(None, _ask(shop, request), events), request)


def _neighbours(shop: Shop, request: Request) -> list[dict[str, Any]]:
    return _scored(shop.live.similar(asks.name("item-id", request.names["item"]), _ask(shop, request)), request)


def _scored(shelf: list[Placed], request: Request) -> list[dict[str, Any]]:
    return [{"Id": p.item, "Score": p.score} for p in shelf[_number(request, "offset", 0) :]]
