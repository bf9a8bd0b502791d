"""The same shop under gorse's paths, so that its SDKs work: feedback, users, items, recommendations, neighbours, sessions.

Names of keys are gorse's (https://gorse.io/docs/api/restful-api.html). Recommendations are ids alone, or with `X-API-Version: 2` ids with scores.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET

from breakeven.core.errors import InputError
from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.event_types import ITEM, plain
from breakeven.scenarios.recommend.gorse_messages import (
    Feedback,
    FeedbackShown,
    Health,
    Item,
    ItemChange,
    ItemList,
    ItemShown,
    ListQuery,
    RecommendQuery,
    RowsAffected,
    Score,
    SessionFeedback,
    User,
    UserList,
    UserShown,
)
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.recommender import Placed
from breakeven.scenarios.recommend.requests import MAX_OFFSET, Batch
from breakeven.scenarios.recommend.rules import MAX_K, Rules, SlateQuery, changed
from breakeven.serving.endpoint import Endpoint, Plain, Request


class Unknown(InputError):
    """No user or item of that name."""

    status = 404


class Gorse:
    """The endpoints under /api of one shop."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop

    def endpoints(self) -> list[Endpoint]:
        """All endpoints."""
        return [*self._written(), *self._items(), *self._users(), *self._recommended(), *self._health()]

    def _written(self) -> list[Endpoint]:
        return [
            *(
                Endpoint(
                    method,
                    "/api/feedback",
                    self.insert_feedback,
                    "gorse: insert feedback",
                    request=Batch[Feedback],
                    response=RowsAffected,
                    shorthand=as_list,
                )
                for method in ("POST", "PUT")
            ),
            *(
                Endpoint(
                    "POST",
                    path,
                    self.insert_items,
                    "gorse: insert items",
                    request=Batch[Item],
                    response=RowsAffected,
                    shorthand=as_list,
                )
                for path in ("/api/item", "/api/items")
            ),
            *(
                Endpoint(
                    "POST",
                    path,
                    self.insert_users,
                    "gorse: insert users",
                    request=Batch[User],
                    response=RowsAffected,
                    shorthand=as_list,
                )
                for path in ("/api/user", "/api/users")
            ),
        ]

    def _items(self) -> list[Endpoint]:
        one = "/api/item/{item}"
        return [
            Endpoint(
                "PATCH", one, self.change_item, "gorse: change an item", request=ItemChange, response=RowsAffected
            ),
            Endpoint("DELETE", one, self.hide_item, "gorse: hide an item", response=RowsAffected),
            Endpoint("GET", one, self.item, "gorse: an item", response=ItemShown),
            Endpoint("GET", "/api/items", self.items, "gorse: items", query=ListQuery, response=ItemList),
            Endpoint(
                "GET",
                f"{one}/neighbors",
                self.neighbors,
                "gorse: neighbours of an item",
                query=RecommendQuery,
                response=list[Score],
            ),
        ]

    def _users(self) -> list[Endpoint]:
        one = "/api/user/{user}"
        return [
            Endpoint("GET", one, self.user, "gorse: a user", response=UserShown),
            Endpoint("GET", "/api/users", self.users, "gorse: users", query=ListQuery, response=UserList),
            Endpoint(
                "GET",
                f"{one}/feedback/{{kind}}",
                self.feedback,
                "gorse: a user's feedback",
                response=list[FeedbackShown],
            ),
        ]

    def _recommended(self) -> list[Endpoint]:
        popular = ("/api/popular", "/api/non-personalized/popular")
        return [
            *(
                # gorse's own clients send a slash at the end where they name no category.
                Endpoint(
                    "GET",
                    f"/api/recommend/{{user}}{rest}",
                    self.recommend,
                    "gorse: recommend items to a user",
                    query=RecommendQuery,
                    response=list[str | Score],
                    records=True,
                    hot=not rest,
                )
                for rest in ("", "/", "/{category}")
            ),
            Endpoint(
                "POST",
                "/api/session/recommend",
                self.recommend_to_session,
                "gorse: recommend items to a visitor",
                request=Batch[SessionFeedback],
                query=RecommendQuery,
                response=list[Score],
                shorthand=as_list,
            ),
            *(
                Endpoint("GET", path, self.popular, "gorse: popular items", query=RecommendQuery, response=list[Score])
                for path in popular
            ),
        ]

    def _health(self) -> list[Endpoint]:
        paths = ("/api/health/live", "/api/health/ready")
        return [Endpoint("GET", path, self.health, "gorse: health", response=Health) for path in paths]

    async def insert_feedback(self, request: Request[list[Feedback], None]) -> RowsAffected:
        """POST and PUT /api/feedback."""
        return await self._take([_event(f"[{i}]", one) for i, one in enumerate(request.body)])

    async def insert_items(self, request: Request[list[Item], None]) -> RowsAffected:
        """POST /api/item and /api/items."""
        return await self._take([_item_event(f"[{i}]", one) for i, one in enumerate(request.body)])

    def insert_users(self, request: Request[list[User], None]) -> RowsAffected:
        """POST /api/user and /api/users: users are checked and counted."""
        for i, one in enumerate(request.body):
            requests.checked_id(f"[{i}], UserId", one.user_id)
        return RowsAffected(len(request.body))

    async def change_item(self, request: Request[ItemChange, None]) -> RowsAffected:
        """PATCH /api/item/{item}."""
        body, item = request.body, self.shop.live.ids[self._known(request)]
        hidden = UNSET if body.is_hidden is None else body.is_hidden
        return await self._take([_item_event("", Item(item, body.comment, body.categories, is_hidden=hidden))])

    async def hide_item(self, request: Plain) -> RowsAffected:
        """DELETE /api/item/{item}."""
        return await self._take([_item_event("", Item(self.shop.live.ids[self._known(request)], is_hidden=True))])

    def item(self, request: Plain) -> ItemShown:
        """GET /api/item/{item}."""
        return self._shown(self._known(request))

    def items(self, request: Request[None, ListQuery]) -> ItemList:
        """GET /api/items."""
        found = self.shop.live.find(request.query.q)
        part, cursor = _page(request.query, len(found))
        return ItemList([self._shown(i) for i in found[part]], cursor)

    def user(self, request: Plain) -> UserShown:
        """GET /api/user/{user}."""
        user, live = requests.checked_id("user-id", request.path["user"]), self.shop.live
        if user not in live.people and user not in live.since:
            raise Unknown("user-id", f"nothing is known of {user[:60]!r}", "see /api/users")
        return UserShown(user)

    def users(self, request: Request[None, ListQuery]) -> UserList:
        """GET /api/users."""
        names = self.shop.live.names()
        part, cursor = _page(request.query, len(names))
        return UserList([UserShown(name) for name in names[part]], cursor)

    def feedback(self, request: Plain) -> list[FeedbackShown]:
        """GET /api/user/{user}/feedback/{kind}: the last events of a kind, the oldest first."""
        user, kind = requests.checked_id("user-id", request.path["user"]), plain(request.path["kind"])
        live = self.shop.live
        return [
            FeedbackShown(d.kind, user, live.ids[d.item], d.weight, datetime.fromtimestamp(d.at, UTC).isoformat())
            for d in live.history(user)
            if plain(d.kind) == kind
        ]

    def recommend(self, request: Request[None, RecommendQuery]) -> list[str] | list[Score]:
        """GET /api/recommend/{user} and /api/recommend/{user}/{category}."""
        if (
            request.query.write_back_type is not UNSET and request.query.write_back_type
        ):  # gorse's Go client sends it empty
            raise InputError(
                "query, write-back-type",
                "what is shown is not written back as feedback",
                "send what is read to /api/feedback",
            )
        user = requests.checked_id("user-id", request.path["user"])
        slate = self.shop.slate(user, replace(self._rules(request), explain=False))
        if request.header(b"x-api-version") == "2":
            return _scores(slate, request.query)
        return [p.item for p in slate[request.query.offset :]]

    def recommend_to_session(self, request: Request[list[SessionFeedback], RecommendQuery]) -> list[Score]:
        """POST /api/session/recommend."""
        events = [
            Event(
                "",
                requests.checked_id(f"[{i}], ItemId", one.item_id),
                requests.checked_kind(f"[{i}], FeedbackType", one.feedback_type),
                now(),
            )
            for i, one in enumerate(request.body)
        ]
        return _scores(self.shop.slate(None, self._rules(request), events), request.query)

    def neighbors(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/item/{item}/neighbors."""
        item = requests.checked_id("item-id", request.path["item"])
        return _scores(self.shop.live.similar(item, self._rules(request)), request.query)

    def popular(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/popular."""
        return _scores(self.shop.live.favourites(self._rules(request)), request.query)

    def health(self, request: Plain) -> Health:
        """GET /api/health/live and /api/health/ready."""
        return Health(True)

    async def _take(self, events: list[Event]) -> RowsAffected:
        return RowsAffected((await self.shop.take(events))["kept"])

    def _rules(self, request: Request[Any, RecommendQuery]) -> Rules:
        """`n`, `offset` and `category` as our rules; the first `offset` items are left out afterwards."""
        query, category = request.query, request.path.get("category") or request.query.category
        k = query.n + query.offset
        if not 1 <= k <= MAX_K:
            raise InputError("query, n", f"{k:,} items with the offset", f"send a whole number from 1 to {MAX_K:,}")
        return changed(self.shop.live.usual, SlateQuery(k=k, category=category or UNSET))

    def _known(self, request: Request[Any, None]) -> int:
        """The index of the path's item. Raises Unknown."""
        number = self.shop.live.number.get(requests.checked_id("item-id", request.path["item"]))
        if number is None:
            raise Unknown("item-id", f"{request.path['item'][:60]!r} is not in the catalogue", "see /api/items")
        return number

    def _shown(self, i: int) -> ItemShown:
        live = self.shop.live
        return ItemShown(live.ids[i], bool(live.stock[i] <= 0), live.categories[i], live.titles[i])


def as_list(body: object) -> object:
    """One object as a list of one."""
    return [body] if isinstance(body, dict) else body


def _event(where: str, one: Feedback) -> Event:
    user = requests.checked_id(f"{where}, UserId", one.user_id)
    item = requests.checked_id(f"{where}, ItemId", one.item_id)
    kind = requests.checked_kind(f"{where}, FeedbackType", one.feedback_type)
    given = None if one.timestamp == "" else one.timestamp
    own = None if given is None else f"{kind}|{user}|{item}|{given}"
    return Event(user, item, kind, requests.seconds(f"{where}, Timestamp", given), one.value, own)


def _item_event(where: str, one: Item) -> Event:
    """An item as an event of the log."""
    told: dict[str, object] = {}
    if one.comment is not None:
        told["title"] = one.comment
    if one.categories is not None:
        told["categories"] = one.categories
    if one.is_hidden is not UNSET:
        told["stock"] = 0 if one.is_hidden else None
    return Event("", requests.checked_id(f"{where}, ItemId", one.item_id), ITEM, now(), data=told)


def _page(query: ListQuery, count: int) -> tuple[slice, str]:
    """The part of a list of `count` that a query names, and the cursor after it (empty at the end)."""
    begin = min(int(query.cursor or 0), MAX_OFFSET)
    end = begin + max(1, query.n)
    return slice(begin, end), str(end) if end < count else ""


def _scores(slate: list[Placed], query: RecommendQuery) -> list[Score]:
    return [Score(p.item, p.score) for p in slate[query.offset :]]
