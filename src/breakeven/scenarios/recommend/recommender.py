"""Recommendations: a user's history folded into the model, filtered by the rules, with a reason for each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.online.event import Event
from breakeven.runtime.ranking.histories import FRIENDS_EVENTS, Histories, UserContext
from breakeven.runtime.ranking.scorers import of_friends, standard
from breakeven.scenarios.recommend import reasons, rules, user_changes
from breakeven.scenarios.recommend.event_types import hides
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.rules import Rules
from breakeven.scenarios.recommend.state import Did, State

#: Last events of a history whose new items count.
FRESH = 20
#: Users whose last plain slate is kept until they do something or an item changes, so that a page that is loaded again costs little.
KEPT = 50_000
#: Most items of a slate that is kept.
KEPT_K = 100
#: Factor on the score that a new item gets by its text, because nothing else is known of it.
UNSURE = 0.9


@dataclass(frozen=True)
class Placed:
    """An item of a slate, its score, and the reason for it."""

    item: str
    score: float
    reason: str | None = None


class Recommender(State):
    """A product's answers in its present state."""

    def __init__(self, product: Loaded) -> None:
        super().__init__(product)
        about = product.about
        self.usual = rules.rules_of(about.get("rules") or {}, Rules(k=int(about["k"])), "product.yaml, recommend.rules")
        self.friends_share = float(about.get("friends_share") or 0.0)
        overall = product.by_segment[:1]
        lift = np.where(overall > 0, product.by_segment / np.maximum(overall, 1e-9), 1)
        self._lift = lift if len(lift) > 1 else None
        self._kept: dict[tuple[str, str], tuple[tuple[int, int], Rules, Array, Array]] = {}

    def apply(self, event: Event) -> None:
        """Take in the next event of the log, or a change of users."""
        if event.kind in user_changes.KINDS:
            user_changes.apply(self, event)
        else:
            super().apply(event)

    def scores(self, items: Array, weights: Array, variant: str = "model", user: str | None = None) -> Array:
        """Scores of all items (items,) for a past (n,) by the model, by item `neighbours`, or as `popular`; for one of which the
        model knows nothing what is popular, in the user's segment where that is known.
        """
        met = items < self.known
        if variant == "popular" or not met.any():
            out = self.popular.copy()
            segment = self.product.segments.get(user, -1) if user is not None else -1
            if self._lift is not None and 0 <= segment < len(self._lift) - 1:
                out[: self.known] *= self._lift[segment + 1]
        else:
            scorer = self.product.scorer if variant == "model" else self.product.likeness
            out = scorer.scores(Histories.of_one(items[met], weights[met], self.known, self._context(user)))[0]
            if len(self.ids) > self.known:
                out = np.append(out, np.full(len(self.ids) - self.known, out.min(), dtype=out.dtype))
        if not len(items):
            return out
        # What was taken of items the model has not met counts as what they read like.
        for item in items[-FRESH:].tolist():
            if item >= self.known and item in self.cold:
                near, how = self.cold[item]
                out[near] += how * (float(out.max()) - float(out.min()) + 1)
        if self.cold:
            cold, near, how = self.cold_arrays()
            low = float(out[: self.known].min())
            out[cold] = low + UNSURE * ((how * out[near]).sum(axis=1) - low)
        return out

    def recommend(
        self, user: str | None, ask: Rules, session: Sequence[Did] = (), variant: str = "model"
    ) -> list[Placed]:
        """A slate. Raises InputError for an unknown item in `include`."""
        if ask.offset:
            wide = replace(ask, k=ask.offset + ask.k, offset=0)
            return self.recommend(user, wide, session, variant)[ask.offset :]
        if session or ask.explain or user is None or ask.k > KEPT_K or ask.include or ask.exclude or ask.rotate:
            return self._new(user, ask, session, variant)
        state, kept = (len(self.since.get(user, ())), self.changes), self._kept.get((user, variant))
        if kept is not None and kept[0] == state and kept[1] == ask:
            return [Placed(self.ids[i], score) for i, score in zip(kept[2].tolist(), kept[3].tolist(), strict=True)]
        placed = self._new(user, ask, session, variant)
        others = variant == "popular" or self._follows(user) or not (self.past(user)[0] < self.known).any()
        if not others:  # else it changes with what others do
            numbers = np.array([self.number[p.item] for p in placed], dtype=np.int32)
            # Arrays, not objects: the garbage collector passes them by.
            self._kept[user, variant] = state, ask, numbers, np.array([p.score for p in placed])
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return placed

    def _new(self, user: str | None, ask: Rules, session: Sequence[Did], variant: str) -> list[Placed]:
        """A slate, computed."""
        items, weights = self.past(user)
        back = [d.item for d in session if d.weight < 0]
        wishes = [d for d in session if d.weight > 0]
        if session:
            left = ~np.isin(items, back)
            items = np.concatenate([items[left], np.array([d.item for d in wishes], dtype=items.dtype)])
            weights = np.concatenate([weights[left], np.array([d.weight for d in wishes], dtype=weights.dtype)])
        scores = self.scores(items, weights, variant, user)
        if self.friends_share and user is not None and variant == "model":
            scores = self._with_friends(user, scores)
        shown = scores.copy()
        self.hide(shown, ask)
        taken = self.taken(user, barring=True)
        shown[taken[~np.isin(taken, back)] if back else taken] = -np.inf
        shown[self.refused_by(user)] = -np.inf
        shown[[d.item for d in wishes if self.keeps_off(d.kind)]] = -np.inf
        shown[[d.item for d in session if d.weight < 0 and hides(d.kind)]] = -np.inf
        self._exclude(shown, ask)
        chosen = self._chosen(shown, ask, self.shown_to(user) if ask.rotate else {})
        found = scores[chosen].tolist()
        if not ask.explain:
            return [Placed(self.ids[i], score) for i, score in zip(chosen, found, strict=True)]
        rows = reasons.rows(self, [*(d for d in self.history(user) if d.item not in back), *wishes])
        return [
            Placed(self.ids[i], score, reasons.of(self, i, rows, ask.language))
            for i, score in zip(chosen, found, strict=True)
        ]

    def _chosen(self, shown: Array, ask: Rules, earlier: Mapping[int, float]) -> list[int]:
        """The items of a slate; those shown `earlier` (item: when) stand behind the others, the longest ago first."""
        first = [i for x in self._ids(ask.include) if (i := self._must(x, ask)) is not None]
        later = {i: at for i, at in earlier.items() if i not in first and shown[i] > -np.inf}
        if not later:
            return rules.choose(shown, first, ask, self.categories, self._likeness)
        fresh, again = shown.copy(), np.full_like(shown, -np.inf)
        fresh[list(later)] = -np.inf
        again[list(later)] = -np.argsort(np.argsort(list(later.values())))
        chosen = rules.choose(fresh, first, ask, self.categories, self._likeness)
        return chosen if len(chosen) == ask.k else rules.choose(again, chosen, ask, self.categories, self._likeness)

    def _follows(self, user: str) -> bool:
        return self.people.get(user, -1) in self.product.friends

    def of(self, user: int, until: float) -> Histories:
        """The last events of those whom a person (by number) follows, as one history."""
        names = [self.product.users[f] for f in self.product.friends.get(user, ())]
        events = sorted(
            d for name in names for d in self.history(name, FRIENDS_EVENTS) if d.item < self.known and d.at < until
        )
        return Histories.of_one([d.item for d in events], [d.weight for d in events], self.known)

    def _context(self, user: str | None) -> UserContext | None:
        """What is known of a person besides what they did, where anything is; friends are read if the scorer asks for them."""
        if user is None or (self._lift is None and not self._follows(user)):
            return None
        segment, who = np.array([self.product.segments.get(user, -1)]), np.array([self.people.get(user, -1)])
        return UserContext(segment, 0.0, self if self.product.friends else None, who)

    def _with_friends(self, user: str, scores: Array) -> Array:
        """Scores with what the person's friends took of late added, in the share that was proved."""
        history = self.of(self.people.get(user, -1), np.inf)
        if not len(history.items):
            return scores
        out = standard(scores[None])[0]
        out[: self.known] += self.friends_share * of_friends(self.product.scorer, history)[0]
        return np.asarray(out)

    def hide(self, shown: Array, ask: Rules) -> None:
        """Mark (-inf) in scores (items,) what is hidden, and what stock, category and price do not let be shown."""
        shown[self.is_hidden] = -np.inf
        if ask.in_stock:
            shown[self.sold_out()] = -np.inf
        if ask.category:
            shown[~self.of_categories(ask.category)] = -np.inf
        for name in ask.every_category:
            shown[~self.of_category(name)] = -np.inf
        if ask.price_min is not None:  # what has no price is in no range
            shown[~(self.prices >= ask.price_min)] = -np.inf
        if ask.price_max is not None:
            shown[~(self.prices <= ask.price_max)] = -np.inf

    def similar(self, item: str, ask: Rules) -> list[Placed]:
        """Items taken by the same people, or for one nobody took yet those that read like it. Raises InputError."""
        i = self.number.get(item)
        if i is None:
            raise InputError("item", f"{item[:60]!r} is not in the catalogue", "see the item list")
        scores = self._likeness(i)
        shown = np.where(scores > 0, scores, np.float32(-np.inf))
        shown[i] = -np.inf
        return self.listed(scores, shown, ask, lambda n: reasons.similar(self, n, i, ask.language))

    def favourites(self, ask: Rules) -> list[Placed]:
        """What most people took of late."""
        return self.listed(self.popular, self.popular.copy(), ask, lambda n: reasons.POPULAR[ask.language])

    def listed(self, scores: Array, shown: Array, ask: Rules, why: Callable[[int], str] | None = None) -> list[Placed]:
        """The items of a list that is not personal, by the same rules as a slate; `shown` is -inf where nothing is known."""
        wide = replace(ask, k=ask.offset + ask.k)
        self.hide(shown, ask)
        self._exclude(shown, ask)
        chosen = self._chosen(shown, wide, {})[ask.offset :]
        return [Placed(self.ids[n], float(scores[n]), why(n) if why and ask.explain else None) for n in chosen]

    def _exclude(self, shown: Array, ask: Rules) -> None:
        """Mark (-inf) what the request does not want."""
        if ask.exclude:
            shown[[self.number[x] for x in self._ids(ask.exclude) if x in self.number]] = -np.inf

    def _ids(self, texts: Sequence[str]) -> list[str]:
        """Ids as a request sends them: one by one, or in a text that is no item's id, with commas between them."""
        return [x for text in texts for x in ([text] if text in self.number else text.split(",")) if x]

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
        return None if self.is_hidden[i] or (ask.in_stock and self.stock[i] <= 0) else i


def session_of(live: Recommender, events: Sequence[Event]) -> list[Did]:
    """A visit's events as a history, what was taken back left out; items that nobody knows are passed over.

    Of each item the last refusal or cancellation stays (weight below 0), as it may take back what was done before the visit.
    """
    left = dict[int, Did]()  # by the place in the visit
    of_item = dict[tuple[int, bool], list[int]]()  # places of an item's events, its refusals apart
    for index, e in enumerate(events):
        did = Did(e.at, live.number.get(e.item, -1), live.weights.of(e.kind, e.value), e.kind)
        if did.item < 0 or did.weight == 0:
            continue
        is_negative = did.weight < 0
        # A wish lifts refusals; a refusal or cancellation takes back wishes.
        for gone in of_item.pop((did.item, not is_negative), ()):
            del left[gone]
        left[index] = did
        of_item.setdefault((did.item, is_negative and hides(did.kind)), []).append(index)
    return list(left.values())
