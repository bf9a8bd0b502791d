"""Interactions by user, oldest first.

>>> seen = Histories.of_events(users=[1, 0, 1], items=[4, 2, 3], weights=[1, 1, 5], times=[9, 1, 2], shape=(2, 5))
>>> seen.items[seen.slice(1)].tolist()
[3, 4]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike

from breakeven.core.types import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Half-lives of popularity in the span of the events.
HALVINGS = 4.0
#: Last events of each friend that are looked at.
FRIENDS_EVENTS = 20


@dataclass(frozen=True)
class Histories:
    """User u's events are `slice(u)` of `items`, `weights` and `times` (n,), oldest first; items are numbered from 0. `context` is
    what else is known of the users, `bars` (n,) which events keep their item off the user's shelf (None: all do), `refused` what the
    same users refused and when (None: nothing).
    """

    starts: Array
    items: Array
    weights: Array
    times: Array
    item_count: int
    context: UserContext | None = None
    bars: Array | None = None
    refused: Histories | None = None

    @staticmethod
    def of_events(
        users: ArrayLike, items: ArrayLike, weights: ArrayLike, times: ArrayLike, shape: tuple[int, int]
    ) -> Histories:
        """From events in any order; `shape` is how many users and items there are. Of equal times the first stays first."""
        who, when = np.asarray(users, dtype=np.int64), np.asarray(times, dtype=np.float64)
        order = np.lexsort((when, who))  # stable
        counts = np.bincount(who, minlength=shape[0])
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Histories(
            starts,
            np.asarray(items, dtype=np.int32)[order],
            np.asarray(weights, dtype=np.float32)[order],
            when[order],
            shape[1],
        )

    @staticmethod
    def of_one(items: ArrayLike, weights: ArrayLike, item_count: int, context: UserContext | None = None) -> Histories:
        """One user's, already in order."""
        what, weight = np.asarray(items, dtype=np.int32), np.asarray(weights, dtype=np.float32)
        return Histories(np.array([0, len(what)]), what, weight, np.zeros(len(what)), item_count, context)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def slice(self, user: int) -> slice:
        """Where a user's events stand."""
        return slice(int(self.starts[user]), int(self.starts[user + 1]))

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Items and weights of one user after another."""
        for u in range(len(self)):
            part = self.slice(u)
            yield self.items[part], self.weights[part]

    @property
    def lengths(self) -> Array:
        """Events a user (users,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Array:
        """The user of each event (n,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, users: Array) -> Histories:
        """Some users, in the order given, numbered anew."""
        users = np.asarray(users, dtype=np.int64)
        lengths = self.lengths[users]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.repeat(self.starts[users] - starts[:-1], lengths) + np.arange(starts[-1])
        context = None if self.context is None else self.context.take(users)
        bars = None if self.bars is None else self.bars[positions]
        refused = None if self.refused is None else self.refused.take(users)
        columns = (self.items[positions], self.weights[positions], self.times[positions])
        return Histories(starts, *columns, self.item_count, context, bars, refused)

    def where(self, kept: Array) -> Histories:
        """Only the events that `kept` (n,) marks; no user is left out."""
        counts = np.bincount(self.owners[kept], minlength=len(self))
        return Histories(
            np.concatenate([[0], np.cumsum(counts)]),
            self.items[kept],
            self.weights[kept],
            self.times[kept],
            self.item_count,
            self.context,
            None if self.bars is None else self.bars[kept],
            self.refused,
        )

    def barred(self) -> tuple[Array, Array]:
        """Users and items that stay off the user's shelf, by their events or refused: what evaluations and answers leave out."""
        owners, items = self.owners, self.items
        if self.bars is not None:
            owners, items = owners[self.bars], items[self.bars]
        who, what = self.refusals()
        return (np.concatenate([owners, who]), np.concatenate([items, what])) if len(who) else (owners, items)

    def refusals(self) -> tuple[Array, Array]:
        """Users and items of what was refused and not taken after all: of a refused item only later events are left."""
        refused = self.refused
        if refused is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        pair = np.unique(refused.owners * self.item_count + refused.items)
        pair = pair[~among(pair, self.owners * self.item_count + self.items)]
        return pair // self.item_count, pair % self.item_count

    def last(self, most: int) -> Histories:
        """No more than a user's last events."""
        return self.where(np.arange(len(self.items)) >= np.repeat(self.starts[1:] - most, self.lengths))

    def distinct(self) -> Histories:
        """Each item once a user: where it was taken last, with the largest weight it was taken with."""
        if len(self) == 1:
            return self._distinct_of_one()
        pair = self.owners * self.item_count + self.items
        _, last, of = np.unique(pair[::-1], return_index=True, return_inverse=True)
        if len(last) == len(pair):
            return self
        most = np.zeros(len(last), dtype=np.float32)
        np.maximum.at(most, of, self.weights[::-1])
        kept, weights = np.zeros(len(pair), dtype=bool), self.weights.copy()
        kept[len(pair) - 1 - last] = True
        weights[len(pair) - 1 - last] = most
        return replace(self, weights=weights).where(kept)

    def _distinct_of_one(self) -> Histories:
        """The same for one user, which is what every answer asks, in a tenth of the time."""
        most, place = dict[int, float](), dict[int, int]()
        for at, (item, weight) in enumerate(zip(self.items.tolist(), self.weights.tolist(), strict=True)):
            most[item] = max(weight, most.pop(item, weight))  # taken out and put in again: it stands where it was last
            place[item] = at
        if len(most) == len(self.items):
            return self
        kept = np.array([place[item] for item in most], dtype=np.int64)
        weights = np.array(list(most.values()), dtype=np.float32)
        return Histories(
            np.array([0, len(kept)]), self.items[kept], weights, self.times[kept], self.item_count, self.context
        )

    def matrix(self) -> csr_matrix:
        """Users by items (scipy, CSR float32): the largest weight of each pair. Not for serving: it needs scipy."""
        from scipy import sparse

        owners = self.owners
        order = np.lexsort((-self.weights, self.items, owners))
        pair = owners[order] * self.item_count + self.items[order]
        first = order[np.concatenate([[True], pair[1:] != pair[:-1]])] if len(order) else order
        shape = (len(self), self.item_count)
        return sparse.csr_matrix((self.weights[first], (owners[first], self.items[first])), shape=shape)


class SocialGraph(Protocol):
    """Who follows whom, and the events of those followed."""

    def of(self, user: int, until: float) -> Histories:
        """Recent events, before a moment, of everyone a user follows, as one history."""


@dataclass(frozen=True)
class UserContext:
    """What is known of users besides their events.

    Attributes
    ----------
    segments: number of each user's segment (users,), -1 where none is known.
    shrink: events of everybody that a segment's own are added to.
    social: who follows whom, read when a scorer needs it.
    who: each user's number in `social` (users,).
    until: the moment before which the events of those they follow count (users,).
    """

    segments: Array
    shrink: float = 0.0
    social: SocialGraph | None = None
    who: Array | None = None
    until: Array | None = None

    def take(self, users: Array) -> UserContext:
        """Some users, in the order given."""
        who, until = (None if a is None else a[users] for a in (self.who, self.until))
        return replace(self, segments=self.segments[users], who=who, until=until)

    def friends_of_all(self, item_count: int) -> Histories:
        """One history per user: the merged events of everyone they follow; empty for users who follow no one."""
        none = Histories.of_one([], [], item_count)
        each = [self.friends(u) or none for u in range(len(self.segments))]
        starts = np.concatenate([[0], np.cumsum([len(h.items) for h in each])]).astype(np.int64)
        items, weights, times = (
            np.concatenate([getattr(h, part) for h in each]) for part in ("items", "weights", "times")
        )
        return Histories(starts, items, weights, times, item_count)

    def friends(self, user: int) -> Histories | None:
        """The merged events of everyone a user follows; None where the shop has no follow relations."""
        if self.social is None or self.who is None:
            return None
        return self.social.of(int(self.who[user]), np.inf if self.until is None else float(self.until[user]))


@dataclass(frozen=True)
class FollowedUsers:
    """A social graph in memory: the last events of everybody, and pairs (m, 2) of users and those they follow, sorted by user."""

    late: Histories
    pairs: Array

    def of(self, user: int, until: float) -> Histories:
        """Recent events, before a moment, of everyone a user follows."""
        begin, end = np.searchsorted(self.pairs[:, 0], [user, user + 1])
        of = self.late.take(self.pairs[begin:end, 1])
        order = np.argsort(of.times, kind="stable")
        order = order[of.times[order] < until]
        return Histories(np.array([0, len(order)]), of.items[order], of.weights[order], of.times[order], of.item_count)


def with_context(seen: Histories, segments: Array, shrink: float, pairs: Array) -> Histories:
    """Histories with each user's segment (users,) and follow relations (m, 2)."""
    if not len(pairs) and not (segments >= 0).any():
        return seen
    order = np.argsort(pairs[:, 0], kind="stable") if len(pairs) else np.zeros(0, dtype=np.int64)
    social = FollowedUsers(seen.last(FRIENDS_EVENTS), pairs[order]) if len(pairs) else None
    return replace(seen, context=UserContext(segments, shrink, social, np.arange(len(seen)) if len(pairs) else None))


def among(some: Array, known: Array) -> Array:
    """Which of some numbers (n,) are known. Sorted and looked up: np.isin takes ten times as long on tens of millions.

    >>> among(np.array([3, 1, 3]), np.array([2, 3])).tolist()
    [True, False, True]
    """
    if not len(known):
        return np.zeros(len(some), dtype=bool)
    known = np.sort(known)
    return np.asarray(known[np.minimum(np.searchsorted(known, some), len(known) - 1)] == some)


def half_life(times: Array) -> float:
    """Seconds in which popularity halves: a part of what the events span, so it follows the data; without times it never does."""
    span = float(np.ptp(times)) if len(times) else 0.0
    return span / HALVINGS if span > 0 else np.inf


def best(scores: Array, k: int) -> Array:
    """The numbers of the k highest scores (k,), the highest first, of equal ones the lower number; -inf is left out.

    >>> best(np.array([1.0, 3.0, -np.inf, 3.0]), 3).tolist()
    [1, 3, 0]
    """
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    some = np.flatnonzero(scores >= least) if least > -np.inf else np.flatnonzero(scores > -np.inf)
    return np.asarray(some[np.lexsort((some, -scores[some]))][:k])
