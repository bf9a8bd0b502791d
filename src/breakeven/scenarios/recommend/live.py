"""Shelves: a history folded into the model, held against the rules, with a reason for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.errors import InputError
from breakeven.ranking.histories import Histories, best
from breakeven.ranking.scorers import of_friends, standard
from breakeven.scenarios.recommend import reasons, rules
from breakeven.scenarios.recommend.events import Event
from breakeven.scenarios.recommend.present import Did, Present
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.rules import Rules
from breakeven.types import Array

#: Events of each friend that are looked at; last events of which new items are looked at.
FRIENDS_EVENTS, FRESH = 20, 20
#: Of all that an item scores by what it reads like, what is taken off for not knowing it better.
UNSURE = 0.9


@dataclass(frozen=True)
class Placed:
    """An item on a shelf, its score, and why it is there."""

    item: str
    score: float
    reason: str | None = None


class Live(Present):
    """What a product answers now."""

    def __init__(self, product: Loaded) -> None:
        super().__init__(product)
        about = product.about
        self.again = bool(about.get("again"))
        self.usual = rules.asked(about.get("rules") or {}, Rules(k=int(about["k"])), "product.yaml, recommend.rules")
        self.friends_share = float(about.get("friends_share") or 0.0)

    def scores(self, history: Sequence[Did], shelf: str = "model") -> Array:
        """Scores of all items (items,) for a history by the model, by item `neighbours`, or as `popular`; for one of which the
        model knows nothing what is popular.
        """
        known = [d for d in history if d.item < self.known]
        out = np.empty(len(self.ids), dtype=np.float32)
        if not known or shelf == "popular":
            out[:] = self.popular
        else:
            seen = Histories.of_one([d.item for d in known], [d.weight for d in known], self.known)
            scorer = self.product.scorer if shelf == "model" else self.product.likeness
            out[: self.known] = scorer.scores(seen)[0]
            out[self.known :] = out[: self.known].min()
        if not history:
            return out
        for d in history[-FRESH:]:  # what was taken of items the model has not met counts as what they read like
            if d.item >= self.known and d.item in self.cold:
                near, how = self.cold[d.item]
                out[near] += how * (float(out.max()) - float(out.min()) + 1)
        items, near, how = self.cold_arrays()
        if len(items):
            low = float(out[: self.known].min())
            out[items] = low + UNSURE * ((how * out[near]).sum(axis=1) - low)
        return out

    def recommend(
        self, user: str | None, ask: Rules, session: Sequence[Did] = (), shelf: str = "model"
    ) -> list[Placed]:
        """A shelf. Raises InputError for an unknown item in `include`."""
        history = [*self.history(user), *session]
        scores = self.scores(history, shelf)
        if self.friends_share and user is not None and shelf == "model":
            scores = self._with_friends(user, scores)
        shown = scores.copy()
        shown[~self.allowed(ask)] = -np.inf
        shown[self.taken(user, self.again)] = -np.inf
        if not self.again:
            shown[[d.item for d in session]] = -np.inf
        shown[[self.number[x] for x in ask.exclude if x in self.number]] = -np.inf
        first = [i for x in ask.include if (i := self._must(x, ask)) is not None]
        chosen = rules.choose(shown, first, ask, self.categories, self._likeness)
        told = [reasons.of(self, i, history, ask.language) for i in chosen] if ask.explain else [None] * len(chosen)
        return [Placed(self.ids[i], float(scores[i]), why) for i, why in zip(chosen, told, strict=True)]

    def _with_friends(self, user: str, scores: Array) -> Array:
        """Scores with what the person's friends took of late added, in the share that was proved."""
        u = self.people.get(user)
        names = [] if u is None else [self.product.users[f] for f in self.product.friends.get(u, ())]
        events = sorted(d for name in names for d in self.history(name)[-FRIENDS_EVENTS:] if d.item < self.known)
        if not events:
            return scores
        theirs = Histories.of_one([d.item for d in events], [d.weight for d in events], self.known)
        out = standard(scores[None])[0]
        out[: self.known] += self.friends_share * of_friends(self.product.scorer, theirs)[0]
        return np.asarray(out)

    def allowed(self, ask: Rules) -> Array:
        """Which items (items,) stock, category and price let be shown."""
        out = ~(self.stock <= 0) if ask.in_stock else np.ones(len(self.ids), dtype=bool)
        if ask.category is not None:
            out = out & self.of_category(ask.category)
        if ask.price_min is not None:
            out = out & (self.prices >= ask.price_min)
        if ask.price_max is not None:
            out = out & (self.prices <= ask.price_max)
        return np.asarray(out)

    def similar(self, item: str, ask: Rules) -> list[Placed]:
        """Items taken by the same people, or for one nobody took yet those that read like it. Raises InputError."""
        i = self.number.get(item)
        if i is None:
            raise InputError("item", f"{item[:60]!r} is not in the catalogue", "see the item list")
        scores = self._likeness(i)
        shown = np.where((scores > 0) & self.allowed(ask), scores, -np.inf)
        shown[i] = -np.inf
        return [Placed(self.ids[n], float(scores[n])) for n in best(shown.astype(np.float32), ask.k)]

    def favourites(self, ask: Rules) -> list[Placed]:
        """What most people took of late."""
        shown = np.where(self.allowed(ask), self.popular, -np.inf).astype(np.float32)
        return [Placed(self.ids[n], float(shown[n])) for n in best(shown, ask.k)]

    def _likeness(self, item: int) -> Array:
        out = np.zeros(len(self.ids), dtype=np.float32)
        if item < self.known:
            columns, values = self.product.likeness.row(item)
            out[columns] = values
        if item in self.cold:
            near, how = self.cold[item]
            out[near] = np.maximum(out[near], how)
        return out

    def _must(self, name: str, ask: Rules) -> int | None:
        i = self.number.get(name)
        if i is None:
            raise InputError("query, include", f"{name[:60]!r} is not in the catalogue", "name items of the item list")
        return None if ask.in_stock and self.stock[i] <= 0 else i


def session_of(live: Live, events: Sequence[Event]) -> list[Did]:
    """An anonymous visitor's events as a history; items that nobody knows are passed over."""
    known = (
        Did(e.at, live.number[e.item], live.weight(e.kind, e.value), e.kind) for e in events if e.item in live.number
    )
    return [d for d in known if d.weight > 0]
