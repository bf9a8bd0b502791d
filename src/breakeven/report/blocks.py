"""What pages are made of. A scenario fills these; how they look is said once, in components.html and components.css.

A text is a `Text` where it is ours, in both languages, and a `str` where it comes from the data. All of it is escaped when it
is shown. Between back quotes stands code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from markupsafe import Markup

from breakeven.core.verdict import Text

Words: TypeAlias = Text | str
Level = Literal["info", "good", "question", "warning"]
#: Kinds of lines and bars: each has a colour and a form of its own.
Series = Literal["traditional", "large", "hosted", "other", "baseline"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a number is set to the right, `note` stands small below, `heat` (0 to 1) shades it."""

    value: Words
    note: Words = ""
    number: bool = False
    heat: float | None = None
    strong: bool = False

    @property
    def shade(self) -> str:
        """The class of its shade, of eleven."""
        return "" if self.heat is None else f"heat{round(10 * min(max(self.heat, 0.0), 1.0))}"


#: A row of a table.
Line: TypeAlias = "Sequence[Cell | Words]"


@dataclass(frozen=True)
class Table:
    """A table that scrolls inside where it is too wide. The first cell of a row names it; `marked` rows are set off."""

    caption: Words
    head: Sequence[Words]
    rows: Sequence[Line]
    marked: Sequence[int] = ()
    small: bool = False
    kind: str = "table"

    def cells(self, row: Line) -> list[Cell]:
        """A row as cells."""
        return [one if isinstance(one, Cell) else Cell(one) for one in row]


@dataclass(frozen=True)
class Paragraph:
    """A sentence or several; `soft` ones explain what stands above them, the `lead` is what is read first."""

    words: Words
    soft: bool = False
    lead: bool = False
    kind: str = "paragraph"

    @property
    def style(self) -> str:
        """Its class."""
        return "lead" if self.lead else "soft" if self.soft else ""


@dataclass(frozen=True)
class Note:
    """Something that a person should not overlook."""

    words: Words
    level: Level = "info"
    title: Words = ""
    kind: str = "note"


@dataclass(frozen=True)
class Tile:
    """One figure: what it is, how much, and beside what to read it."""

    name: Words
    value: Words
    beside: Words = ""
    level: Level = "info"


@dataclass(frozen=True)
class Tiles:
    """Figures side by side."""

    tiles: Sequence[Tile]
    kind: str = "tiles"


@dataclass(frozen=True)
class Key:
    """An entry beside a picture: its mark (SVG), its name and what it is."""

    mark: Markup
    name: Words


@dataclass(frozen=True)
class Chart:
    """A picture drawn twice, for wide screens and for narrow ones; `title` is its name for those who do not see it."""

    title: Words
    wide: Markup
    narrow: Markup
    note: Words = ""
    keys: Sequence[Key] = ()
    kind: str = "chart"


@dataclass(frozen=True)
class Bar:
    """A bar from `start` to `end` (shares of the width, 0 to 1), with whiskers, a name before and a figure behind it."""

    name: Words
    start: float
    end: float
    shown: Words
    whisker: tuple[float, float] | None = None
    series: Series = "traditional"


@dataclass(frozen=True)
class Bars:
    """Bars below each other; `line` is a place (0 to 1) that is marked in all of them."""

    title: Words
    bars: Sequence[Bar]
    note: Words = ""
    line: float | None = None
    kind: str = "bars"


@dataclass(frozen=True)
class Fold:
    """Blocks behind a line that opens them."""

    summary: Words
    blocks: Sequence[Block]
    open: bool = False
    wrong: bool = False
    kind: str = "fold"


@dataclass(frozen=True)
class Code:
    """Commands to copy."""

    text: str
    kind: str = "code"


@dataclass(frozen=True)
class Shown:
    """Finished HTML of `report.examples`, which escapes what comes from the data."""

    html: Markup
    kind: str = "shown"


@dataclass(frozen=True)
class Slider:
    """A number that a reader may change: `name` is how page.js knows it. `low` and `high` bound it; `log`: by factors."""

    name: str
    label: Words
    value: float
    low: float
    high: float
    step: float = 0.0
    log: bool = False


@dataclass(frozen=True)
class Interactive:
    """Something to try in the page: `task` names the function of page.js, `data` (JSON) is what it computes with.

    It is shown only where scripts run; what it starts from stands above it for all.
    """

    task: str
    title: Words
    data: str
    sliders: Sequence[Slider]
    note: Words = ""
    kind: str = "interactive"


Block: TypeAlias = Table | Paragraph | Note | Tiles | Chart | Bars | Fold | Code | Shown | Interactive


@dataclass(frozen=True)
class ReportSection:
    """A part of the report under a heading. A `tile` joins the figures of the first screen."""

    title: Text
    blocks: Sequence[Block] = field(default_factory=tuple)
    name: str = ""
    tile: Tile | None = None
