"""Predict's own part of the verdict: its classes, and how far its product is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core.types import Finding, Interval
from breakeven.core.verdict import Part, Verdict, part
from breakeven.gate.selection import Selection
from breakeven.metrics.diagnostics import Importance
from breakeven.metrics.per_class import ClassScore, Counted, MacroScores, Threshold
from breakeven.runtime import predictor
from breakeven.runtime.description import Calibrated, Int8
from breakeven.tables import shown_rows, teaching
from breakeven.tables import verdict as table_verdict
from breakeven.tables.verdict import Described, Opened
from breakeven.trust import evidence


class ReliabilityBin(Part, frozen=True, kw_only=True):
    """Sealed rows of like confidence: the confidence, and the share that was right."""

    said: float
    was: float
    low: float
    high: float
    rows: int


class Reliability(Part, frozen=True, kw_only=True):
    """Calibration: bins of equal size, and the mean gap between the probability of an answer and how often it is right.

    `ece` is the plain gap, `gap` the same less what chance adds to it, `by_chance` what a perfectly calibrated model would
    show. `unreliable`: the gap is shown and above five points.
    """

    bins: tuple[ReliabilityBin, ...]
    ece: float
    gap: Interval
    by_chance: float
    unreliable: bool


class Residuals(Part, frozen=True, kw_only=True):
    """Quantiles of truth minus answer, and how often the 90 % interval held."""

    quantiles: dict[str, float]
    interval_held: Interval


class Example(Part, frozen=True, kw_only=True):
    """A sealed row with its answer and the reasons; `images` are data addresses by column, `line` is the data's (None: not known)."""

    truth: str
    prediction: str
    probability: float
    reasons: tuple[dict[str, Any], ...]
    images: dict[str, str]
    line: int | None = None


class ColumnDirection(Part, frozen=True, kw_only=True):
    """How the answer (the probability of `yes`, or the value) changes when a column goes from `low` to `high` in every sealed row;
    `clear`: most rows move that way, and the interval is on one side of nothing.
    """

    column: str
    low: str | float | None
    high: str | float | None
    change: Interval
    clear: bool


class PredictSection(Part, frozen=True, kw_only=True):
    """Predict's own part of the verdict: the classes, and where there is a product what it looks at.

    `thresholds` and `by_threshold` are of the class `yes`: the one that the brief names, else the rarer of two. `error` is the mean absolute
    error in the target's units, and `baseline_error` the baseline's.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...] | None = None
    by_class: tuple[ClassScore, ...] = ()
    macro: MacroScores | None = None
    yes: str | None = None
    thresholds: tuple[Threshold, ...] = ()
    by_threshold: tuple[Counted, ...] = ()
    reliability: Reliability | None = None
    calibrated: Calibrated | None = None
    residuals: Residuals | None = None
    half_width: float | None = None
    error: Interval | None = None
    baseline_error: float | None = None
    importance: tuple[Importance, ...] = ()
    directions: tuple[ColumnDirection, ...] = ()
    group_gaps: tuple[Finding, ...] = ()
    int8: Int8 | None = None
    examples: tuple[Example, ...] = ()
    teacher: teaching.TeacherPart | None = None


def verdict(selection: Selection, collected: Collected, opened: Opened, findings: Sequence[Finding] = ()) -> Verdict:
    """The verdict on a table, with the part that is predict's own. `findings`: what the sealed rows gave to say."""

    def describe(taught: teaching.TeacherPart | None) -> Described:
        section, score = PredictSection(classes=collected.rows.classes), None
        if selection.winner is not None:
            section, score = _product(selection, collected, opened)
        unreliable = section.reliability.gap if section.reliability and section.reliability.unreliable else None
        return Described(structs.replace(section, teacher=taught), score, unreliable)

    return table_verdict.verdict(selection, collected, opened, findings, describe)


def _product(selection: Selection, collected: Collected, opened: Opened) -> tuple[PredictSection, Interval]:
    """What the product looks at and how far to trust it, with its score on the sealed rows."""
    winner, rows, brief = selection.winner, collected.rows, opened.context.brief
    X, y, media = opened.X, opened.y, opened.fitter.media()
    assert winner is not None
    product = predictor.load(winner.twin)
    groups = {name: values[rows.test_rows] for name, values in collected.groups.items()}
    score, proof = evidence.of_product(
        selection.board.race.metric,
        evidence.SealedRows(X, y, groups, opened.units),
        lambda some: product.calibrated(some, media),
        product.decoder,
        product.schema,
        brief,
    )
    own = {
        **proof,
        "classes": rows.classes,
        "baseline_error": None if rows.classes else metrics.score("mae", y, opened.baseline),
        "calibrated": product.about.calibrated,
        "int8": product.about.int8,
        "examples": shown_rows.rows(product, X, y, media, collected.lines[rows.test_rows]),
    }
    return part(PredictSection, own), score
