"""Lines over epochs as an inline SVG, of a few lines of Python, so that a lesson depends on nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 380, 70, 20, 16, 44
TICKS = 5


def lines(series: Mapping[str, Sequence[float]], colours: Mapping[str, str], across: str, up: str, title: str) -> str:
    """One line a series, its values at 1, 2, 3, ... across.

    >>> lines({"loss": [2.0, 1.0]}, {"loss": "#1f6f8b"}, "epoch", "loss", "loss by epoch").count("<circle")
    2
    """
    heights = [value for values in series.values() for value in values]
    low, high = min(heights), max(heights)
    high = high if high > low else low + 1
    longest = max(2, *(len(values) for values in series.values()))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - 1) / (longest - 1) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across, "middle"), _text(LEFT, 12, up, "end")]
    for k in range(TICKS):
        y = low + k / (TICKS - 1) * (high - low)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at(1, y)[1]:.1f}" y2="{at(1, y)[1]:.1f}"/>'
        )
        parts.append(_text(LEFT - 6, at(1, y)[1] + 4, f"{y:.3g}", "end"))
    for x in sorted({1, longest, (1 + longest) // 2}):
        parts.append(_text(at(x, low)[0], HEIGHT - BOTTOM + 16, str(x), "middle"))
    for k, (name, values) in enumerate(series.items()):
        points = [at(x, y) for x, y in enumerate(values, 1)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" points="{path}" style="stroke:{colours[name]};stroke-width:2.6"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" style="fill:{colours[name]}"/>' for x, y in points]
        parts.append(_text(WIDTH - 30, TOP + 16 + 18 * k, name, "end", colours[name]))
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def _text(x: float, y: float, what: str, anchor: str, colour: str = "#555") -> str:
    return (
        f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="fill:{colour}">{escape(what)}</text>'
    )
