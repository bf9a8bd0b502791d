"""The verdict as a document: verdict.json, format 2. Every text, table and chart is made from it and from nothing else.

The scenario's own part stands under a key named after the scenario: in memory it is `Verdict.section`.
docs/verdict.schema.json is generated from these types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import msgspec

from breakeven.core import product_folder, store
from breakeven.core.errors import InputError
from breakeven.core.types import Ahead, Finding, Interval, Limits, MoreData, Point, Prefer, Prices, Setting, Split
from breakeven.core.verdict_everyday import Everyday
from breakeven.core.verdict_money import CostLine, HostedPrice, Money
from breakeven.core.verdict_part import Count, Probability
from breakeven.core.verdict_part import Part as Part

FORMAT = 2
#: Name of the scenario's own part in memory; in the file it stands under the scenario's name.
SECTION = "section"
Kind = Literal["baseline", "traditional", "net", "pretrained", "hosted"]
P = TypeVar("P", bound="Part")


class MetricName(Part, frozen=True, kw_only=True):
    """The metric, and which scores are better."""

    name: str
    better: Literal["higher", "lower"]


class UnitNoun(Part, frozen=True, kw_only=True):
    """Plural nouns for what is counted; `labelled_en` where more of them would have to be labelled."""

    en: str
    zh: str
    labelled_en: str


class Text(Part, frozen=True, kw_only=True):
    """One text in both languages."""

    en: str
    zh: str


class QuickLook(Part, frozen=True, kw_only=True):
    """A quick look's rows, and those of the whole table."""

    rows: Count
    of: Count


class Counts(Part, frozen=True, kw_only=True):
    """How many units there are in each part of the data."""

    train: Count
    validation: Count
    test: Count
    all: Count


class CurveLine(Part, frozen=True, kw_only=True):
    """A candidate's validation scores at growing sizes, and their forecast.

    `left` says why it was eliminated, `not_measured` why it did not race.
    """

    candidate: str
    route: Literal["traditional", "large"]
    kind: Kind
    points: tuple[Point, ...] = ()
    forecast: tuple[Ahead, ...] = ()
    left: str | None = None
    not_measured: str | None = None


class ValidationScore(Part, frozen=True, kw_only=True):
    """A candidate's validation score at the largest size at which it was measured."""

    score: float
    low: float
    high: float
    rows: Count


class TestLine(Part, frozen=True, kw_only=True):
    """A candidate: its validation score, and where it is a finalist its sealed score and what it costs."""

    candidate: str
    route: Literal["traditional", "large"]
    kind: Kind
    validation: ValidationScore | None = None
    score: float | None = None
    low: float | None = None
    high: float | None = None
    train_seconds: float | None = None
    predict_ms: float | None = None
    size_mb: float | None = None
    usd_per_1000: float | None = None
    within_limits: bool = False
    why_not: str | None = None


class Chosen(Part, frozen=True, kw_only=True):
    """The choice and its evidence. Differences are large minus traditional, positive when large is better.

    `reason`, `tie`, `p_large` and `p_equal` come from `difference_validation`; `difference_sealed` was measured
    after the choice. `p_large` and `p_equal` are None where only one route was measured. `undecided_rows`: about how many
    more labelled units would settle a tie. `likelier`: the probability that the candidate taken in a tie is better by more
    than the margin. `compared_at`: training units with which `difference_validation` was measured, the most at which both
    routes were.
    """

    route: Literal["traditional", "large", "none"]
    candidate: str | None
    reason: str
    difference_validation: Interval | None
    difference_sealed: Interval | None
    tie: bool
    p_large: Probability | None
    p_equal: Probability | None
    undecided_rows: Count | None = None
    likelier: Probability | None = None
    compared_at: Count | None = None


class CrossingRows(Part, frozen=True, kw_only=True):
    """Training units at which the other route overtakes; None where that is less likely than that it does not."""

    value: float | None
    low: float | None
    high: float | None
    p_none_within_10x: Probability


