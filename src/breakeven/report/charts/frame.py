"""A plot area with axes, lines, bands, marks and labels that keep apart."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count, pairwise

from markupsafe import Markup

from breakeven.report.blocks import Series, Words
from breakeven.report.charts import ticks


@dataclass(frozen=True)
class Size:
    """A drawing's width and height, and the margins around its plot, in pixels."""

    width: int
    height: int
    left: int
    right: int
    top: int = 22
    bottom: int = 48


#: For screens wider than a phone's, and for a phone's: a pixel of the drawing is at least about one of the screen, so that no
#: text is smaller than its size in the style sheet.
WIDE, NARROW = Size(680, 390, 64, 166), Size(320, 290, 50, 12)
#: Height of a label, and the width of a letter (a Chinese one is twice as wide), in pixels.
LINE, LETTER = 15.0, 6.9
#: Pixels between the points by which a line is known to labels, which keep off it.
STEP = 5.0
#: What a label that lies on another one counts, in points of lines that it lies on.
COLLISION = 1000
#: Forms of marks, in the order in which lines take them.
SHAPES = ("circle", "square", "triangle", "diamond", "down", "plus", "cross", "bar")


class Frame:
    """A plot whose axes are linear or, with `log_x` and `log_y`, logarithmic."""

    def __init__(
        self, size: Size, x: tuple[float, float], y: tuple[float, float], log_x: bool = True, log_y: bool = False
    ) -> None:
        self.size, self.log_x, self.log_y = size, log_x, log_y
        self.x0, self.x1 = (math.log10(x[0]), math.log10(max(x[1], x[0] * 1.01))) if log_x else x
        low, high = (math.log10(v) for v in y) if log_y else y
        pad = (high - low or abs(high) or 1.0) * 0.06
        self.y0, self.y1 = low - pad, high + pad
        self.parts: list[str] = []
        #: Labels and rings: left, bottom, width, height.
        self.boxes: list[tuple[float, float, float, float]] = []
        #: Points of lines and marks by the row of labels that they lie in, so that a label is compared with those near it alone.
        self._ink: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
        #: Captions that are placed once all points are known: their middle and their words.
        self._captions: list[tuple[float, Words]] = []

    def px(self, x: float) -> float:
        """Pixels from the left."""
        share = ((math.log10(max(x, 1e-9)) if self.log_x else x) - self.x0) / (self.x1 - self.x0)
        return self.size.left + min(max(share, 0.0), 1.0) * (self.size.width - self.size.left - self.size.right)

    def py(self, y: float) -> float:
        """Pixels from the top."""
        share = ((math.log10(max(y, 1e-9)) if self.log_y else y) - self.y0) / (self.y1 - self.y0)
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.size.top)

    @property
    def bottom(self) -> float:
        """The horizontal axis, in pixels from the top."""
        return float(self.size.height - self.size.bottom)

    @property
    def end(self) -> float:
        """The right end of the plot, in pixels from the left."""
        return float(self.size.width - self.size.right)

    def axes(
        self,
        x_name: Words,
        y_name: Words,
        y_form: Callable[[float], str] = ticks.short,
        x_form: Callable[[float], str] = ticks.short,
    ) -> None:
        """Grid lines, their values, and names: the vertical axis' above it, where it is read without turning the head."""
        size, most = self.size, 4 if self.size.width < 500 else 8
        xs = ticks.decades(10**self.x0, 10**self.x1, most) if self.log_x else ticks.even(self.x0, self.x1)
        ys = ticks.decades(10**self.y0, 10**self.y1, 6) if self.log_y else ticks.even(self.y0, self.y1)
        for x in xs:
            at = self.px(x)
            self.parts.append(f'<path class="grid" d="M{at:.1f} {size.top}V{self.bottom:.1f}"/>')
            self.text(at, self.bottom + 16, x_form(x), "middle", "tick")
        for y in ys:
            at = self.py(y)
            self.parts.append(f'<path class="grid" d="M{size.left} {at:.1f}H{self.end:.1f}"/>')
            self.text(size.left - 6, at + 4, y_form(y), "end", "tick")
        self.text((size.left + self.end) / 2, size.height - 8, x_name, "middle", "name")
        self.text(2, 13, y_name, "start", "name")

    def text(self, x: float, y: float, words: Words, anchor: str = "start", kind: str = "label") -> None:
        """A text, in both languages where it is ours."""
        self.parts += [
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{lang}>{escape(said)}</text>'
            for said, lang in _languages(words)
        ]

    def line(self, points: Sequence[tuple[float, float]], series: Series, kind: str = "") -> None:
        """A line; `kind` is a class more: thin, ahead."""
        if len(points) > 1:
            path = " ".join(f"{self.px(x):.1f},{self.py(y):.1f}" for x, y in points)
            for one, other in pairwise((self.px(x), self.py(y)) for x, y in points):
                self._keep_off(_between(one, other))
            self.parts.append(f'<polyline class="line {series} {kind}" points="{path}"/>')

    def band(self, points: Sequence[tuple[float, float, float]], series: Series) -> None:
        """A filled band from (x, low, high)."""
        if len(points) > 1:
            up = [f"{self.px(x):.1f},{self.py(high):.1f}" for x, _, high in points]
            down = [f"{self.px(x):.1f},{self.py(low):.1f}" for x, low, _ in reversed(points)]
            self.parts.append(f'<polygon class="band {series}" points="{" ".join(up + down)}"/>')

    def marks(self, points: Sequence[tuple[float, float]], shape: str, series: Series) -> None:
        """Measured points."""
        self.parts += [mark(shape, self.px(x), self.py(y), series) for x, y in points]
        around = [(dx, dy) for dx in (-4, 0, 4) for dy in (-4, 0, 4)]
        self._keep_off((self.px(x) + dx, self.py(y) + dy) for x, y in points for dx, dy in around)

    def zone(self, low: float, high: float, words: Words) -> None:
        """A vertical zone with a caption."""
        a, b = self.px(low), self.px(high)
        wide, tall = max(b - a, 2), self.bottom - self.size.top
        self.parts.append(
            f'<rect class="zone" x="{a:.1f}" y="{self.size.top}" width="{wide:.1f}" height="{tall:.1f}"/>'
        )
        self._captions.append(((a + b) / 2, words))

    def rule(self, x: float, words: Words) -> None:
        """A vertical line with its name."""
        at = self.px(x)
        self.parts.append(f'<path class="here" d="M{at:.1f} {self.size.top}V{self.bottom:.1f}"/>')
        wide, rows = width(words), [self.bottom - 10 - LINE * k for k in range(4)]
        sides = [left for left in (at + 6, at - 6 - wide) if self.size.left <= left and left + wide <= self.end]
        self._place_best([(left, row) for row in rows for left in sides or [at + 6]], words)

    def here(self, x: float, y: float, words: Words) -> None:
        """A ring around a point with its name beside it, where it lies on no other label, and on as few lines as can be."""
        at, top, wide = self.px(x), self.py(y), width(words)
        self.parts.append(f'<circle class="ring" cx="{at:.1f}" cy="{top:.1f}" r="8"/>')
        self.boxes.append((at - 9, top + 9, 18, 18))
        lefts = [at - wide / 2, at - wide - 4, at - wide - 24, at + 4]
        lefts = [min(max(left, self.size.left + 2), self.end - wide) for left in lefts]
        rows = [top + way for way in (-16, 26, -31, 41, -46, 56, -61, 71)]
        inside = [row for row in rows if self.size.top + LINE - 3 <= row <= self.bottom - 4] or rows[:2]
        self._place_best([(left, row) for left in lefts for row in inside], words, "label strong")

    def label(self, x: float, y: float, words: Words, needed: bool = False) -> None:
        """A name right of a point, moved up or down until it is apart from lines and other names; left out where there is
        no room for it unless it is `needed`.
        """
        left, wide, level = self.px(x) + 9, width(words), self.py(y) + 4
        steps = (0.0, *(sign * LINE * k for k in range(1, 9 if needed else 3) for sign in (-1, 1)))
        rows = [level + step for step in steps if self.size.top + 8 <= level + step <= self.bottom - 2]
        if not rows or left + wide > self.size.width:
            return
        at = min(rows, key=lambda row: self._covered(left, row, wide))
        if self._covered(left, at, wide) >= (COLLISION if needed else 1):
            return
        if at != level:
            self.parts.append(f'<path class="leader" d="M{left - 7:.1f} {level - 4:.1f}L{left - 1:.1f} {at - 4:.1f}"/>')
        self._place(left, at, words)

    def svg(self, kind: str) -> Markup:
        """The drawing; its name is that of the figure around it."""
        for middle, words in self._captions:
            half = width(words) / 2
            left = min(max(middle, self.size.left + half), self.end - half) - half
            rows = [self.size.top + 13, self.bottom - 10, self.size.top + 28, self.bottom - 25]
            self._place_best([(left, row) for row in rows], words)
        self._captions = []
        return Markup(
            f'<svg class="{kind}" viewBox="0 0 {self.size.width} {self.size.height}" aria-hidden="true">{"".join(self.parts)}</svg>'
        )

    def _covered(self, left: float, at: float, wide: float) -> int:
        """How much a label would lie on: points of lines, and other labels."""
        labels = sum(left < x + w and x < left + wide and at - LINE < y and y - h < at for x, y, w, h in self.boxes)
        top, low = at - LINE + 3, at + 4
        near = (point for row in range(int(top // LINE), int(low // LINE) + 1) for point in self._ink.get(row, ()))
        return COLLISION * labels + sum(left - 2 < x < left + wide + 2 and top < y < low for x, y in near)

    def _keep_off(self, points: Iterable[tuple[float, float]]) -> None:
        """Points that labels had better not lie on."""
        for x, y in points:
            self._ink[int(y // LINE)].append((x, y))

    def _place_best(self, places: Sequence[tuple[float, float]], words: Words, kind: str = "label") -> None:
        """A label at the first of some places where it lies on least."""
        wide = width(words)
        left, at = min(places, key=lambda corner: self._covered(corner[0], corner[1], wide))
        self._place(left, at, words, kind)

    def _place(self, left: float, at: float, words: Words, kind: str = "label") -> None:
        self.boxes.append((left, at, width(words), LINE))
        self.text(left, at, words, kind=kind)


def _between(one: tuple[float, float], other: tuple[float, float]) -> list[tuple[float, float]]:
    """Points of the straight line from one point to another."""
    pieces = max(math.ceil(math.dist(one, other) / STEP), 1)
    shares = [k / pieces for k in range(pieces + 1)]
    return [(one[0] + s * (other[0] - one[0]), one[1] + s * (other[1] - one[1])) for s in shares]


def both(draw: Callable[[Size], Frame]) -> tuple[Markup, Markup]:
    """A drawing for wide screens and for narrow ones."""
    return draw(WIDE).svg("wide"), draw(NARROW).svg("narrow")


def width(words: Words) -> float:
    """About the pixels of a label in the wider of its languages.

    >>> from breakeven.core.verdict import Text
    >>> width("abcd"), width(Text(en="ab", zh="中文"))
    (27.6, 27.6)
    """
    return LETTER * max(sum(2 if ord(c) > 0x2E80 else 1 for c in said) for said, _ in _languages(words))


def mark(shape: str, x: float, y: float, series: Series, r: float = 4.0) -> str:
    """A mark: its form says as much as its colour."""
    a = r * 0.9
    path = {
        "circle": f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0",
        "square": f"M{x - a:.1f} {y - a:.1f}h{2 * a}v{2 * a}h{-2 * a}z",
        "triangle": f"M{x:.1f} {y - r * 1.2:.1f}l{r * 1.1} {r * 2}h{-2.2 * r}z",
        "diamond": f"M{x:.1f} {y - r * 1.25:.1f}l{r * 1.25} {r * 1.25}l{-r * 1.25} {r * 1.25}l{-r * 1.25} {-r * 1.25}z",
        "down": f"M{x:.1f} {y + r * 1.2:.1f}l{r * 1.1} {-r * 2}h{-2.2 * r}z",
        "plus": f"M{x - r:.1f} {y:.1f}h{2 * r}M{x:.1f} {y - r:.1f}v{2 * r}",
        "cross": f"M{x - a:.1f} {y - a:.1f}l{2 * a} {2 * a}M{x - a:.1f} {y + a:.1f}l{2 * a} {-2 * a}",
        "bar": f"M{x:.1f} {y - r * 1.2:.1f}v{2.4 * r}",
    }[shape]
    return f'<path class="mark {series}" d="{path}"/>'


def swatch(series: Series, shape: str = "", kind: str = "") -> Markup:
    """A piece of a line with its mark, as it stands beside a name."""
    piece = f'<path class="line {series} {kind}" d="M1 8H33"/>' + (mark(shape, 17, 8, series) if shape else "")
    return Markup(f'<svg class="swatch" viewBox="0 0 34 16" width="34" height="16" aria-hidden="true">{piece}</svg>')


def shapes() -> Callable[[], str]:
    """The next form at each call, from the first again after the last."""
    numbers = count()
    return lambda: SHAPES[next(numbers) % len(SHAPES)]


def _languages(words: Words) -> list[tuple[str, str]]:
    if isinstance(words, str) or words.en == words.zh:
        return [(words if isinstance(words, str) else words.en, "")]
    return [(words.en, ' lang="en"'), (words.zh, ' lang="zh"')]
