"""Predict's verdict: the sealed rows are opened here, once, after the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import structs

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core.types import Array, Finding, Interval, Need
from breakeven.core.verdict import Part, Verdict, part
from breakeven.gate import bill, costs, unit_costs
from breakeven.gate import verdict as composer
from breakeven.gate.cascade import Cascade
from breakeven.gate.finalist import offered
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import Selection
from breakeven.gate.unit_costs import Rent
from breakeven.metrics import UnitLosses
from breakeven.metrics.diagnostics import Importance
from breakeven.metrics.per_class import ClassScore, Counted, MacroScores, Threshold
from breakeven.models import registry
from breakeven.models.hosted import baseline
from breakeven.models.hosted.baseline import Rented
from breakeven.runtime import predictor
from breakeven.runtime.description import Calibrated, Int8
from breakeven.scenarios.predict import cascade, everyday, shown_rows, teaching
from breakeven.scenarios.predict import rented as hosted
from breakeven.scenarios.predict.fitter import TableFitter
from breakeven.scenarios.predict.packaging import TableProblem
from breakeven.trust import evidence, sealed
from breakeven.trust.evidence import Seen


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


@dataclass(frozen=True)
class Opened:
    """The sealed rows after the choice: X (n, p), truth y (n,), their units, and answers by product folder."""

    context: RunContext
    fitter: TableFitter
    X: Array
    y: Array
    units: Array
    kept: dict[Path, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, selection: Selection) -> Opened:
        """Open them."""
        context, fitter = selection.raced.context, selection.raced.problem.fitter
        assert isinstance(fitter, TableFitter)
        X, y = sealed.open_once(context.work, context.log, "the choice is made")
        return cls(context, fitter, X, y, sealed.units(context.work))

    def again(self, why: str) -> None:
        """Count another opening."""
        sealed.open_once(self.context.work, self.context.log, why)

    def answers(self, folder: Path) -> Array:
        """A product's calibrated answers."""
        if folder not in self.kept:
            self.kept[folder] = predictor.load(folder).calibrated(self.X, self.fitter.media())
        return self.kept[folder]

    @cached_property
    def baseline(self) -> Array:
        """The baseline's answers."""
        return self.fitter.baseline(self.X)

    def score(self, folder: Path) -> tuple[UnitLosses, UnitLosses]:
        """A product's score and the baseline's."""
        found = [
            metrics.losses(self.fitter.metric, self.y, a, self.units) for a in (self.answers(folder), self.baseline)
        ]
        return found[0], found[1]


def verdict(selection: Selection, collected: Collected, opened: Opened, findings: Sequence[Finding] = ()) -> Verdict:
    """Finalists beside each other on the sealed rows, the hosted model if the brief names one, the product.

    `findings`: what the sealed rows gave to say.
    """
    context, fitter, X, y = opened.context, opened.fitter, opened.X, opened.y
    brief, rows = context.brief, collected.rows
    best = offered(selection.finalists)
    made = [f for found in selection.finalists.values() for f in found]
    answers = {f.candidate: opened.answers(f.folder) for f in made if f.folder is not None}
    answers[selection.board.race.baseline] = opened.baseline
    seen = evidence.gather(fitter.metric, y, answers, opened.units)
    known, hidden = baseline.Part(rows.X[rows.open_rows], rows.y[rows.open_rows]), baseline.Part(X, y, opened.units)
    question = baseline.question_of(brief, collected)
    rented = baseline.measure(brief, question, fitter.metric, known, hidden, context.clock.left)
    if rented is not None:
        context.log.write("hosted", **rented.summary)
    gap = seen.difference(best["large"].candidate, best["traditional"].candidate) if len(best) == 2 else None
    section, score = PredictSection(classes=rows.classes), None
    if selection.winner is not None:
        section, score = _product(selection, collected, opened)
    section = structs.replace(section, teacher=teaching.part(fitter, selection.board))
    facts = composer.Facts(
        units=len(rows.y),
        at_hand=len(rows.open_rows),
        findings=(*collected.findings, *findings, *teaching.findings(section.teacher)),
        split=collected.split,
        route_of=registry.route_of,
        pretrained=frozenset(n for n in registry.names() if registry.kind_of_model(n) == "pretrained"),
    )
    winner, chosen, problem = selection.winner, selection.choice.candidate, selection.raced.problem
    assert isinstance(problem, TableProblem)
    own = opened.answers(winner.twin) if winner is not None else seen.answers.get(chosen or "")
    tested = composer.SealedTest(
        units=len(y),
        scores=seen.scores,
        difference=gap,
        product=score,
        unreliable=section.reliability.gap if section.reliability and section.reliability.unreliable else None,
        openings=sealed.openings(context.work),
        hosted=rented.line if rented else None,
        everyday=everyday.everyday(brief.target or "", rows.classes, y, own, opened.baseline, rented, problem.decision),
    )
    return composer.compose(selection, facts, tested, _costed(selection, collected, seen, rented, own), section)


def _costed(
    selection: Selection, collected: Collected, seen: Seen, rented: Rented | None, own: Array | None
) -> composer.Costed:
    """What every way costs; `own` are the answers of the product, or of the candidate that was chosen."""
    brief = selection.raced.context.brief
    if rented is not None and rented.hosted is not None:  # the tokens a request was measured to take
        brief = replace(brief, hosted=rented.hosted)
    rent = unit_costs.rent(brief, baseline.expected_tokens(brief, collected))
    answers = hosted.answers(rented, seen, own)
    found = bill_of(brief, selection, seen, rent, rented, own)
    return composer.Costed(found, rent, hosted.command(brief), answers)


def bill_of(
    brief: Need, selection: Selection, seen: Seen, rent: Rent, rented: Rented | None, own: Array | None = None
) -> bill.Bill:
    """The bill of a selection at a brief's traffic and prices, with the errors that the sealed rows showed.

    `own` are the answers to all sealed rows of the model that is compared with the hosted one (None: those of the choice).
    """
    best, problem = offered(selection.finalists), selection.raced.problem
    assert isinstance(problem, TableProblem)
    decision = problem.decision
    chosen = selection.choice.candidate or ""
    own = seen.answers.get(chosen) if own is None else own
    answers = seen.answers if own is None else {**seen.answers, chosen: own}
    errors = {f.candidate: cascade.erring(replace(seen, answers=answers), f.candidate, decision) for f in best.values()}
    models = bill.owned_models(best, errors)
    owner = bill.cascade_owner(models, selection.choice.candidate)
    theirs = cascade.hosted_erring(brief, rented, seen, decision, owner)
    scene = costs.Scene(brief.prices, brief.traffic, rent, *theirs)
    joint: Cascade | str = "no own model can be offered"
    if owner is not None:
        fitter = selection.raced.problem.fitter
        assert isinstance(fitter, TableFitter)
        joint = cascade.find(selection.board, fitter.truth, best[owner.route], seen, scene, rented, decision)
    name, measured = brief.hosted.model if brief.hosted else None, rented is not None and len(rented.rows) > 0
    quality = cascade.quality(brief, selection, seen, rented, own, joint if measured else None, decision)
    return bill.bill(models, selection.choice.candidate, scene, joint, quality, name, measured)


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
