"""Rows at the end of a table that sum it up: spreadsheets have them, and no model should learn from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from breakeven.core.types import Finding
from breakeven.features.values import is_missing

_WORDS = re.compile(
    r"(grand |sub)?totals?|sums?|summe|gesamt(summe)?|insgesamt|somme|suma|totale|合计|总计|小计|总和",
    re.IGNORECASE,
)
#: Rows at the end among which totals are sought.
LAST = 3


def count(last: Sequence[Sequence[object]], first_column: Callable[[str], int]) -> int:
    """How many of the last rows of a table are totals or blank: those that begin with such a word, or hold nothing.

    `first_column` says how often the first column holds a text: a word that occurs among the rows is a value, no total.

    >>> count([["2", "ok", "5"], ["Total", None, "12"]], lambda text: 1)
    1
    """
    found = 0
    for row in reversed(last[-LAST:]):
        cells = [str(cell).strip() for cell in row if cell is not None and not is_missing(str(cell))]
        if cells and not _WORDS.fullmatch(cells[0].rstrip(": ")):
            break
        if cells and len(cells) == len(row) and len(row) > 1 and not _WORDS.fullmatch(str(row[0]).strip().rstrip(": ")):
            break
        if cells and first_column(cells[0]) > LAST:
            break
        found += 1
    return found


def said(last: Sequence[Sequence[object]], found: int) -> list[Finding]:
    """A finding on the rows that were left out."""
    if not found:
        return []
    words = [str(cell) for row in last[-found:] for cell in row if cell is not None and str(cell).strip()]
    what = f"rows at the end that sum up or are blank: {found}" + (f", such as {words[0][:30]!r}" if words else "")
    return [Finding("totals", what, "left out", count=found)]
