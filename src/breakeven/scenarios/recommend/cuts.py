"""Events cut in two: what was known before, and what people took afterwards and are judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.ranking.histories import Histories, among


@dataclass(frozen=True)
class Holdout:
    """A cut.

    Attributes
    ----------
    before: events known before the cut.
    after: events taken after it.
    people: those with events on both sides, by number.
    earlier: of all events, which are before the cut.
    """

    before: Histories
    after: Histories
    people: Array
    earlier: Array | None = None


def cut(seen: Histories, hold: str, share: float, seed: int) -> Holdout:
    """Hold back events after a moment ("cut"), each person's last one ("last"), or a share of each person's ("random").

    What is off a person's shelf at the cut, taken before or refused, does not count when it is taken afterwards.
    """
    owners = seen.owners
    position = np.arange(len(seen.items)) - np.repeat(seen.starts[:-1], seen.lengths)
    lengths = np.repeat(seen.lengths, seen.lengths)
    if hold == "cut":
        later = seen.times > np.quantile(seen.times, 1 - share)
    elif hold == "last":
        later = (position == lengths - 1) & (lengths > 2)
    else:
        drawn = np.random.default_rng(seed).random(len(seen.items))
        order = np.lexsort((drawn, owners))
        later = np.zeros(len(order), dtype=bool)
        later[order] = position < np.round(lengths * share)
    pair = owners * seen.item_count + seen.items
    before = replace(seen.where(~later), refused=_refused_before(seen, pair, later, hold))
    new, (who, what) = later.copy(), before.barred()
    new[later] = ~among(pair[later], who * seen.item_count + what)
    after = replace(seen.where(new), refused=None)
    return Holdout(before, after, np.flatnonzero((after.lengths > 0) & (before.lengths > 0)), ~later)


def _refused_before(seen: Histories, pair: Array, later: Array, hold: str) -> Histories | None:
    """What people refused before the events held back; `pair` are numbers of user and item together (n,)."""
    refused = seen.refused
    if refused is None:
        return None
    if hold == "random":  # without a before and after, a wish lifts a refusal wherever it stands
        return refused.where(~among(refused.owners * seen.item_count + refused.items, pair))
    first = np.full(len(seen), np.inf)
    np.minimum.at(first, seen.owners[later], seen.times[later])
    return refused.where(refused.times < (first.min() if hold == "cut" else first[refused.owners]))


def sample_people(people: Array, most: int, seed: int) -> Array:
    """At most `most` of the people, in order."""
    if len(people) <= most:
        return people
    return np.sort(np.random.default_rng(seed).choice(people, most, replace=False))
