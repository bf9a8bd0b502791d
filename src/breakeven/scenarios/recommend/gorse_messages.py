"""Bodies, queries and answers of gorse's paths, with the names that its clients use. What is not among them is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from breakeven.scenarios.recommend.request_times import Time
from breakeven.scenarios.recommend.requests import MAX_BATCH, Categories, Id, Text, Title
from breakeven.scenarios.recommend.rules import MAX_K

#: What gorse gives, and its Go client sends, for a time that is not known.
NEVER = "0001-01-01T00:00:00Z"
#: Items of a list or recommendation unless `n` is given.
DEFAULT_N = 10
Count = Annotated[int, Meta(ge=1, le=MAX_K)]
#: Entries of a page of a list.
PageLength = Annotated[int, Meta(ge=1, le=MAX_BATCH)]
Offset = Annotated[int, Meta(ge=0, le=MAX_K)]
One = TypeVar("One")
#: Rows of a body; none, as clients may send, changes nothing.
Rows = Annotated[list[One], Meta(max_length=MAX_BATCH)]
#: Any JSON: gorse's labels are a list, an object, or none.
Labels = Any


class Feedback(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """An event. It is known again by its type, user, item and second, as gorse does by the first three. A value of 0 is none."""

    user_id: Id
    item_id: Id
    feedback_type: Id = "event"
    timestamp: Time | None = None
    updated: Time | None = None
    value: float | None = None
    comment: Text | None = None


class SessionFeedback(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """What a visitor without a name did; the other keys of feedback may stand in it and are checked."""

    item_id: Id
    feedback_type: Id = "event"
    user_id: Id | None = None
    timestamp: Time | None = None
    updated: Time | None = None
    value: float | None = None
    comment: Text | None = None


class Item(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """An item; Comment is the title. What is not sent stays as it was, but an item that is not said to be hidden is shown."""

    item_id: Id
    is_hidden: bool | None = None
    categories: Categories | None = None
    timestamp: Time | None = None
    labels: Labels = None
    comment: Title | None = None


class ItemChange(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """What changes of an item; null changes nothing."""

    is_hidden: bool | None = None
    categories: Categories | None = None
    timestamp: Time | None = None
    labels: Labels = None
    comment: Title | None = None


class User(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """A user, in place of what was sent before. Subscribe is a key of earlier clients."""

    user_id: Id
    labels: Labels = None
    subscribe: Categories | None = None
    comment: Text | None = None


class UserChange(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """What changes of a user; null changes nothing."""

    labels: Labels = None
    subscribe: Categories | None = None
    comment: Text | None = None


class UsersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of all users: `n` after a cursor."""

    n: PageLength = DEFAULT_N
    cursor: Annotated[str, Meta(pattern="^[0-9]{0,10}$")] = ""


class ItemsQuery(UsersQuery, frozen=True, forbid_unknown_fields=True):
    """A part of the items whose title holds `q`."""

    q: str = ""


class FeedbackQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of all feedback: `n` entries after a cursor, which is that of an answer."""

    n: PageLength = DEFAULT_N
    cursor: Annotated[str, Meta(pattern="^([bl][0-9]{1,18})?$")] = ""


class RecommendQuery(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename=lambda name: name.replace("_", "-"),
):
    """`n` items after the first `offset`, of all categories named; the items of the user `user-id` are left out where nobody else
    is meant.
    """

    n: Count = DEFAULT_N
    offset: Offset = 0
    category: tuple[str, ...] = ()
    user_id: str = ""
    item_id: str = ""
    write_back_type: str = ""
    write_back_delay: str = ""


class RowsAffected(msgspec.Struct, rename="pascal"):
    """How many rows were written or deleted."""

    row_affected: int


class Score(msgspec.Struct, rename="pascal"):
    """An item or a user, and its score."""

    id: str
    score: float


class UserShown(msgspec.Struct, rename="pascal"):
    """A user as gorse shows one."""

    user_id: str
    labels: Labels = None
    subscribe: Sequence[str] | None = None
    comment: str = ""


class ItemShown(msgspec.Struct, rename="pascal"):
    """An item as gorse shows one."""

    item_id: str
    is_hidden: bool
    categories: Sequence[str]
    timestamp: str
    labels: Labels
    comment: str


class FeedbackShown(msgspec.Struct, rename="pascal"):
    """An event as gorse shows one; a value of 0 is none."""

    feedback_type: str
    user_id: str
    item_id: str
    value: float
    timestamp: str
    comment: str = ""


class UserList(msgspec.Struct, rename="pascal"):
    """A part of all users, and the cursor of the next (empty at the end)."""

    cursor: str
    users: list[UserShown]


class ItemList(msgspec.Struct, rename="pascal"):
    """A part of all items, and the cursor of the next (empty at the end)."""

    cursor: str
    items: list[ItemShown]


class FeedbackList(msgspec.Struct, rename="pascal"):
    """A part of all feedback, and the cursor of the next (empty at the end)."""

    cursor: str
    feedback: list[FeedbackShown]


class Health(msgspec.Struct, rename="pascal"):
    """The answer of gorse's health checks; both of its stores are the log of events here."""

    ready: bool
    data_store_connected: bool
    cache_store_connected: bool
    data_store_error: None = None
    cache_store_error: None = None
