"""Cells of a shop's files as ids, numbers, times, stocks and names of categories; each column is read by one format."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np

from breakeven.core.types import Array
from breakeven.features import time_format
from breakeven.features.boolean_words import truth
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import is_missing, level
from breakeven.online.event import MILLISECONDS
from breakeven.scenarios.recommend import event_types

#: Words of item lists for what can and cannot be bought, as `plain` has them.
IN_STOCK = frozenset(
    (
        "instock",
        "available",
        "active",
        "onsale",
        "有货",
        "现货",
        "在售",
        "上架",
        "auflager",
        "lieferbar",
        "enstock",
        "disponible",
    )
)
SOLD_OUT = frozenset(
    (
        *(
            "outofstock",
            "soldout",
            "unavailable",
            "inactive",
            "discontinued",
            "backorder",
            "无货",
            "缺货",
            "售罄",
            "下架",
            "断货",
        ),
        *("ausverkauft", "nichtlieferbar", "rupturedestock", "agotado", "épuisé"),
    )
)
_SPLIT = re.compile(r"[|;,，、]\s*")


def ids(values: Array) -> Array:
    """Canonical ids (n,) of a raw column, None where there is none: 1.0 and "1" are one id, "01" is another."""
    distinct, where = _distinct(values)
    return np.array([level(v) for v in distinct] + [None], dtype=object)[where]


def coded(values: Array) -> tuple[Array, Array]:
    """The distinct canonical ids of a raw column (m,), sorted, and the number of each value's (n,), -1 where there is none: what
    millions of events are compared and counted by.

    >>> names, codes = coded(np.array(["b", "a", None, "b"], dtype=object))
    >>> names.tolist(), codes.tolist()
    (['a', 'b'], [1, 0, -1, 1])
    """
    distinct, where = _distinct(values)
    canonical = [level(v) for v in distinct]
    names = sorted({c for c in canonical if c is not None})
    number = {name: i for i, name in enumerate(names)}
    codes = np.array([-1 if c is None else number[c] for c in canonical] + [-1], dtype=np.int64)
    return objects(names), codes[where]


def seconds(values: Array, zone: str = "UTC", form: TimeFormat | None = None) -> Array:
    """Times (n,) in seconds since 1970, NaN where there is none; how they are written is decided from all of them.

    `form` is what the brief says of it; `zone` that of times which name none.
    """
    distinct, where = _distinct(values)
    if values.dtype != object:
        order = time_format.order_of_numbers(distinct.tolist()) if len(distinct) else None
        found = form or TimeFormat(order or "s", zone)
        out = np.array([*(found.parse(float(v)) for v in distinct.tolist()), np.nan])[where]
        return np.where(out > MILLISECONDS, out / 1000, out) if order is None and form is None else out
    texts = [str(v) for v in distinct]
    found = form or time_format.detect([text for text in texts if not is_missing(text, measure=True)], zone).format
    out = np.array([*(_time(text, found) for text in texts), np.nan])[where]
    return np.where(out > MILLISECONDS, out / 1000, out)


def _time(text: str, form: TimeFormat) -> float:
    """A moment in the column's format; a plain number among texts is seconds or milliseconds, whatever the format."""
    found = form.parse(text)
    return found if found == found or not text.strip().replace(".", "", 1).isdigit() else float(text)


def numbers(values: Array, form: NumberFormat | None = None) -> Array:
    """Numbers (n,) of a raw column, NaN where there is none; how they are written is decided from all of them, or is `form`."""
    if values.dtype != object:
        return values.astype(float)
    distinct, where = _distinct(values)
    texts = [str(v) for v in distinct]
    form = form or NumberFormat.detect([text for text in texts if not is_missing(text, measure=True)])
    return np.array([*(form.parse(text) for text in texts), np.nan])[where]


def parts(value: object, column: str = "") -> list[str]:
    """The names in a cell of categories, however they are written: a|b, ["a", "b"], a; b; with spaces between them in a column that
    RecBole's header calls a sequence.

    >>> parts("Comedy|Drama"), parts('["玩具", "书"]'), parts(None), parts("Comedy Sci-Fi", "class:token_seq")
    (['Comedy', 'Drama'], ['玩具', '书'], [], ['Comedy', 'Sci-Fi'])
    """
    if column.endswith(":token_seq") and not _SPLIT.search(str(value or "")):
        return str(value or "").split()
    text = str(value or "").strip()
    if text.startswith("["):
        try:
            return nested([str(one) for one in json.loads(text) if one is not None])
        except ValueError:
            pass
    return nested(_pieces(text.strip("[]{}")))


def nested(names: Sequence[str]) -> list[str]:
    """Categories with those that they are part of: `Home > Kitchen` is also of `Home`.

    >>> nested(["Home > Kitchen > Knives", "Toys"])
    ['Home', 'Home > Kitchen', 'Home > Kitchen > Knives', 'Toys']
    """
    out = dict[str, None]()
    for name in names:
        steps = [step.strip() for step in name.split(">")]
        for i in range(1, len(steps) + 1):
            out.setdefault(" > ".join(steps[:i]))
    return [name for name in out if name]


def stocks(values: Array, form: NumberFormat | None = None) -> Array:
    """Stock (n,): numbers as they are, words for yes and no as 1 and 0, NaN where nothing is said or understood.

    >>> stocks(np.array(["in stock", "sold out", "no", "7", None], dtype=object)).tolist()
    [1.0, 0.0, 0.0, 7.0, nan]
    """
    if values.dtype != object:
        return values.astype(float)
    return np.array([np.nan if v is None else _stock(str(v), form or NumberFormat()) for v in values.tolist()])


def _stock(cell: str, form: NumberFormat) -> float:
    word = event_types.plain(cell.strip())
    if word in IN_STOCK:
        return 1.0
    if word in SOLD_OUT:
        return 0.0
    found, said = form.parse(cell), truth(cell)
    return found if found == found else np.nan if said is None else float(said)


def _pieces(text: str) -> list[str]:
    return [p for p in (piece.strip().strip("\"'") for piece in _SPLIT.split(text)) if p]


def _distinct(values: Array) -> tuple[Array, Array]:
    """Distinct values, and the place of each value among them; missing ones stand at the end, one beyond."""
    if values.dtype != object:
        distinct, where = np.unique(values, return_inverse=True)
        known = int((~np.isnan(distinct)).sum())
        return distinct[:known], np.minimum(where, known)
    places: dict[object, int] = {}
    where = np.array([-1 if v is None else places.setdefault(v, len(places)) for v in values], dtype=np.int64)
    return np.array([*places, None], dtype=object)[:-1], np.where(where < 0, len(places), where)


def objects(values: Sequence[object]) -> Array:
    """Values as an array of objects, whatever they are."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
