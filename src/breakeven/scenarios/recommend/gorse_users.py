"""gorse's users: inserted, changed, shown and listed; and those who did the same as a user."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain, count

from breakeven.core.errors import InputError
from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.event_types import USER
from breakeven.scenarios.recommend.gorse_messages import (
    RecommendQuery,
    Rows,
    RowsAffected,
    Score,
    User,
    UserChange,
    UserList,
    UserShown,
    UsersQuery,
)
from breakeven.scenarios.recommend.gorse_paths import Unknown, as_list, at, path_id
from breakeven.scenarios.recommend.gorse_slates import check_query
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.rules import names_of
from breakeven.scenarios.recommend.user_neighbours import neighbours
from breakeven.serving.endpoint import Endpoint, Plain, Request
from breakeven.serving.workers import aside


class GorseUsers:
    """The endpoints of users."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop

    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        many = {"request": Rows[User], "shorthand": as_list}
        near = {"query": RecommendQuery, "response": list[Score], "scope": "admin"}
        one, rows = "/api/user/{user}", {"response": RowsAffected}
        return [
            *at("POST", "/api/user", self.insert, "insert a user", **many, **rows),
            *at("POST", "/api/users", self.insert, "insert users", **many, **rows),
            *at("GET", "/api/users", self.users, "users", query=UsersQuery, response=UserList, scope="admin"),
            *at("GET", one, self.user, "a user", response=UserShown, scope="admin"),
            *at("PATCH", one, self.change, "change a user", request=UserChange, **rows),
            *at("DELETE", one, self.delete, "erase a user", **rows),
            *at("GET", f"{one}/neighbors[/]", self.neighbors, "users who did the same as one", **near),
            *at("GET", "/api/user-to-user/neighbors/{user}", self.neighbors, "users who did the same as one", **near),
        ]

    async def insert(self, request: Request[list[User], None]) -> RowsAffected:
        """POST /api/user and /api/users."""
        events = await aside(len(request.body), _events, request.body)
        return RowsAffected((await self.shop.take(events))["kept"])

    async def change(self, request: Request[UserChange, None]) -> RowsAffected:
        """PATCH /api/user/{user}."""
        user, body = self._known(request), request.body
        given = {"labels": body.labels, "subscribe": body.subscribe, "comment": body.comment}
        profile = {key: value for key, value in given.items() if value is not None}
        if not profile:
            return RowsAffected(0)
        return RowsAffected((await self.shop.take([Event(user, "", USER, now(), data=profile)]))["kept"])

    async def delete(self, request: Plain) -> RowsAffected:
        """DELETE /api/user/{user}: as DELETE /v1/users/{user}, from the log, the answers and the builds."""
        user = path_id(request, "user")
        known = user in self.shop.live.people or self.shop.profiles.knows(user)
        erased = await self.shop.erase_user(user)
        return RowsAffected(int(known or erased.events + erased.builds > 0))

    def user(self, request: Plain) -> UserShown:
        """GET /api/user/{user}."""
        return self._shown(self._known(request))

    def users(self, request: Request[None, UsersQuery]) -> UserList:
        """GET /api/users: those the product was built from, then those who came since. A cursor is a place among both."""
        live, profiles, out = self.shop.live, self.shop.profiles, list[UserShown]()
        begin, learned = int(request.query.cursor or 0), live.product.users
        come = zip(count(max(begin, len(learned))), profiles.met_from(max(begin - len(learned), 0)), strict=False)
        for index, name in chain(((p, learned[p]) for p in range(begin, len(learned))), come):
            if index < len(learned) and name not in live.people:  # erased, or merged with another
                continue
            if len(out) == request.query.n:
                return UserList(str(index), out)
            out.append(self._shown(name))
        return UserList("", out)

    async def neighbors(self, request: Request[None, RecommendQuery]) -> list[Score]:
        """GET /api/user/{user}/neighbors; nobody for a user who did nothing. Counted in a thread of its own."""
        query, user = request.query, path_id(request, "user")
        check_query(request)
        if names_of(query.category):
            raise InputError("query, category", "users have no categories", "leave it out")
        found = await asyncio.to_thread(neighbours, self.shop.live, user, query.n + query.offset)
        return [Score(name, score) for name, score in found[query.offset :]]

    def _known(self, request: Request[object, None]) -> str:
        """The path's user. Raises Unknown."""
        user = path_id(request, "user")
        if user not in self.shop.live.people and not self.shop.profiles.knows(user):
            raise Unknown("user-id", f"nothing is known of {user[:60]!r}", "see /api/users")
        return user

    def _shown(self, user: str) -> UserShown:
        profile = self.shop.profiles.users.get(user, {})
        return UserShown(user, profile.get("labels"), profile.get("subscribe"), profile.get("comment") or "")


def _events(body: Sequence[User]) -> list[Event]:
    """Users as events of the log. Raises InputError naming the place."""
    events = []
    for i, one in enumerate(body):
        profile = {"labels": one.labels, "subscribe": one.subscribe, "comment": one.comment or ""}
        events.append(Event(requests.checked_id(f"[{i}], UserId", one.user_id), "", USER, now(), data=profile))
    return events