class Breakeven(Part, frozen=True, kw_only=True):
    """Where the order of the routes changes, and from how many requests a month owning is cheaper than renting.

    `crossed`: training units at which the route that leads now took the lead, where both leads were measured.
    """

    rows: CrossingRows | None = None
    crossed: Interval | None = None
    requests_per_month: Interval | None = None


class CutShort(Part, frozen=True, kw_only=True):
    """A net for whose usual steps the brief's minutes were too few: the share of them that it made, at its largest size;
    `epochs`: as many as all of them are (None: not known).
    """

    candidate: str
    rows: Count
    share: Probability
    epochs: Count | None = None


class Member(Part, frozen=True, kw_only=True):
    """A part of an ensemble."""

    candidate: str
    route: Literal["traditional", "large"]
    weight: float


class Ensemble(Part, frozen=True, kw_only=True):
    """An ensemble that was tried: its gain over the winner alone on validation units, and whether it is the product.

    `expected` is the gain without the luck of having been the best of several ways to join.
    """

    way: str
    value: float
    low: float
    high: float
    built: bool
    members: tuple[Member, ...]
    expected: float | None = None
    predict_ms: float | None = None
    size_mb: float | None = None


class Bag(Part, frozen=True, kw_only=True):
    """Copies of the winner, each fitted without a part of the units, that answer by their mean: the gain over the winner
    alone on validation units, what it is expected to be, and whether the product is one.
    """

    copies: Count
    value: float
    low: float
    high: float
    expected: float
    built: bool


class Change(Part, frozen=True, kw_only=True):
    """A setting that changes training units, tried in tuning: its gain, and whether it was kept."""

    change: str
    setting: Setting
    value: float
    low: float
    high: float
    kept: bool


class Search(Part, frozen=True, kw_only=True):
    """What tuning tried. `mattered`: share of each setting in what the trials differed by.

    `expected` is what the best settings gain over the defaults, without the luck of having been the best of all trials.
    """

    trials: Count
    on_all_rows: Count
    mattered: dict[str, float]
    changes: tuple[Change, ...]
    halved: bool
    taken: bool
    expected: float | None = None


class Ablation(Part, frozen=True, kw_only=True):
    """What the score loses without one kind of columns, fitted anew; positive when they help."""

    kind: str
    columns: tuple[str, ...]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    not_measured: str | None = None


class LastFit(Part, frozen=True, kw_only=True):
    """Units that the product learned from, and those that its twin did, on which the sealed score was measured.

    `kept_twin`: why the product is that twin, though the brief says `final: all`.
    """

    rows: Count
    twin_rows: Count
    kept_twin: str | None = None


class Product(Part, frozen=True, kw_only=True):
    """The published product: its sealed score over `rows` units, and how it was made.

    It is made of `candidate`, which need not be the one that was chosen as what pays: `prefer` says what may be taken.
    `unreliable`: mean gap between said and true probability on sealed units, where it is above five points beyond chance:
    `probability` is not to be relied on.
    """

    value: float
    low: float
    high: float
    rows: Count
    tuning: str
    settings: dict[str, Setting]
    search: Search | None = None
    ensemble: Ensemble | None = None
    unreliable: Interval | None = None
    ablation: tuple[Ablation, ...] = ()
    candidate: str | None = None
    bag: Bag | None = None
    prefer: Prefer = "cheap"
    last_fit: LastFit | None = None


