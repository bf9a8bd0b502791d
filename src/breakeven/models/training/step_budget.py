"""How long a fit may take. Nets spread what they have to learn over it; everybody else does not ask.

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
    """Fits in this block have so many seconds from now (None: as many as they want)."""
    token = _END.set(None if seconds is None else time.perf_counter() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def left() -> float | None:
    """Seconds that are left (at least 0), None when nobody counts."""
    end = _END.get()
    return None if end is None else max(0.0, end - time.perf_counter())
