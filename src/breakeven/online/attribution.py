"""Which impression an action is credited to: the user's last one, for a day, if the item was in it, and once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic, TypeVar

from breakeven.online.event import Event, user_digest

Payload = TypeVar("Payload")
#: Seconds after which an action is no longer credited to an impression.
CREDIT_SECONDS = 86_400.0


class Attribution(Generic[Payload]):
    """The open impression of each user.

    >>> impressions = Attribution[str]()
    >>> impressions.show("u1", ["tea", "mug"], at=100.0, payload="arm A")
    >>> impressions.credit(Event("u1", "mug", "view", 160.0)), impressions.credit(Event("u1", "tea", "view", 170.0))
    ('arm A', None)
    """

    def __init__(self, seconds: float = CREDIT_SECONDS) -> None:
        self.seconds = seconds
        self._open: dict[str, tuple[Collection[str], float, Payload]] = {}

    def show(self, user: str, items: Collection[str], at: float, payload: Payload) -> None:
        """An impression, in place of the user's one before."""
        self._open[user] = (items, at, payload)

    def credit(self, event: Event) -> Payload | None:
        """The payload of the impression that an action succeeds, which is closed then; None where there is none."""
        impression = self._open.get(event.user)
        if impression is None or not event.is_action:
            return None
        items, shown_at, payload = impression
        if event.item not in items or not 0 <= event.at - shown_at <= self.seconds:
            return None
        del self._open[event.user]
        return payload

    def forget(self, name: str) -> None:
        """Close the impression of an erased user, given by the digest of the name."""
        for user in [user for user in self._open if user_digest(user) == name]:
            del self._open[user]

    def rename(self, user: str, into: str) -> None:
        """Let another user's actions succeed this one's impression, unless that one has a later impression."""
        earlier, current = self._open.pop(user, None), self._open.get(into)
        if earlier is not None and (current is None or current[1] < earlier[1]):
            self._open[into] = earlier

    def snapshot(self) -> list[tuple[str, list[str], float, Payload]]:
        """The open impressions as JSON."""
        return [(user, list(items), at, payload) for user, (items, at, payload) in self._open.items()]

    def restore(self, state: Iterable[tuple[str, Collection[str], float, Payload]]) -> None:
        """Take those of a snapshot."""
        self._open = {user: (items, at, payload) for user, items, at, payload in state}
