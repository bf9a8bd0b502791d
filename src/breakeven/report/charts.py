"""Charts as inline SVG: no script, no font, no network; they print and need no browser feature younger than 2012."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from breakeven.core.verdict import Verdict
from breakeven.report import words

#: Size of a chart, in pixels.
WIDTH = 760
HEIGHT = 380
#: Margins around the plot, in pixels.
LEFT = 70
RIGHT = 20
TOP = 16
BOTTOM = 44
COLOURS = {"traditional": "#1f6f8b", "large": "#c8553d", "hosted": "#6d597a"}
FAINT = "#9aa5ab"


class Frame:
    """A plot area whose axes are logarithmic or linear."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], log_y: bool = False, log_x: bool = True) -> None:
        self.x0, self.x1 = (math.log10(x[0]), math.log10(max(x[1], x[0] * 1.01))) if log_x else x
        self.log_x, self.log_y = log_x, log_y
        low, high = (math.log10(v) for v in y) if log_y else y
        pad = (high - low or abs(high) or 1.0) * 0.06
        self.y0, self.y1 = low - pad, high + pad
        self.parts: list[str] = []

    def px(self, x: float) -> float:
        """Pixels from the left."""
        value = math.log10(max(x, 1e-9)) if self.log_x else x
        share = (value - self.x0) / (self.x1 - self.x0)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def py(self, y: float) -> float:
        """Pixels from the top."""
        value = math.log10(max(y, 1e-9)) if self.log_y else y
        share = (value - self.y0) / (self.y1 - self.y0)
        return HEIGHT - BOTTOM - min(max(share, 0.0), 1.0) * (HEIGHT - TOP - BOTTOM)

    def axes(self, x_label: str, y_label: str) -> None:
        """Grid lines, tick labels and titles."""
        for x in _decades(10**self.x0, 10**self.x1) if self.log_x else _whole(self.x0, self.x1):
            self._tick(x, None)
        ticks = _decades(10**self.y0, 10**self.y1) if self.log_y else _nice(self.y0, self.y1)
        for y in ticks:
            self._tick(None, y)
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label, "middle", "axis")
        self.parts.append(
            f'<text class="axis" transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
        )

    def _tick(self, x: float | None, y: float | None) -> None:
        if x is not None:
            at = self.px(x)
            self.parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
            self.text(at, HEIGHT - BOTTOM + 16, _short(x), "middle", "tick")
        if y is not None:
            at = self.py(y)
            self.parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
            self.text(LEFT - 6, at + 4, _short(y), "end", "tick")

    def text(self, x: float, y: float, what: str, anchor: str = "start", kind: str = "label", colour: str = "") -> None:
        """A text."""
        style = f' style="fill:{colour}"' if colour else ""
        self.parts.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(what)}</text>'
        )

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, dashed: bool = False, thin: bool = False
    ) -> None:
        """A polyline."""
        if len(points) > 1:
            path = " ".join(f"{self.px(x):.1f},{self.py(y):.1f}" for x, y in points)
            style = f"stroke:{colour};stroke-width:{1.2 if thin else 2.6}" + (";stroke-dasharray:6 5" if dashed else "")
            self.parts.append(f'<polyline fill="none" points="{path}" style="{style}"/>')

    def band(self, points: Sequence[tuple[float, float, float]], colour: str) -> None:
        """A filled band from (x, low, high)."""
        if len(points) > 1:
            up = [f"{self.px(x):.1f},{self.py(h):.1f}" for x, _, h in points]
            down = [f"{self.px(x):.1f},{self.py(low):.1f}" for x, low, _ in reversed(points)]
            self.parts.append(f'<polygon points="{" ".join(up + down)}" style="fill:{colour};opacity:.14"/>')

    def dots(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Measured points."""
        for x, y in points:
            self.parts.append(f'<circle cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="3.4" style="fill:{colour}"/>')

    def zone(self, low: float, high: float, what: str) -> None:
        """A vertical zone with a caption."""
        a, b = self.px(low), self.px(high)
        self.parts.append(
            f'<rect class="zone" x="{a:.1f}" y="{TOP}" width="{max(b - a, 2):.1f}" height="{HEIGHT - TOP - BOTTOM}"/>'
        )
        self.text((a + b) / 2, TOP + 13, what, "middle", "label")

    def svg(self, title: str) -> str:
        """The chart."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(self.parts)}</svg>'
        )


