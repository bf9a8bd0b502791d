"""Bodies, queries and answers of gorse's paths, with the names that its SDKs use. Keys that gorse has and we do not use are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from breakeven.scenarios.recommend.requests import Categories, Id, Text, Time, Title
from breakeven.scenarios.recommend.rules import MAX_K

#: What gorse gives for a time that it does not know.
NEVER = "0001-01-01T00:00:00Z"
#: Items of a list or recommendation unless `n` is given.
DEFAULT_N = 10
Count = Annotated[int, Meta(ge=0, le=MAX_K)]


class Feedback(msgspec.Struct, rename="pascal"):
    """An event. It is known again by its type, user, item and time, as gorse does by the first three."""

    user_id: Id
    item_id: Id
    feedback_type: Id = "event"
    timestamp: Time | None = None
    value: float | None = None
    comment: Text | None = None


class Item(msgspec.Struct, rename="pascal"):
    """An item; Comment is the title. Labels are not kept."""

    item_id: Id
    comment: Title | None = None
    categories: Categories | None = None
    timestamp: Title | None = None
    is_hidden: bool | UnsetType | None = UNSET


class ItemChange(msgspec.Struct, rename="pascal"):
    """What changes of an item; null changes nothing."""

    comment: Title | None = None
    categories: Categories | None = None
    timestamp: Title | None = None
    is_hidden: bool | None = None


class User(msgspec.Struct, rename="pascal"):
    """A user; users are known by what they do, and nothing of this is kept."""

    user_id: Id
    comment: Text | None = None


class SessionFeedback(msgspec.Struct, rename="pascal"):
    """What a visitor without a name did."""

    item_id: Id
    feedback_type: Id = "event"


class ListQuery(msgspec.Struct, frozen=True):
    """A part of a list: `n` entries after a cursor, of those whose title holds `q`."""

    n: Count = DEFAULT_N
    cursor: Annotated[str, Meta(pattern="^[0-9]{0,10}$")] = ""
    q: str = ""


class RecommendQuery(msgspec.Struct, frozen=True, rename={"write_back_type": "write-back-type"}):
    """`n` items after the first `offset`, of a category."""

    n: Count = DEFAULT_N
    offset: Count = 0
    category: str = ""
    write_back_type: str | UnsetType = UNSET


class RowsAffected(msgspec.Struct, rename="pascal"):
    """How many rows were written."""

    row_affected: int


class Score(msgspec.Struct, rename="pascal"):
    """An item and its score."""

    id: str
    score: float


class UserShown(msgspec.Struct, rename="pascal"):
    """A user as gorse shows one."""

    user_id: str
    labels: None = None
    comment: str = ""


class ItemShown(msgspec.Struct, rename="pascal"):
    """An item as gorse shows one."""

    item_id: str
    is_hidden: bool
    categories: Sequence[str]
    comment: str | None
    timestamp: str = NEVER
    labels: None = None


class FeedbackShown(msgspec.Struct, rename="pascal"):
    """An event of a user's history; the value is what it weighs."""

    feedback_type: str
    user_id: str
    item_id: str
    value: float
    timestamp: str
    comment: str = ""


class UserList(msgspec.Struct, rename="pascal"):
    """A part of all users, and the cursor of the next (empty at the end)."""

    users: list[UserShown]
    cursor: str


class ItemList(msgspec.Struct, rename="pascal"):
    """A part of all items, and the cursor of the next (empty at the end)."""

    items: list[ItemShown]
    cursor: str


class Health(msgspec.Struct, rename="pascal"):
    """The answer of gorse's health checks."""

    ready: bool
