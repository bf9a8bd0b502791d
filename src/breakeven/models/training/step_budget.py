"""The time a fit may take, and the part of a net's steps that is planned. Nets fit their schedule into both; other models ignore them.

>>> with within(60.0):
...     allowed = left()
>>> 59 < allowed <= 60, left() is None
(True, True)

A net that was cut short says so, and whoever allowed it reads by how much:

>>> with within(60.0) as fit:
...     made(0.25)
>>> fit.share
0.25

A shorter plan is decided before the fit and does not depend on the clock:

>>> with within(None, plan=0.5):
...     planned()
0.5
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Fit:
    """A fit within an allowance; `share`: steps made of those planned, the least of its nets (1 of what has none); `epochs`: those
    that net usually makes (0: not known).
    """

    share: float = 1.0
    epochs: int = 0


_FIT: ContextVar[Fit | None] = ContextVar("fit", default=None)
_END: ContextVar[float | None] = ContextVar("end", default=None)
_PLAN: ContextVar[float] = ContextVar("plan", default=1.0)


@contextmanager
def within(seconds: float | None, plan: float | None = None) -> Iterator[Fit]:
    """Give fits in this block `seconds` from now (None: no limit) and a `plan`, the share of their usual steps that nets
    are to make (None: that of the block around). The fit yielded knows the share of the usual steps made.
    """
    fit = Fit()
    planned_before = _PLAN.set(planned() if plan is None else plan)
    token, outer = _END.set(None if seconds is None else time.perf_counter() + seconds), _FIT.set(fit)
    try:
        yield fit
    finally:
        _END.reset(token)
        _FIT.reset(outer)
        _PLAN.reset(planned_before)
        made(fit.share, fit.epochs)  # a part of the fit around it, where there is one


def made(share: float, epochs: int = 0) -> None:
    """A net of this fit made a share of its usual `epochs`."""
    fit = _FIT.get()
    if fit is not None and (share < fit.share or not fit.epochs):
        fit.share, fit.epochs = min(fit.share, share), epochs


def planned() -> float:
    """Share of its usual steps that a net is to make."""
    return _PLAN.get()


def left() -> float | None:
    """Seconds left, at least 0; None without a limit."""
    end = _END.get()
    return None if end is None else max(0.0, end - time.perf_counter())
