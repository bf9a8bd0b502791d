"""The verdict on a table: the sealed rows are opened here, once, after the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from msgspec import structs

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core.types import Array, Finding, Interval, Need
from breakeven.core.verdict import Part, Verdict
from breakeven.core.verdict_everyday import Automation
from breakeven.gate import bill, costs, unit_costs
from breakeven.gate import verdict as composer
from breakeven.gate.cascade import Cascade
from breakeven.gate.finalist import offered
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import Selection
from breakeven.gate.unit_costs import Rent
from breakeven.metrics import UnitLosses
from breakeven.models import registry
from breakeven.models.hosted import baseline
from breakeven.models.hosted.baseline import Rented
from breakeven.runtime import predictor
from breakeven.tables import everyday, hosted_cascade, rented, teaching
from breakeven.tables.fitter import TableFitter
from breakeven.tables.packaging import TableProblem
from breakeven.trust import evidence, sealed
from breakeven.trust.evidence import Seen


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


@dataclass(frozen=True)
class Described:
    """What a scenario says of its product: its own part of the verdict, the product's score on the sealed rows, and the gap between
    probability and truth where it is too large to rely on. `automation`: what it answers without a person, where that is the question.
    """

    section: Part
    score: Interval | None = None
    unreliable: Interval | None = None
    automation: Automation | None = None


def verdict(
    selection: Selection,
    collected: Collected,
    opened: Opened,
    findings: Sequence[Finding],
    describe: Callable[[teaching.TeacherPart | None], Described],
) -> Verdict:
    """Finalists beside each other on the sealed rows, the hosted model if the brief names one, the product.

    `findings`: what the sealed rows gave to say. `describe` makes the scenario's own part, given what is said of a teacher.
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
    asked = baseline.measure(brief, question, fitter.metric, known, hidden, context.clock.left)
    if asked is not None:
        context.log.write("hosted", **asked.summary)
    gap = seen.difference(best["large"].candidate, best["traditional"].candidate) if len(best) == 2 else None
    taught = teaching.part(fitter, selection.board)
    described = describe(taught)
    facts = composer.Facts(
        units=len(rows.y),
        at_hand=len(rows.open_rows),
        findings=(*collected.findings, *findings, *teaching.findings(taught)),
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
        product=described.score,
        unreliable=described.unreliable,
        openings=sealed.openings(context.work),
        hosted=asked.line if asked else None,
        everyday=structs.replace(
            everyday.everyday(brief.target or "", rows.classes, y, own, opened.baseline, asked, problem.decision),
            automation=described.automation,
        ),
    )
    return composer.compose(
        selection, facts, tested, _costed(selection, collected, seen, asked, own), described.section
    )


def _costed(
    selection: Selection, collected: Collected, seen: Seen, asked: Rented | None, own: Array | None
) -> composer.Costed:
    """What every way costs; `own` are the answers of the product, or of the candidate that was chosen."""
    brief = selection.raced.context.brief
    if asked is not None and asked.hosted is not None:  # the tokens a request was measured to take
        brief = replace(brief, hosted=asked.hosted)
    rent = unit_costs.rent(brief, baseline.expected_tokens(brief, collected))
    answers = rented.answers(asked, seen, own)
    found = bill_of(brief, selection, seen, rent, asked, own)
    return composer.Costed(found, rent, rented.command(brief), answers)


def bill_of(
    brief: Need, selection: Selection, seen: Seen, rent: Rent, asked: Rented | None, own: Array | None = None
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
    errors = {
        f.candidate: hosted_cascade.erring(replace(seen, answers=answers), f.candidate, decision) for f in best.values()
    }
    models = bill.owned_models(best, errors)
    owner = bill.cascade_owner(models, selection.choice.candidate)
    erring = hosted_cascade.hosted_erring(brief, asked, seen, decision, owner)
    scene = costs.Scene(brief.prices, brief.traffic, rent, *erring)
    joint: Cascade | str = "no own model can be offered"
    if owner is not None:
        fitter = selection.raced.problem.fitter
        assert isinstance(fitter, TableFitter)
        joint = hosted_cascade.find(selection.board, fitter.truth, best[owner.route], seen, scene, asked, decision)
    name, measured = brief.hosted.model if brief.hosted else None, asked is not None and len(asked.rows) > 0
    quality = hosted_cascade.quality(brief, selection, seen, asked, own, joint if measured else None, decision)
    return bill.bill(models, selection.choice.candidate, scene, joint, quality, name, measured)
