"""A typical row: the one answers are timed on, and the one forms and documents show."""

from __future__ import annotations

from typing import Any

import numpy as np

from breakeven.collect.prepare import Collected
from breakeven.core.personal_data import mask
from breakeven.core.types import Array
from breakeven.features.image import png
from breakeven.features.media import Disk
from breakeven.features.schema import Field

SHOWN_CHARACTERS, LOOK = 200, 1_000


def typical(collected: Collected) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row as it would be sent (a text and an image of the open rows), and the same fit to be shown to anyone."""
    live, shown = {}, {}
    for f in collected.schema.fields:
        live[f.name], shown[f.name] = _value(f, collected)
    return live, shown


def _value(f: Field, collected: Collected) -> tuple[Any, Any]:
    if f.role == "text":
        texts = sorted(_texts(f, collected), key=len)
        middle = texts[len(texts) // 2]
        return middle, mask(middle)[:SHOWN_CHARACTERS]
    if f.role == "image":
        known = _known(f, collected)
        return png(_disk(collected).pixels(f.name, known[len(known) // 2 :][:1])[0]), None
    value = f.typical[len(f.typical) // 2] if f.typical else None
    value = f.typical[0] if f.role == "category" and f.typical else value
    return value, value


def _texts(f: Field, collected: Collected) -> list[str]:
    known = _known(f, collected)
    return _disk(collected).texts(f.name, known[:: max(1, len(known) // LOOK)])


def _known(f: Field, collected: Collected) -> Array:
    rows = collected.rows
    refs = rows.X[rows.open_rows, rows.layout.place(f.name)]
    return np.asarray(refs[~np.isnan(refs)])


def _disk(collected: Collected) -> Disk:
    assert collected.rows.layout.media is not None
    return Disk(collected.rows.layout.media)
