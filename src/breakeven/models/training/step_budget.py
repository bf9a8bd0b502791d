"""The time a fit may take. Nets fit their schedule of steps into it; other models ignore it.

>>> with within(60.0):
...     allowed = left()
>>> 59 < allowed <= 60, left() is None
(True, True)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_END: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Give fits in this block `seconds` from now (None: no limit)."""
    token = _END.set(None if seconds is None else time.perf_counter() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def left() -> float | None:
    """Seconds left, at least 0; None without a limit."""
    end = _END.get()
    return None if end is None else max(0.0, end - time.perf_counter())
