"""The schema of a typed table: a field for every column that models read, as serving will read it."""

from __future__ import annotations

import numpy as np

from breakeven.collect.cast import merged_levels
from breakeven.collect.roles import Typed
from breakeven.collect.stored import Stored
from breakeven.core.types import USED_ROLES, Array, Column, Finding
from breakeven.core.wording import counted
from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Field, Schema
from breakeven.features.values import level, missing, typical

#: A level must occur this often to be kept; rarer ones are treated as unseen, as they will be when serving.
MIN_LEVEL = 2
#: Time columns of which every pair becomes a number of days.
MOST_TIMES = 5


def schema(typed: Typed, target: str, kept: Stored) -> Schema:
    """The columns models read, those passed over, and the pairs of times whose difference is a column."""
    fields = [_field(c, typed, kept) for c in typed.columns if c.role in USED_ROLES]
    ignored = [target, *(c.name for c in typed.columns if c.role not in USED_ROLES)]
    ids = tuple(c.name for c in typed.columns if c.role == "id")
    times = [f.name for f in fields if f.role == "time"][:MOST_TIMES]
    spans = tuple((later, earlier) for i, later in enumerate(times) for earlier in times[:i])
    return Schema(tuple(f for f in fields if f.role != "category" or f.levels), tuple(ignored), ids, spans)


def _field(column: Column, typed: Typed, kept: Stored) -> Field:
    values = typed.table.columns[column.name]
    absent = float(np.mean(missing(values)))
    if column.role == "text":
        return Field(column.name, "text", missing=absent)
    if column.role == "image":
        pictures = kept.pictures[column.name]
        side, channels, scale = pictures.side, pictures.channels, pictures.scale
        return Field(column.name, "image", missing=absent, side=side, channels=channels, scale=scale)
    if column.role == "category":
        exact = column.name in typed.exact
        counts = _levels(values)
        if not exact:
            stands_for, spellings = merged_levels(counts), counts
            counts = {}
            for text, count in spellings.items():
                counts[stands_for[text]] = counts.get(stands_for[text], 0) + count
        common = sorted((t for t, c in counts.items() if c >= MIN_LEVEL), key=lambda t: (-counts[t], t))
        return Field(column.name, "category", tuple(sorted(common)), tuple(common[:5]), missing=absent, exact=exact)
    known = values[np.isfinite(values)]
    integral = bool(np.all(known == np.floor(known)))
    written = typed.formats.get(column.name)
    sentinels = typed.sentinels.get(column.name, ())
    if column.role == "time":
        first = float(known.min()) if len(known) else 0.0
        return Field(
            column.name,
            "time",
            typical=typical(known),
            origin=first,
            missing=absent,
            format=written,
            sentinels=sentinels,
        )
    written = written or NumberFormat()
    return Field(column.name, "number", (), typical(known), 0.0, integral, absent, format=written, sentinels=sentinels)


def _count(values: Array) -> dict[object, int]:
    if values.dtype != object:
        distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        return dict(zip(distinct.tolist(), counts.tolist(), strict=True))
    out: dict[object, int] = {}
    for value in values.tolist():
        out[value] = out.get(value, 0) + 1
    out.pop(None, None)
    return out


def _levels(values: Array) -> dict[str, int]:
    """Canonical level -> rows."""
    counts: dict[str, int] = {}
    for value, count in _count(values).items():
        text = level(value)
        if text is not None:
            counts[text] = counts.get(text, 0) + count
    return counts


def merged(typed: Typed) -> list[Finding]:
    """A finding for every category of which spellings were taken for one level."""
    out = []
    for column in typed.columns:
        if column.role != "category" or column.name in typed.exact:
            continue
        counts = _levels(typed.table.columns[column.name])
        other = [text for text, stands_for in merged_levels(counts).items() if text != stands_for]
        if other:
            shown = ", ".join(repr(text) for text in sorted(other)[:5])
            what = f"{counted(len(other), 'level differs', 'levels differ')} from another by case or spaces alone, such as {shown}"
            done = f"taken for the same; to keep them apart: columns: {{{column.name}: category(exact)}}"
            out.append(Finding("spellings", what, done, column.name, sum(counts[text] for text in other)))
    return out
