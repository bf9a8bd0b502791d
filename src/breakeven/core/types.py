"""The nouns that pass from stage to stage, as frozen dataclasses. One word per idea:

- **brief**: the user's product.yaml. **need**: the brief, checked, with every default filled in.
- **row**: one example. **column**: one named value of a row. **role**: what a column is for (number, category, ...).
- **candidate**: a model that may be chosen. **route**: the family it belongs to, traditional or large.
- **size**: how many training rows a fit saw. **repeat**: one shuffling of the rows; all candidates share it.
- **fold**: a repeat's validation rows. **sealed test**: rows opened once, after the choice.
- **curve**: a candidate's scores at growing sizes. **forecast**: the same at sizes not yet seen.
- **verdict**: which route, how sure, where the routes cross. **product**: the folder that is served.
- **margin**: the smallest difference that matters. **tie**: no difference beyond the margin could be shown.
- **finding**: something said about the data or the product that a person should read.
- **outcome**: what turned out to be true after an answer was given.
- **event**: something a user did to an item. **history**: a user's events in order. **shelf**: the items shown to a user, best first.
- **segment**: users alike by one attribute. **friends**: those whom a user follows. **cold**: without events yet (item or user).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from breakeven.core.database_address import DatabaseAddress
from breakeven.core.money import Hosted as Hosted
from breakeven.core.money import Prices as Prices
from breakeven.core.money import Traffic as Traffic

Array = NDArray[Any]
#: Raw cells of a row by the name of their column, before anything is checked.
Row: TypeAlias = Mapping[str, object]
#: A value of a candidate's setting, as a search space can draw it.
Setting: TypeAlias = bool | int | float | str
Route = Literal["traditional", "large"]
Role = Literal["number", "category", "text", "image", "audio", "time", "id", "group", "ignore"]
Task = Literal["classification", "regression", "ranking"]
#: What the product takes: what is proven better alone, what is expected to be better, or the best expected of all.
Prefer = Literal["cheap", "balanced", "best"]
#: What nets are trained on; auto: a graphics card where there is one.
Device = Literal["auto", "cpu", "cuda", "mps"]
#: What the product learns from: all rows, or those that its sealed score was measured without.
Final = Literal["all", "twin"]
ROLES: tuple[str, ...] = ("number", "category", "text", "image", "audio", "time", "id", "group", "ignore")
#: Roles whose values reach a model today; the others are read, counted and reported.
USED_ROLES: tuple[str, ...] = ("number", "category", "time", "text", "image")
#: Roles whose values lie in a `Media`; the base matrix holds references to them.
MEDIA_ROLES: tuple[str, ...] = ("text", "image")


@dataclass(frozen=True)
class Limits:
    """What the product may cost. None: no limit. `minutes` bounds the whole build."""

    latency_ms: float | None = None
    size_mb: float | None = None
    minutes: float = 10.0
    usd_per_1000: float | None = None


@dataclass(frozen=True)
class Split:
    """How the sealed test is taken: its share, and at random, by time or by group of a column."""

    test: float = 0.2
    by: Literal["random", "time", "group"] = "random"
    column: str | None = None
    chosen_by: Literal["brief", "default", "data"] = "default"


@dataclass(frozen=True)
class Privacy:
    """What is done for the people in the data."""

    anonymise: bool = False
    epsilon: float | None = None
    encrypt: bool = False


@dataclass(frozen=True)
class Fairness:
    """Columns whose groups should be treated alike, and the largest gap allowed."""

    groups: tuple[str, ...] = ()
    max_gap: float | None = None


@dataclass(frozen=True)
class Need:
    """A checked brief. `folder` is the product's folder; `settings` belong to the scenario alone.

    `data` may be shown and kept: where it is a database's, it has no password, and `database` is what connects.

    `columns` are the roles that the brief gives, `formats` what stands in brackets behind a role: `time(%d/%m/%Y)`. Times that
    name no zone are of `timezone` (IANA). `encoding` is that of the data file (None: it is found). `quick`: a quick look, which
    the command line asks for.
    """

    name: str
    scenario: str
    data: str
    target: str | None
    folder: Path
    query: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    encoding: str | None = None
    metric: str | None = None
    split: Split = field(default_factory=Split)
    limits: Limits = field(default_factory=Limits)
    traffic: Traffic = field(default_factory=Traffic)
    prices: Prices = field(default_factory=Prices)
    hosted: Hosted | None = None
    privacy: Privacy = field(default_factory=Privacy)
    fairness: Fairness = field(default_factory=Fairness)
    margin: float = 0.005
    seed: int = 0
    effort: int = 2
    quick: bool = False
    prefer: Prefer = "balanced"
    final: Final = "all"
    device: Device = "auto"
    settings: Mapping[str, object] = field(default_factory=dict)
    database: DatabaseAddress | None = None


@dataclass(frozen=True)
class Finding:
    """Something found: `what`, in which column, how many rows, the first places (rows count from 1), and what was done about it.

    `question`: the data cannot decide between two readings; `done` says which one was taken and how to take the other.
    """

    kind: str
    what: str
    done: str
    column: str | None = None
    count: int = 0
    where: tuple[int, ...] = ()
    level: Literal["info", "warning", "question"] = "info"


def places(rows: Iterable[int]) -> tuple[int, ...]:
    """The first five of rows that are numbered from 0, as people count them and `predict` numbers them: from 1.

    >>> places([0, 7])
    (1, 8)
    """
    return tuple(int(row) + 1 for row in islice(rows, 5))


@dataclass(frozen=True)
class Column:
    """A column's role and the reason for it."""

    name: str
    role: Role
    reason: str


