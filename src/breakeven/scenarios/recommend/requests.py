"""Bodies, queries and answers of a shop's service: the types that check them, and events of the log made from them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from breakeven.core.errors import InputError
from breakeven.core.fields import described
from breakeven.features.values import level
from breakeven.online.event import Event, now
from breakeven.scenarios.recommend import item_pictures
from breakeven.scenarios.recommend.event_types import ITEM
from breakeven.scenarios.recommend.request_times import Time, seconds
from breakeven.scenarios.recommend.rules import MAX_K, Names

#: Most events or items of a request.
MAX_BATCH = 10_000
#: Most characters of an id or a kind.
MAX_ID = 512
#: Most characters of a kind whose folded form is kept.
MAX_CACHED_KIND = 64
#: Most characters of a title.
MAX_TITLE = 4_096
#: Most characters of an item's description.
MAX_TEXT = 100_000
#: Most characters of a picture's address.
MAX_IMAGE = 2_048
#: Most characters of a category.
MAX_CATEGORY = 512
#: Most categories of an item.
MAX_CATEGORIES = 1_000
#: How far a list may be paged.
MAX_OFFSET = 1_000_000_000

#: An id of a user, an item or an event: text, or a whole number. What else holds is checked by `checked_id`.
Id = str | int
Title = Annotated[str, Meta(max_length=MAX_TITLE)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Categories = Annotated[list[Annotated[str, Meta(max_length=MAX_CATEGORY)]], Meta(max_length=MAX_CATEGORIES)]
Image = Annotated[
    str,
    Meta(
        max_length=MAX_IMAGE,
        description="An address below one of the brief's recommend: {pictures: ADDRESS}, or a path below the first.",
    ),
]
Price = Annotated[float, Meta(ge=0)]
One = TypeVar("One")
Batch = Annotated[list[One], Meta(min_length=1, max_length=MAX_BATCH)]


class EventRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What a user did with an item. Kept once: by `id` for that user, item and kind; without one, by the second."""

    user: Id
    item: Id
    kind: Id = "event"
    time: Time | None = None
    value: float | None = None
    id: Id | None = None


class EventBatch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/events; a list of events or one event alone is accepted as well."""

    events: Batch[EventRequest]


class SessionEvent(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor without a name did; keys of a whole event may stand in it and are checked."""

    item: Id
    kind: Id = "event"
    time: Time | None = None
    value: float | None = None
    user: Id | None = None
    id: Id | None = None


class SessionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/session/recommend: the events of this visit, none on its first page, and whose it is if that is known."""

    events: Annotated[list[SessionEvent], Meta(max_length=MAX_BATCH)]
    user: Id | None = None


class ItemRequest(msgspec.Struct, forbid_unknown_fields=True):
    """An item of the catalogue: what is given replaces what was known, null makes it unknown; a `hidden` item is never shown."""

    item: Id
    title: Title | UnsetType | None = UNSET
    categories: Categories | UnsetType = UNSET
    price: Price | UnsetType | None = UNSET
    stock: float | UnsetType | None = UNSET
    hidden: bool | UnsetType | None = UNSET
    text: Text | UnsetType | None = UNSET
    #: Below an address of the brief's `recommend: {pictures: ADDRESS}`, or a path below the first of them.
    image: Image | UnsetType | None = UNSET


class ItemBatch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/items; a list of items is accepted as well."""

    items: Batch[ItemRequest]


class CatalogueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/items: words of a title, categories, and which part of what is found."""

    q: str = ""
    category: Names | UnsetType = UNSET
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    k: Annotated[int, Meta(ge=1, le=MAX_K)] | UnsetType = UNSET


class PlanQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of GET /v1/experiment/plan: the rate of success as it is, and the relative lift to be found."""

    rate: float
    lift: float = 0.2


class EventsReply(msgspec.Struct):
    """Events and items that are on disk now, those that were there already, and events of unknown items."""

    kept: int
    repeated: int
    unknown_items: int


class CatalogueItem(msgspec.Struct, omit_defaults=True):
    """An item as a page shows it; what is not known is left out."""

    item: str
    title: str | UnsetType = UNSET
    categories: Sequence[str] | UnsetType = UNSET
    price: float | UnsetType = UNSET
    stock: float | UnsetType = UNSET
    hidden: bool = False
    image: str | UnsetType = UNSET


