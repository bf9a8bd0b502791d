"""Candidates of both routes that answer together, offered where that is expected to be better than the winner alone, or proven to
be (`prefer: cheap`).

They are judged on the race's validation units, each by weights that it had no part in.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from breakeven import metrics
from breakeven.core import store
from breakeven.gate import expected_gain, steps, time_budget
from breakeven.gate.finalists import product_folder
from breakeven.gate.pricing import price, read_costs
from breakeven.gate.problem import PACKAGING_ERRORS, EnsembleProblem, JointAnswer, Member, Recipe
from breakeven.gate.raced import Raced, best_first, difference, mean_gain, predictions, score
from breakeven.gate.results import Predictions

#: The lowest effort at which an ensemble is tried.
EFFORT = 2
#: Partners that a search for settings leaves time for, and the largest share of the time left that it leaves them.
PARTNERS, KEPT = 3, 0.5


@dataclass(frozen=True)
class Single:
    """The winner by itself: its candidate, product folder, validation predictions, the share of planned steps made, and the
    seconds of its last fit.
    """

    candidate: str
    folder: Path
    validation: Predictions
    share: float = 1.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Ensemble:
    """What came of it: the ensemble's product folder (None where it is not offered), why, and the figures."""

    folder: Path | None
    note: str
    summary: Mapping[str, object] | None = None


@dataclass(frozen=True)
class _Joint:
    """A way to join members, and what that gains over the winner, with its standard error."""

    answer: JointAnswer
    gain: float
    error: float


def attempt(raced: Raced, problem: EnsembleProblem, single: Single) -> Ensemble:
    """Join the candidates that raced as far as the winner, and publish where that gains what the brief's `prefer` asks for and
    keeps the limits: an expected gain, or one that is proven and more than the margin.
    """
    race, rows = raced.race, raced.board.last_size(single.candidate)
    if raced.context.brief.effort < EFFORT or rows is None:
        return Ensemble(None, "no ensemble was tried")
    names = [single.candidate, *_partners(raced, single, rows)]
    if len(names) == 1:
        return Ensemble(None, "no ensemble was tried: no other candidate reached the winner's size within the time")
    alone = problem.calibrated(single.validation)
    others = [problem.calibrated(_same(alone, predictions(raced.board, c, rows))) for c in names[1:]]
    joints = [_Joint(one, *difference(race, one.predictions, alone)) for one in problem.join([alone, *others])]
    best = max(joints, key=lambda joint: joint.gain)
    weights = {c: w for c, w in zip(names, best.answer.weights, strict=True) if w > 0}
    options = [mean_gain(race, joint.answer.predictions, alone) for joint in joints]
    expected = expected_gain.of_best(options, raced.context.brief.seed)
    low, high = best.gain - metrics.Z90 * best.error, best.gain + metrics.Z90 * best.error
    members = [{"candidate": c, "route": race.routes[c], "weight": w} for c, w in weights.items()]
    way = best.answer.way
    summary = {
        "way": way,
        "value": best.gain,
        "low": low,
        "high": high,
        "built": False,
        "members": members,
        "expected": expected,
    }
    shown = (
        f"{way} of {', '.join(weights)} changed validation by {best.gain:+.3g} {race.metric} "
        f"(90 % interval {low:+.3g} to {high:+.3g}; {expected_gain.words(expected)})"
    )
    proven = low > 0 and best.gain > race.margin_at(score(race, alone))
    likely = best.gain > 0 and expected > 0
    if len(weights) < 2 or not (proven if raced.context.brief.prefer == "cheap" else likely):
        return Ensemble(None, f"no ensemble: {shown}", summary)
    raced.note(f"an ensemble is better: {shown}")
    return _build(raced, problem, single, best.answer, weights, Ensemble(None, shown, summary))


def _same(alone: Predictions, other: Predictions) -> Predictions:
    """Another's predictions on the repeats on which the winner was measured."""
    return {repeat: other[repeat] for repeat in alone}


def seconds_kept(raced: Raced, candidate: str) -> float:
    """Seconds that the search for a candidate's settings leaves for joining it with the best of the others."""
    rows = raced.board.last_size(candidate)
    if not raced.problem.policy.ensembles or raced.context.brief.effort < EFFORT or rows is None:
        return 0.0
    costs = [_seconds(raced, c) for c in _known(raced, candidate, rows)[:PARTNERS]]
    return min(sum(costs), KEPT * max(raced.context.clock.tuning(), 0.0))


