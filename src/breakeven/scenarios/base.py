"""The `Scenario` protocol: all that a vertical slice brings to the house, registered once in `registry.py`.

A scenario is one object. Its methods import their heavy modules when they are called, so that the object itself costs
`breakeven --help` nothing. Nothing outside `breakeven.scenarios` knows a scenario by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from breakeven.core.brief import Section
    from breakeven.core.types import Column, Finding, Interval, Need, Row, Table
    from breakeven.core.verdict import Part, Verdict
    from breakeven.gate.run_context import RunContext
    from breakeven.models.user.own import Own
    from breakeven.report.blocks import ReportSection
    from breakeven.serving.endpoint import Service
    from breakeven.trust.card import CardParts


@dataclass(frozen=True)
class Unit:
    """What a scenario counts and draws independently: plural nouns for texts.

    `labelled_en` is the English noun where more of them would have to be labelled.
    """

    en: str
    zh: str
    labelled_en: str


@dataclass(frozen=True)
class Option:
    """An option that a scenario adds to `breakeven predict`; its value reaches `predict` under `name`."""

    flag: str
    type: type[int] | type[float] | type[str]
    metavar: str
    help: str

    @property
    def name(self) -> str:
        """The option's name in `PredictRequest.options`.

        >>> Option("--top-k", int, "N", "length of the list").name
        'top_k'
        """
        return self.flag.lstrip("-").replace("-", "_")


@dataclass(frozen=True)
class PredictRequest:
    """`breakeven predict`: the file to answer, the file to write, the options that were given, and columns to copy. `raw`: texts
    are written as they are, also those that a spreadsheet would run.
    """

    input: Path
    output: Path
    explain: bool = False
    options: Mapping[str, int | float | str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    raw: bool = False


@dataclass(frozen=True)
class Answered:
    """Answers as columns of n values each; `errors` says of rows, by number from 0, why they have none."""

    columns: Mapping[str, Sequence[object]]
    errors: Mapping[int, str] = field(default_factory=dict)


class Collected(Protocol):
    """What the house reads of a scenario's collected data."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Roles of the columns, with reasons."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that a person should read about the data."""

    @property
    def fingerprint(self) -> str:
        """A digest of all that is learned from."""

    def overview(self) -> str:
        """One line for `breakeven check`."""


