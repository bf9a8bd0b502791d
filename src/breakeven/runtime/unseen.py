"""Levels of categories that training did not have: a model takes them for missing, and a note says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.core.types import Row
from breakeven.core.wording import counted
from breakeven.features.schema import Field
from breakeven.features.values import is_missing, level

#: Different levels that a note shows, and characters of each.
SHOWN, CHARACTERS = 5, 30


def note(f: Field, values: Sequence[object]) -> list[str]:
    """A line on the cells of a category whose level training did not have; none where there are none."""
    if f.role != "category":
        return []
    texts = [text for v in values if (text := level(v)) is not None and not is_missing(text) and np.isnan(f.code(text))]
    if not texts:
        return []
    shown = ", ".join(repr(text[:CHARACTERS]) for text in sorted(set(texts))[:SHOWN])
    return [
        f"column {f.name!r}: {counted(len(texts), 'cell has', 'cells have')} a value that training did not have ({shown}), read as unknown"
    ]


def notes(categories: Sequence[Field], rows: Sequence[Row]) -> list[str]:
    """The lines on checked rows as they come over HTTP; a level spelled as in training costs one look into a dictionary."""
    out = list[str]()
    for f in categories:
        name, codes = f.name, f.codes
        if strange := [value for row in rows if (value := row[name]) not in codes]:
            out += note(f, strange)
    return out
