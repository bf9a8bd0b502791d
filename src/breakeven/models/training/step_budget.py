"""The time a fit may take. Nets fit their schedule of steps into it; other models ignore it.

>>> with within(60.0):
...     allowed = left()
>>> 59 < allowed <= 60, left() is None
(True, True)

A net that was cut short says so, and whoever allowed it reads by how much:

>>> with within(60.0) as fit:
...     made(0.25)
>>> fit.share
0.25
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Fit:
    """A fit within an allowance; `share`: steps made of those planned, the least of its nets (1 of what has none)."""

    share: float = 1.0


_FIT: ContextVar[Fit | None] = ContextVar("fit", default=None)
_END: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def within(seconds: float | None) -> Iterator[Fit]:
    """Give fits in this block `seconds` from now (None: no limit); the fit yielded knows the share of steps made."""
    fit = Fit()
    token, outer = _END.set(None if seconds is None else time.perf_counter() + seconds), _FIT.set(fit)
    try:
        yield fit
    finally:
        _END.reset(token)
        _FIT.reset(outer)
        made(fit.share)  # a part of the fit around it, where there is one


def made(share: float) -> None:
    """A net of this fit made a share of its planned steps."""
    fit = _FIT.get()
    if fit is not None:
        fit.share = min(fit.share, share)


def left() -> float | None:
    """Seconds left, at least 0; None without a limit."""
    end = _END.get()
    return None if end is None else max(0.0, end - time.perf_counter())