def _partners(raced: Raced, single: Single, rows: int) -> list[str]:
    """The candidates of `_known` that can be fitted in the time left."""
    partners, seconds = list[str](), max(raced.context.clock.tuning(), 0.0)
    left = seconds * raced.runner.workers.count
    for c in _known(raced, single.candidate, rows):
        if (took := _seconds(raced, c)) <= min(seconds, left):
            partners.append(c)
            left -= took
    return partners


def _known(raced: Raced, candidate: str, rows: int) -> list[str]:
    """Candidates with the same validation units predicted as a candidate, the best first.

    Those that break a limit by themselves are left out, and networks whose last fit made fewer steps than in the race.
    """
    board = raced.board
    known = [
        c
        for c in board.race.routes
        if c not in (candidate, board.race.baseline, *board.failed)
        and board.repeats(c, rows) == board.repeats(candidate, rows)
        and board.last.get(c, 1.0) >= board.share(c, rows)
    ]
    costs = {c: read_costs(product_folder(raced.context.work, "finalists", c, {})) for c in known}
    return [c for c in best_first(board, known, rows) if (cost := costs[c]) is None or not cost.why_not]


def _seconds(raced: Raced, candidate: str) -> float:
    """What a member takes: nothing where it was exported before, but for the fit after the sealed test. For finalists that is kept."""
    board, race, slow = raced.board, raced.race, raced.runner.slowness()
    if (product_folder(raced.context.work, "finalists", candidate, {}) / store.MANIFEST).is_file():
        return 0.0
    fit = time_budget.seconds(board, candidate, board.race.rows)
    last = fit / (1 - raced.context.brief.split.test) + slow * time_budget.drawing(race, candidate)
    return fit + slow * time_budget.exporting(race, candidate) + (last if raced.context.clock.kept else 0.0)


def _build(
    raced: Raced,
    problem: EnsembleProblem,
    single: Single,
    joint: JointAnswer,
    weights: Mapping[str, float],
    tried: Ensemble,
) -> Ensemble:
    """Export the members and publish them as one product, unless time or a limit stands against it."""
    refused = f"no ensemble, though {tried.note}"
    try:
        members = _members(raced, problem, single, weights)
        if members is None:
            why = "the brief's minutes did not carry its members' fits"
            return Ensemble(None, f"{refused}: {why}", tried.summary)
        recipe = {"how": joint.how, "members": [[m.folder.name, m.weight] for m in members]}
        folder = product_folder(raced.context.work, "ensemble", single.candidate, recipe)
        packaged = problem.package_ensemble(single.candidate, members, joint, folder)
        costs = price(raced.context, problem, single.candidate, folder, packaged.seconds)
    except PACKAGING_ERRORS as error:
        return Ensemble(None, f"{refused}: {str(error)[:160]}", tried.summary)
    summary = {**(tried.summary or {}), "predict_ms": costs.predict_ms, "size_mb": costs.size_mb}
    if costs.why_not:
        return Ensemble(None, f"{refused}: outside the limits with {costs.why_not}", summary)
    price_line = (
        f"an answer takes {costs.predict_ms:.3g} ms, the product {costs.size_mb:.3g} MB, a thousand "
        f"{costs.usd_per_1000:.2g} USD (the month's bill is that of {single.candidate} alone)"
    )
    return Ensemble(folder, f"an ensemble by {tried.note}; {price_line}", {**summary, "built": True})


def _members(
    raced: Raced, problem: EnsembleProblem, single: Single, weights: Mapping[str, float]
) -> list[Member] | None:
    """Every member as a product folder, finished ones as they are.

    None where time cut a network's steps shorter than in the race, for then it is not the one that was judged.
    """
    board, work = raced.board, raced.context.work
    slow, tuning = raced.runner.slowness(), raced.context.clock.tuning()

    def member(candidate: str) -> tuple[Member, float]:
        route = board.race.routes[candidate]
        if candidate == single.candidate:
            return Member(candidate, route, weights[candidate], single.folder), single.share
        folder = product_folder(work, "finalists", candidate, {})
        left = max(tuning - slow * time_budget.exporting(board.race, candidate), 0.0)  # seconds for a network
        recipe = Recipe(seconds=left if candidate in board.race.paced else None, plan=board.plan(candidate))
        packaged = problem.package(candidate, recipe, folder, predictions(board, candidate))
        return Member(candidate, route, weights[candidate], folder), packaged.share

    with ThreadPoolExecutor(raced.runner.workers.count) as pool:
        made = list(pool.map(member, weights))
    if any(steps.not_measured(share, board.plan(one.candidate)) for one, share in made):
        return None
    return [one for one, _ in made]
