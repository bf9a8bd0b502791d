"""A row of units (`kg;m;EUR`) or a rule (`---`) below the header: left out where it is certain that it is one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.core.types import Finding
from breakeven.features.number_cell import is_currency, singular, split
from breakeven.features.units import FAMILIES
from breakeven.features.values import is_missing

#: Share of a column's cells that must be numbers for it to have a unit.
MOSTLY = 0.9
#: Rows below that are looked at, and the fewest that say anything.
LOOK, FEWEST = 50, 3
_UNITS = frozenset(
    (
        *(unit for sizes in FAMILIES.values() for unit in sizes),
        *(
            "%",
            "°c",
            "°f",
            "°",
            "c",
            "k",
            "v",
            "mv",
            "a",
            "ma",
            "w",
            "kw",
            "mw",
            "kwh",
            "mwh",
            "wh",
            "j",
            "kj",
            "kcal",
            "n",
            "nm",
            "pa",
        ),
        *(
            "kpa",
            "hpa",
            "mpa",
            "bar",
            "mbar",
            "psi",
            "hz",
            "khz",
            "mhz",
            "ghz",
            "db",
            "ppm",
            "ppb",
            "rpm",
            "px",
            "ms",
            "us",
            "ns",
            "µs",
        ),
        *(
            "µm",
            "nm",
            "ft",
            "in",
            "yd",
            "mi",
            "mile",
            "ha",
            "acre",
            "mol",
            "mmol",
            "µg",
            "iu",
            "bpm",
            "mmhg",
            "pc",
            "pcs",
            "stk",
            "stück",
        ),
        *(
            "kn",
            "mph",
            "kmh",
            "lux",
            "lx",
            "rad",
            "deg",
            "µl",
            "gal",
            "count",
            "number",
            "euro",
            "dollar",
            "m2",
            "m3",
            "m²",
            "m³",
        ),
    )
)
#: What parts the header of a Markdown table from its rows.
_RULE = re.compile(r":?-{3,}:?")
_BRACKETS = re.compile(r"[\[(].{0,20}[\])]")
#: What stands in such a row above columns without a unit.
_NONE = frozenset(("", "-", "--", "–", "—", "/", "text", "string", "str", "date", "datum", "name", "id", "n/a"))


def found(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the rows below a header is one of units, or a rule.

    It is where all its cells are units or empty, those above numbers make half of them or all stand in brackets, and none comes
    again.

    >>> data = [["1.5", "2", "x"]] * 3
    >>> found([["kg", "EUR", ""], *data]), found([["low", "high", ""], *data]), found([["kg", "EUR", "x"], *data])
    (True, False, False)
    """
    if len(rows) <= FEWEST:
        return False
    first, below = rows[0], rows[1 : 1 + LOOK]
    if first and all(_RULE.fullmatch(cell.strip()) for cell in first if cell.strip()) and any(map(str.strip, first)):
        return True
    units = 0
    for i, cell in enumerate(first):
        others = [row[i].strip() for row in below if i < len(row) and not is_missing(row[i], measure=True)]
        numbers = sum(split(text) is not None for text in others) >= MOSTLY * max(len(others), 1)
        known = _is_unit(cell.strip())
        if cell.strip() in others or not (known or cell.strip().lower() in _NONE):
            return False
        units += known and numbers
    return units > 0 and (2 * units >= len(first) or all(map(_bracketed_or_empty, first)))


def _is_unit(cell: str) -> bool:
    if _BRACKETS.fullmatch(cell):
        return not any(map(str.isdigit, cell.translate({ord("2"): None, ord("3"): None})))
    parts = [part.strip() for part in re.split(r"[/·*]", cell.lower())]
    return all(part in _UNITS or singular(part) in _UNITS or is_currency(part) for part in parts) and cell != ""


def _bracketed_or_empty(cell: str) -> bool:
    return not cell.strip() or _BRACKETS.fullmatch(cell.strip()) is not None


def said(row: Sequence[str]) -> Finding:
    """The finding on a row of units."""
    shown = ", ".join(repr(cell.strip()) for cell in row if cell.strip())[:80]
    return Finding("units row", f"the row below the header holds no data: {shown}", "left out", count=1)
