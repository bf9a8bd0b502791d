"""Whether a packed scorer is whole before it is made again: its arrays' shapes and ranges, its numbers, its graphs."""

from __future__ import annotations

import math

from breakeven.runtime.ranking import settings
from breakeven.runtime.ranking.array_check import named, places, rows
from breakeven.runtime.ranking.reranker import PARTS
from breakeven.runtime.ranking.settings import Packed, ScorerSettings

#: Scorers within scorers, parts of a blend, events of a history that a scorer looks at, and numbers of an item's vector.
MAX_DEPTH, MAX_PARTS, MAX_LENGTH, MAX_WIDTH = 4, 16, 100_000, 65_536


def check(packed: Packed, items: int, depth: int = 0) -> None:
    """Raises ValueError saying what does not fit a shop of so many items."""
    config, arrays = packed.settings, packed.arrays
    if depth > MAX_DEPTH:
        raise ValueError(f"scorers within scorers, more than {MAX_DEPTH} deep")
    _numbers(config)
    match config:
        case settings.Popular():
            _counts(packed, items)
        case settings.ItemItem():
            places(arrays, "columns", (None,), items)
            rows(arrays, "starts", items, len(named(arrays, "values", "float", arrays["columns"].shape)))
        case settings.Factors():
            _vectors(packed, items)
        case settings.Folded():
            width = _vectors(packed, items)
            named(arrays, "fold", "float", (width + 1, width))
        case settings.Towers():
            width = _vectors(packed, items)
            inner = len(named(arrays, "inner", "float", (None, width)))
            named(arrays, "inner_bias", "float", (inner,))
            named(arrays, "outer", "float", (width, inner))
            named(arrays, "outer_bias", "float", (width,))
        case settings.UserNeighbours():
            if config.item_count != items:
                raise ValueError(f"users of {config.item_count:,} items in a shop of {items:,}")
            found = places(arrays, "items", (None,), items)
            rows(arrays, "starts", max(len(named(arrays, "starts", "whole", (None,))) - 1, 0), len(found))
        case settings.Net():
            _graph(packed)
        case settings.Blend():
            _parts(packed, config.parts, items, depth)
        case settings.Reranker():
            _reranker(packed, config, items, depth)
        case settings.WithPopularity():
            check(packed.part(0, config.inner), items, depth + 1)
            _counts(packed, items)


def _reranker(packed: Packed, config: settings.Reranker, items: int, depth: int) -> None:
    kinds = (settings.ItemItem, settings.ItemItem, settings.Factors)
    if not all(isinstance(part, kind) for part, kind in zip(config.parts, kinds, strict=True)):
        raise ValueError("the parts of a reranker are others than neighbours in order, neighbours and factors")
    _parts(packed, config.parts, items, depth)
    _graph(packed)
    for name in PARTS:
        if name == "category":
            places_of = packed.arrays.get(name)
            named(
                packed.arrays,
                name,
                "float" if places_of is not None and places_of.dtype.kind == "f" else "code",
                (items,),
            )
        else:
            shape = {"written": (items, None), "segment": (None, items)}.get(name, (items,))
            named(packed.arrays, name, "float", shape)


def _parts(packed: Packed, parts: tuple[ScorerSettings, ...], items: int, depth: int) -> None:
    if not 0 < len(parts) <= MAX_PARTS:
        raise ValueError(f"a scorer of {len(parts):,} parts")
    for i, part in enumerate(parts):
        check(packed.part(i, part), items, depth + 1)


def _counts(packed: Packed, items: int) -> None:
    """Counts of items, in all or in each segment as well."""
    counts = packed.arrays.get("counts")
    named(packed.arrays, "counts", "float", (items,) if counts is not None and counts.ndim == 1 else (None, items))


def _vectors(packed: Packed, items: int) -> int:
    width = named(packed.arrays, "vectors", "float", (items, None)).shape[1]
    if not 0 < width <= MAX_WIDTH:
        raise ValueError(f"vectors of {width:,} numbers")
    return int(width)


def _graph(packed: Packed) -> None:
    if "graph" not in packed.graphs:
        raise ValueError("there is no graph of a net")


def _numbers(config: ScorerSettings) -> None:
    """Numbers that are finite, and lengths that are some."""
    match config:
        case settings.Blend() if len(config.shares) != len(config.parts):
            raise ValueError("a blend has not one share a part")
    plain = [getattr(config, name) for name in config.__struct_fields__]
    for value in plain:
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError("a scorer has a number that is none")
            if isinstance(number, int) and not 0 < number <= max(MAX_LENGTH, getattr(config, "item_count", 0)):
                raise ValueError(f"a scorer has a length of {number:,}")
    if isinstance(config, settings.Factors) and not (config.ridge >= 0 and config.alpha >= 0 and config.others >= 0):
        raise ValueError("factors have a negative weight")
    if isinstance(config, settings.Towers | settings.ItemItem):
        fade = config.fade if isinstance(config, settings.Towers) else config.decay
        if not 0 < fade <= 1:
            raise ValueError(f"a history that fades by {fade:g}")
