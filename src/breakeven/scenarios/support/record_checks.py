"""What the records of conversations must hold to be read: a row of the log that lacks it is left out, counted and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from breakeven.online.record_codec import Checks
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED, TAKEN, TOPIC

#: Names of each kind's data that must be there, and their types.
NEEDED: Mapping[str, Mapping[str, type]] = {
    MESSAGE: {"text": str},
    REPLY: {"text": str, "by": str},
    HANDOFF: {"reason": str},
    TAKEN: {"staff": str},
    RETURNED: {"staff": str},
    CLOSED: {"by": str},
    TOPIC: {"text": str, "topic": str},
}


def _wrong(needed: Mapping[str, type], data: Mapping[str, Any]) -> str | None:
    """What is wrong with a record's data; None for nothing.

    >>> _wrong({"text": str}, {"text": 1})
    "its 'text' is int, not str"
    """
    for name, kind in needed.items():
        if not isinstance(data.get(name), kind):
            return f"its {name!r} is {type(data.get(name)).__name__}, not {kind.__name__}"
    return None


def _check(needed: Mapping[str, type]) -> Callable[[Mapping[str, Any]], str | None]:
    return partial(_wrong, needed)


#: The checks of all kinds of records, for `open_log`.
CHECKS: Checks = {kind: _check(needed) for kind, needed in NEEDED.items()}
