"""A typical row: the one answers are timed on, and the one forms and documents show."""

from __future__ import annotations

import numpy as np

from breakeven.collect.prepare import Collected
from breakeven.core.personal_data import is_personal, mask
from breakeven.core.types import MEDIA_ROLES, Array, Row
from breakeven.features.image import png
from breakeven.features.media import Disk
from breakeven.features.schema import Field, Schema

#: Characters of a text that is shown to anyone.
SHOWN_CHARACTERS = 200
#: Texts among which the one of middle length is taken.
TEXTS = 1_000


def typical(collected: Collected) -> tuple[Row, dict[str, str | float | None]]:
    """A typical row as it would be sent (with a text and an image of the open rows), and the same without personal data."""
    live, shown = dict[str, object](), dict[str, str | float | None]()
    for f in collected.schema.fields:
        live[f.name], shown[f.name] = _value(f, collected)
    return live, shown


def row_values(schema: Schema, x: Array, media: Disk | None) -> dict[str, object]:
    """A base row (p,) as named values: texts as they are, images as PNG, None where a value is missing."""
    values: dict[str, object] = {}
    start = 0
    for f in schema.fields:
        ref = x[start : start + 1]
        if f.role in MEDIA_ROLES and media is None:
            raise ValueError(f"the column {f.name!r} refers to media, and none are given")
        if f.role == "text" and media is not None:
            values[f.name] = media.texts(f.name, ref)[0]
        elif f.role == "image" and media is not None:
            values[f.name] = None if np.isnan(ref[0]) else png(media.pixels(f.name, ref)[0])
        else:
            values[f.name] = f.plain(x[start])
        start += len(f.parts)
    return values


def _value(f: Field, collected: Collected) -> tuple[str | float | bytes | None, str | float | None]:
    if f.role == "text":
        texts = sorted(_texts(f, collected), key=len)
        middle = texts[len(texts) // 2]
        return middle, mask(middle)[:SHOWN_CHARACTERS]
    if f.role == "image":
        known = _known(f, collected)
        return png(_disk(collected).pixels(f.name, known[len(known) // 2 :][:1])[0]), None
    value = f.typical[len(f.typical) // 2] if f.typical else None
    value = f.typical[0] if f.role == "category" and f.typical else value
    if f.role == "time" and value is not None:
        value = f.spelled(value)
    return value, None if isinstance(value, str) and is_personal(value) else value


def _texts(f: Field, collected: Collected) -> list[str]:
    known = _known(f, collected)
    return _disk(collected).texts(f.name, known[:: max(1, len(known) // TEXTS)])


def _known(f: Field, collected: Collected) -> Array:
    rows = collected.rows
    refs = rows.X[rows.open_rows, rows.layout.place(f.name)]
    return np.asarray(refs[~np.isnan(refs)])


def _disk(collected: Collected) -> Disk:
    assert collected.rows.layout.media is not None
    return Disk(collected.rows.layout.media)
