"""Rows at the end of a table that sum it up: spreadsheets have them, and no model should learn from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.core.types import Finding
from breakeven.features.values import is_missing

_WORDS = re.compile(
    r"(grand |sub)?totals?|sums?|summe|gesamt(summe)?|insgesamt|somme|suma|totale|合计|总计|小计|总和|average|mean|平均",
    re.IGNORECASE,
)
#: Rows at the end among which totals are sought.
LAST = 3


def count(last: Sequence[Sequence[object]]) -> int:
    """How many of the last rows of a table are totals or blank: those that begin with such a word, or hold nothing.

    >>> count([["2", "ok", "5"], ["Total", None, "12"]])
    1
    """
    found = 0
    for row in reversed(last[-LAST:]):
        cells = [str(cell).strip() for cell in row if cell is not None and not is_missing(str(cell))]
        if cells and not _WORDS.fullmatch(cells[0].rstrip(": ")):
            break
        if cells and len(cells) == len(row) and len(row) > 1 and not _WORDS.fullmatch(str(row[0]).strip().rstrip(": ")):
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