def curves(v: Verdict) -> str:
    """Both routes' scores by training rows: the leaders in colour with bands and forecasts, the others faint."""
    shown = [c for c in v.curves if c.points]
    if not shown:
        return ""
    bold = leaders(v)
    baseline = next((c for c in shown if c.candidate == v.baseline), None)
    main = [c for c in shown if c.candidate in bold.values()]
    rows = [p.rows for c in shown for p in c.points] + [p.rows for c in main for p in c.forecast]
    heights = [p.score for c in shown for p in c.points if c is not baseline or not main]
    heights += [end for c in main for p in c.forecast for end in (p.low, p.high)]
    frame = Frame((min(rows), max(rows)), (_floor(heights, v), _ceiling(heights, v)))
    crossing = v.breakeven.rows
    if crossing and crossing.low and crossing.high and crossing.p_none_within_10x <= 0.5 and not words.level(v):
        frame.zone(crossing.low, crossing.high, "the routes may cross here")
    frame.axes(f"training {words.unit(v, 'en')}", v.metric.name)
    for c in shown:
        if c not in main:
            frame.line([(p.rows, p.score) for p in c.points], FAINT, thin=True, dashed=c is baseline)
    for c in main:
        colour = COLOURS[c.route]
        points, last = c.points, c.points[-1]
        frame.band([(p.rows, p.low, p.high) for p in points], colour)
        ahead = [p for p in c.forecast if p.rows > last.rows]
        frame.band([(last.rows, last.low, last.high), *((p.rows, p.low, p.high) for p in ahead)], colour)
        frame.line([(p.rows, p.score) for p in points], colour)
        frame.line([(last.rows, last.score), *((p.rows, p.score) for p in ahead)], colour, dashed=True)
        frame.dots([(p.rows, p.score) for p in points], colour)
    return frame.svg("scores of both routes by training rows")


def leaders(v: Verdict) -> dict[str, str]:
    """The candidate drawn in colour for each route: its finalist, else its best at the end."""
    out = {route: line.candidate for route, line in words.leaders(v).items()}
    sign = 1 if v.metric.better == "higher" else -1
    raced = [c for c in v.curves if c.points and c.candidate != v.baseline]
    for route in ("traditional", "large"):
        rivals = [c for c in raced if c.route == route]
        if route not in out and rivals:
            out[route] = max(rivals, key=lambda c: (c.points[-1].rows, sign * c.points[-1].score)).candidate
    return out


def costs(v: Verdict) -> str:
    """USD a month by requests a month: owning each route's finalist against renting."""
    lines = v.costs
    if not lines or not v.hosted.realistic:
        return ""
    rent = v.hosted.usd_per_1000
    xs = [n for n, _ in lines[0].usd_per_month]
    rented = [(n, max(n * rent / 1000, 1e-3)) for n in xs]
    every = [usd for line in lines for _, usd in line.usd_per_month] + [usd for _, usd in rented]
    frame = Frame((xs[0], xs[-1]), (min(every), max(every)), log_y=True)
    point = v.breakeven.requests_per_month
    if point and point.low and point.high and point.low < xs[-1]:
        frame.zone(max(point.low, xs[0]), min(point.high, xs[-1]), "break-even")
    frame.axes("requests a month", "USD a month")
    frame.line(rented, COLOURS["hosted"])
    for k, line in enumerate(lines):
        frame.line([(n, usd) for n, usd in line.usd_per_month], COLOURS[line.route], dashed=k > 0)
    if v.volume:
        at = frame.px(v.volume)
        frame.parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" class="you"/>')
        frame.text(at + 5, HEIGHT - BOTTOM - 8, "your volume")
    return frame.svg("cost by requests a month")


