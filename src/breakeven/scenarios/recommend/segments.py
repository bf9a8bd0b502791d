"""Segments: the attribute of the user list by which what is popular differs most, where it differs at all.

Held out: half of the people say what each segment takes, the other half how much better that foretells their events than what
everybody takes.
"""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array
from breakeven.models.ranking.popular import likelihoods
from breakeven.runtime.ranking.histories import Histories
from breakeven.scenarios.recommend import cells
from breakeven.scenarios.recommend.catalogue import Segments
from breakeven.scenarios.recommend.tables import Named

#: Levels of an attribute at the most, parts of a number, and how sure its gain must be: several attributes are tried, each thrice.
MOST, PARTS, SURE = 50, 5, 2.5
#: Events of everybody that a segment's own are added to: the best of these on the people held out.
SHRINKS = (500.0, 5_000.0, 50_000.0)


def found(users: Named | None, people: Array, seen: Histories) -> Segments:
    """The best attribute's segments of some people (names, in the order of `seen`), or none."""
    best = Segments(np.full(len(people), -1, dtype=np.int32))
    if users is None or not users.others:
        return best
    ids = cells.ids(users.columns["user"])
    number = {str(name): i for i, name in enumerate(ids) if name is not None}
    rows = np.array([number.get(str(name), -1) for name in people], dtype=np.int64)
    for column, values in users.others.items():
        given = users.given.get(column)
        if given is not None and given.role == "ignore":
            continue
        names, codes = _levels(
            cells.objects(values.tolist()) if given is not None and given.role == "category" else values
        )
        if not 2 <= len(names) <= MOST:
            continue
        numbers = np.where(rows >= 0, codes[rows], -1).astype(np.int32)
        gain, shrink = max((_gain(seen, numbers, len(names), events), events) for events in SHRINKS)
        if gain > best.gain:
            listed = {name: int(codes[i]) for name, i in number.items() if codes[i] >= 0}
            best = Segments(numbers, column, tuple(names), listed, gain, shrink)
    return best


def _levels(values: Array) -> tuple[list[str], Array]:
    """Names of an attribute's levels and each row's (-1: none); a number of many values falls into PARTS alike in size."""
    if values.dtype != object and len(np.unique(values[~np.isnan(values)])) > MOST:
        edges = np.unique(np.nanquantile(values, np.linspace(0, 1, PARTS + 1)[1:-1]))
        codes = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
        return [f"below {edges[0]:g}", *(f"from {e:g}" for e in edges)], codes
    names, codes = cells.coded(values)
    return names.tolist(), codes


def _gain(seen: Histories, numbers: Array, count: int, shrink: float) -> float:
    """The mean log ratio, over people who were not learned from; 0 where it is not surely above that."""
    owners = seen.owners
    segment, learned = numbers[owners], owners % 2 == 0
    test = ~learned & (segment >= 0)
    if not test.any():
        return 0.0
    shape = count, seen.item_count
    likelihood = likelihoods(seen.items[learned], segment[learned], np.ones(int(learned.sum())), shape, shrink)
    ratio = np.log(likelihood[1 + segment[test], seen.items[test]] / likelihood[0, seen.items[test]])
    events = np.bincount(owners[test], minlength=len(seen))
    of_people = (np.bincount(owners[test], ratio, len(seen)) / np.maximum(events, 1))[events > 0]
    mean, error = float(of_people.mean()), float(of_people.std() / np.sqrt(len(of_people)))
    return mean if mean > SURE * error else 0.0
