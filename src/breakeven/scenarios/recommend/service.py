"""HTTP routes of a shop: events in, shelves out, under our paths and under gorse's. No training library is imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from breakeven.core.errors import InputError
from breakeven.online.event_log import log_of
from breakeven.scenarios.recommend import api_schema, gorse, requests, rules
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.online_experiment import plan
from breakeven.scenarios.recommend.product import Loaded, load
from breakeven.scenarios.recommend.recommender import Placed
from breakeven.scenarios.recommend.rules import Rules
from breakeven.serving import openapi
from breakeven.serving.server import Busy, Raw, Request, Route

__all__ = ["load", "routes"]


#: Seconds after which a thread that holds the interpreter lets another have it: the writer of events waits for it a few times a
#: transaction, and the usual 5 ms each time would hold events up for as long as answers are made.
SWITCH = 5e-4


def routes(product: Loaded, folder: Path, verdict: dict[str, Any]) -> list[Route]:
    """All routes of a product; `folder` keeps the events."""
    sys.setswitchinterval(SWITCH)
    shop = LiveShop(product, log_of(folder, product.about["name"]))
    report = folder / "build" / "latest" / "report.html"
    page = resources.files("breakeven.scenarios.recommend").joinpath("page.html").read_bytes()
    told = about(product, verdict)
    out = [
        Route("GET", "/health/ready", lambda _: ready(shop)),
        Route("POST", "/v1/events", lambda body: shop.take(requests.events(body))),
        Route("POST", "/v1/items", lambda body: shop.take(requests.items(body))),
        Route("GET", "/v1/items", lambda r: catalogue(shop, r), whole=True),
        Route("GET", "/v1/recommend/{user}", lambda r: recommend(shop, r), whole=True, records=True),
        Route("POST", "/v1/session/recommend", lambda r: session(shop, r), whole=True),
        Route("GET", "/v1/items/{item}/similar", lambda r: similar(shop, r), whole=True),
        Route("GET", "/v1/popular", lambda r: popular(shop, r), whole=True),
        Route("GET", "/v1/users/{user}", lambda r: person(shop, r), whole=True),
        Route("GET", "/v1/about", lambda _: told),
        Route("GET", "/v1/experiment", lambda _: {**shop.trial.told(), "impressions_lost": shop.lost}),
        Route("GET", "/v1/experiment/plan", lambda r: plan(r.query), whole=True),
        Route("GET", "/", lambda _: Raw(page)),
        Route("GET", "/report", lambda _: Raw(report.read_bytes() if report.is_file() else b"no report")),
        *gorse.routes(shop),
    ]
    spec = api_schema.spec(product.about["name"], out)
    docs = openapi.page(spec, "/v1/events", api_schema.BODIES["/v1/events"])
    return [*out, Route("GET", "/openapi.json", lambda _: spec), Route("GET", "/docs", lambda _: Raw(docs))]


def ready(shop: LiveShop) -> dict[str, bool | int]:
    """GET /health/ready; `unreadable_rows` where stored rows cannot be read and were left out.

    Raises Busy while the log of other processes cannot be read: answers are then of what was known before.
    """
    if shop.shared:
        shop.catch_up()
    if shop.behind:
        raise Busy("the database cannot be reached; answers do not know of the newest events")
    left_out = shop.log.unreadable.count
    return {"ready": True, "unreadable_rows": left_out} if left_out else {"ready": True}


def recommend(shop: LiveShop, request: Request) -> dict[str, Any]:
    """GET /v1/recommend/{user}: a shelf; a person nobody met yet gets what is popular."""
    ask = rules.asked(request.query, shop.live.usual)
    user = requests.name("user", request.names["user"])
    return {"user": user, "items": placed(shop, shop.shelf(user, ask), ask)}


def session(shop: LiveShop, request: Request) -> dict[str, Any]:
    """POST /v1/session/recommend: a shelf for a visitor without a name, from the events of this visit; nothing is kept."""
    ask = rules.asked(request.query, shop.live.usual)
    return {"items": placed(shop, shop.shelf(None, ask, requests.events(request.body, anonymous=True)), ask)}


def similar(shop: LiveShop, request: Request) -> dict[str, Any]:
    """GET /v1/items/{item}/similar: items that go with one."""
    ask = rules.asked(request.query, shop.live.usual)
    item = requests.name("item", request.names["item"])
    return {"item": item, "items": placed(shop, shop.live.similar(item, ask), ask)}


def popular(shop: LiveShop, request: Request) -> dict[str, Any]:
    """GET /v1/popular: what most people took of late."""
    ask = rules.asked(request.query, shop.live.usual)
    return {"items": placed(shop, shop.live.favourites(ask), ask)}


def person(shop: LiveShop, request: Request) -> dict[str, Any]:
    """GET /v1/users/{user}: the last events of a person, the newest first."""
    user = requests.name("user", request.names["user"])
    history = shop.live.history(user)
    last = [
        {"item": shop.live.ids[d.item], "title": shop.live.title(d.item), "kind": d.kind}
        for d in reversed(history[-20:])
    ]
    return {"user": user, "events": len(history), "last": last}


def catalogue(shop: LiveShop, request: Request) -> dict[str, Any]:
    """GET /v1/items: the catalogue by pages (`offset`, `k`), or what a search finds (`q`)."""
    query = dict(request.query)
    words, offset = query.pop("q", ""), query.pop("offset", "0")
    if not offset.isdecimal() or len(offset) > gorse.LONGEST_NUMBER:
        raise InputError("query, offset", f"{offset[:20]!r} is not a whole number", "correct it")
    ask, live = rules.asked(query, shop.live.usual), shop.live
    hits = live.find(words)
    part = hits[int(offset) : int(offset) + ask.k]
    return {"items": [shown(shop, i) for i in part], "of": len(hits)}


def shown(shop: LiveShop, i: int) -> dict[str, Any]:
    """An item as a page shows it; what is not known is left out."""
    live = shop.live
    out: dict[str, Any] = {"item": live.ids[i]}
    if live.titles[i]:
        out["title"] = live.titles[i]
    if live.categories[i]:
        out["categories"] = live.categories[i]
    for key, values in (("price", live.prices), ("stock", live.stock)):
        if values[i] == values[i]:
            out[key] = float(values[i])
    return out


def placed(shop: LiveShop, shelf: list[Placed], ask: Rules) -> list[dict[str, Any]]:
    """A shelf as JSON."""
    if not ask.explain:
        return [{"item": p.item, "score": p.score} for p in shelf]
    return [
        {**shown(shop, shop.live.number[p.item]), "score": p.score, **({"reason": p.reason} if p.reason else {})}
        for p in shelf
    ]


def about(product: Loaded, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What the page tells: who answers, how good it was, on what."""
    out = {"name": product.about["name"], "candidate": product.about["candidate"], "route": product.about["route"], "k": product.about["k"],
           "users": len(product.users), "items": len(product.catalogue.ids), "events": len(product.seen.items),
           "kinds": product.about["kinds"], "sample": list(product.users[:8])}  # fmt: skip
    for key in ("sentence", "curves", "shop", "metric", "test", "chosen"):
        if key in verdict:
            out[key] = verdict[key]
    return out