def tornado(v: Verdict) -> str:
    """What moves the crossing in requests a month: a bar an input, from its low end to its high one, the widest first."""
    moves, point = v.money.tornado if v.money else (), v.breakeven.requests_per_month
    if not moves or point is None or point.value is None:
        return ""
    ends = [end for m in moves for end in (m.at_low, m.at_high) if end] + [point.value]
    low, high = math.log10(max(min(ends), 1.0)) - 0.1, math.log10(max(max(ends), 1.0)) + 0.1
    left, wide, height = 220, WIDTH, 26 * len(moves) + 30

    def px(value: float | None) -> float:
        return left + (
            wide - left - 70
            if value is None
            else (math.log10(max(value, 1.0)) - low) / (high - low) * (wide - left - 70)
        )

    out = []
    for i, m in enumerate(moves):
        y, ends_at = 6 + 26 * i, [px(m.at_low), px(m.at_high)]
        a, b = min(ends_at), max(ends_at)
        first, last = (m.at_low, m.at_high) if ends_at[0] <= ends_at[1] else (m.at_high, m.at_low)
        out.append(f'<text class="label" x="{left - 62}" y="{y + 14}" text-anchor="end">{escape(m.input)}</text>')
        out.append(
            f'<rect x="{a:.1f}" y="{y + 2}" width="{max(b - a, 1):.1f}" height="15" style="fill:{COLOURS["hosted"]};opacity:.75"/>'
        )
        out.append(f'<text class="tick" x="{a - 5:.1f}" y="{y + 14}" text-anchor="end">{_count(first)}</text>')
        out.append(f'<text class="tick" x="{b + 5:.1f}" y="{y + 14}">{_count(last)}</text>')
    at = px(point.value)
    out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="2" y2="{height - 24}" style="stroke:#20343c;stroke-width:1.5"/>')
    out.append(
        f'<text class="label" x="{at:.1f}" y="{height - 6}" text-anchor="middle">'
        f"break-even now: {words.rounded(point.value)} requests a month</text>"
    )
    return f'<svg viewBox="0 0 {wide} {height}" role="img" aria-label="what moves the break-even">{"".join(out)}</svg>'


def _count(value: float | None) -> str:
    return "never" if value is None else _short(float(f"{value:.2g}"))


def bars(rows: Sequence[tuple[str, float, float, float]], what: str = "importance of columns") -> str:
    """Horizontal bars with whiskers: (name, value, low, high)."""
    if not rows:
        return ""
    top = max(max(r[3] for r in rows), 1e-9)
    height, wide, left = 26 * len(rows) + 8, 760, 220
    out = []
    for i, (name, value, low, high) in enumerate(rows):
        y = 6 + 26 * i
        scale = (wide - left - 90) / top
        out.append(f'<text class="label" x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name[:30])}</text>')
        out.append(
            f'<rect x="{left}" y="{y + 2}" width="{max(value, 0) * scale:.1f}" height="15" style="fill:#1f6f8b"/>'
        )
        a, b = left + max(low, 0) * scale, left + max(high, 0) * scale
        out.append(
            f'<line x1="{a:.1f}" x2="{b:.1f}" y1="{y + 9.5}" y2="{y + 9.5}" style="stroke:#20343c;stroke-width:1.5"/>'
        )
        out.append(f'<text class="tick" x="{b + 6:.1f}" y="{y + 14}">{value:.3g}</text>')
    return f'<svg viewBox="0 0 {wide} {height}" role="img" aria-label="{what}">{"".join(out)}</svg>'


def _floor(heights: Sequence[float], v: Verdict) -> float:
    low = min(heights)
    return max(low, -0.2) if v.metric.name == "r2" else low


def _ceiling(heights: Sequence[float], v: Verdict) -> float:
    return min(max(heights), 1.0) if v.metric.better == "higher" else max(heights)


def _decades(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1,) if last - first > 4 else (1, 3) if last - first > 2 else (1, 2, 5)
    return [m * 10.0**k for k in range(first, last + 1) for m in steps if low <= m * 10.0**k <= high]


def _nice(low: float, high: float) -> list[float]:
    raw = (high - low) / 5
    unit = 10 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw)
    first = math.ceil(low / step)
    return [round(k * step, 10) for k in range(first, int(high / step) + 1)]


def _whole(low: float, high: float) -> list[float]:
    """At most a dozen whole numbers.

    >>> _whole(1, 2), _whole(1, 40)
    ([1, 2], [4, 8, 12, 16, 20, 24, 28, 32, 36, 40])
    """
    step = math.ceil((high - low) / 12) or 1
    return [k for k in range(math.ceil(low), math.floor(high) + 1) if k % step == 0]


def _short(value: float) -> str:
    """A tick label: 1500 -> 1.5k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
