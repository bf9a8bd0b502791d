"""The shop as it is now: everybody's history with what came in since, stock and prices, and shelves made of them.

An event that is recorded here changes the very next answer: a history is folded in for each, nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from breakeven.errors import InputError
from breakeven.ranking.histories import Histories, best
from breakeven.ranking.scorers import of_friends, standard
from breakeven.scenarios.recommend import content, reasons, rules
from breakeven.scenarios.recommend.events import Event
from breakeven.scenarios.recommend.product import LOOKED_AT, Loaded
from breakeven.scenarios.recommend.rules import Rules
from breakeven.types import Array

#: Kinds of events that are about the shop, not about taste.
ITEM, SHOWN = "$item", "$shown"
#: Events of each friend that are looked at.
FRIENDS_EVENTS = 20
#: Of all that an item scores by what it reads like, what is taken off for not knowing it better.
UNSURE = 0.9


@dataclass(frozen=True)
class Placed:
    """An item on a shelf, its score, and why it is there."""

    item: str
    score: float
    reason: str | None = None


class Live:
    """State of one product in one process; all methods are called from one thread."""

    def __init__(self, product: Loaded) -> None:
        self.product, about = product, product.about
        shop = product.catalogue
        self.ids, self.titles, self.categories = list(shop.ids), list(shop.titles), [list(c) for c in shop.categories]
        self.number = {name: i for i, name in enumerate(self.ids)}
        self.prices, self.stock = product.catalogue.prices.copy(), product.catalogue.stock.copy()
        self.people = {name: u for u, name in enumerate(product.users)}
        self.since: dict[str, list[tuple[int, float, str]]] = {}
        self.known = len(self.ids)
        self.popular = product.popular.astype(np.float32).copy()
        self.worth: Mapping[str, float] = about.get("worth") or {}
        self.bought = frozenset(about.get("bought") or ())
        self.again = bool(about.get("again"))
        self.usual = rules.asked(about.get("rules") or {}, Rules(k=int(about["k"])), "product.yaml, recommend.rules")
        self.friends_share = float(about.get("friends_share") or 0.0)
        self._cold: dict[int, tuple[Array, Array]] = {}
        described = any(shop.titles) or any(shop.categories)
        for i in np.flatnonzero((self.popular == 0) & (self.stock != 0) & described):
            self._read_like(int(i), content.words(shop.titles[i], shop.categories[i], shop.texts[i]))
        self.unknown = 0

    # What comes in -----------------------------------------------------------------------------------------------------

    def record(self, events: Sequence[Event]) -> None:
        """Take in events that are on disk."""
        for e in events:
            if e.kind == ITEM:
                self._item(e.item, e.told or {})
            elif not e.kind.startswith("$"):
                self._event(e)

    def _event(self, e: Event) -> None:
        item = self.number.get(e.item)
        if item is None:  # kept in the log, learned from once the item list has it
            self.unknown += 1
            return
        weight = float(self.worth.get(e.kind, 1.0))
        if weight > 0:
            self.since.setdefault(e.user, []).append((item, weight, e.kind))
            self.popular[item] += 1

    def _item(self, name: str, told: Mapping[str, Any]) -> None:
        """A new item, or what has changed of one."""
        i = self.number.get(name)
        if i is None:
            i = self.number[name] = len(self.ids)
            self.ids.append(name)
            self.titles.append("")
            self.categories.append([])
            self.prices, self.stock = np.append(self.prices, np.nan), np.append(self.stock, np.nan)
            self.popular = np.append(self.popular, np.float32(0))
        if "title" in told:
            self.titles[i] = str(told["title"])
        if "categories" in told:
            self.categories[i] = [str(c) for c in told["categories"]]
        for key, values in (("price", self.prices), ("stock", self.stock)):
            if key in told:
                values[i] = np.nan if told[key] is None else float(told[key])
        if i >= self.known or i in self._cold:
            self._read_like(i, content.words(self.titles[i], tuple(self.categories[i]), str(told.get("text") or "")))

    def _read_like(self, item: int, words: str) -> None:
        near, how = self.product.content.like(words, self.product.popular > 0)
        if len(near):
            self._cold[item] = (near, (how / how.sum()).astype(np.float32))

    # What goes out -----------------------------------------------------------------------------------------------------

    def history(self, user: str | None, session: Sequence[tuple[int, float, str]] = ()) -> list[tuple[int, float, str]]:
        """Items, weights and kinds of a person's last events, oldest first; `session` are an anonymous visitor's."""
        out: list[tuple[int, float, str]] = []
        u = self.people.get(user) if user is not None else None
        if u is not None:
            seen, part = self.product.seen, self.product.seen.slice(u)
            late = slice(max(part.start, part.stop - LOOKED_AT), part.stop)
            names = self.product.about["kinds"]
            kinds = (
                [names[k] for k in self.product.kinds[late].tolist()]
                if len(names) > 1
                else [names[0]] * (late.stop - late.start)
            )
            out = list(zip(seen.items[late].tolist(), seen.weights[late].tolist(), kinds, strict=True))
        if user is not None:
            out += self.since.get(user, [])
        return [*out, *session][-LOOKED_AT:]

    def scores(self, history: Sequence[tuple[int, float, str]], shelf: str = "model") -> Array:
        """Scores of all items (items,) for a history by the model, by item `neighbours`, or as `popular`; for an empty one
        what is popular.
        """
        known = [(i, w) for i, w, _ in history if i < self.known]
        out = np.zeros(len(self.ids), dtype=np.float32)
        if not history or shelf == "popular":
            out[:] = self.popular
            return out
        seen = Histories.of_one([i for i, _ in known], [w for _, w in known], self.known)
        scorer = self.product.scorer if shelf == "model" else self.product.likeness
        out[: self.known] = scorer.scores(seen)[0]
        for fresh, _, _ in history[-20:]:  # what was taken of items the model has not met counts as what they read like
            if fresh >= self.known and fresh in self._cold:
                near, how = self._cold[fresh]
                out[near] += how * float(out[: self.known].std())
        low = float(out[: self.known].min()) if self.known else 0.0
        for item, (near, how) in self._cold.items():
            out[item] = low + UNSURE * (float(how @ out[near]) - low)
        return out

    def recommend(
        self, user: str | None, ask: Rules, session: Sequence[tuple[int, float, str]] = (), shelf: str = "model"
    ) -> list[Placed]:
        """A shelf. Raises InputError for an unknown item in `include`."""
        history = self.history(user, session)
        scores = self.scores(history, shelf)
        if self.friends_share and user is not None and shelf == "model":
            scores = self._with_friends(user, scores)
        shown = scores.copy()
        shown[~self.allowed(ask)] = -np.inf
        gone = [i for i, _, kind in history if not self.again or kind in self.bought]
        shown[gone] = -np.inf
        shown[[self.number[x] for x in ask.exclude if x in self.number]] = -np.inf
        first = [self._must(x, scores, ask) for x in ask.include]
        chosen = rules.choose(shown, [i for i in first if i is not None], ask, self.categories, self._likeness)
        told = self._reasons(chosen, history, ask.language) if ask.explain else [None] * len(chosen)
        return [Placed(self.ids[i], float(scores[i]), why) for i, why in zip(chosen, told, strict=True)]

    def _with_friends(self, user: str, scores: Array) -> Array:
        """Scores with what the person's friends took of late added, in the share that was proved."""
        u = self.people.get(user)
        names = [] if u is None else [self.product.users[f] for f in self.product.friends.get(u, ())]
        events = [(i, w) for name in names for i, w, _ in self.history(name)[-FRIENDS_EVENTS:] if i < self.known]
        if not events:
            return scores
        theirs = Histories.of_one([i for i, _ in events], [w for _, w in events], self.known)
        out = standard(scores[None])[0]
        out[: self.known] += self.friends_share * of_friends(self.product.scorer, theirs)[0]
        return np.asarray(out)

    def allowed(self, ask: Rules) -> Array:
        """Which items (items,) stock, category and price let be shown."""
        out = np.ones(len(self.ids), dtype=bool)
        if ask.in_stock:
            out &= ~(self.stock <= 0)
        if ask.category is not None:
            out &= np.array([ask.category in c for c in self.categories])
        if ask.price_min is not None:
            out &= self.prices >= ask.price_min
        if ask.price_max is not None:
            out &= self.prices <= ask.price_max
        return out

    def similar(self, item: str, ask: Rules) -> list[Placed]:
        """Items taken by the same people, or for one nobody took yet those that read like it. Raises InputError."""
        i = self.number.get(item)
        if i is None:
            raise InputError("item", f"{item[:60]!r} is not in the catalogue", "see the item list")
        scores = self._likeness(i)
        shown = np.where(scores > 0, scores, -np.inf)
        shown[~self.allowed(ask)] = -np.inf
        shown[i] = -np.inf
        return [Placed(self.ids[n], float(scores[n])) for n in best(shown.astype(np.float32), ask.k)]

    def favourites(self, ask: Rules) -> list[Placed]:
        """What most people took of late."""
        shown = self.popular.copy()
        shown[~self.allowed(ask)] = -np.inf
        return [Placed(self.ids[n], float(shown[n])) for n in best(shown, ask.k)]

    def _likeness(self, item: int) -> Array:
        out = np.zeros(len(self.ids), dtype=np.float32)
        if item < self.known:
            columns, values = self.product.likeness.row(item)
            out[columns] = values
        if item in self._cold:
            near, how = self._cold[item]
            out[near] = np.maximum(out[near], how)
        return out

    def _must(self, name: str, scores: Array, ask: Rules) -> int | None:
        i = self.number.get(name)
        if i is None:
            raise InputError("query, include", f"{name[:60]!r} is not in the catalogue", "name items of the item list")
        scores[i] = scores.max() if scores[i] == -np.inf else scores[i]
        return None if ask.in_stock and self.stock[i] <= 0 else i

    def _reasons(
        self, shelf: Sequence[int], history: Sequence[tuple[int, float, str]], language: str
    ) -> list[str | None]:
        return [reasons.of(self, i, history, language) for i in shelf]

    def title(self, item: int) -> str:
        """What an item is called."""
        return self.titles[item] or self.ids[item]

    def reads_like(self, item: int) -> int | None:
        """The item that one nobody took yet reads most like."""
        found = self._cold.get(item)
        return None if found is None else int(found[0][int(found[1].argmax())])


def session_of(live: Live, events: Sequence[Event]) -> list[tuple[int, float, str]]:
    """An anonymous visitor's events as a history; items that nobody knows are passed over."""
    return [(live.number[e.item], float(live.worth.get(e.kind, 1.0)), e.kind) for e in events if e.item in live.number]
