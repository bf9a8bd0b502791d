"""gorse's feedback: written, listed by pages, by user, by item and by type, and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.event_types import ITEM
from breakeven.scenarios.recommend.gorse_messages import (
    Feedback,
    FeedbackList,
    FeedbackQuery,
    FeedbackShown,
    Rows,
    RowsAffected,
)
from breakeven.scenarios.recommend.gorse_paths import Unknown, as_list, at, moment, path_id, shown_time
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.stored_feedback import StoredFeedback, Wanted
from breakeven.serving.endpoint import Endpoint, Plain, Request, always
from breakeven.serving.workers import aside


class GorseFeedback:
    """The endpoints of feedback."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop
        self._stored = StoredFeedback(shop.live, shop.events)

    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        rows = {"response": RowsAffected}
        written = {"request": Rows[Feedback], "shorthand": as_list, **rows}
        restricted = {"scope": "admin", "heavy": always}
        part = {"query": FeedbackQuery, "response": FeedbackList, **restricted}
        listed = {"response": list[FeedbackShown], **restricted}
        one = "/api/feedback/{kind}/{user}/{item}"
        return [
            *at("POST PUT", "/api/feedback", self.insert, "insert feedback", **written),
            *at("GET", "/api/feedback", self.page, "all feedback", **part),
            *at("GET", "/api/feedback/{kind}", self.page, "all feedback of a type", **part),
            *at("GET", "/api/feedback/{user}/{item}", self.listed, "what a user did with an item", **listed),
            *at("DELETE", "/api/feedback/{user}/{item}", self.delete, "delete what a user did with an item", **rows),
            *at("DELETE", one, self.delete, "delete what a user did with an item, of a type", **rows),
            *at(
                "GET", one, self.one, "the last of a type by a user about an item", response=FeedbackShown, **restricted
            ),
            *at("GET", "/api/user/{user}/feedback[/{kind}]", self.listed, "a user's feedback, of a type", **listed),
            *at("GET", "/api/item/{item}/feedback[/{kind}]", self.listed, "an item's feedback, of a type", **listed),
        ]

    async def insert(self, request: Request[list[Feedback], None]) -> RowsAffected:
        """POST and PUT /api/feedback. Unknown items enter the catalogue, without a title, as gorse's do."""
        events = await aside(len(request.body), _events, request.body, self.shop.zone)
        new = dict.fromkeys(e.item for e in events if e.item not in self.shop.live.number)
        entered = [Event("", item, ITEM, now(), data={}) for item in new]
        done = await self.shop.take([*entered, *events])
        return RowsAffected(done["kept"] - len(entered))

    def page(self, request: Request[None, FeedbackQuery]) -> FeedbackList:
        """GET /api/feedback and /api/feedback/{kind}."""
        query = request.query
        found, cursor = self._stored.page(query.cursor, query.n, _wanted(request).kind)
        return FeedbackList(cursor, [_shown(e) for e in found])

    def listed(self, request: Plain) -> list[FeedbackShown]:
        """GET of the feedback of a user, an item or both, of a type where the path names one."""
        return [_shown(e) for e in self._stored.all(_wanted(request))]

    def one(self, request: Plain) -> FeedbackShown:
        """GET /api/feedback/{kind}/{user}/{item}."""
        found = self.listed(request)
        if not found:
            raise Unknown("path", "there is no such feedback", "see GET /api/feedback")
        return found[-1]

    async def delete(self, request: Plain) -> RowsAffected:
        """DELETE /api/feedback/{user}/{item} and /api/feedback/{kind}/{user}/{item}, also of what the product was built from."""
        wanted = _wanted(request)
        found = await asyncio.to_thread(self._stored.all, wanted)
        if found:
            await self.shop.delete_events(found[0].user, found[0].item, wanted.kind)
        return RowsAffected(len(found))


def _wanted(request: Request[None, FeedbackQuery] | Plain) -> Wanted:
    path = request.path
    return Wanted(
        path_id(request, "user") if "user" in path else None,
        path_id(request, "item") if "item" in path else None,
        requests.checked_kind("feedback-type", path["kind"]) if "kind" in path else None,
    )


def _events(body: Sequence[Feedback], zone: str) -> list[Event]:
    return [_event(f"[{i}]", one, zone) for i, one in enumerate(body)]


def _event(where: str, one: Feedback, zone: str) -> Event:
    """Feedback as an event of the log: a value of 0 is none, as clients that know no values send it."""
    user = requests.checked_id(f"{where}, UserId", one.user_id)
    item = requests.checked_id(f"{where}, ItemId", one.item_id)
    kind = requests.checked_kind(f"{where}, FeedbackType", one.feedback_type)
    at = moment(f"{where}, Timestamp", one.timestamp, zone)
    data = {"comment": one.comment} if one.comment else None
    return Event(user, item, kind, now() if at is None else at, one.value or None, data=data)


def _shown(e: Event) -> FeedbackShown:
    comment = str((e.data or {}).get("comment") or "")
    return FeedbackShown(e.kind, e.user, e.item, e.value or 0.0, shown_time(e.at), comment)
