"""Places of grid lines, and what stands beside them."""

from __future__ import annotations

import math


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Round places of a logarithmic axis, at most about `most`.

    >>> decades(90, 1100), decades(1, 1e9, 4)
    ([100.0, 200.0, 500.0, 1000.0], [1.0, 1000.0, 1000000.0, 1000000000.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**k for k in range(first, last + 1) for m in steps if low <= m * 10.0**k <= high * (1 + 1e-9)]
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]


def even(low: float, high: float) -> list[float]:
    """About five round places of a linear axis.

    >>> even(0.61, 0.89)
    [0.7, 0.8]
    >>> even(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    raw = (high - low) / 5
    unit = 10 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def short(value: float) -> str:
    """A value beside a grid line.

    >>> short(1500), short(2e6), short(0.25)
    ('1.5k', '2M', '0.25')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def dollars(value: float) -> str:
    """The same in dollars."""
    return f"${short(value)}"
