"""Columns of texts that hold something to measure in a form that is not read: a person is asked, for nothing else would say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from breakeven.collect.profile import Cells
from breakeven.core.types import Column, Finding
from breakeven.features.number_cell import singular, split
from breakeven.features.time_cell import MONTHS, fold

#: Share of the different cells that must look alike, and how many different cells there must be.
MOSTLY, FEWEST = 0.9, 12
#: Most different units of a column, as a number and as a share of its cells: the letters after the digits of codes differ from cell to cell.
MOST_UNITS, UNIT_SHARE = 5, 0.1
#: Different cells that are looked at, evenly spaced.
SAMPLE = 2000
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_MONTH_DAY = re.compile(rf"(?:{_NAME})\.?[\s/-]*\d{{1,2}}|\d{{1,2}}\.?[\s/-]*(?:{_NAME})\.?")
_NUMBER = r"-?(?:0|[1-9]\d*)?(?:[.,]\d+)?"
_TWO = re.compile(
    rf"\(?({_NUMBER})\s*(?:/|:|x|×|\*|,\s|;|\s|±|['°]\s?|ft\.?\s*|to|bis|of|von|sur|aus)\s*(-?\d*(?:[.,]\d+)?)\s*"
    rf"(?:[x×*]\s*{_NUMBER}\s*)?"
    r"(?:\"|''|['′]?\s*[a-z]{0,3}\.?)?\)?"
)
_END = r"[^\d\s-]?(0|[1-9]\d*(?:[.,]\d+)?)\s*[^\d\s-]{0,3}"
_RANGE = re.compile(rf"{_END}\s*[-–—]\s*{_END}")


def questions(column: Column, cells: Cells) -> list[Finding]:
    """The question on a column that became a category or an identifier; none where its cells are plain words or codes."""
    texts = [fold(text) for text in cells.counts]
    looked = texts[:: max(1, len(texts) // SAMPLE)]
    if len(texts) < FEWEST or cells.are_codes():
        return []
    name = column.name
    units = {unit for text in looked if (unit := _unit(text))}
    few = len(units) <= max(MOST_UNITS, UNIT_SHARE * len(looked))
    kinds: Sequence[tuple[Callable[[str], bool], str, str]] = (
        (
            lambda text: _MONTH_DAY.fullmatch(text) is not None,
            "a month with a day or with a year",
            f"write years of four digits, or say which it is: columns: {{{name}: time(%b-%y)}} or time(%d-%b)",
        ),
        (_is_range, "a range of numbers", "to learn from the numbers, give its ends columns of their own"),
        (_is_two, "two numbers", "to learn from them, give each a column of its own"),
        (
            lambda text: few and _unit(text) != "",
            "numbers with units that are not brought to one",
            "write all in one unit",
        ),
    )
    for matches, what, done in kinds:
        if sum(map(matches, looked)) >= MOSTLY * len(looked):
            shown = f"the values, such as {next(iter(cells.counts))[:30]!r}, look like {what}"
            return [
                Finding("unread values", shown, f"taken as {column.role}; {done}", name, cells.rows, (), "question")
            ]
    return []


def _is_two(text: str) -> bool:
    match = _TWO.fullmatch(text)
    return match is not None and all(any(map(str.isdigit, part)) for part in match.groups())


def _is_range(text: str) -> bool:
    match = _RANGE.fullmatch(text)
    return match is not None and float(match[1].replace(",", ".")) < float(match[2].replace(",", "."))


def _unit(text: str) -> str:
    """The unit of a number; empty where there is none."""
    found = split(text)
    return "" if found is None else singular(found.unit)
