"""The items of a served shop as they are now: the product's catalogue with every change since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from breakeven.core.types import Array
from breakeven.online.event import Event
from breakeven.scenarios.recommend import content, item_pictures
from breakeven.scenarios.recommend.catalogue import FIELDS, ListAge
from breakeven.scenarios.recommend.catalogue_changes import as_kept
from breakeven.scenarios.recommend.growing import appended
from breakeven.scenarios.recommend.product import Loaded

#: Fields of an item that are read to find what it is like.
WORDS = frozenset(("title", "text", "categories"))


class LiveItems:
    """Titles, categories, texts, prices, stock and what is hidden, by the numbers of the items; and which items read like which."""

    def __init__(self, product: Loaded) -> None:
        self.product, shop = product, product.catalogue
        self.ids, self.titles, self.categories = list(shop.ids), list(shop.titles), list(shop.categories)
        self.texts, self.images = list(shop.texts), list(shop.images)
        self.picture_folders = tuple(product.about.get("pictures") or ())
        self.number = {name: i for i, name in enumerate(self.ids)}
        self.prices, self.stock, self.is_hidden = shop.prices.copy(), shop.stock.copy(), shop.hidden.copy()
        self.known = len(self.ids)
        self._cold: dict[int, tuple[Array, Array]] = {i: (near, how) for i, near, how in product.cold}
        #: New items whose words are still to be read, and what some words were found to read like.
        self._unread, self._prepared = dict[int, None](), dict[str, tuple[Array, Array]]()
        self._of_category: dict[str, Array] = {}
        self._together: tuple[Array, Array, Array] | None = None
        self._sold_out: Array | None = None
        self._folded: list[str] | None = None
        age = product.about.get("item_list") or {}
        self._age = ListAge(float(age.get("written", 0)), frozenset(age.get("fields", ())))
        self._unlisted = set(np.flatnonzero(~shop.listed).tolist())
        #: Items changed before the item list was written; such a change does not count.
        self.outdated: set[str] = set()
        #: How often items changed.
        self.changes = 0

    def change_item(self, event: Event) -> None:
        """Take in a new item, or what has changed of one."""
        name, record = event.item, event.data or {}
        given = {field: record[field] for field in FIELDS if field in record}
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
            for words in (self.titles, self.texts, self.images):
                words.append("")
            self.categories.append(())
            self.prices, self.stock = appended(self.prices, np.nan), appended(self.stock, np.nan)
            self.is_hidden = appended(self.is_hidden, False)
            self._of_category.clear()
        columns = (self.titles, self.texts, self.categories, self.prices, self.stock, self.is_hidden, self.images)
        for field, column in zip(FIELDS, columns, strict=True):
            if field in data:
                column[i] = as_kept(field, data[field])  # type: ignore[index]
        if "categories" in data:
            self._of_category.clear()
        self._sold_out, self._folded, self.changes = None, None, self.changes + 1
        if (i >= self.known or i in self._cold) and WORDS & set(data):
            self._unread[i] = None

    @property
    def cold(self) -> dict[int, tuple[Array, Array]]:
        """Items that nobody took, each with those it reads like and in which shares; new ones are read when they are asked for."""
        if self._unread:
            texts = {i: self._words(i, {}) for i in self._unread}
            missing = list(dict.fromkeys(words for words in texts.values() if words not in self._prepared))
            found = {**self._prepared, **self._likes(missing)}
            self._cold.update((i, found[words]) for i, words in texts.items() if len(found[words][0]))
            self._unread.clear()
            self.forget(texts.values())
            self._together = None
        return self._cold

    def read(self, events: Sequence[Event]) -> dict[str, tuple[Array, Array]]:
        """What many new items read like, by their words, before they are taken in; it changes nothing, so that it may run in a thread."""
        records = {e.item: e.data for e in events if e.data and WORDS & set(e.data)}
        new = [(self.number.get(name), data) for name, data in records.items()]
        texts = [self._words(i, data) for i, data in new if i is None or i >= self.known or i in self._cold]
        return self._likes(list(dict.fromkeys(texts)))

    def prepare(self, found: Mapping[str, tuple[Array, Array]]) -> None:
        """Keep what was found until the items are asked for."""
        self._prepared.update(found)

    def forget(self, words: Iterable[str]) -> None:
        """Drop what was found of some words."""
        for one in words:
            self._prepared.pop(one, None)

    def _words(self, i: int | None, record: Mapping[str, object]) -> str:
        """What is read of an item, with what an event tells of it."""
        now = ("", (), "") if i is None else (self.titles[i], self.categories[i], self.texts[i])
        kept = zip(("title", "categories", "text"), now, strict=True)
        return content.words(*(as_kept(field, record.get(field, value)) for field, value in kept))

    def _likes(self, texts: Sequence[str]) -> dict[str, tuple[Array, Array]]:
        """Texts with the items that each reads like, and in which shares."""
        found = self.product.content.like_each(texts, self.product.popular > 0)
        return {
            text: (near, (how / how.sum()).astype(np.float32) if len(near) else how)
            for text, (near, how) in zip(texts, found, strict=True)
        }

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
                neighbours, share = self.cold[int(i)]
                near[row, : len(neighbours)], how[row, : len(neighbours)] = neighbours, share
            self._together = items, near, how
        return self._together

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

    def picture(self, item: int) -> str | None:
        """The address of an item's picture, below those that the brief names; None where it has none."""
        return item_pictures.address(self.images[item], self.picture_folders)

    def reads_like(self, item: int) -> int | None:
        """The item that one nobody took yet reads most like."""
        found = self.cold.get(item)
        return None if found is None else int(found[0][int(found[1].argmax())])
