"""Raw values as people write them: numbers, moments, categories, and what counts as missing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from breakeven.core.types import Array

NAN = math.nan
DAY = 86400.0
#: Spellings of a missing value in a column of any role.
MISSING = frozenset(("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "?"))
#: Further spellings, in lower case, that are missing in a column of numbers or times; a category may have them as levels.
_MISSING_MEASURE = frozenset(
    (
        *(spelling.lower() for spelling in MISSING),
        *("-", "--", "---", "–", "—", ".", "..", "..."),
        *("none", "nil", "n.a.", "n.a", "n/d", "nd", "<na>", "nat", "(null)", "missing", "unknown", "无", "缺失"),
        *(
            "k.a.",
            "k. a.",
            "keine angabe",
            "unbekannt",
            "(leer)",
            "(blank)",
            "blank",
            "tbd",
            "tba",
            "tbc",
            "not available",
        ),
        *(
            "not applicable",
            "no data",
            "s/d",
            "sin datos",
            "n/v",
            "nc",
            "n.c.",
            "inconnu",
            "non disponible",
            "desconocido",
        ),
        *("нет данных", "неизвестно", "不详", "未知", "暂无", "不明", "***", "**", "x.x"),
        *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000"),
        *("#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!"),
    )
)
#: Characters beyond which no cell says that it is missing, white space included.
LONGEST_MISSING = 24
#: Beyond this a float32, in which every model computes, is infinite.
LARGEST = 3.4e38
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d*))\.0+")


class CellFormat:
    """How the cells of a column are written: the base of NumberFormat, TimeFormat and SpanFormat."""


def is_missing(cell: str, measure: bool = False) -> bool:
    """Whether a cell of text says that its value is missing; `measure`: the column holds numbers or times.

    Training and serving both ask here, so that a product reads every cell as its training did.

    >>> is_missing("NA"), is_missing("None"), is_missing(" None ", measure=True), is_missing("0", measure=True)
    (True, False, True, False)
    """
    if len(cell) > LONGEST_MISSING:
        return False
    text = cell.strip()
    return text in MISSING or (measure and text.lower() in _MISSING_MEASURE)


def missing(values: Array) -> Array:
    """Which values of a raw column (n,) are missing: None in a text column, NaN in a number column."""
    return np.asarray(values == None if values.dtype == object else np.isnan(values))  # noqa: E711  elementwise


def level(value: object) -> str | None:
    """A category's canonical text: trimmed, full-width folded, 1.0 and "1.0" as 1, True and "True" as true, None for missing.

    >>> level(1.0), level("1.0"), level("01"), level(" Ａ "), level(True), level("True"), level(float("nan"))
    ('1', '1', '01', 'A', 'true', 'true', None)
    """
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        if value != value:
            return None
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if text in ("True", "False", "TRUE", "FALSE"):
        return text.lower()
    integer = _WHOLE.fullmatch(text)
    return (integer[1] if integer else text) or None


def folded(text: str) -> str:
    """A level without case and with single spaces; one character as it is, for `a` and `A` are codes more often than slips.

    >>> folded("New  York"), folded("A")
    ('new york', 'A')
    """
    return " ".join(text.split()).casefold() if len(text) > 1 else text


def unambiguous(levels: Iterable[str]) -> dict[str, str]:
    """Folded spelling -> level, for those that one level alone has.

    >>> unambiguous(["Yes", "No", "NO"])
    {'yes': 'Yes'}
    """
    out, twice = dict[str, str](), set[str]()
    for text in levels:
        key = folded(text)
        if key in out:
            twice.add(key)
        out[key] = text
    return {key: text for key, text in out.items() if key not in twice}


def typical(values: Iterable[float], count: int = 5) -> tuple[float, ...]:
    """Evenly spaced quantiles of known values: what a form proposes and an explanation replaces by."""
    known = np.fromiter(values, dtype=float) if not isinstance(values, np.ndarray) else values.astype(float)
    known = known[~np.isnan(known)]
    return tuple(np.quantile(known, np.linspace(0.1, 0.9, count)).tolist()) if len(known) else ()
