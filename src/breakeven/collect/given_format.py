"""The format that the brief gives a column, behind its role: `number(comma)`, `time(%d/%m/%Y)`, `category(exact)`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from breakeven.core.errors import InputError, nearest
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_cell import ORDERS, Order
from breakeven.features.time_format import TimeFormat

#: Words for decimal marks, with the mark of thousands that goes with each.
NUMBERS = {"comma": (",", "."), "point": (".", ",")}
#: Levels are kept apart that differ in case or spaces alone.
EXACT = "exact"
#: Far-out values are kept that would be taken for missing.
KEEP = "keep"
#: Of the target: the rows where it is known are enough, however few of all they are.
KNOWN = "known"


def number(text: str, where: str, target: bool = False) -> NumberFormat | None:
    """The format of `number(text)`; None where the cells decide. Raises InputError for a word that is not known."""
    allowed = (*NUMBERS, KEEP, KNOWN) if target else (*NUMBERS, KEEP)
    for word in words(text):
        if word not in allowed:
            raise InputError(where, f"a number has no format {word!r}", nearest(word, allowed))
    marks = [word for word in words(text) if word in NUMBERS]
    return NumberFormat(*NUMBERS[marks[0]]) if marks else None


def time(text: str, zone: str, where: str) -> TimeFormat | None:
    """The format of `time(text)`: a pattern, which part comes first, or a unit; None where the
    cells decide. Raises InputError for another word."""
    text = text.removesuffix(KEEP).rstrip(" ,")
    if not text:
        return None
    if "%" in text:
        _try(text, where)
        return TimeFormat(zone=zone, pattern=text)
    word = text.removesuffix("first").strip()
    if word not in ORDERS:
        raise InputError(where, f"a time has no format {text!r}", f"{nearest(word, ORDERS)}; or a pattern as %d/%m/%Y")
    return TimeFormat(cast("Order", word), zone)


def exact(text: str, where: str, target: bool = False) -> bool:
    """Whether `category(text)` keeps every spelling apart. Raises InputError for another word."""
    allowed = (EXACT, KNOWN) if target else (EXACT,)
    for word in words(text):
        if word not in allowed:
            remedy = " or ".join(("write category", *(f"category({one})" for one in allowed)))
            raise InputError(where, f"a category has no format {word!r}", remedy)
    return EXACT in words(text)


def known(text: str) -> bool:
    """Whether the brief says of the target that the rows where it is known are enough.

    >>> known("comma, known"), known("exact")
    (True, False)
    """
    return KNOWN in words(text)


def words(text: str) -> list[str]:
    """What stands in the brackets behind a role, between commas.

    >>> words("comma, keep")
    ['comma', 'keep']
    """
    return [word.strip() for word in text.split(",") if word.strip()]


def _try(pattern: str, where: str) -> None:
    """Spell a date by the pattern and read it back."""
    day = datetime(2026, 11, 28, 13, 14, 15, tzinfo=UTC)
    try:
        back = datetime.strptime(day.strftime(pattern), pattern)
    except (ValueError, IndexError) as error:
        raise InputError(where, f"{pattern!r} is no pattern ({error})", "write one as %d/%m/%Y %H:%M") from None
    if (back.month, back.day) != (11, 28) and "%m" not in pattern:
        raise InputError(where, f"{pattern!r} names no date", "write one as %d/%m/%Y")
