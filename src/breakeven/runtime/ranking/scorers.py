"""Fitted models that score every item for a history, as plain arrays or an ONNX graph.

A scorer never needs the user to have been there when it was fitted: a history is folded in as it stands, so an event
changes the very next answer. `scores` gives (users, items) float32, higher is better; what was seen is not left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.guarded_session import guarded
from breakeven.runtime.onnx_session import OnnxSession
from breakeven.runtime.ranking import settings
from breakeven.runtime.ranking.histories import Histories, best
from breakeven.runtime.ranking.settings import Packed

#: What popularity may add, as a share of the span of a person's scores: enough to order what is scored alike.
FAINT = 1e-5
#: The arrays of two towers.
TOWERS = ("vectors", "inner", "inner_bias", "outer", "outer_bias")
#: Histories that a net answers at a time.
CHUNK = 128


class Scorer(Protocol):
    """What can be served."""

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""

    def pack(self) -> Packed:
        """Its parts."""


@dataclass(frozen=True)
class Popular:
    """How often an item was taken, recent events counting more: (1 + segments, items), by everybody and in each segment."""

    counts: Array

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        return np.asarray(self.counts[segment_rows(seen, self.counts)])

    def pack(self) -> Packed:
        """Its parts."""
        return Packed(settings.Popular(), {"counts": self.counts})


@dataclass(frozen=True)
class ItemItem:
    """Each event adds its item's row of an item-item matrix, times a weight that falls by `decay` an event into the past.

    Row i of the matrix is `values[starts[i]:starts[i + 1]]` at `columns`. `power`: what an event's own weight is raised to
    (0: all events alike).
    """

    starts: Array
    columns: Array
    values: Array
    decay: float = 1.0
    power: float = 0.0

    @cached_property
    def dense(self) -> Array | None:
        """The matrix itself where nearly all of it is there: then rows are added without looking for their places."""
        n = len(self.starts) - 1
        return self.values.reshape(n, n) if len(self.values) == n * n else None

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        out = np.zeros((len(seen), seen.item_count), dtype=np.float32)
        for row, (items, weights) in zip(out, seen.distinct(), strict=True):
            if len(items):
                row += self.one(items, weights)
        return out

    def one(self, items: Array, weights: Array) -> Array:
        """Scores (items,) of one history that is not empty."""
        share = weights**self.power if self.power else np.ones(len(items), dtype=np.float32)
        if self.decay < 1:
            share = share * np.float32(self.decay) ** np.arange(len(items) - 1, -1, -1, dtype=np.float32)
        if self.dense is not None:
            return np.asarray(share @ self.dense[items])
        begins, lengths = self.starts[items], self.starts[items + 1] - self.starts[items]
        ends = np.cumsum(lengths)
        positions = np.repeat(begins - ends + lengths, lengths) + np.arange(ends[-1])
        found = np.bincount(
            self.columns[positions], self.values[positions] * np.repeat(share, lengths), len(self.starts) - 1
        )
        return found.astype(np.float32)

    def row(self, item: int) -> tuple[Array, Array]:
        """Columns and values of an item's row."""
        part = slice(int(self.starts[item]), int(self.starts[item + 1]))
        return self.columns[part], self.values[part]

    def pack(self) -> Packed:
        """Its parts."""
        arrays = {"starts": self.starts, "columns": self.columns, "values": self.values}
        return Packed(settings.ItemItem(self.decay, self.power), arrays)


@dataclass(frozen=True)
class Factors:
    """Item vectors (items, d); a user's is the least-squares answer to the history (Hu, Koren and Volinsky 2008).

    Items seen count 1 with confidence 1 + `alpha` x weight, all others 0 with confidence `others`.
    """

    vectors: Array
    ridge: float
    alpha: float
    others: float = 1.0

    @cached_property
    def _gram(self) -> Array:
        d = self.vectors.shape[1]
        return np.asarray(
            self.others * (self.vectors.T @ self.vectors) + self.ridge * np.eye(d, dtype=self.vectors.dtype)
        )

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        users = np.zeros((len(seen), self.vectors.shape[1]), dtype=np.float32)
        for user, (items, weights) in zip(users, seen.distinct(), strict=True):
            if len(items):
                V, more = self.vectors[items], self.alpha * weights
                user[:] = np.linalg.solve(self._gram + (V * more[:, None]).T @ V, V.T @ (self.others + more))
        return users @ self.vectors.T

    def pack(self) -> Packed:
        """Its parts."""
        return Packed(settings.Factors(self.ridge, self.alpha, self.others), {"vectors": self.vectors})


