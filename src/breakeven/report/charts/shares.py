"""Bars of values with whiskers: importance of columns, settings of a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from breakeven.report import figures
from breakeven.report.blocks import Bar, Bars, Words


def bars(
    title: Words,
    rows: Sequence[tuple[Words, float, float, float]],
    note: Words = "",
    form: Callable[[float], Words] = figures.number,
) -> Bars:
    """Rows of name, value, low and high, from nothing to the largest; what lies below nothing is drawn as nothing."""
    top = max(max((row[3] for row in rows), default=0.0), figures.NOISE)

    def place(value: float) -> float:
        return min(max(value, 0.0) / top, 1.0)

    out = [
        Bar(
            figures.clipped(name, 60) if isinstance(name, str) else name,
            0.0,
            place(value),
            form(value),
            (place(low), place(high)) if low < high else None,
        )
        for name, value, low, high in rows
    ]
    return Bars(title, out, note)
