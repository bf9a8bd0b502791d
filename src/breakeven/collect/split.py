"""Sealed test, folds and the order in which growing sizes take rows. Duplicates never straddle a split.

A unit is what must stay together: rows that are equal, and with a group split all rows of a group. Random splits keep
the shares of the classes (or of tenths of a numeric target) in every prefix, so that size n/2 is a fair half of n.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.types import Array, Fold, Split, Task

#: Folds, by open rows: small tables are measured on five disjoint folds, middling ones on three, large ones on two halves:
#: so many rows can be spared to judge by, and the whole race costs less than one and a half fits on all of them.
SMALL, LARGE = 2_000, 20_000
STRATA = 10
#: A split by time takes whole moments where that makes its part this many times as large as wanted, at least and at most.
LEAST_PART, MOST_PART = 0.5, 1.5


@dataclass(frozen=True)
class Parts:
    """Row numbers of the sealed test and of the open rows, the and the folds."""

    test: Array
    open: Array
    folds: tuple[Fold, ...]


def duplicates(blocks: list[Array]) -> Array:
    """A number for each row, equal for rows that are equal in every column. NaN equals NaN.

    >>> duplicates([np.array([1., 2., 1.]), np.array(["a", "b", "a"], dtype=object)]).tolist()
    [0, 1, 0]
    """
    rows = len(blocks[0])
    mix = np.zeros(rows, dtype=np.uint64)
    for block in blocks:
        if block.dtype == object:
            number: dict[object, int] = {}
            codes = np.array([number.setdefault(v, len(number)) for v in block.tolist()], dtype=np.uint64)
        else:
            codes = np.where(np.isnan(block), np.nan, block + 0.0).view(np.uint64)
        mix = _scramble(mix ^ _scramble(codes + np.uint64(0x9E3779B97F4A7C15)))
    _, first, inverse = np.unique(mix, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def coarse(blocks: list[Array]) -> bool:
    """Whether rows must repeat, because the columns' values have fewer combinations than there are rows.

    Equal rows of such a table are not copies of one another, and keeping them together would leave few units to split.

    >>> coarse([np.array([0., 1., 1.]), np.array(["a", "a", "a"], dtype=object)])
    True
    """
    combinations = 1
    for block in blocks:
        combinations *= len(set(block.tolist())) if block.dtype == object else len(np.unique(block))
        if combinations > len(block):
            return False
    return True


def _scramble(x: Array) -> Array:
    """The finaliser of splitmix64 (Steele et al. 2014): every bit of the input moves every bit of the output."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def join(a: Array, b: Array) -> Array:
    """Units that keep together whatever either numbering keeps together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(a.max()) + 1
    total = size + int(b.max()) + 1
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b + size)), shape=(total, total))
    _, labels = connected_components(graph, directed=False)
    return np.unique(labels[a], return_inverse=True)[1]


def parts(units: Array, y: Array, task: Task, split: Split, when: Array | None, seed: int) -> Parts:
    """Split rows. `units` (n,) from `duplicates` or `join`; `when` (n,) seconds for a split by time."""
    rng = np.random.default_rng([seed, 1])
    if split.by == "time" and when is not None:
        return _by_time(units, y, task, split.test, when, rng)
    strata = _strata(y, task) if split.by == "random" else np.zeros(len(y), dtype=int)
    order = _order(units, strata, rng)
    test, rest = _take(order, units, split.test)
    count = 5 if len(rest) <= SMALL else 3 if len(rest) <= LARGE else 2
    count = max(2, min(count, len(np.unique(units[rest]))))
    fold_of = _fold_of(units[rest], count)
    folds = []
    for k in range(count):
        train = rest[fold_of != k]
        folds.append(_fold(_shuffle(train, units, strata, rng), rest[fold_of == k], units))
    if len(rest) > LARGE:  # small sizes want a third repeat: the first half again, in another order
        folds.append(replace(folds[0], train=_shuffle(folds[0].train, units, strata, rng)))
    return Parts(np.sort(test), np.sort(rest), tuple(folds))


def judged_by(parts: Parts, units: Array, most: int, seed: int) -> Parts:
    """The same with about `most` validation rows a fold at the most, whole units drawn at random.

    The rest of a fold's validation rows is not raced with, and has no copy among those that are kept.
    """
    rng = np.random.default_rng([seed, 2])

    def fewer(fold: Fold) -> Fold:
        held_units = units[fold.validation]
        order = rng.permutation(np.unique(held_units))
        count = np.cumsum(np.bincount(held_units)[order])
        kept = order[: int(np.searchsorted(count, most)) + 1]
        judges = np.isin(held_units, kept)
        spare = rng.permutation(fold.validation[~judges])
        return replace(fold, validation=fold.validation[judges], spare=spare, units=held_units[judges])

    return replace(parts, folds=tuple(fewer(f) if len(f.validation) > most else f for f in parts.folds))


def _fold(train: Array, validation: Array, units: Array) -> Fold:
    validation = np.sort(validation)
    return Fold(train, validation, units=units[validation])


def _by_time(units: Array, y: Array, task: Task, share: float, when: Array, rng: np.random.Generator) -> Parts:
    """The last rows are the test, the last of the rest the validation; a unit lies where its first row lies, and a day is divided
    only where there are too few.
    """
    begins = moments(units, when)
    order = np.lexsort((units, begins))
    test, rest = _newest(order[::-1], units, begins, share)
    validation, train = _newest(rest, units, begins, 0.25)
    strata = _strata(y, task)
    folds = tuple(_fold(_shuffle(train, units, strata, rng), validation, units) for _ in range(3))
    return Parts(np.sort(test), np.sort(rest), folds)


def moments(units: Array, when: Array) -> Array:
    """The moment (n,) at which each row's unit begins; that of a row without one is before all others.

    >>> moments(np.array([0, 1, 0]), np.array([5.0, np.nan, 3.0])).tolist()
    [3.0, -inf, 3.0]
    """
    first = np.full(int(units.max()) + 1, np.inf)
    np.minimum.at(first, units, np.where(np.isfinite(when), when, -np.inf))
    return np.asarray(first[units])


def divided(parts: Parts, units: Array, when: Array) -> int:
    """Test rows of a split by time whose moment is also that of open rows."""
    begins = moments(units, when)
    return int((begins[parts.test] <= begins[parts.open].max()).sum())


def _newest(order: Array, units: Array, begins: Array, share: float) -> tuple[Array, Array]:
    """A share of an order from the newest on and the rest: whole moments, or whole units where those are too few for that."""
    part, rest = _take(order, begins, share)
    if LEAST_PART * share <= len(part) / len(order) <= MOST_PART * share:
        return part, rest
    return _take(order, units, share)


def _strata(y: Array, task: Task) -> Array:
    if task == "classification":
        return y
    cuts = np.unique(np.quantile(y, np.linspace(0, 1, STRATA + 1)[1:-1]))
    return np.searchsorted(cuts, y)


def _order(units: Array, strata: Array, rng: np.random.Generator) -> Array:
    """Rows ordered so that units stay together and every prefix has nearly the shares of the strata."""
    count = int(units.max()) + 1
    of_unit = np.zeros(count, dtype=int)
    of_unit[units] = strata
    shuffled = rng.permutation(count)
    labels = of_unit[shuffled]
    by_label = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.arange(count) - starts[labels[by_label]]
    key = np.empty(count)
    key[shuffled[by_label]] = (rank + rng.random(count)) / sizes[labels[by_label]]
    return np.lexsort((units, key[units]))


def _shuffle(rows: Array, units: Array, strata: Array, rng: np.random.Generator) -> Array:
    local = np.unique(units[rows], return_inverse=True)[1]
    return rows[_order(local, strata[rows], rng)]


def _take(order: Array, units: Array, share: float) -> tuple[Array, Array]:
    """The first rows of an order and the rest, cut at the end of a unit nearest to the share."""
    of = units[order]
    ends = np.flatnonzero(np.append(of[1:] != of[:-1], True)) + 1
    inner = ends[:-1] if len(ends) > 1 else ends  # something must be left
    cut = int(inner[np.abs(inner - len(order) * share).argmin()])
    return order[:cut], order[cut:]


def _fold_of(units: Array, count: int) -> Array:
    """Folds dealt round robin over units in their order, so that each keeps the strata's shares."""
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    return (np.argsort(np.argsort(first)) % count)[inverse]
