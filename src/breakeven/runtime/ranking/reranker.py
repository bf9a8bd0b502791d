"""Trees over candidates: the best items of neighbours in order, put in order again by what is known of item and person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.guarded_session import guarded
from breakeven.runtime.onnx_session import OnnxSession
from breakeven.runtime.ranking import settings
from breakeven.runtime.ranking.histories import Histories, UserContext, best
from breakeven.runtime.ranking.scorers import Factors, ItemItem, Scorer
from breakeven.runtime.ranking.settings import Packed

#: What is known of each item, as arrays (items,) but for `written` (items, d) and `segment` (1 + segments, items): logarithms of how
#: often it was taken of late and at all, of its price, and of how much oftener a segment takes it; the number of its category.
PARTS = ("popular", "taken", "price", "category", "written", "segment")
#: Features of a user and a candidate that the trees read.
FEATURES = (
    "near",
    "place",
    "alike",
    "fitting",
    "after_last",
    "popular",
    "taken",
    "events",
    "more_popular",
    "category_share",
    "category_last",
    "price",
    "dearer",
    "reads_like",
    "reads_like_last",
    "seen",
    "of_segment",
    "friends",
    "friends_near",
)
#: A person's last events whose words a candidate is held against, and those that tell of categories and prices.
WORDS_OF, RECENT_ITEMS = 5, 50
#: What stands for "not known".
UNKNOWN = -1.0


@dataclass(frozen=True)
class Reranker:
    """`transitions`, `alike` and `factors` bring up candidates; `graph` (ONNX, FEATURES in, a score out) orders them; the rest stay
    below.
    """

    transitions: ItemItem
    alike: ItemItem
    factors: Factors
    parts: Mapping[str, Array]
    graph: bytes
    looked_at: int

    @cached_property
    def _session(self) -> OnnxSession:
        return guarded(self.graph, "the scorer's graph")

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items): below 1 as neighbours in order have it, the candidates from 1 to 2 as the trees do."""
        out = np.zeros((len(seen), seen.item_count), dtype=np.float32)
        for u, row in enumerate(out):
            if not seen.lengths[u]:
                continue
            near, some, features = self.features(seen.take(np.array([u])))
            row += near * np.float32(0.999)
            found = self._session.run(["scores"], {"x": features})[0].ravel()
            row[some] = 1 + 1 / (1 + np.exp(-np.clip(base(features) + found, -30, 30)))
        return out

    def features(self, one: Histories) -> tuple[Array, Array, Array]:
        """Of one user whose history is not empty: nearness of each item (items,) from 0 to 1, the candidates (n,), and their
        features (n, FEATURES) float32.
        """
        once = one.distinct()
        near, alike = (_unit(part.one(once.items, once.weights)) for part in (self.transitions, self.alike))
        fitting = _unit(self.factors.scores(once)[0])
        near += np.float32(1e-6) * self.parts["popular"]
        more = min(len(once.items), self.looked_at)  # what was taken is among the best, and mostly not wanted
        some = best(near, self.looked_at + more)
        for other in (alike, fitting):
            some = np.union1d(some, best(other, self.looked_at // 2 + more))
        some = some[np.argsort(-near[some], kind="stable")]
        after = np.zeros(len(near), dtype=np.float32)
        columns, values = self.transitions.row(int(once.items[-1]))
        after[columns] = values
        popular, late = self.parts["popular"], once.items[-RECENT_ITEMS:]
        columns_of = (
            near[some],
            np.log1p(np.arange(len(some))),
            alike[some],
            fitting[some],
            _unit(after)[some],
            popular[some],
            self.parts["taken"][some],
            np.full(len(some), np.log1p(len(one.items))),
            popular[some] - popular[late].mean(),
            *self._of_taste(some, late),
            np.isin(some, once.items),
            *self._of_others(some, once.context),
        )
        return near, some, np.stack(columns_of, axis=1).astype(np.float32)

    def _of_others(self, some: Array, context: UserContext | None) -> tuple[Array, ...]:
        """How candidates (n,) stand to a person's segment and friends: the FEATURES from of_segment on."""
        none = np.zeros(len(some))
        if context is None:
            return none, none, none
        segment = int(context.segments[0]) + 1
        of_segment = self.parts["segment"][segment if segment < len(self.parts["segment"]) else 0][some]
        friends = context.friends(0)
        if friends is None or not len(friends.items):
            return of_segment, none, none
        times = np.bincount(friends.items, minlength=friends.item_count)[some]
        return of_segment, np.log1p(times), _unit(self.transitions.one(friends.items, friends.weights))[some]

    def _of_taste(self, some: Array, late: Array) -> tuple[Array, ...]:
        """How candidates (n,) stand to a person's last items by category, price and words: the FEATURES from category_share on."""
        category, price, written = (self.parts[name] for name in ("category", "price", "written"))
        own, recent = category[some], category[late]
        share = np.where(own >= 0, (own[:, None] == recent[None]).mean(axis=1), UNKNOWN)
        last = np.where(own >= 0, own == recent[-1], UNKNOWN)
        paid = price[late][price[late] > UNKNOWN]
        dearer = (
            np.where(price[some] > UNKNOWN, price[some] - np.median(paid), UNKNOWN)
            if len(paid)
            else np.full(len(some), UNKNOWN)
        )
        alike = written[some] @ written[late[-WORDS_OF:]].T  # zeros where nothing is written
        return share, last, price[some], dearer, alike.mean(axis=1), alike[:, -1]

    def pack(self) -> Packed:
        """Its parts."""
        transitions, alike, factors = (
            part.pack().within(i) for i, part in enumerate[Scorer]((self.transitions, self.alike, self.factors))
        )
        numbers = settings.Reranker(self.looked_at, (transitions.settings, alike.settings, factors.settings))
        return Packed(
            numbers, {**self.parts, **transitions.arrays, **alike.arrays, **factors.arrays}, {"graph": self.graph}
        )


def base(features: Array) -> Array:
    """What trees start from (n,): they move candidates away from their order as neighbours, and only as far as they know better."""
    return np.log(np.maximum(features[:, 0], 0) + np.float32(1e-3))


def _unit(values: Array) -> Array:
    return np.asarray(values / max(float(values.max()), 1e-9), dtype=np.float32)
