"""gorse's recommendations: for users and visitors, popular and latest items, and items that go with one.

Recommendations to a user are ids alone, or with `X-API-Version: 2` ids with scores.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from msgspec import UNSET

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.gorse_messages import RecommendQuery, Rows, Score, SessionFeedback
from breakeven.scenarios.recommend.gorse_paths import Unknown, as_list, at, moment, path_id
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.recommender import Placed
from breakeven.scenarios.recommend.rules import MAX_K, Rules, SlateQuery, changed, names_of
from breakeven.serving.endpoint import Endpoint, Request


class GorseSlates:
    """The endpoints of recommendations."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop
        seen = shop.live.product.seen
        #: When each item came (items,), in seconds since 1970; 0 for not known. At first when it was first taken.
        self._times = np.full(shop.live.known, np.inf)
        np.minimum.at(self._times, seen.items, seen.times)
        self._times[~np.isfinite(self._times)] = 0.0

    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        listed = {"query": RecommendQuery, "response": list[Score]}
        slate = {"query": RecommendQuery, "response": list[str | Score], "records": True, "hot": True}
        visit = {"request": Rows[SessionFeedback], "shorthand": as_list, "scope": "read", **listed}
        near = "/api/item/{item}/neighbors[/{category}]"
        return [
            *at("GET", "/api/recommend/{user}[/{category}]", self.recommend, "recommend items to a user", **slate),
            *at("POST", "/api/session/recommend[/{category}]", self.session, "recommend items to a visitor", **visit),
            *at("GET", "/api/popular[/{category}]", self.popular, "popular items", **listed),
            *at("GET", "/api/non-personalized/popular[/{category}]", self.popular, "popular items", **listed),
            *at("GET", "/api/latest[/{category}]", self.latest, "the newest items", **listed),
            *at("GET", "/api/non-personalized/latest[/{category}]", self.latest, "the newest items", **listed),
            *at("GET", near, self.neighbors, "items that go with one", **listed),
            *at("GET", "/api/item-to-item/neighbors/{item}", self.neighbors, "items that go with one", **listed),
        ]

    def recommend(self, request: Request[None, RecommendQuery]) -> list[str] | list[Score]:
        """GET /api/recommend/{user} and /api/recommend/{user}/{category}."""
        user, ask = path_id(request, "user"), self._rules(request)
        slate = self.shop.slate(user, replace(ask, explain=False))
        if request.header(b"x-api-version") == "2":
            return _scores(slate, request.query)
        return [p.item for p in slate[request.query.offset :]]

    def session(self, request: Request[list[SessionFeedback], RecommendQuery]) -> list[Score]:
        """POST /api/session/recommend."""
        events = [_visit(f"[{i}]", one, self.shop.zone) for i, one in enumerate(request.body)]
        return _scores(self.shop.visit(None, self._listed(request), events), request.query)

    def neighbors(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/item/{item}/neighbors."""
        item = path_id(request, "item")
        if item not in self.shop.live.number:
            raise Unknown("item-id", f"{item[:60]!r} is not in the catalogue", "see /api/items")
        return _scores(self.shop.live.similar(item, self._listed(request)), request.query)

    def popular(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/popular."""
        return _scores(self.shop.live.favourites(self._listed(request)), request.query)

    def latest(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/latest: by the item's Timestamp, else when it was first sent or taken."""
        times = self._newest()
        return _scores(self.shop.live.listed(times, times.copy(), self._listed(request)), request.query)

    def _newest(self) -> Array:
        """When each item came (items,), with what was sent since the last call."""
        live, profiles = self.shop.live, self.shop.profiles
        if len(self._times) < len(live.ids):
            self._times = np.append(self._times, np.zeros(len(live.ids) - len(self._times)))
        changed, profiles.retimed = profiles.retimed, {}
        for item in changed:
            number, time = live.number.get(item), profiles.time_of(item)
            if number is not None and time is not None:
                self._times[number] = time
        return self._times

    def _listed(self, request: Request[object, RecommendQuery]) -> Rules:
        """The rules of a list that is not personal, without what the user named by `user-id` is not shown."""
        ask, live, named = self._rules(request), self.shop.live, request.query.user_id
        if not named:
            return ask
        user = requests.checked_id("query, user-id", named)
        numbers = set(live.barred(user).tolist())
        return replace(ask, exclude=(*ask.exclude, *(live.ids[i] for i in numbers)))

    def _rules(self, request: Request[object, RecommendQuery]) -> Rules:
        """`n`, `offset` and `category` as our rules; the first `offset` items are left out afterwards."""
        query = request.query
        check_query(request)
        k = query.n + query.offset
        if k > MAX_K:
            raise InputError("query, n", f"{k:,} items with the offset", f"send at most {MAX_K:,} of both")
        names = names_of(query.category) or names_of(request.path.get("category", ""))
        rules = changed(self.shop.live.usual, SlateQuery(k=k, category=names[:1] or UNSET))
        return replace(rules, every_category=names[1:]) if names[1:] else rules


def check_query(request: Request[object, RecommendQuery]) -> None:
    """Refuse keys that gorse's clients know and that cannot be obeyed; empty ones say nothing. Raises InputError."""
    query, path = request.query, request.path
    if query.write_back_type or query.write_back_delay.strip("0hms."):
        key = "write-back-type" if query.write_back_type else "write-back-delay"
        raise InputError(
            f"query, {key}", "what is shown is not written back as feedback", "send what is read to /api/feedback"
        )
    if "user" in path and query.user_id not in ("", path["user"]):
        raise InputError("query, user-id", "the path names another user", "leave it out")
    if query.item_id not in ("", path.get("item", "")):
        raise InputError("query, item-id", "the path does not name that item", "leave it out")
    if "category" in path and {*names_of(query.category)} - {path["category"]}:
        raise InputError("query, category", "the path names another category", "leave one of them out")


def _visit(where: str, one: SessionFeedback, zone: str) -> Event:
    item = requests.checked_id(f"{where}, ItemId", one.item_id)
    kind = requests.checked_kind(f"{where}, FeedbackType", one.feedback_type)
    if one.user_id not in (None, ""):
        requests.checked_id(f"{where}, UserId", str(one.user_id))
    at_ = moment(f"{where}, Timestamp", one.timestamp, zone)
    return Event("", item, kind, now() if at_ is None else at_, one.value or None)


def _scores(slate: list[Placed], query: RecommendQuery) -> list[Score]:
    return [Score(p.item, p.score) for p in slate[query.offset :]]