@dataclass(frozen=True)
class Table:
    """Raw columns of equal length: numbers and times as float64 (NaN missing), all else as str or None.

    `root` is the folder that image paths start from and must not leave (None: the working directory, unchecked).
    `delimiter` is that of a delimited file ("" for others): a file with semicolons has decimal commas more often than not.
    `findings` are what was noticed while reading: a guessed encoding, skipped title rows.
    """

    columns: Mapping[str, Array]
    source: str
    first_line: int = 2
    root: Path | None = None
    delimiter: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0


@dataclass(frozen=True)
class Layout:
    """What each column of the encoded matrix is: how many levels (0: no category), and which refer to texts or images.

    `media` is the folder in which the values lie that those columns refer to (training only); `hidden` columns are read by
    no model.
    """

    names: tuple[str, ...]
    levels: tuple[int, ...]
    texts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    media: Path | None = None
    hidden: tuple[str, ...] = ()

    @property
    def table(self) -> list[int]:
        """Positions of the columns that are neither text nor image nor hidden."""
        other = {*self.texts, *self.images, *self.hidden}
        return [i for i, name in enumerate(self.names) if name not in other]

    @property
    def numbers(self) -> list[int]:
        """Positions of the numeric columns."""
        return [i for i in self.table if self.levels[i] == 0]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of columns there are: table, text, image."""
        return tuple(k for k, there in (("table", self.table), ("text", self.texts), ("image", self.images)) if there)

    def place(self, name: str) -> int:
        """Position of a column."""
        return self.names.index(name)

    @property
    def categories(self) -> list[int]:
        """Positions of the category columns."""
        return [i for i in self.table if self.levels[i] > 0]


@dataclass(frozen=True)
class Fold:
    """One repeat: training rows in the order in which sizes take them, and its validation rows.

    `spare`: rows of neither, of which no validation row has a copy; a last fit that is judged by the validation rows may
    learn from them. `units`: the unit of each validation row; rows of one unit (a group, equal rows) are counted together in
    standard errors. Without it each row is its own.
    """

    train: Array
    validation: Array
    spare: Array = field(default_factory=lambda: np.zeros(0, dtype=int))
    units: Array | None = None

    @property
    def validation_units(self) -> Array:
        """The unit of each validation row; the row itself where none are given."""
        return self.validation if self.units is None else self.units


@dataclass(frozen=True)
class Rows:
    """Result of collect: the encoded matrix (n, p) float64, y, folds over the open rows, the sealed test rows.

    `units` (n,) int: rows with the same number stay on one side of every split (equal rows, rows of a group) and are counted
    together in every standard error.
    """

    X: Array
    y: Array
    layout: Layout
    task: Task
    classes: tuple[str, ...]
    folds: tuple[Fold, ...]
    open_rows: Array
    test_rows: Array
    units: Array


@dataclass(frozen=True)
class Point:
    """A candidate's mean score at one size over the repeats, with its 90 % interval and mean fitting seconds."""

    rows: int
    score: float
    low: float
    high: float
    seconds: float
    repeats: int


@dataclass(frozen=True)
class Ahead:
    """A forecast: the score expected at `rows`, with its 90 % band."""

    rows: int
    score: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A candidate's measured points, its forecast, and why it left the race (None: it did not)."""

    candidate: str
    route: Route
    points: tuple[Point, ...]
    forecast: tuple[Ahead, ...] = ()
    left: str | None = None
    not_measured: str | None = None


@dataclass(frozen=True)
class Interval:
    """A value with its 90 % interval; None where it lies outside what can be said."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Choice:
    """What was chosen and why. `difference` is large minus traditional on validation units, positive when large is better.

    `p_large` is the probability that large is better at all, `p_equal` that the two differ by no more than the margin;
    None where only one route was measured.
    `undecided_rows`: about how many more labelled rows would tell, where the answer is open and ten times would do.
    `likelier`: of a tie not given to the cheaper, the probability that the one taken is better by more than the margin.
    `rows`: training units at which the two were compared, the most at which both were measured (None: there were not two).
    """

    route: Literal["traditional", "large", "none"]
    candidate: str | None
    reason: str
    difference: Interval
    tie: bool
    p_large: float | None
    p_equal: float | None = None
    undecided_rows: int | None = None
    likelier: float | None = None
    rows: int | None = None

    @property
    def as_good(self) -> bool:
        """Whether the other route's finalist is as good: a tie, in which none is likely to be better by more than the margin."""
        return self.tie and self.likelier is None


@dataclass(frozen=True)
class Crossing:
    """Where the routes cross, in training rows. Intervals are of 90 %.

    `rows`: where the route that is behind will overtake (None within it: a crossing within ten times the rows is less
    likely than none); `p_none`: the probability of no crossing ahead; `crossed`: where the route that leads now took the
    lead, where both leads were measured.
    """

    rows: Interval
    p_none: float
    crossed: Interval | None = None


@dataclass(frozen=True)
class MoreData:
    """What a table of `rows` rows (all parts of it together) would add to the score of the chosen candidate.

    In the metric's units, positive when better, with a 90 % interval; None where nothing is known of it.
    """

    rows: int
    gain: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Outcome:
    """What turned out to be true for a row that was answered earlier."""

    row: Row
    outcome: str | float | bool
