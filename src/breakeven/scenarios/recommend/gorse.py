"""The same shop under gorse's paths, so that its SDKs work: feedback, users, items, recommendations, neighbours, sessions.

Names of keys are gorse's (https://gorse.io/docs/api/restful-api.html). Recommendations are ids alone, or with
`X-API-Version: 2` ids with scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from breakeven.core import fields
from breakeven.core.errors import InputError
from breakeven.online.event_log import Event, now
from breakeven.online.event_types import ITEM, plain
from breakeven.scenarios.recommend import requests, rules
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.recommender import Placed
from breakeven.scenarios.recommend.rules import Rules
from breakeven.serving.server import Request, Route

#: Most digits of a number in a query; Python refuses to read some thousands.
LONGEST_NUMBER = 12
#: What gorse gives for a time that nobody told; how far a list may be paged.
NEVER, MOST_CURSOR = "0001-01-01T00:00:00Z", 1_000_000_000


def routes(shop: LiveShop) -> list[Route]:
    """All routes."""

    async def feedback(body: Any) -> dict[str, int]:
        return {"RowAffected": (await shop.take(_feedback(body)))["kept"]}

    async def items(body: Any) -> dict[str, int]:
        return {"RowAffected": (await shop.take(_items(body)))["kept"]}

    async def changed(request: Request) -> dict[str, int]:
        name = shop.live.ids[_known(shop, request)]
        told = {key: value for key, value in _list(request.body)[0].items() if value is not None}
        return await items({**told, "ItemId": name})

    async def hidden(request: Request) -> dict[str, int]:
        return await items({"ItemId": shop.live.ids[_known(shop, request)], "IsHidden": True})

    return [
        *(Route(method, "/api/feedback", feedback) for method in ("POST", "PUT")),
        *(Route("POST", path, items) for path in ("/api/item", "/api/items")),
        Route("PATCH", "/api/item/{item}", changed, whole=True),
        Route("DELETE", "/api/item/{item}", hidden, whole=True),
        Route("GET", "/api/item/{item}", lambda r: _shown(shop, _known(shop, r)), whole=True),
        Route(
            "GET",
            "/api/items",
            lambda r: _paged(r, "Items", shop.live.find(r.query.get("q", "")), partial(_shown, shop)),
            whole=True,
        ),
        Route("GET", "/api/user/{user}", lambda r: _person(_met(shop, r)), whole=True),
        Route("GET", "/api/users", lambda r: _paged(r, "Users", shop.live.names(), _person), whole=True),
        Route("GET", "/api/user/{user}/feedback/{kind}", lambda r: _done(shop, r), whole=True),
        *(Route("POST", path, _users) for path in ("/api/user", "/api/users")),
        # gorse's own clients ask with a slash at the end where they name no category
        *(
            Route("GET", f"/api/recommend/{{user}}{rest}", lambda r: _recommend(shop, r), whole=True, records=True)
            for rest in ("", "/", "/{category}")
        ),
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
    """The objects of a body, one or a list. Raises InputError naming the index of what is none, or is nested too deep."""
    given = body if isinstance(body, list) else [body]
    if not given or not isinstance(body, list | dict):
        raise InputError("body", "no list of objects", 'send [{"FeedbackType": ..., "UserId": ..., "ItemId": ...}]')
    for i, one in enumerate(given):
        if not isinstance(one, dict):
            raise InputError(f"[{i}]", f"{fields.described(one)} is no object", 'send [{"ItemId": ...}, ...]')
        for key, value in one.items():
            fields.shallow(f"[{i}], {key[:60]}", value)
    return given


def _feedback(body: Any) -> list[Event]:
    """An event is known again by its type, user, item and time, as gorse does by the first three."""
    out = []
    for i, one in enumerate(_list(body)):
        where = f"[{i}]"
        user, item = (
            requests.name(f"{where}, UserId", one.get("UserId")),
            requests.name(f"{where}, ItemId", one.get("ItemId")),
        )
        kind = requests.kind(f"{where}, FeedbackType", one.get("FeedbackType", "event"))
        said = None if one.get("Timestamp") == "" else one.get("Timestamp")
        at, value = requests.when(f"{where}, Timestamp", said), fields.number(f"{where}, Value", one.get("Value"))
        fields.text(f"{where}, Comment", one.get("Comment"), fields.LONGEST_TEXT)
        out.append(Event(user, item, kind, at, value, None if said is None else f"{kind}|{user}|{item}|{said}"))
    return out


def _items(body: Any) -> list[Event]:
    """Items as events of the log; Comment is the title. Labels are not kept."""
    out = []
    for i, one in enumerate(_list(body)):
        title = fields.text(f"[{i}], Comment", one.get("Comment"))
        told: dict[str, Any] = {} if title is None else {"title": title}
        if one.get("Categories") is not None:
            told["categories"] = fields.texts(f"[{i}], Categories", one["Categories"])
        fields.text(f"[{i}], Timestamp", one.get("Timestamp"))
        if "IsHidden" in one:
            told["stock"] = 0 if fields.flag(f"[{i}], IsHidden", one["IsHidden"]) else None
        out.append(Event("", requests.name(f"[{i}], ItemId", one.get("ItemId")), ITEM, now(), told=told))
    return out


def _users(body: Any) -> dict[str, int]:
    """People are known by what they do: users are checked and counted, and nothing of them is kept."""
    given = _list(body)
    for i, one in enumerate(given):
        requests.name(f"[{i}], UserId", one.get("UserId"))
        fields.text(f"[{i}], Comment", one.get("Comment"), fields.LONGEST_TEXT)
    return {"RowAffected": len(given)}


def _ask(shop: LiveShop, request: Request) -> Rules:
    """`n`, `offset` and `category` as our rules; the first `offset` places are left out by the caller."""
    given: dict[str, Any] = {"k": _number(request, "n", 10) + _number(request, "offset", 0)}
    category = request.names.get("category") or request.query.get("category")
    if category:
        given["category"] = category
    return rules.asked(given, shop.live.usual)


def _number(request: Request, key: str, usual: int, most: int = rules.MOST_K) -> int:
    value = request.query.get(key) or str(usual)
    if not value.isdecimal() or len(value) > LONGEST_NUMBER or int(value) > most:
        raise InputError(f"query, {key}", f"{value[:20]!r} is not a whole number up to {most:,}", "mend it")
    return int(value)


def _recommend(shop: LiveShop, request: Request) -> list[Any]:
    if "write-back-type" in request.query:
        raise InputError(
            "query, write-back-type",
            "what is shown is not written back as feedback",
            "send what is read to /api/feedback",
        )
    shelf = shop.shelf(requests.name("user-id", request.names["user"]), replace(_ask(shop, request), explain=False))
    found = shelf[_number(request, "offset", 0) :]
    if request.headers.get("x-api-version") == "2":
        return [{"Id": p.item, "Score": p.score} for p in found]
    return [p.item for p in found]


class Unknown(InputError):
    """Nobody, or nothing, of that name."""

    status = 404


def _known(shop: LiveShop, request: Request) -> int:
    number = shop.live.number.get(requests.name("item-id", request.names["item"]))
    if number is None:
        raise Unknown("item-id", f"{request.names['item'][:60]!r} is not in the catalogue", "see /api/items")
    return number


def _met(shop: LiveShop, request: Request) -> str:
    user = requests.name("user-id", request.names["user"])
    if user not in shop.live.people and user not in shop.live.since:
        raise Unknown("user-id", f"nothing is known of {user[:60]!r}", "see /api/users")
    return user


def _shown(shop: LiveShop, i: int) -> dict[str, Any]:
    live = shop.live
    return {"ItemId": live.ids[i], "IsHidden": bool(live.stock[i] <= 0), "Categories": live.categories[i], "Timestamp": NEVER,
            "Labels": None, "Comment": live.titles[i]}  # fmt: skip


def _person(user: str) -> dict[str, Any]:
    return {"UserId": user, "Labels": None, "Comment": ""}


def _done(shop: LiveShop, request: Request) -> list[dict[str, Any]]:
    """A person's last events of a kind, oldest first; the value is what an event weighs."""
    user, kind = requests.name("user-id", request.names["user"]), plain(request.names["kind"])
    live = shop.live
    return [{"FeedbackType": d.kind, "UserId": user, "ItemId": live.ids[d.item], "Value": d.weight, "Comment": "",
             "Timestamp": datetime.fromtimestamp(d.at, UTC).isoformat()}
            for d in live.history(user) if plain(d.kind) == kind]  # fmt: skip


def _paged(request: Request, name: str, found: Sequence[Any], show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """`n` of a list from a cursor on, and the cursor of those after them (empty at the end)."""
    begin, n = _number(request, "cursor", 0, MOST_CURSOR), max(1, _number(request, "n", 10))
    after = str(begin + n) if begin + n < len(found) else ""
    return {name: [show(one) for one in found[begin : begin + n]], "Cursor": after}


def _session(shop: LiveShop, request: Request) -> list[dict[str, Any]]:
    events = [
        Event(
            "",
            requests.name(f"[{i}], ItemId", one.get("ItemId")),
            requests.kind(f"[{i}], FeedbackType", one.get("FeedbackType", "event")),
            now(),
        )
        for i, one in enumerate(_list(request.body))
    ]
    return _scored(shop.shelf(None, _ask(shop, request), events), request)


def _neighbours(shop: LiveShop, request: Request) -> list[dict[str, Any]]:
    return _scored(shop.live.similar(requests.name("item-id", request.names["item"]), _ask(shop, request)), request)


def _scored(shelf: list[Placed], request: Request) -> list[dict[str, Any]]:
    return [{"Id": p.item, "Score": p.score} for p in shelf[_number(request, "offset", 0) :]]