@dataclass(frozen=True)
class Folded:
    """Item vectors (items, d); a user's is the mean of the history's vectors, and one, times a matrix (d + 1, d)."""

    vectors: Array
    fold: Array

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        return means(self.vectors, seen) @ self.fold @ self.vectors.T

    def pack(self) -> Packed:
        """Its parts."""
        return Packed(settings.Folded(), {"vectors": self.vectors, "fold": self.fold})


@dataclass(frozen=True)
class Towers:
    """Item vectors (items, d) and a small net that makes a person's vector of the fading mean of the history's."""

    vectors: Array
    inner: Array
    inner_bias: Array
    outer: Array
    outer_bias: Array
    fade: float
    length: int

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        means = np.zeros((len(seen), self.vectors.shape[1]), dtype=np.float32)
        for row, (items, _) in zip(means, seen.last(self.length), strict=True):
            if len(items):
                weight = np.float32(self.fade) ** np.arange(len(items) - 1, -1, -1, dtype=np.float32)
                row[:] = weight @ self.vectors[items] / weight.sum()
        people = means + np.maximum(means @ self.inner.T + self.inner_bias, 0) @ self.outer.T + self.outer_bias
        return np.asarray(people @ self.vectors.T, dtype=np.float32)

    def pack(self) -> Packed:
        """Its parts."""
        return Packed(settings.Towers(self.fade, self.length), {name: getattr(self, name) for name in TOWERS})


@dataclass(frozen=True)
class UserNeighbours:
    """The rows of the users most like this one, added up; users are alike by the cosine of their items (user neighbours)."""

    users: Histories
    neighbours: int

    @cached_property
    def _by_item(self) -> tuple[Array, Array]:
        """Users of each item: where they start, and who."""
        order = np.argsort(self.users.items, kind="stable")
        counts = np.bincount(self.users.items, minlength=self.users.item_count)
        return np.concatenate([[0], np.cumsum(counts)]), self.users.owners[order]

    @cached_property
    def _roots(self) -> Array:
        return np.sqrt(np.maximum(self.users.lengths, 1)).astype(np.float32)

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        out = np.zeros((len(seen), seen.item_count), dtype=np.float32)
        starts, who = self._by_item
        for row, (items, _) in zip(out, seen, strict=True):
            if not len(items):
                continue
            shared = np.bincount(
                np.concatenate([who[starts[i] : starts[i + 1]] for i in items]), minlength=len(self.users)
            )
            alike = shared / self._roots
            near = best(alike.astype(np.float32), self.neighbours)
            near = near[alike[near] > 0]
            histories = self.users.take(near)
            weights = np.repeat(alike[near] / np.sqrt(len(items)), histories.lengths)
            row += np.bincount(histories.items, weights, seen.item_count).astype(np.float32)
        return out

    def pack(self) -> Packed:
        """Its parts."""
        arrays = {"starts": self.users.starts, "items": self.users.items}
        return Packed(settings.UserNeighbours(self.neighbours, self.users.item_count), arrays)


@dataclass(frozen=True)
class Net:
    """A net over the last `length` items of a history: ONNX, `items` (b, length) int64 to `scores` (b, items).

    Items count from 1 there; 0 stands before the first event.
    """

    graph: bytes
    length: int

    @cached_property
    def _session(self) -> OnnxSession:
        return guarded(self.graph, "the scorer's graph")

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        rows = recent(seen, self.length)
        parts = [self._session.run(["scores"], {"items": rows[i : i + CHUNK]})[0] for i in range(0, len(rows), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, seen.item_count), dtype=np.float32)

    def pack(self) -> Packed:
        """Its parts."""
        return Packed(settings.Net(self.length), {}, {"graph": self.graph})


