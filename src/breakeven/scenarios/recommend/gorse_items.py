"""gorse's items: inserted, changed, deleted, shown and listed; their categories."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.types import Row
from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.event_types import ITEM
from breakeven.scenarios.recommend.gorse_messages import (
    Item,
    ItemChange,
    ItemList,
    ItemShown,
    ItemsQuery,
    Rows,
    RowsAffected,
)
from breakeven.scenarios.recommend.gorse_paths import Unknown, as_list, at, moment, path_id, shown_time
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.serving.endpoint import Endpoint, Plain, Request
from breakeven.serving.workers import aside


class GorseItems:
    """The endpoints of items."""

    def __init__(self, shop: LiveShop) -> None:
        self.shop = shop

    def endpoints(self) -> list[Endpoint]:
        """All of them."""
        many = {"request": Rows[Item], "shorthand": as_list}
        one, category = "/api/item/{item}", "/api/item/{item}/category/{category}"
        rows = {"response": RowsAffected}
        return [
            *at("POST", "/api/item", self.insert, "insert an item", **many, **rows),
            *at("POST", "/api/items", self.insert, "insert items", **many, **rows),
            *at("GET", "/api/items", self.items, "items", query=ItemsQuery, response=ItemList),
            *at("GET", one, self.item, "an item", response=ItemShown),
            *at("PATCH", one, self.change, "change an item", request=ItemChange, **rows),
            *at("DELETE", one, self.delete, "delete an item", **rows),
            *at("PUT", category, self.add_category, "give an item a category", **rows),
            *at("DELETE", category, self.remove_category, "take a category from an item", scope="write", **rows),
        ]

    async def insert(self, request: Request[list[Item], None]) -> RowsAffected:
        """POST /api/item and /api/items."""
        events = await aside(len(request.body), _events, request.body, self.shop.zone)
        return RowsAffected((await self.shop.take(events))["kept"])

    async def change(self, request: Request[ItemChange, None]) -> RowsAffected:
        """PATCH /api/item/{item}."""
        return await self._change(self._known(request), _fields_of("body", request.body, self.shop.zone))

    async def delete(self, request: Plain) -> RowsAffected:
        """DELETE /api/item/{item}: it is shown nowhere; what was done with it stays learned."""
        return await self._change(self._known(request), {"hidden": True, "deleted": True})

    async def add_category(self, request: Plain) -> RowsAffected:
        """PUT /api/item/{item}/category/{category}."""
        number, category = self._known(request), request.path["category"]
        old = self.shop.live.categories[number]
        return RowsAffected(0) if category in old else await self._change(number, {"categories": [*old, category]})

    async def remove_category(self, request: Plain) -> RowsAffected:
        """DELETE /api/item/{item}/category/{category}."""
        number, category = self._known(request), request.path["category"]
        old = self.shop.live.categories[number]
        if category not in old:
            return RowsAffected(0)
        return await self._change(number, {"categories": [c for c in old if c != category]})

    async def _change(self, number: int, fields: Row) -> RowsAffected:
        """Write what changes of an item; nothing where nothing does."""
        if not fields:
            return RowsAffected(0)
        done = await self.shop.take([Event("", self.shop.live.ids[number], ITEM, now(), data=fields)])
        return RowsAffected(done["kept"])

    def item(self, request: Plain) -> ItemShown:
        """GET /api/item/{item}."""
        return self._shown(self._known(request))

    def items(self, request: Request[None, ItemsQuery]) -> ItemList:
        """GET /api/items. A cursor is the place of the next item among those that were found; deleted ones are passed over."""
        query, live = request.query, self.shop.live
        found, out = live.find(query.q), list[ItemShown]()
        for index in range(int(query.cursor or 0), len(found)):
            if self._is_deleted(found[index]):
                continue
            if len(out) == query.n:
                return ItemList(str(index), out)
            out.append(self._shown(found[index]))
        return ItemList("", out)

    def _known(self, request: Request[object, None]) -> int:
        """The number of the path's item. Raises Unknown."""
        item = path_id(request, "item")
        number = self.shop.live.number.get(item)
        if number is None or self._is_deleted(number):
            raise Unknown("item-id", f"{item[:60]!r} is not in the catalogue", "see /api/items")
        return number

    def _is_deleted(self, i: int) -> bool:
        """Whether an item was deleted, and nothing shows it again: a later item list may."""
        return bool(self.shop.live.is_hidden[i]) and self.shop.profiles.is_deleted(self.shop.live.ids[i])

    def _shown(self, i: int) -> ItemShown:
        live = self.shop.live
        fields = self.shop.profiles.items.get(live.ids[i], {})
        time = shown_time(fields.get("timestamp"))
        return ItemShown(
            live.ids[i], bool(live.is_hidden[i]), live.categories[i], time, fields.get("labels"), live.titles[i]
        )


def _fields_of(where: str, one: Item | ItemChange, zone: str) -> dict[str, object]:
    """What a body says of an item, as the data of an ITEM record."""
    given = {
        "title": one.comment,
        "categories": one.categories,
        "hidden": one.is_hidden,
        "labels": one.labels,
        "timestamp": moment(f"{where}, Timestamp", one.timestamp, zone, ahead=True),
    }
    return {key: value for key, value in given.items() if value is not None}


def _events(body: Sequence[Item], zone: str) -> list[Event]:
    """New items as events of the log. Raises InputError naming the place."""
    events = []
    for i, one in enumerate(body):
        fields = {**_fields_of(f"[{i}]", one, zone), "hidden": bool(one.is_hidden), "deleted": False}
        events.append(Event("", requests.checked_id(f"[{i}], ItemId", one.item_id), ITEM, now(), data=fields))
    return events
