"""Values of JSON, described for error messages and checked for what a type cannot say."""

from __future__ import annotations

import sys

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


def is_number(value: object) -> bool:
    """Whether a value is a finite number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def is_deep(value: object, most: int = DEPTH) -> bool:
    """Whether lists and objects are nested more than `most` deep. Level by level, so that no depth exhausts the stack.

    >>> is_deep([[1]], 1), is_deep([[1]], 2)
    (True, False)
    """
    level = [value]
    for _ in range(most + 1):
        holders = [v for v in level if isinstance(v, list | tuple | dict)]
        if not holders:
            return False
        level = [inner for v in holders for inner in (v.values() if isinstance(v, dict) else v)]
    return True