@dataclass(frozen=True)
class Blend:
    """Several scorers' answers, each brought to mean 0 and deviation 1 over the items, in given shares."""

    parts: Sequence[Scorer]
    shares: Sequence[float]

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        total = np.zeros((len(seen), seen.item_count), dtype=np.float32)
        for part, share in zip(self.parts, self.shares, strict=True):
            scores = part.scores(seen)
            # As `standard` does, in two passes instead of six: this is what an answer waits for.
            mean = scores.mean(axis=1)
            spread = np.sqrt(np.maximum(np.einsum("ij,ij->i", scores, scores) / scores.shape[1] - mean**2, 0))
            slope = np.where(spread > 1e-9 * np.abs(mean), share / np.maximum(spread, 1e-30), 0)
            total += scores * slope[:, None] - (mean * slope)[:, None]
        return total

    def pack(self) -> Packed:
        """Its parts, each under a name of its own."""
        parts = [part.pack().within(i) for i, part in enumerate(self.parts)]
        return Packed(
            settings.Blend(tuple(self.shares), tuple(part.settings for part in parts)),
            {name: values for part in parts for name, values in part.arrays.items()},
            {name: graph for part in parts for name, graph in part.graphs.items()},
        )


@dataclass(frozen=True)
class WithPopularity:
    """A scorer that leaves to popularity (1 + segments, items) what it does not know: items it scores alike, and people without a
    history.
    """

    inner: Scorer
    counts: Array

    @cached_property
    def _share(self) -> Array:
        return np.asarray(self.counts / np.maximum(self.counts.max(axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        out = self.inner.scores(seen)
        spread = out.max(axis=1, keepdims=True) - out.min(axis=1, keepdims=True)
        share = self._share[segment_rows(seen, self.counts)]
        return np.where((seen.lengths == 0)[:, None], share, out + np.maximum(FAINT * spread, 1e-12) * share)

    def pack(self) -> Packed:
        """Its parts."""
        inner = self.inner.pack().within(0)
        return Packed(settings.WithPopularity(inner.settings), {"counts": self.counts, **inner.arrays}, inner.graphs)


def segment_rows(seen: Histories, counts: Array) -> Array:
    """Which row of counts (1 + segments, items) each user's is: their segment's, or everybody's."""
    if seen.context is None or len(counts) == 1:
        return np.zeros(len(seen), dtype=np.int64)
    return np.where(seen.context.segments < len(counts) - 1, seen.context.segments + 1, 0)


def means(vectors: Array, seen: Histories) -> Array:
    """The mean vector of each history, and one; zeros where it is empty (users, d + 1)."""
    out = np.zeros((len(seen), vectors.shape[1] + 1), dtype=np.float32)
    for row, (items, _) in zip(out, seen, strict=True):
        if len(items):
            row[:-1], row[-1] = vectors[items].mean(axis=0), 1
    return out


def standard(scores: Array) -> Array:
    """Each row brought to mean 0 and deviation 1; a row of equal scores to 0."""
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1))


def of_friends(scorer: Scorer, friends: Histories) -> Array:
    """What friends' events say for a person (users, items): the items themselves, and what goes with them, in equal parts."""
    taken = np.zeros((len(friends), friends.item_count), dtype=np.float32)
    np.add.at(taken, (friends.owners, friends.items), 1)
    return np.asarray((standard(scorer.scores(friends)) + standard(taken)) / 2)


def recent(seen: Histories, length: int) -> Array:
    """The last items of each history (users, length) int64, counted from 1, zeros before them.

    >>> recent(Histories.of_one([4, 6], [1, 1], 9), 3).tolist()
    [[0, 5, 7]]
    """
    out = np.zeros((len(seen), length), dtype=np.int64)
    late = seen.last(length)
    positions = np.arange(len(late.items)) - np.repeat(late.starts[:-1], late.lengths)
    out[late.owners, length - np.repeat(late.lengths, late.lengths) + positions] = late.items + 1
    return out
