"""Rules of a slate: stock, price, category, at most n a category, diversity, items that must be in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.serving.decode import decode_mapping

#: Least number of the best items that rules choose from.
MIN_POOL = 100
#: The same for each item of the slate.
POOL_PER_ITEM = 10
#: Most items of a slate.
MAX_K = 1_000
#: Most characters of ids and categories of a query whose rules are kept; the rules of longer ones are made each time.
MAX_CACHED_NAMES = 500
#: Highest price that a rule may name.
MAX_PRICE = 1e12

#: Ids or names, in one text or several.
Names = str | tuple[str | int, ...]


@dataclass(frozen=True)
class Rules:
    """What a slate must keep: `k` items after the first `offset`, of any `category` of several where there are some.

    `exclude` and `include` are ids; a text that is no item's id is a list of ids with commas between them. `diversity` goes from
    0 (scores alone) to 1 (as unlike each other as possible). With `rotate`, items that the user was shown of late stand behind
    the others. An item must be of each of `every_category`.
    """

    k: int = 10
    offset: int = 0
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    every_category: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    per_category: int | None = None
    diversity: float = 0.0
    in_stock: bool = True
    rotate: bool = False
    explain: bool = False
    language: str = "en"
    arm: str | None = field(default=None, compare=False)


class SlateQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes to the usual rules: the query of a list of items. `exclude`, `include` and `category` may be repeated."""

    k: Annotated[int, Meta(ge=1, le=MAX_K)] | UnsetType = UNSET
    offset: Annotated[int, Meta(ge=0, lt=MAX_K)] | UnsetType = UNSET
    exclude: Names | UnsetType = UNSET
    include: Names | UnsetType = UNSET
    category: Names | UnsetType = UNSET
    price_min: Annotated[float, Meta(ge=0, le=MAX_PRICE)] | UnsetType = UNSET
    price_max: Annotated[float, Meta(ge=0, le=MAX_PRICE)] | UnsetType = UNSET
    per_category: Annotated[int, Meta(ge=1, le=MAX_K)] | UnsetType = UNSET
    diversity: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    in_stock: bool | UnsetType = UNSET
    explain: bool | UnsetType = UNSET
    language: Literal["en", "zh"] | UnsetType = UNSET


class UserSlateQuery(SlateQuery, frozen=True, forbid_unknown_fields=True):
    """The query of a user's recommendation, and `recommend.rules` of the brief."""

    rotate: bool | UnsetType = UNSET


def rules_of(given: Mapping[str, object], usual: Rules, where: str = "query") -> Rules:
    """The usual rules with the changes of a mapping: texts of a query, or values of a brief. Raises InputError naming the key."""
    return changed(usual, decode_mapping(given, UserSlateQuery, where))


def changed(usual: Rules, query: SlateQuery) -> Rules:
    """The usual rules with the changes of a query. Raises InputError for items beyond the first MAX_K."""
    named = sum(len(one) for names in (query.exclude, query.include, query.category) for one in _each(names))
    return (_cached if named <= MAX_CACHED_NAMES else _changed)(usual, query)


def _each(names: Names | UnsetType) -> Sequence[str]:
    return () if names is UNSET else (names,) if isinstance(names, str) else [str(one) for one in names]


def _changed(usual: Rules, query: SlateQuery) -> Rules:
    changes = {key: value for key, value in msgspec.structs.asdict(query).items() if value is not UNSET}
    for key in ("exclude", "include", "category"):
        if key in changes:
            changes[key] = names_of(changes[key])
    made = replace(usual, **changes)
    if made.offset + made.k > MAX_K:
        raise InputError(
            "query, offset", f"{made.offset:,} and k {made.k:,}", f"ask for the first {MAX_K:,} items at most"
        )
    return made


_cached = lru_cache(maxsize=1_000)(_changed)


def names_of(value: Names) -> tuple[str, ...]:
    """What a query's key names, without empty texts."""
    return tuple(one for one in ([value] if isinstance(value, str) else map(str, value)) if one)


def choose(scores: Array, first: Sequence[int], rules: Rules, category_of: Sequence[Sequence[str]],
           alike: Callable[[int], Array]) -> list[int]:  # fmt: skip
    """The shelf: items of `first` in their places in front, then the best that the rules let stand beside each other.

    `scores` (items,) is -inf for what may not be shown; `alike` gives an item's likeness (items,) to all others.
    """
    slate = list(first)[: rules.k]
    if not rules.per_category and not rules.diversity:
        pool = [i for i in _pool(scores, rules.k + len(slate)) if i not in slate]
        return slate + pool[: rules.k - len(slate)]
    most = max(MIN_POOL, POOL_PER_ITEM * rules.k)
    found = _spread(scores, slate, most, rules, category_of, alike)
    if len(found) < rules.k and most < len(scores):  # the best are all of a few categories: look at everything
        found = _spread(scores, slate, len(scores), rules, category_of, alike)
    return found


def _spread(scores: Array, first: Sequence[int], most: int, rules: Rules, category_of: Sequence[Sequence[str]],
            alike: Callable[[int], Array]) -> list[int]:  # fmt: skip
    """The best of the first `most` items, one after another, each as it stands beside those before it."""
    slate = list(first)
    pool = [i for i in _pool(scores, most) if i not in slate]
    counts: dict[str, int] = {}
    for i in slate:
        _count(counts, category_of[i])
    places = np.array(pool, dtype=np.int64)
    relevance = _to_unit(scores[places]) if pool else np.zeros(0)
    near = np.zeros(len(pool))
    for i in slate:
        near = np.maximum(near, alike(i)[places])
    value = (1 - rules.diversity) * relevance - rules.diversity * near  # -inf once it was looked at
    while len(slate) < rules.k and len(pool) and value[at := int(value.argmax())] > -np.inf:
        value[at] = -np.inf
        item = pool[at]
        if rules.per_category and any(counts.get(c, 0) >= rules.per_category for c in category_of[item]):
            continue
        slate.append(item)
        _count(counts, category_of[item])
        if rules.diversity:  # an item goes with a few of the pool: the others stand as they did
            seen = alike(item)[places]
            nearer = np.flatnonzero((seen > near) & (value > -np.inf))
            near[nearer] = seen[nearer]
            value[nearer] = (1 - rules.diversity) * relevance[nearer] - rules.diversity * near[nearer]
    return slate


def _pool(scores: Array, most: int) -> list[int]:
    from breakeven.runtime.ranking.histories import best

    return [int(i) for i in best(scores, most)]


def _count(counts: dict[str, int], categories: Sequence[str]) -> None:
    for c in categories:
        counts[c] = counts.get(c, 0) + 1


def _to_unit(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low) if high > low else np.ones(len(values)))