class CollectedDefaults:
    """Parts of collected data that simple scenarios leave as they are."""

    columns: tuple[Column, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Nothing to report."""
        return ()

    def overview(self) -> str:
        """The columns that are read."""
        return f"reads {', '.join(column.name for column in self.columns)}"


C = TypeVar("C", bound=Collected)
P = TypeVar("P")


class Scenario(Protocol[C, P]):
    """A vertical slice. `C` is what it collects, `P` its loaded product."""

    @property
    def name(self) -> str:
        """The name in `scenario:` of the brief, and the key of the scenario's own section of brief and verdict."""

    @property
    def summary(self) -> str:
        """One line for `breakeven new --help`."""

    @property
    def unit(self) -> Unit:
        """The noun for what is counted."""

    @property
    def options(self) -> tuple[Option, ...]:
        """Options of `breakeven predict` beyond the common ones."""

    @property
    def input_example(self) -> str:
        """Name of an input file for `breakeven predict`, as the report shows it."""

    def brief_section(self) -> Section:
        """What the brief may say: target, column roles, metrics, keys of the scenario's own section."""

    def suits(self, columns: Sequence[str]) -> Mapping[str, str]:
        """The columns by role, where their names say that a table is this scenario's data; empty where they do not."""

    def files(self, need: Need) -> Sequence[Path]:
        """Files that the brief names beside the data and that are there: a change in them makes another run."""

    def collect(self, need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> C:
        """Read and split the data. `extra` holds outcomes that came back. Raises InputError."""

    def sample(self, need: Need, most: int, table: Table | None = None) -> tuple[Table, int]:
        """At most so many rows of the data for a quick look, drawn by the brief's seed, and how many there are.

        Raises InputError where there is no quick look.
        """

    def quick_candidates(self, need: Need, collected: C) -> Sequence[str]:
        """Candidates of a quick look."""

    def select(
        self,
        context: RunContext,
        collected: C,
        weigh: bool,
        own: Mapping[str, Own] | None = None,
        names: Sequence[str] | None = None,
    ) -> tuple[Verdict, bool]:
        """Run the selection. Returns the verdict, and whether a product was published in `context.folder`."""

    def outcomes(self, need: Need) -> Sequence[Row]:
        """Outcomes that came back while the product was served. Raises InputError without any."""

    def compare(self, need: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
        """Whether the challenger's build is better on the sealed test, and by how much."""

    def load(self, folder: Path) -> P:
        """Load a checked product folder. Raises ProductError. Needs the light install only."""

    def predict(self, product: Path, folder: Path, request: PredictRequest) -> str:
        """Answer a file. `folder` is the product's root, `product` its product folder. Returns a line to print."""

    def answer(
        self,
        product: P,
        folder: Path,
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, int | float | str],
    ) -> Answered:
        """Answer a table of plain cells, as `predict` answers a file. Raises InputError. Needs the light install only."""

    def service(self, product: P, folder: Path, verdict: Mapping[str, object]) -> Service:
        """The HTTP service of a loaded product: endpoints, start and close. `folder` keeps what it writes.

        Needs the light install only.
        """

    def erase(self, need: Need, user: str) -> str:
        """Erase a user from all that serving and building keep in the product's folder. Returns a line to print.

        Raises InputError where the product is being served, and where nothing is kept by user.
        """

    def verdict_section(self) -> type[Part]:
        """The type of the scenario's own part of the verdict; it stands under the scenario's name."""

    def report_sections(self, verdict: Verdict) -> Sequence[ReportSection]:
        """The scenario's own sections of report.html."""

    def card(self, verdict: Verdict, columns: Sequence[Column]) -> CardParts:
        """The scenario's own parts of card.md."""

    def new(self, folder: Path) -> None:
        """Write sample data and a brief into `folder`; existing files stay. Raises MissingExtra."""

    def demo(self, folder: Path) -> Sequence[Path]:
        """Write the product folders that `breakeven demo` builds, below `folder`. Raises MissingExtra."""


class ScenarioDefaults:
    """Parts of a scenario that simple ones leave as they are. Outcomes are those of POST /v1/feedback."""

    unit: Unit
    options: tuple[Option, ...] = ()
    input_example: str = "new.csv"

    def suits(self, columns: Sequence[str]) -> Mapping[str, str]:
        """No names of columns speak for it."""
        return {}

    def files(self, need: Need) -> Sequence[Path]:
        """No files beside the data."""
        return ()

    def sample(self, need: Need, most: int, table: Table | None = None) -> tuple[Table, int]:
        """There is no quick look. Raises InputError."""
        from breakeven.core.errors import InputError

        raise InputError(
            "--quick", f"a {need.scenario} product has no quick look", "leave it out, or lower limits.minutes"
        )

    def quick_candidates(self, need: Need, collected: Any) -> Sequence[str]:
        """None."""
        return ()

    def outcomes(self, need: Need) -> Sequence[Row]:
        """Rows with the outcomes that were kept. Raises InputError without any."""
        from breakeven.core.errors import InputError
        from breakeven.online.outcomes import stored_outcomes

        outcomes = stored_outcomes(need.folder, need.name)
        if not outcomes:
            raise InputError(str(need.folder), "no outcomes have come back yet", "send some to POST /v1/feedback")
        return [{**o.row, need.target or "": o.outcome} for o in outcomes]

    def load(self, folder: Path) -> Any:
        """product.json as plain values. Raises ProductError."""
        from breakeven.core.product_folder import ProductFolder

        return ProductFolder.open(folder).json("product.json", dict[str, Any])

    def answer(
        self,
        product: Any,
        folder: Path,
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, int | float | str],
    ) -> Answered:
        """Answers files alone. Raises InputError."""
        from breakeven.core.errors import InputError

        raise InputError(
            "predict", "this product answers no tables in memory", "write a file, and run: breakeven predict"
        )

    def erase(self, need: Need, user: str) -> str:
        """Nothing is kept by user. Raises InputError."""
        from breakeven.core.errors import InputError

        raise InputError(
            str(need.folder), f"a {need.scenario} product keeps nothing by user", "delete their rows from the data"
        )

    def report_sections(self, verdict: Verdict) -> Sequence[ReportSection]:
        """No section beyond the common ones."""
        return ()

    def card(self, verdict: Verdict, columns: Sequence[Column]) -> CardParts:
        """What is known of every product."""
        from breakeven.trust.card import CardParts

        rows, noun = verdict.rows, self.unit.en
        return CardParts(
            identity=(f"Scenario: {verdict.scenario}.",),
            score=f"on {rows.test:,} sealed {noun}",
            quality=(f"Data: {rows.all:,} {noun}, of which {rows.test:,} sealed. Seed {verdict.seed}.",),
            sections={"Columns": [f"`{c.name}`: {c.role} ({c.reason})" for c in columns]},
            limits=(f"Measured on {noun} like those it was given; on others it was not measured.",),
        )

    def demo(self, folder: Path) -> Sequence[Path]:
        """Not part of the demo."""
        return ()


AnyScenario: TypeAlias = Scenario[Any, Any]
