"""The verdict of a selection, the same for every scenario: curves, candidates, choice, costs, and what is ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from breakeven.core import verdict as document
from breakeven.core.types import Choice, Finding, Interval, Route, Split
from breakeven.core.verdict import (
    Ablation,
    Bag,
    Breakeven,
    Chosen,
    Counts,
    CrossingRows,
    CurveLine,
    CutShort,
    Ensemble,
    Kind,
    LastFit,
    MetricName,
    Part,
    Product,
    Search,
    TestLine,
    ValidationScore,
    Verdict,
)
from breakeven.core.verdict_everyday import Everyday
from breakeven.core.verdict_money import HostedAnswers, HostedPrice
from breakeven.gate import outlook, unit_costs
from breakeven.gate.bill import Bill, bill, owned_models
from breakeven.gate.conclusion import Quality
from breakeven.gate.costs import Scene
from breakeven.gate.finalist import Finalist, offered
from breakeven.gate.results import Board
from breakeven.gate.selection import Selection
from breakeven.gate.unit_costs import Rent

#: The price of an LLM where it is no way to answer.
NO_RENT = Rent(0.0, 0.0, 0.0, "an LLM is no realistic way to give such answers")


@dataclass(frozen=True)
class Facts:
    """What a scenario knows of its data.

    Attributes
    ----------
    units: how many units there are in all.
    at_hand: units that a product can learn from, the base of forecasts.
    findings: what a person should know of the data.
    split: how the sealed test was taken.
    route_of: the route of a candidate that could not run.
    pretrained: candidates that adapt a pretrained model.
    """

    units: int
    at_hand: int
    findings: tuple[Finding, ...]
    split: Split
    route_of: Callable[[str], Route]
    pretrained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SealedTest:
    """What the sealed test said after the choice.

    Attributes
    ----------
    units: how many were scored.
    scores: of finalists and of the baseline, by candidate.
    difference: large minus traditional of the two that may be offered; None where there are not two.
    product: score of the published product; None where nothing was published.
    openings: how often the sealed test was opened, this time included.
    hosted: the line of a hosted model that was asked.
    unreliable: mean gap between its said and true probabilities, where they are not to be relied on.
    everyday: the same in words' terms: how often right, what is found, how far off.
    """

    units: int
    scores: Mapping[str, Interval]
    difference: Interval | None = None
    product: Interval | None = None
    openings: int = 1
    hosted: TestLine | None = None
    unreliable: Interval | None = None
    everyday: Everyday | None = None


@dataclass(frozen=True)
class Costed:
    """The bill, the price of renting it was made with, and what is known of the hosted model.

    `measure` is the command that measures one, where the scenario can; `answers` what it answered.
    """

    bill: Bill
    rent: Rent
    measure: str | None = None
    answers: HostedAnswers | None = None


def costs_without_errors(selection: Selection, prompt_tokens: float, no_cascade: str) -> Costed:
    """The bill of a scenario whose answers are not right or wrong; `no_cascade` says why none was tried.

    `prompt_tokens`: tokens that a hosted model would read for an answer. None is priced unless the brief names one: nobody
    rents an LLM for such answers.
    """
    brief, choice = selection.raced.context.brief, selection.choice
    rent = unit_costs.rent(brief, prompt_tokens) if brief.hosted else NO_RENT
    models = owned_models(offered(selection.finalists))
    scene = Scene(brief.prices, brief.traffic, rent, rentable=brief.hosted is not None)
    hosted = brief.hosted.model if brief.hosted else None
    quality = Quality(choice.route, choice.candidate, choice.as_good, brief.margin)
    return Costed(bill(models, choice.candidate, scene, no_cascade, quality, hosted), rent)


def compose(selection: Selection, facts: Facts, sealed: SealedTest, costed: Costed, section: Part) -> Verdict:
    """All findings of a run as one document; `section` is the scenario's own part.

    The caller adds what only texts need: the unit's nouns and the sentence.
    """
    board, choice, brief = selection.board, selection.choice, selection.raced.context.brief
    fold = board.race.folds[0]
    more_data = outlook.more_data(board, choice.candidate, facts.at_hand, facts.units) if choice.candidate else []
    return Verdict(
        name=brief.name,
        scenario=brief.scenario,
        metric=MetricName(name=board.race.metric, better="higher" if board.race.scale.higher_is_better else "lower"),
        rows=Counts(train=len(fold.train), validation=len(fold.validation), test=sealed.units, all=facts.units),
        curves=_curves(selection, facts),
        test=_test(selection, facts, sealed),
        chosen=_chosen(choice, sealed),
        breakeven=_breakeven(board, costed),
        more_data=tuple(more_data),
        baseline=board.race.baseline,
        stopped=board.stopped,
        cut_short=_cut_short(board),
        oddities=outlook.oddities(board),
        findings=facts.findings,
        split=facts.split,
        prices=brief.prices,
        hosted=_hosted(costed, sealed.hosted),
        limits=brief.limits,
        volume=brief.traffic.requests_per_month,
        margin=brief.margin,
        seed=brief.seed,
        costs=costed.bill.lines,
        money=costed.bill.money,
        sealed_openings=sealed.openings,
        product=_product(selection, sealed),
        everyday=sealed.everyday,
        section=document.section(section),
    )


def _hosted(costed: Costed, line: TestLine | None) -> HostedPrice:
    """What renting costs and must give; `line` is that of a hosted model that was asked, or would not answer."""
    rent = costed.rent
    return HostedPrice(
        usd_per_1000=rent.usd_per_1000,
        source=rent.source,
        batch_usd_per_1000=rent.batch,
        needed_accuracy=costed.bill.needed_accuracy,
        measure=costed.measure if line is None else None,
        not_measured=line.why_not if line is not None and costed.answers is None else None,
        answers=costed.answers,
        realistic=costed.rent is not NO_RENT,
    )


def kind_of(candidate: str, route: Route, baseline: str, pretrained: frozenset[str]) -> Kind:
    """What a candidate is, beside its route.

    >>> kind_of("mlp", "large", "majority", frozenset()), kind_of("majority", "traditional", "majority", frozenset())
    ('net', 'baseline')
    """
    if candidate == baseline:
        return "baseline"
    if candidate in pretrained:
        return "pretrained"
    return "net" if route == "large" else "traditional"


def _curves(selection: Selection, facts: Facts) -> tuple[CurveLine, ...]:
    board, baseline = selection.board, selection.board.race.baseline
    lines = [
        CurveLine(
            candidate=c.candidate,
            route=c.route,
            kind=kind_of(c.candidate, c.route, baseline, facts.pretrained),
            points=c.points,
            forecast=c.forecast,
            left=c.left,
            not_measured=c.not_measured,
        )
        for c in outlook.with_forecasts(board, facts.at_hand)
    ]
    for name, why in selection.raced.problem.fitter.missing.items():
        route = facts.route_of(name)
        kind = kind_of(name, route, baseline, facts.pretrained)
        lines.append(CurveLine(candidate=name, route=route, kind=kind, not_measured=why))
    return tuple(lines)


def _test(selection: Selection, facts: Facts, sealed: SealedTest) -> tuple[TestLine, ...]:
    """Finalists with their sealed scores, then candidates that left the race or were not measured."""
    board, missing = selection.board, selection.raced.problem.fitter.missing
    finalists = {f.candidate: f for made in selection.finalists.values() for f in made}
    lines = [_finalist(board, facts, f, sealed.scores.get(f.candidate)) for f in finalists.values()]
    for name, route in board.race.routes.items():
        if name not in finalists:
            usual = "the baseline" if name == board.race.baseline else "not the best of its route"
            why_not = board.failed.get(name) or board.eliminated.get(name) or usual
            lines.append(_line(board, facts, name, route, why_not, sealed.scores.get(name)))
    lines += [_line(board, facts, name, facts.route_of(name), f"not measured: {why}") for name, why in missing.items()]
    return (*lines, *([sealed.hosted] if sealed.hosted else []))


def _finalist(board: Board, facts: Facts, finalist: Finalist, score: Interval | None) -> TestLine:
    costs = finalist.costs
    return TestLine(
        candidate=finalist.candidate,
        route=finalist.route,
        kind=kind_of(finalist.candidate, finalist.route, board.race.baseline, facts.pretrained),
        validation=_validation(board, finalist.candidate),
        score=score.value if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        train_seconds=finalist.train_seconds,
        predict_ms=costs.predict_ms if costs else None,
        size_mb=costs.size_mb if costs else None,
        usd_per_1000=costs.usd_per_1000 if costs else None,
        within_limits=finalist.why_not is None,
        why_not=finalist.why_not,
    )


def _line(
    board: Board, facts: Facts, candidate: str, route: Route, why_not: str, score: Interval | None = None
) -> TestLine:
    return TestLine(
        candidate=candidate,
        route=route,
        kind=kind_of(candidate, route, board.race.baseline, facts.pretrained),
        validation=_validation(board, candidate),
        score=score.value if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        why_not=why_not,
    )


def _validation(board: Board, candidate: str) -> ValidationScore | None:
    rows = board.last_size(candidate) if candidate in board.race.routes else None
    point = board.point(candidate, rows) if rows else None
    return ValidationScore(score=point.score, low=point.low, high=point.high, rows=point.rows) if point else None


def _chosen(choice: Choice, sealed: SealedTest) -> Chosen:
    return Chosen(
        route=choice.route,
        candidate=choice.candidate,
        reason=choice.reason,
        difference_validation=choice.difference if choice.difference.value is not None else None,
        difference_sealed=sealed.difference,
        tie=choice.tie,
        p_large=choice.p_large,
        p_equal=choice.p_equal,
        undecided_rows=choice.undecided_rows,
        likelier=choice.likelier,
        compared_at=choice.rows,
    )


def _breakeven(board: Board, costed: Costed) -> Breakeven:
    found, requests = outlook.crossing_of(board), costed.bill.crossing
    if found is None:
        return Breakeven(requests_per_month=requests)
    rows = CrossingRows(**asdict(found.rows), p_none_within_10x=found.p_none)
    return Breakeven(rows=rows, crossed=found.crossed, requests_per_month=requests)


def _cut_short(board: Board) -> tuple[CutShort, ...]:
    found = board.shortened().items()
    return tuple(
        CutShort(candidate=c, rows=board.last_size(c) or 0, share=share, epochs=board.epochs(c) or None)
        for c, share in found
    )


def _product(selection: Selection, sealed: SealedTest) -> Product | None:
    winner, score = selection.winner, sealed.product
    if winner is None or score is None or score.value is None or score.low is None or score.high is None:
        return None
    return Product(
        value=score.value,
        low=score.low,
        high=score.high,
        rows=sealed.units,
        tuning=winner.note,
        settings=dict(winner.settings),
        search=document.part(Search, winner.search) if winner.search is not None else None,
        ensemble=document.part(Ensemble, winner.ensemble) if winner.ensemble is not None else None,
        unreliable=sealed.unreliable,
        ablation=tuple(document.part(Ablation, one) for one in winner.ablation),
        candidate=winner.candidate,
        bag=document.part(Bag, winner.bag) if winner.bag is not None else None,
        prefer=selection.raced.context.brief.prefer,
        last_fit=document.part(LastFit, asdict(winner.last_fit)) if winner.last_fit is not None else None,
    )
