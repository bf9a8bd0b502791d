"""Events cut in two: what was known before, and what people took afterwards and are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.ranking.histories import Histories

#: Ways to hold events back: after a moment, each person's last one, or a share of each person's at random.
HOLDS = ("cut", "last", "random")


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

    An item that a person took before does not count when it is taken again, unless the histories let it come back.
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
    before = seen.where(~later)
    pair = owners * seen.item_count + seen.items
    new, barring = later.copy(), ~later if seen.bars is None else ~later & seen.bars
    if barring.any():  # sorted and looked up: np.isin takes ten times as long on tens of millions
        known, taken = np.sort(pair[barring]), pair[later]
        index = np.minimum(np.searchsorted(known, taken), max(len(known) - 1, 0))
        new[later] = known[index] != taken if len(known) else True
    after = seen.where(new)
    return Holdout(before, after, np.flatnonzero((after.lengths > 0) & (before.lengths > 0)), ~later)


def sample_people(people: Array, most: int, seed: int) -> Array:
    """At most `most` of the people, in order."""
    if len(people) <= most:
        return people
    return np.sort(np.random.default_rng(seed).choice(people, most, replace=False))
