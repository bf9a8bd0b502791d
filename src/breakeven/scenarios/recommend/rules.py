"""What may stand on a shelf, and in which order: stock, price, category, at most n a category, diversity, what must be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array

#: The best items that rules choose from, for a shelf of k: at least so many, and so many times k.
LEAST, TIMES = 100, 10
MOST_K = 1_000


@dataclass(frozen=True)
class Rules:
    """What is asked of a shelf. `diversity` from 0 (scores alone) to 1 (as unlike each other as can be)."""

    k: int = 10
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    category: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    per_category: int | None = None
    diversity: float = 0.0
    in_stock: bool = True
    explain: bool = False
    language: str = "en"
    arm: str | None = field(default=None, compare=False)


KEYS = tuple(f.name for f in fields(Rules) if f.name != "arm")


def asked(given: Mapping[str, Any], usual: Rules, where: str = "query") -> Rules:
    """The usual rules with what a request (words of a query string, or JSON) changes. Raises InputError naming the key."""
    if all(type(value) is str for value in given.values()):  # a query string, one of few that are asked again and again
        return _of_words(tuple(given.items()), usual, where)
    return _asked(given, usual, where)


@lru_cache(maxsize=1_000)
def _of_words(given: tuple[tuple[str, str], ...], usual: Rules, where: str) -> Rules:
    return _asked(dict(given), usual, where)


def _asked(given: Mapping[str, Any], usual: Rules, where: str) -> Rules:
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in KEYS:
            raise InputError(where, f"unknown key {key!r}", nearest(str(key), KEYS))
        values[key] = _READ[key](value, f"{where}, {key}")
    return replace(usual, **values)


def _whole(low: int, high: int) -> Callable[[Any, str], int]:
    def read(value: Any, where: str) -> int:
        try:
            found = int(value) if not isinstance(value, bool) else low - 1
        except (TypeError, ValueError):
            found = low - 1
        if not low <= found <= high:
            raise InputError(where, f"{str(value)[:20]!r} is not a whole number from {low} to {high:,}", "mend it")
        return found

    return read


def _real(low: float, high: float) -> Callable[[Any, str], float]:
    def read(value: Any, where: str) -> float:
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = low - 1
        if not low <= found <= high:
            raise InputError(where, f"{str(value)[:20]!r} is not a number from {low:g} to {high:g}", "mend it")
        return found

    return read


def _names(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(v for v in value.split(",") if v)
    if isinstance(value, list | tuple) and all(isinstance(v, str | int) for v in value):
        return tuple(map(str, value))
    raise InputError(where, "neither a list of item ids nor ids joined by commas", "send a,b,c")


def _yes(value: Any, where: str) -> bool:
    text = str(value).lower()
    if text not in ("1", "0", "true", "false", ""):
        raise InputError(where, f"expected 1 or 0, got {text[:20]!r}", "send 1 or 0")
    return text in ("1", "true", "")


def _language(value: Any, where: str) -> str:
    if value not in ("en", "zh"):
        raise InputError(where, f"{str(value)[:20]!r} is not spoken", "send en or zh")
    return str(value)


_READ: Mapping[str, Callable[[Any, str], Any]] = {
    "k": _whole(1, MOST_K), "exclude": _names, "include": _names, "category": lambda v, _: str(v), "price_min": _real(0, 1e12),
    "price_max": _real(0, 1e12), "per_category": _whole(1, MOST_K), "diversity": _real(0, 1), "in_stock": _yes, "explain": _yes,
    "language": _language,
}  # fmt: skip


def choose(scores: Array, first: Sequence[int], rules: Rules, category_of: Sequence[Sequence[str]],
           alike: Callable[[int], Array]) -> list[int]:  # fmt: skip
    """The shelf: items of `first` in their places in front, then the best that the rules let stand beside each other.

    `scores` (items,) is -inf for what may not be shown; `alike` gives an item's likeness (items,) to all others.
    """
    shelf = list(first)[: rules.k]
    if not rules.per_category and not rules.diversity:
        pool = [i for i in _pool(scores, rules.k + len(shelf)) if i not in shelf]
        return shelf + pool[: rules.k - len(shelf)]
    most = max(LEAST, TIMES * rules.k)
    found = _spread(scores, shelf, most, rules, category_of, alike)
    if len(found) < rules.k and most < len(scores):  # the best are all of a few categories: look at everything
        found = _spread(scores, shelf, len(scores), rules, category_of, alike)
    return found


def _spread(scores: Array, first: Sequence[int], most: int, rules: Rules, category_of: Sequence[Sequence[str]],
            alike: Callable[[int], Array]) -> list[int]:  # fmt: skip
    """The best of the first `most` items, one after another, each as it stands beside those before it."""
    shelf = list(first)
    pool = [i for i in _pool(scores, most) if i not in shelf]
    counts: dict[str, int] = {}
    for i in shelf:
        _count(counts, category_of[i])
    worth = _to_unit(scores[pool]) if pool else np.zeros(0)
    near = np.zeros(len(pool))
    for i in shelf:
        near = np.maximum(near, alike(i)[pool])
    open_ = np.ones(len(pool), dtype=bool)
    while len(shelf) < rules.k and open_.any():
        value = np.where(open_, (1 - rules.diversity) * worth - rules.diversity * near, -np.inf)
        at = int(value.argmax())
        open_[at] = False
        item = pool[at]
        if rules.per_category and any(counts.get(c, 0) >= rules.per_category for c in category_of[item]):
            continue
        shelf.append(item)
        _count(counts, category_of[item])
        if rules.diversity:
            near = np.maximum(near, alike(item)[pool])
    return shelf


def _pool(scores: Array, most: int) -> list[int]:
    from breakeven.runtime.ranking.histories import best

    return [int(i) for i in best(scores, most)]


def _count(counts: dict[str, int], categories: Sequence[str]) -> None:
    for c in categories:
        counts[c] = counts.get(c, 0) + 1


def _to_unit(values: Array) -> Array:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low) if high > low else np.ones(len(values)))
