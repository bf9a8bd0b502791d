"""What clients say of users and items beyond what ranking uses: labels, comments, times; and which users came since the build."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from breakeven.online.event import ERASED, MERGED, Event, user_digest
from breakeven.online.event_log import EventLog, Snapshot
from breakeven.scenarios.recommend.event_types import ITEM, USER

#: Keys of an ITEM record that are kept here.
OF_ITEMS = ("labels", "timestamp", "deleted")


class Profiles:
    """A state that is rebuilt from the log, by its snapshots. `users` and `items` are those that the product knows."""

    key = "profiles"

    def __init__(self, users: Collection[str], items: Collection[str]) -> None:
        self._known_users, self._known_items = users, items
        #: Fields sent of each user; none of users who only have events.
        self.users: dict[str, dict[str, Any]] = {}
        #: Fields sent of each item.
        self.items: dict[str, dict[str, Any]] = {}
        #: When each item that the product did not know was first sent, in seconds since 1970.
        self.arrived: dict[str, float] = {}
        #: Items whose time changed, for a reader that takes them out.
        self.retimed: dict[str, None] = {}
        self._met: dict[str, None] = {}

    def apply(self, event: Event) -> None:
        """Take in the next event of the log."""
        if event.kind == USER:
            self._know(event.user, event.data or {})
        elif event.kind == ITEM:
            self._item(event.item, event.data or {}, event.at)
        elif event.kind == ERASED:
            for user in [user for user in {*self.users, *self._met} if user_digest(user) == event.item]:
                self._forget(user)
        elif event.kind == MERGED:
            fields = self._forget(event.user)
            self._know(event.item, {**fields, **self.users.get(event.item, {})})
        elif event.is_action and event.user not in self._known_users and event.user not in self._met:
            self._know(event.user, {})

    def _know(self, user: str, fields: Mapping[str, Any]) -> None:
        if user not in self._known_users:
            self._met[user] = None
        if fields:
            self.users.setdefault(user, {}).update(fields)

    def _forget(self, user: str) -> dict[str, Any]:
        """Know a user no more. Returns the fields that were sent of them."""
        self._met.pop(user, None)
        return self.users.pop(user, {})

    def _item(self, item: str, data: Mapping[str, Any], at: float) -> None:
        kept = {key: data[key] for key in OF_ITEMS if key in data}
        if data.get("hidden") is False:  # shown again, by whichever path
            kept["deleted"] = False
        if kept:
            self.items.setdefault(item, {}).update(kept)
        arrives = item not in self._known_items and item not in self.arrived
        if arrives:
            self.arrived[item] = at
        if arrives or "timestamp" in kept:
            self.retimed[item] = None

    def time_of(self, item: str) -> float | None:
        """When an item came, in seconds since 1970: as was sent, else when it was first sent; None for one of the product's."""
        sent: float | None = self.items.get(item, {}).get("timestamp")
        return self.arrived.get(item) if sent is None else sent

    def is_deleted(self, item: str) -> bool:
        """Whether an item was deleted and not sent again."""
        return self.items.get(item, {}).get("deleted") is True

    def knows(self, user: str) -> bool:
        """Whether a user whom the product does not know was sent or has events."""
        return user in self._met

    def met_from(self, begin: int) -> Iterator[str]:
        """Users whom the product does not know, after the first `begin` of them, as they came."""
        return islice(self._met, begin, None)

    def snapshot(self) -> dict[str, Any]:
        """The state as JSON."""
        users, items = ({name: dict(fields) for name, fields in x.items()} for x in (self.users, self.items))
        return {"users": users, "items": items, "arrived": dict(self.arrived), "met": list(self._met)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take the state of a snapshot; users whom the product has learned of since are the product's."""
        self.users, self.items, self.arrived = state["users"], state["items"], state["arrived"]
        self.retimed = dict.fromkeys((*self.items, *self.arrived))
        self._met = dict.fromkeys(user for user in state["met"] if user not in self._known_users)


def begin(profiles: Profiles, log: EventLog, through: int) -> None:
    """The first snapshot of a log that has none: from the items and users sent up to the event `through`."""
    if not through or log.snapshot(profiles.key) is not None:
        return
    for event in (*log.read(0, ITEM, through), *log.read(0, USER, through)):
        profiles.apply(event)
    try:
        log.save(profiles.key, Snapshot(through, profiles.snapshot()))
    except OSError as error:  # the next start reads these rows again
        logging.getLogger("breakeven").warning("%s", error)