class Verdict(Part, frozen=True, kw_only=True):
    """All that a run found out. Intervals are 90 %.

    `volume` is requests a month, `more_data` counts units of the whole table, as `rows.all` does, `oddities` how a
    candidate's curve misbehaves, `stopped` why the race ended early, `sealed_openings` how often the sealed test was
    opened so far, this time included, `device` what nets were trained on,
    `quick` what a quick look looked at (None: this is the full answer). `sentence` is
    the verdict for people, at most three sentences; `details` is the evidence for engineers.
    """

    format: int = FORMAT
    name: str
    scenario: str
    metric: MetricName
    rows: Counts
    curves: tuple[CurveLine, ...]
    test: tuple[TestLine, ...]
    chosen: Chosen
    breakeven: Breakeven
    more_data: tuple[MoreData, ...]
    baseline: str
    stopped: str | None
    cut_short: tuple[CutShort, ...]
    oddities: dict[str, str]
    findings: tuple[Finding, ...]
    split: Split
    prices: Prices
    hosted: HostedPrice
    limits: Limits
    volume: float
    margin: float
    seed: int
    costs: tuple[CostLine, ...]
    money: Money | None = None
    sealed_openings: Count = 1
    device: Literal["cpu", "cuda", "mps"] = "cpu"
    quick: QuickLook | None = None
    product: Product | None = None
    everyday: Everyday | None = None
    section: dict[str, Any] = {}
    unit: UnitNoun = UnitNoun(en="rows", zh="行", labelled_en="labelled rows")
    sentence: Text = Text(en="", zh="")
    details: Text = Text(en="", zh="")


def dump(verdict: Verdict) -> dict[str, object]:
    """The document as plain values, the scenario's part under the scenario's name."""
    plain: dict[str, object] = _json(verdict)
    plain[verdict.scenario] = plain.pop(SECTION)
    return plain


def from_plain(plain: Mapping[str, object], where: str = "verdict.json") -> Verdict:
    """The document of plain values. Raises InputError for another format, an unknown key or a wrong type."""
    if plain.get("format") != FORMAT:
        found = f"format {plain.get('format')!r}, this version reads format {FORMAT}"
        raise InputError(where, found, "run 'breakeven build' again")
    inner = {key: value for key, value in plain.items() if key != plain.get("scenario")}
    inner[SECTION] = plain.get(str(plain.get("scenario")), {})
    try:
        return msgspec.convert(inner, Verdict)
    except msgspec.ValidationError as error:
        raise InputError(where, str(error), "run 'breakeven build' again") from None


def read(path: Path) -> Verdict:
    """The document of a file. Raises InputError, and ProductError for what is no JSON."""
    return from_plain(product_folder.decoded(path.read_bytes(), dict[str, object], path, "the verdict"), str(path))


def section(own: Part) -> dict[str, object]:
    """A scenario's own part as plain values, for `Verdict.section`."""
    plain: dict[str, object] = _json(own)
    return plain


def part(kind: type[P], values: Mapping[str, object]) -> P:
    """A part of the document from plain or numpy values. Raises msgspec.ValidationError for those that do not fit."""
    return msgspec.convert(_json(dict(values)), kind)


def with_texts(
    verdict: Verdict, unit: UnitNoun, sentences: Callable[[Verdict], Text], details: Callable[[Verdict], Text]
) -> Verdict:
    """The document with the nouns of its unit, and the texts made from it."""
    named = msgspec.structs.replace(verdict, unit=unit)
    return msgspec.structs.replace(named, sentence=sentences(named), details=details(named))


def schema(sections: Mapping[str, type[Part]]) -> dict[str, object]:
    """The JSON Schema of verdict.json, with the own parts of scenarios by name."""
    types = [Verdict, *sections.values()]
    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    top = definitions.pop("Verdict")
    del top["properties"][SECTION]
    own = dict(zip(sections, references[1:], strict=True))
    top["properties"] |= own
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": definitions}
    return cast("dict[str, object]", _dedented(_json(schema)))


def _dedented(value: Any) -> Any:
    """The same with descriptions as Python 3.13 keeps docstrings: without the indentation of their code."""
    if isinstance(value, list):
        return [_dedented(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {k: cleandoc(v) if k == "description" and isinstance(v, str) else _dedented(v) for k, v in value.items()}


def _json(value: object) -> Any:
    """Values as JSON has them: lists for tuples and arrays, numbers for numpy's."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=store.plain))
