"""The HTTP service of a shop: events in, slates out, under our paths and under gorse's. No training library is imported."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from breakeven.core.errors import InputError
from breakeven.online.online_experiment import plan
from breakeven.scenarios.recommend import page, requests, rules
from breakeven.scenarios.recommend.about import about
from breakeven.scenarios.recommend.gorse import Gorse
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.requests import (
    CatalogueItem,
    CatalogueQuery,
    CatalogueReply,
    EraseReply,
    EventBatch,
    EventsReply,
    ItemBatch,
    MergeReply,
    MergeRequest,
    PastEvent,
    PlanQuery,
    SessionRequest,
    SimilarItems,
    Slate,
    UserReply,
    UserSlate,
)
from breakeven.scenarios.recommend.rules import Rules, SlateQuery, UserSlateQuery
from breakeven.scenarios.recommend.shown_items import item_fields, slate_items
from breakeven.serving import pages
from breakeven.serving.endpoint import Content, Endpoint, Plain, Ready, Request, Service
from breakeven.serving.workers import Busy, aside

#: Seconds after which a thread that holds the interpreter lets another have it: the writer of events waits for it a few
#: times a transaction, and the usual 5 ms each time would hold events up for as long as answers are made.
SWITCH_SECONDS = 5e-4
#: Events of a user's history that GET /v1/users/{user} shows.
MAX_PAST = 20

#: An object whose keys are those of product.json or verdict.json.
JsonObject = Annotated[dict[str, object], Meta(description="see the verdict's schema")]

EVENTS_EXAMPLE = {"events": [{"user": "u1", "item": "i7", "kind": "view", "id": "e1"}]}
ITEMS_EXAMPLE = {"items": [{"item": "i9", "title": "blue mug", "categories": ["mug"], "price": 9.5, "stock": 3}]}
MERGE_EXAMPLE = {"user": "guest-7f3a", "into": "u1"}
SESSION_EXAMPLE = {"events": [{"item": "i7", "kind": "view"}]}


def open_service(product: Loaded, folder: Path, verdict: Mapping[str, object]) -> ShopService:
    """The service of a product with the log of its events, which stands in `folder` or in the database."""
    return ShopService(LiveShop.open(product, folder), folder, about(product, verdict))


class ShopService(Service):
    """One shop being served."""

    description = "Recommends items."

    def __init__(self, shop: LiveShop, folder: Path, about: Mapping[str, object]) -> None:
        self.shop, self._about = shop, about
        self.name = str(about["name"])
        self._page = page.page(about)

    async def start(self) -> None:
        """Let the writer of events have the interpreter sooner."""
        sys.setswitchinterval(SWITCH_SECONDS)

    async def close(self) -> None:
        """Write the impressions in flight and close the log."""
        await self.shop.close()

    def scripts(self) -> Mapping[str, Content]:
        """The page's own."""
        return page.SCRIPTS

    def ready(self) -> Ready:
        """Whether answers know of the newest events. Raises Busy while the log of other processes cannot be read."""
        if self.shop.behind:
            raise Busy("the database cannot be reached; answers do not know of the newest events")
        fault = self.shop.events.log.fault()
        if fault is not None:
            raise Busy(f"events cannot be kept: {fault}")
        return Ready(True, self.shop.events.unreadable_rows)

    def endpoints(self) -> list[Endpoint]:
        """What a shop sends, what it shows, what is known of both, and gorse's paths."""
        return [*self._written(), *self._slates(), *self._users(), *self._facts(), *Gorse(self.shop).endpoints()]

    def _written(self) -> list[Endpoint]:
        return [
            Endpoint(
                "POST",
                "/v1/events",
                self.events,
                "Keep what users did; on disk before it is answered, and in the very next slate",
                request=EventBatch,
                response=EventsReply,
                shorthand=requests.batch_of_events,
                example=EVENTS_EXAMPLE,
                hot=True,
            ),
            Endpoint(
                "POST",
                "/v1/items",
                self.items,
                "New items, stock and prices",
                request=ItemBatch,
                response=EventsReply,
                shorthand=requests.batch_of_items,
                example=ITEMS_EXAMPLE,
            ),
        ]

    def _slates(self) -> list[Endpoint]:
        return [
            Endpoint(
                "GET",
                "/v1/recommend/{user}",
                self.recommend,
                "Items recommended to a user; popular ones to a user who is not known",
                query=UserSlateQuery,
                response=UserSlate,
                records=True,
                hot=True,
            ),
            Endpoint(
                "POST",
                "/v1/session/recommend",
                self.recommend_to_session,
                "Items after the events of a visit, by a visitor without a name or by a user; nothing is kept",
                request=SessionRequest,
                query=SlateQuery,
                response=Slate,
                shorthand=requests.batch_of_events,
                example=SESSION_EXAMPLE,
                scope="read",
            ),
            Endpoint(
                "GET",
                "/v1/items/{item}/similar",
                self.similar,
                "Items that go with one",
                query=SlateQuery,
                response=SimilarItems,
            ),
            Endpoint(
                "GET", "/v1/popular", self.popular, "What most users took of late", query=SlateQuery, response=Slate
            ),
        ]

    def _users(self) -> list[Endpoint]:
        one = "/v1/users/{user}"
        return [
            Endpoint("GET", one, self.user, "The last events of a user", response=UserReply, scope="admin"),
            Endpoint(
                "DELETE",
                one,
                self.erase,
                "Erase a user: from the log, from all answers, from the product's files",
                response=EraseReply,
            ),
            Endpoint(
                "POST",
                "/v1/users/merge",
                self.merge,
                "Give what a user did under an earlier name, such as a guest's, to the name they have now",
                request=MergeRequest,
                response=MergeReply,
                example=MERGE_EXAMPLE,
            ),
        ]

    def _facts(self) -> list[Endpoint]:
        return [
            Endpoint(
                "GET",
                "/v1/items",
                self.catalogue,
                "The catalogue by pages, or the items whose title holds some words",
                query=CatalogueQuery,
                response=CatalogueReply,
            ),
            Endpoint("GET", "/v1/about", self.about, "Which model answers, and how good it was", response=JsonObject),
            Endpoint(
                "GET", "/v1/experiment", self.experiment, "Arms of the experiment, and exploring", response=JsonObject
            ),
            Endpoint(
                "GET",
                "/v1/experiment/plan",
                self.experiment_plan,
                "Impressions an arm needs until a lift is found",
                query=PlanQuery,
                response=JsonObject,
            ),
            Endpoint("GET", "/", self.page, "The shop's page"),
            Endpoint("GET", "/report", self.report, "The report of the build"),
        ]

    async def events(self, request: Request[EventBatch, None]) -> dict[str, int]:
        """POST /v1/events."""
        return await self.shop.take(
            await aside(len(request.body.events), requests.events, request.body, self.shop.zone)
        )

    async def items(self, request: Request[ItemBatch, None]) -> dict[str, int]:
        """POST /v1/items."""
        return await self.shop.take(
            await aside(len(request.body.items), requests.items, request.body, self.shop.live.picture_folders)
        )

    def recommend(self, request: Request[None, UserSlateQuery]) -> UserSlate:
        """GET /v1/recommend/{user}."""
        wanted = self._rules(request.query)
        user = requests.checked_id("user", request.path["user"])
        return UserSlate(user, slate_items(self.shop.live, self.shop.slate(user, wanted), wanted))

    async def recommend_to_session(self, request: Request[SessionRequest, SlateQuery]) -> Slate:
        """POST /v1/session/recommend."""
        wanted = self._rules(request.query)
        user = None if request.body.user is None else requests.checked_id("user", request.body.user)
        events = await aside(len(request.body.events), requests.session_events, request.body, self.shop.zone)
        return Slate(slate_items(self.shop.live, self.shop.visit(user, wanted, events), wanted))

    def similar(self, request: Request[None, SlateQuery]) -> SimilarItems:
        """GET /v1/items/{item}/similar."""
        wanted = self._rules(request.query)
        item = requests.checked_id("item", request.path["item"])
        return SimilarItems(item, slate_items(self.shop.live, self.shop.live.similar(item, wanted), wanted))

    def popular(self, request: Request[None, SlateQuery]) -> Slate:
        """GET /v1/popular."""
        wanted = self._rules(request.query)
        return Slate(slate_items(self.shop.live, self.shop.live.favourites(wanted), wanted))

    def user(self, request: Plain) -> UserReply:
        """GET /v1/users/{user}."""
        user, live = requests.checked_id("user", request.path["user"]), self.shop.live
        history = live.history(user)
        last = [PastEvent(live.ids[d.item], live.title(d.item), d.kind) for d in reversed(history[-MAX_PAST:])]
        return UserReply(user, len(history), last)

    async def erase(self, request: Plain) -> EraseReply:
        """DELETE /v1/users/{user}."""
        erased = await self.shop.erase_user(requests.checked_id("user", request.path["user"]))
        return EraseReply(erased.events, erased.builds)

    async def merge(self, request: Request[MergeRequest, None]) -> MergeReply:
        """POST /v1/users/merge."""
        user, into = requests.checked_id("user", request.body.user), requests.checked_id("into", request.body.into)
        if user == into:
            raise InputError("into", f"{into[:60]!r} is the user's own name", "name another one")
        return MergeReply(await self.shop.merge_users(user, into))

    def catalogue(self, request: Request[None, CatalogueQuery]) -> CatalogueReply:
        """GET /v1/items."""
        query, live = request.query, self.shop.live
        found = live.find(query.q)
        if isinstance(query.category, str | tuple) and (names := rules.names_of(query.category)):
            among = live.of_categories(names)
            found = [i for i in found if among[i]]
        k = query.k if isinstance(query.k, int) else live.usual.k
        return CatalogueReply(
            [CatalogueItem(**item_fields(live, i)) for i in found[query.offset : query.offset + k]], len(found)
        )

    def about(self, request: Plain) -> Mapping[str, object]:
        """GET /v1/about."""
        return self._about

    def experiment(self, request: Plain) -> dict[str, object]:
        """GET /v1/experiment."""
        return self.shop.experiment_summary()

    def experiment_plan(self, request: Request[None, PlanQuery]) -> dict[str, float]:
        """GET /v1/experiment/plan."""
        return plan(request.query.rate, request.query.lift)

    def page(self, request: Plain) -> Content:
        """GET /."""
        return self._page

    def report(self, request: Plain) -> Content:
        """GET /report."""
        return pages.report(self.shop.live.product.folder)

    def _rules(self, query: SlateQuery) -> Rules:
        return rules.changed(self.shop.live.usual, query)
