"""Checks of single fields of a request body: type, length and nesting. Every error names the field and what is expected."""

from __future__ import annotations

import math
from typing import Any

from breakeven.core.errors import InputError, TooLarge

#: Most characters of a title.
LONGEST_TITLE = 4_096
#: Most characters of an item's description.
LONGEST_TEXT = 100_000
#: Most characters of a category.
LONGEST_CATEGORY = 512
#: Most categories of an item.
MOST_CATEGORIES = 1_000
#: Most levels of lists and objects inside a field; far below the 1,000 frames at which Python's interpreter gives up.
DEPTH = 8


def described(value: object) -> str:
    """A value in a few words for an error message. It never walks into lists or objects, however deep they are.

    >>> described([[1]]), described({"a": 1}), described(True), described("blue mug")
    ('a list of 1', 'an object of 1', 'true', "'blue mug'")
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return f"an object of {len(value):,}"
    if isinstance(value, str):
        return repr(value[:40])
    return repr(value)[:40] if isinstance(value, int | float) else type(value).__name__


def text(where: str, value: object, longest: int = LONGEST_TITLE) -> str | None:
    """Text of at most `longest` characters, or null. Raises InputError and TooLarge."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(where, f"{described(value)} is not text", "send text or null")
    if len(value) > longest:
        raise TooLarge(where, f"{len(value):,} characters are over the limit of {longest:,}", "send a shorter text")
    return value


def number(where: str, value: object, least: float = -math.inf) -> float | None:
    """A finite number of at least `least`, or null. Raises InputError."""
    if value is None:
        return None
    if not is_number(value):
        raise InputError(where, f"{described(value)} is not a number", "send a number or null")
    found = float(value)  # type: ignore[arg-type]
    if found < least:
        raise InputError(where, f"{found:g} is below {least:g}", f"send a number of at least {least:g}, or null")
    return found


def is_number(value: object) -> bool:
    """Whether a value is a finite number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def flag(where: str, value: object) -> bool | None:
    """True, false or null. Raises InputError."""
    if value is None or isinstance(value, bool):
        return value
    raise InputError(where, f"{described(value)} is not a truth value", "send true, false or null")


def texts(where: str, value: object) -> list[str]:
    """A list of texts, such as an item's categories. Raises InputError, with the index of the member, and TooLarge."""
    if not isinstance(value, list):
        raise InputError(where, f"{described(value)} is not a list of texts", 'send ["a", "b"]')
    if len(value) > MOST_CATEGORIES:
        raise TooLarge(where, f"{len(value):,} are over the limit of {MOST_CATEGORIES:,}", "send fewer")
    for i, one in enumerate(value):
        if not isinstance(one, str):
            raise InputError(f"{where}[{i}]", f"{described(one)} is not text", 'send ["a", "b"]')
        text(f"{where}[{i}]", one, LONGEST_CATEGORY)
    return value


def shallow(where: str, value: object) -> None:
    """Refuse a value of more than DEPTH levels of lists and objects. Raises InputError."""
    if is_deep(value):
        raise InputError(where, f"lists and objects nested more than {DEPTH} deep", "send a flatter value")


def is_deep(value: object, most: int = DEPTH) -> bool:
    """Whether lists and objects are nested more than `most` deep. Level by level, so that no depth exhausts the stack.

    >>> is_deep([[1]], 1), is_deep([[1]], 2)
    (True, False)
    """
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [v for v in level if isinstance(v, list | tuple | dict)]
        if not level:
            return False
        level = [inner for v in level for inner in (v.values() if isinstance(v, dict) else v)]
    return True
