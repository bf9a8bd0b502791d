"""The present state of a shop: the product's data, with every event and every change of an item since.

All of it is changed and read by one thread; an event that is applied is in the very next answer.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from breakeven.core.types import Array
from breakeven.online.event import IMPRESSION, Event, now
from breakeven.scenarios.recommend import content, repeats, user_changes
from breakeven.scenarios.recommend.catalogue import FIELDS, ListAge
from breakeven.scenarios.recommend.catalogue_changes import as_kept
from breakeven.scenarios.recommend.event_types import ITEM, EventWeights, hides
from breakeven.scenarios.recommend.popularity import SILENT, Popularity
from breakeven.scenarios.recommend.product import LOOKED_AT, Loaded

#: Seconds after which an item that a user was shown counts as not shown, where slates rotate.
ROTATION_SECONDS = 86_400.0
#: Events of unknown items that wait for the item to be told of.
MAX_WAITING = 100_000


class Did(NamedTuple):
    """Something a person did; sorts by time."""

    at: float
    item: int
    weight: float
    kind: str


class State:
    """Items, stock, prices, popularity, and the events of every user."""

    def __init__(self, product: Loaded) -> None:
        self.product, shop = product, product.catalogue
        self.ids, self.titles, self.categories = list(shop.ids), list(shop.titles), list(shop.categories)
        self.texts = list(shop.texts)
        self.number = {name: i for i, name in enumerate(self.ids)}
        self.prices, self.stock, self.is_hidden = shop.prices.copy(), shop.stock.copy(), shop.hidden.copy()
        self.people = {name: u for u, name in enumerate(product.users) if name}  # an erased user has none
        self.since: dict[str, list[Did]] = {}
        self.known = len(self.ids)
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
        self.cold: dict[int, tuple[Array, Array]] = {i: (near, how) for i, near, how in product.cold}
        self._of_category: dict[str, Array] = {}
        self._together: tuple[Array, Array, Array] | None = None
        self._sold_out: Array | None = None
        self._folded: list[str] | None = None
        age = product.about.get("item_list") or {}
        self._age = ListAge(float(age.get("written", 0)), frozenset(age.get("fields", ())))
        self._unlisted = set(np.flatnonzero(~shop.listed).tolist())
        #: Items of which something was told before the item list was written, which therefore does not count.
        self.outdated: set[str] = set()
        #: Of each user whose slates rotate, when they were shown an item.
        self.shown: dict[str, dict[int, float]] = {}
        #: Events of items that are not known yet, by item.
        self.waiting: dict[str, list[Event]] = {}
        self.waiting_count = 0
        #: How often items changed.
        self.changes = 0

    def apply(self, event: Event) -> None:
        """Take in the next event of the log."""
        if event.kind == ITEM:
            self._item(event)
        elif event.is_action:
            self._event(event)
        elif event.kind == IMPRESSION:
            if event.data is not None and event.data.get("rotate"):
                self.note_shown(event.user, event.data["items"], event.at)
        elif event.kind in user_changes.KINDS:
            user_changes.apply(self, event)

    def _event(self, e: Event) -> None:
        item = self.number.get(e.item)
        if item is None:
            if self.waiting_count < MAX_WAITING:
                self.waiting.setdefault(e.item, []).append(e)
                self.waiting_count += 1
            return
        weight = self.weights.of(e.kind, e.value)
        if weight > 0 and not self.learned_of(e.user, item, e):
            self._hear(e.user, item, self.popularity.loudness(weight, e.at))
            insort(self.since.setdefault(e.user, []), Did(e.at, item, weight, e.kind))
            if item in self.refused_by(e.user):  # whoever takes it after all wants it
                self.refusals(e.user).discard(item)
        elif weight < 0:
            self._take_back(e.user, item, e.at)
            if hides(e.kind):
                self.refusals(e.user).add(item)
            self.changes += 1

    def _take_back(self, user: str, item: int, at: float) -> None:
        """A person's earlier events about an item no longer count."""
        with self.recounted(user):
            if user in self.since:
                self.since[user] = [did for did in self.since[user] if did.item != item or did.at > at]
            if self.took_before(user, item):
                self.back.setdefault(user, set()).add(item)

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
            self.popularity.change({item: before}, {item: loudness})

    def learned_of(self, user: str, item: int, e: Event) -> bool:
        """Whether the product was built from a copy of an event: the same user, item, kind and second, which still counts."""
        u = self.people.get(user)
        if u is None or item in self.back.get(user, ()):
            return False
        seen, part = self.product.seen, self.product.seen.slice(u)
        same = np.flatnonzero((seen.items[part] == item) & (np.floor(seen.times[part]) == int(e.at))) + part.start
        return any(
            self.kinds[self.product.kinds[n]] == e.kind and n not in self.deleted.get(user, ()) for n in same.tolist()
        )

    def took_before(self, user: str, item: int) -> bool:
        """Whether a person took an item before the product was built."""
        u = self.people.get(user)
        return u is not None and bool((self.product.seen.items[self.product.seen.slice(u)] == item).any())

    def _item(self, event: Event) -> None:
        """A new item, or what has changed of one."""
        name, told = event.item, event.data or {}
        given = {field: told[field] for field in FIELDS if field in told}
        i = self.number.get(name)
        listed = i is not None and i < self.known and bool(self.product.catalogue.listed[i])
        data = self._age.left(given, event.at, listed)
        if data is None or len(data) < len(given):
            self.outdated.add(name)
        if data is None:
            return
        if i in self._unlisted:  # it is sold again
            self._unlisted.discard(i)
            self.stock[i] = np.nan
        if i is None:
            i = self.number[name] = len(self.ids)
            self.ids.append(name)
            for words in (self.titles, self.texts):
                words.append("")
            self.categories.append(())
            self.prices, self.stock = np.append(self.prices, np.nan), np.append(self.stock, np.nan)
            self.is_hidden = np.append(self.is_hidden, False)
            self.popularity.add_item()
            self._of_category.clear()
        columns = (self.titles, self.texts, self.categories, self.prices, self.stock, self.is_hidden)
        for field, column in zip(FIELDS, columns, strict=True):
            if field in data:
                column[i] = as_kept(field, data[field])  # type: ignore[index]
        if "categories" in data:
            self._of_category.clear()
        self._sold_out, self._folded, self.changes = None, None, self.changes + 1
        if (i >= self.known or i in self.cold) and {"title", "text", "categories"} & set(data):
            self._read(i)
        came = self.waiting.pop(name, [])
        self.waiting_count -= len(came)
        for event in came:
            self._event(event)

    def _read(self, i: int) -> None:
        """Find the items that a new one reads like."""
        words = content.words(self.titles[i], tuple(self.categories[i]), self.texts[i])
        near, how = self.product.content.like(words, self.product.popular > 0)
        if len(near):
            self.cold[i] = (near, (how / how.sum()).astype(np.float32))
            self._together = None

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
        return self.product.refusals.get(user, np.zeros(0, dtype=np.int64))

    def of_category(self, name: str) -> Array:
        """Which items (items,) are of a category."""
        found = self._of_category.get(name)
        if found is None:
            found = np.array([name in c for c in self.categories], dtype=bool)
            if found.any():  # what anybody may ask for must not fill the memory
                self._of_category[name] = found
        return found

    def of_categories(self, names: Sequence[str]) -> Array:
        """Which items (items,) are of any of some categories."""
        return np.asarray(np.logical_or.reduce([self.of_category(name) for name in names]))

    def sold_out(self) -> Array:
        """Numbers of the items that are not in stock."""
        if self._sold_out is None:
            self._sold_out = np.flatnonzero(self.stock <= 0)
        return self._sold_out

    def cold_arrays(self) -> tuple[Array, Array, Array]:
        """Items nobody took (n,), the items that each reads like (n, most) and their shares (n, most), zeros where fewer."""
        if self._together is None:
            items = np.fromiter(self.cold, dtype=np.int64, count=len(self.cold))
            near = np.zeros((len(items), content.NEAR), dtype=np.int64)
            how = np.zeros((len(items), content.NEAR), dtype=np.float32)
            for row, i in enumerate(items):
                mine, share = self.cold[int(i)]
                near[row, : len(mine)], how[row, : len(mine)] = mine, share
            self._together = items, near, how
        return self._together

    def names(self) -> Sequence[str]:
        """Everybody who is known: those learned from, then those met since."""
        return [*self.people, *(user for user in self.since if user not in self.people)]

    def find(self, words: str) -> Sequence[int]:
        """Items whose title holds some words, whatever their case; all of them for none."""
        if not words:
            return range(len(self.ids))
        if self._folded is None:
            self._folded = [self.title(i).casefold() for i in range(len(self.ids))]
        wanted = words.casefold()
        return [i for i, title in enumerate(self._folded) if wanted in title]

    def title(self, item: int) -> str:
        """What an item is called."""
        return self.titles[item] or self.ids[item]

    def reads_like(self, item: int) -> int | None:
        """The item that one nobody took yet reads most like."""
        found = self.cold.get(item)
        return None if found is None else int(found[0][int(found[1].argmax())])
