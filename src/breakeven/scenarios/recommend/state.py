"""The present state of a shop: the product's data, with every event and every change of an item since.

All of it is changed and read by one thread; an event that is applied is in the very next answer.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from breakeven.core.types import Array
from breakeven.online.event import IMPRESSION, Event, now
from breakeven.scenarios.recommend import repeats
from breakeven.scenarios.recommend.event_identity import has_given_id
from breakeven.scenarios.recommend.event_types import ITEM, EventWeights, hides
from breakeven.scenarios.recommend.live_items import LiveItems
from breakeven.scenarios.recommend.popularity import SILENT, Popularity
from breakeven.scenarios.recommend.product import LOOKED_AT, Loaded

#: Seconds after which an item that a user was shown counts as not shown, where slates rotate.
ROTATION_SECONDS = 86_400.0
#: Events of unknown items that wait for the item to be sent.
MAX_WAITING = 100_000


class Did(NamedTuple):
    """Something a person did; sorts by time."""

    at: float
    item: int
    weight: float
    kind: str
    #: Whether its client gave it an id.
    named: bool = False


class State(LiveItems):
    """Items, popularity, and the events of every user."""

    def __init__(self, product: Loaded) -> None:
        super().__init__(product)
        self.people = {name: u for u, name in enumerate(product.users) if name}  # an erased user has none
        self.since: dict[str, list[Did]] = {}
        self.popularity = Popularity(product.popular, product.seen, bool(product.about.get("timed")))
        self._voices: dict[str, dict[int, float]] = {}
        self.weights = EventWeights.stored(product.about.get("worth") or {})
        self.kinds: Sequence[str] = product.about["kinds"]
        self.repeat = repeats.of_product(product.about)
        #: Of each person who refused something since or took it after all, what they refuse now.
        self.refused: dict[str, set[int]] = {}
        #: Of each person, items of the product's own events that were taken back since.
        self.back: dict[str, set[int]] = {}
        #: Of each person, places of the product's own events that were deleted since, one by one.
        self.deleted: dict[str, set[int]] = {}
        #: Of users of the product, by number, who has their events since a merge.
        self.merged: dict[int, str] = {}
        #: Of each user whose slates rotate, when they were shown an item.
        self.shown: dict[str, dict[int, float]] = {}
        #: Events of items that are not known yet, by item.
        self.waiting: dict[str, list[Event]] = {}
        self.waiting_count = 0

    def apply(self, event: Event) -> None:
        """Take in the next event of the log."""
        if event.kind == ITEM:
            self._item(event)
        elif event.is_action:
            self._event(event)
        elif event.kind == IMPRESSION and event.data is not None and event.data.get("rotate"):
            self.note_shown(event.user, event.data["items"], event.at)

    def _item(self, event: Event) -> None:
        self.change_item(event)
        if len(self.ids) > len(self.popular):
            self.popularity.add_item()
        if event.item not in self.number:  # the item list has dropped it since
            return
        came = self.waiting.pop(event.item, [])
        self.waiting_count -= len(came)
        for waited in came:
            self._event(waited)

    def _event(self, e: Event) -> None:
        item = self.number.get(e.item)
        if item is None:
            if self.waiting_count < MAX_WAITING:
                self.waiting.setdefault(e.item, []).append(e)
                self.waiting_count += 1
            return
        weight = self.weights.of(e.kind, e.value)
        if weight > 0 and not self.learned_of(e.user, item, e):
            self._did(e.user, Did(e.at, item, weight, e.kind, has_given_id(e.id)))
        elif weight < 0:
            self._take_back(e.user, item, e.at)
            if hides(e.kind):
                self.refusals(e.user).add(item)
            self.changes += 1

    def _did(self, user: str, did: Did) -> None:
        """Add what a person did; without an id it is the same as one of that item, kind and second, whatever its id."""
        done = self.since.setdefault(user, [])
        is_last = not done or done[-1].at < int(did.at)
        alike = [] if is_last else _alike(done, did)
        if alike and not did.named:
            return
        self._hear(user, did.item, self.popularity.loudness(did.weight, did.at))
        for one in alike:
            if not one.named:
                done.remove(one)
        if is_last:
            done.append(did)
        else:
            insort(done, did)
        if self._refuses(user, did.item):  # whoever takes it after all wants it
            self.refusals(user).discard(did.item)

    def _take_back(self, user: str, item: int, at: float) -> None:
        """A person's earlier events about an item no longer count."""
        voices = self._voices_of(user)
        if item not in voices:
            return
        before, now_heard = voices.pop(item), SILENT
        if user in self.since:
            self.since[user] = [did for did in self.since[user] if did.item != item or did.at > at]
            later = (self.popularity.loudness(d.weight, d.at) for d in self.since[user] if d.item == item)
            now_heard = max(later, default=SILENT)
        if self.took_before(user, item):
            self.back.setdefault(user, set()).add(item)
        if now_heard > SILENT:
            voices[item] = now_heard
        self.popularity.change_one(item, before, now_heard)

    @property
    def popular(self) -> Array:
        """How popular each item (items,) is by now."""
        return self.popularity.scores

    @contextmanager
    def recounted(self, user: str) -> Iterator[None]:
        """What a person's events say of popularity counts anew after they are changed."""
        before = self._voices_of(user)
        yield
        del self._voices[user]
        self.popularity.change(before, self._voices_of(user))

    def _voices_of(self, user: str) -> dict[int, float]:
        """How loud a person is for each item they took."""
        if user not in self._voices:
            found = self._voices[user] = dict[int, float]()
            for did in self.history(user, most=sys.maxsize):
                found[did.item] = max(found.get(did.item, SILENT), self.popularity.loudness(did.weight, did.at))
        return self._voices[user]

    def _hear(self, user: str, item: int, loudness: float) -> None:
        """A person is one voice for an item, however often they come."""
        voices = self._voices_of(user)
        before = voices.get(item, SILENT)
        if loudness > before:
            voices[item] = loudness
            self.popularity.change_one(item, before, loudness)

    def learned_of(self, user: str, item: int, e: Event) -> bool:
        """Whether the product was built from a copy of an event: the same user, item, kind and second, which still counts."""
        u = self.people.get(user)
        if u is None or item in self.back.get(user, ()):
            return False
        seen, part, second = self.product.seen, self.product.seen.slice(u), int(e.at)
        if part.stop == part.start or seen.times[part.stop - 1] < second:  # what came after the build
            return False
        first, last = (part.start + np.searchsorted(seen.times[part], [second, second + 1])).tolist()
        return any(
            seen.items[n] == item
            and self.kinds[self.product.kinds[n]] == e.kind
            and n not in self.deleted.get(user, ())
            for n in range(first, last)
        )

    def took_before(self, user: str, item: int) -> bool:
        """Whether a person took an item before the product was built."""
        u = self.people.get(user)
        return u is not None and bool((self.product.seen.items[self.product.seen.slice(u)] == item).any())

    def note_shown(self, user: str, items: Sequence[str], at: float) -> None:
        """Keep when a user was shown items."""
        kept = {i: when for i, when in self.shown.get(user, {}).items() if at - when < ROTATION_SECONDS}
        self.shown[user] = kept | {self.number[name]: at for name in items if name in self.number}

    def shown_to(self, user: str | None) -> Mapping[int, float]:
        """When a user was shown items (item: seconds since 1970), of the last ROTATION_SECONDS."""
        late = now() - ROTATION_SECONDS
        return {i: at for i, at in self.shown.get(user or "", {}).items() if at > late}

    def history(self, user: str | None, most: int = LOOKED_AT) -> list[Did]:
        """A person's last events, oldest first."""
        out, later = list[Did](), self.since.get(user, []) if user is not None else []
        u = self.people.get(user) if user is not None else None
        if u is not None:
            seen, part = self.product.seen, self.product.seen.slice(u)
            late = slice(max(part.start, part.stop - most), part.stop)
            columns = (seen.times[late], seen.items[late], seen.weights[late], self.product.kinds[late])
            rows = zip(*(column.tolist() for column in columns), strict=True)
            back, deleted = self.back.get(str(user), ()), self.deleted.get(str(user), ())
            numbered = enumerate(rows, late.start)
            out = [Did(at, i, w, self.kinds[k]) for n, (at, i, w, k) in numbered if i not in back and n not in deleted]
        if later and out and later[0].at < out[-1].at:
            return sorted([*out, *later])[-most:]
        return [*out, *later][-most:]

    def past(self, user: str | None) -> tuple[Array, Array]:
        """Items (n,) and weights (n,) of `history`, without an object an event: what every answer asks."""
        later = self.since.get(user, []) if user is not None else []
        u = self.people.get(user) if user is not None else None
        seen, part = self.product.seen, slice(0, 0) if u is None else self.product.seen.slice(u)
        if (
            user in self.deleted
            or user in self.back
            or (later and part.stop > part.start and later[0].at < seen.times[part.stop - 1])
        ):
            both = self.history(user)
            return np.array([d.item for d in both], dtype=np.int32), np.array(
                [d.weight for d in both], dtype=np.float32
            )
        part = slice(max(part.start, part.stop - LOOKED_AT + min(len(later), LOOKED_AT)), part.stop)
        items, weights = seen.items[part], seen.weights[part]
        if later:
            later = later[-LOOKED_AT:]
            items = np.concatenate([items, np.array([d.item for d in later], dtype=np.int32)])
            weights = np.concatenate([weights, np.array([d.weight for d in later], dtype=np.float32)])
        return items, weights

    def keeps_off(self, kind: str) -> bool:
        """Whether an event of a kind keeps its item off the person's shelf."""
        return repeats.keeps_off(kind, self.repeat)

    def taken(self, user: str | None, barring: bool = False) -> Array:
        """Numbers of all items of a person's events, however long ago; with `barring` of those that do not come back alone."""
        if user is None:
            return np.zeros(0, dtype=np.int64)
        done = self.since.get(user, [])
        later = np.array([d.item for d in done if not barring or self.keeps_off(d.kind)], dtype=np.int64)
        u = self.people.get(user)
        if u is None:
            return later
        part, seen = self.product.seen.slice(u), self.product.seen
        items = seen.items[part] if seen.bars is None or not barring else seen.items[part][seen.bars[part]]
        return np.concatenate([np.setdiff1d(items, list(self.back.get(user, ()))), later])

    def barred(self, user: str | None) -> Array:
        """Numbers of the items that a person is not shown: what they refused, and what they took that does not come back."""
        return np.concatenate([self.refused_by(user), self.taken(user, barring=True)])

    def refusals(self, user: str) -> set[int]:
        """Numbers of the items that a person refused, to be changed."""
        if user not in self.refused:
            self.refused[user] = set(self.refused_by(user).tolist())
        return self.refused[user]

    def refused_by(self, user: str | None) -> Array:
        """Numbers of the items that a person refused."""
        if user is None:
            return np.zeros(0, dtype=np.int64)
        changed = self.refused.get(user)
        if changed is not None:
            return np.fromiter(changed, dtype=np.int64)
        refused, u = self.product.seen.refused, self.people.get(user)
        return np.zeros(0, dtype=np.int64) if refused is None or u is None else refused.items[refused.slice(u)]

    def _refuses(self, user: str, item: int) -> bool:
        """Whether a person refuses an item, at once for the many who refused nothing."""
        changed, u, refused = self.refused.get(user), self.people.get(user), self.product.seen.refused
        if changed is not None or u is None or refused is None:
            return changed is not None and item in changed
        part = refused.slice(u)
        return part.start < part.stop and item in refused.items[part]

    def names(self) -> Sequence[str]:
        """Everybody who is known: those learned from, then those met since."""
        return [*self.people, *(user for user in self.since if user not in self.people)]


def _alike(done: Sequence[Did], did: Did) -> list[Did]:
    """What was done with the same item, in the same way and in the same second, among events in order of time."""
    out, second = list[Did](), int(did.at)
    for n in range(bisect_left(done, (second,)), len(done)):
        if done[n].at >= second + 1:
            break
        if done[n].item == did.item and done[n].kind == did.kind:
            out.append(done[n])
    return out