class CatalogueReply(msgspec.Struct):
    """A part of the catalogue, and how many items were found."""

    items: list[CatalogueItem]
    of: int


class SlateItem(CatalogueItem, omit_defaults=True, kw_only=True):
    """An item recommended, its score and, with `explain`, why."""

    score: float
    reason: str | UnsetType = UNSET


class Slate(msgspec.Struct):
    """Recommended items, the best first."""

    items: list[SlateItem]


class UserSlate(msgspec.Struct):
    """Items recommended to a user."""

    user: str
    items: list[SlateItem]


class SimilarItems(msgspec.Struct):
    """Items that go with one."""

    item: str
    items: list[SlateItem]


class PastEvent(msgspec.Struct):
    """An event of a user's history."""

    item: str
    title: str
    kind: str


class UserReply(msgspec.Struct):
    """How many events a user has, and the last of them, the newest first."""

    user: str
    events: int
    last: list[PastEvent]


class MergeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/users/merge: the name that a user had before, such as a guest's, and the one they have now."""

    user: Id
    into: Id


class MergeReply(msgspec.Struct):
    """How many events of the log are another user's now."""

    moved: int


class EraseReply(msgspec.Struct):
    """How many events of the log are deleted, and from how many folders of builds the user is erased."""

    events: int
    builds: int


def batch_of_events(body: object) -> object:
    """A list of events, or one event alone, as {"events": [...]}."""
    if isinstance(body, dict) and "events" not in body and "item" in body:
        return {"events": [body]}
    return {"events": body} if isinstance(body, list) else body


def batch_of_items(body: object) -> object:
    """A list of items as {"items": [...]}."""
    return {"items": body} if isinstance(body, list) else body


def events(batch: EventBatch, zone: str = "UTC") -> list[Event]:
    """Events for the log; `zone` is that of dates which name none. Raises InputError naming the place."""
    out = []
    for i, one in enumerate(batch.events):
        where = f"events[{i}]"
        user, item = checked_id(f"{where}, user", one.user), checked_id(f"{where}, item", one.item)
        kind, at = checked_kind(f"{where}, kind", one.kind), seconds(f"{where}, time", one.time, zone)
        own = None if one.id is None else checked_id(f"{where}, id", one.id)
        out.append(Event(user, item, kind, at, one.value, own))
    return out


def session_events(request: SessionRequest, zone: str = "UTC") -> list[Event]:
    """Events of a visitor without a name. Raises InputError naming the place."""
    out = []
    for i, one in enumerate(request.events):
        where = f"events[{i}]"
        item, kind = checked_id(f"{where}, item", one.item), checked_kind(f"{where}, kind", one.kind)
        out.append(Event("", item, kind, seconds(f"{where}, time", one.time, zone), one.value))
    return out


def items(batch: ItemBatch, pictures: Sequence[str] = ()) -> list[Event]:
    """Items as events of the log; `pictures` are the addresses below which their pictures may be. Raises InputError naming the place."""
    out = []
    for i, one in enumerate(batch.items):
        given = {key: value for key, value in msgspec.structs.asdict(one).items() if value is not UNSET}
        del given["item"]
        if given.get("image"):
            item_pictures.check(f"items[{i}], image", given["image"], pictures)
        out.append(Event("", checked_id(f"items[{i}], item", one.item), ITEM, now(), data=given))
    return out


def checked_id(where: str, value: Id) -> str:
    """A user's, an item's or an event's id in the form in which ids were learned. Raises InputError for an empty or long one."""
    return _bounded(where, level(str(value)) or "")


def checked_kind(where: str, value: Id) -> str:
    """A kind of event that a client may send. Raises InputError for a kind that is the product's own."""
    text = str(value)
    kind = _bounded(where, (_kind(text) if len(text) <= MAX_CACHED_KIND else level(text)) or "")
    if kind.startswith("$"):
        raise InputError(
            where, f"{described(kind)}: kinds that begin with $ are the product's own", "give it another name"
        )
    return kind


#: A shop has a few kinds of events; each is folded once.
_kind = lru_cache(maxsize=1_000)(level)


def _bounded(where: str, text: str) -> str:
    if not text or len(text) > MAX_ID or "\0" in text:
        raise InputError(
            where, f"an id of {len(text):,} characters", f"send at least 1 and at most {MAX_ID}, and no NUL"
        )
    return text
