"""A bag of the winner: copies of it, each fitted without a part of the units, that answer by their mean.

It is measured as the winner was: on the race's validation units, by copies that saw the same training units as the winner did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from breakeven import metrics
from breakeven.gate import expected_gain, steps, time_budget
from breakeven.gate.ensembling import EFFORT, Single
from breakeven.gate.finalists import product_folder
from breakeven.gate.pricing import price
from breakeven.gate.problem import PACKAGING_ERRORS, EnsembleProblem, Recipe
from breakeven.gate.raced import Raced, difference, mean_gain, score
from breakeven.gate.results import Job, Predictions
from breakeven.models.settings import Settings

#: Copies in a bag.
COPIES = 5


@dataclass(frozen=True)
class Bagged:
    """What came of it: the bag as the winner (None where it is not taken), its settings, why, and the figures."""

    single: Single | None
    settings: Settings
    note: str
    summary: Mapping[str, object] | None = None


def attempt(raced: Raced, problem: EnsembleProblem, single: Single, settings: Settings) -> Bagged:
    """Measure a bag of the winner, which has these settings, and make it where that gains what the brief's `prefer` asks for and
    keeps the limits.
    """
    race, prefer = raced.race, raced.context.brief.prefer
    bag = problem.bag(single.candidate, COPIES, settings)
    if bag is None or raced.context.brief.effort < EFFORT:
        return Bagged(None, settings, "")
    found = _measured(raced, single, bag)
    if found is None:
        return Bagged(None, settings, "no bag was tried: the minutes leave no room for one")
    known = {r: single.validation[r] for r in found}
    value, error = difference(race, found, known)
    expected = expected_gain.of_best([mean_gain(race, found, known)], raced.context.brief.seed)
    half = metrics.Z90 * error
    summary = {"copies": COPIES, "value": value, "low": value - half, "high": value + half, "expected": expected}
    shown = (
        f"a bag of {COPIES} {single.candidate} changed validation by {value:+.3g} {race.metric} "
        f"(90 % interval {value - half:+.3g} to {value + half:+.3g})"
    )
    proven = value - half > 0 and value > race.margin_at(score(race, known))
    if not (proven if prefer == "cheap" else value > 0 and expected > 0):
        return Bagged(None, settings, f"no bag: {shown}", {**summary, "built": False})
    raced.note(f"a bag is better: {shown}")
    made, why_not = _made(raced, problem, single, bag, found)
    if made is None:
        return Bagged(None, settings, f"no bag, though {shown}: {why_not}", {**summary, "built": False})
    return Bagged(made, bag, shown, {**summary, "built": True})


def _measured(raced: Raced, single: Single, bag: Settings) -> Predictions | None:
    """Validation predictions of the bag on as many of the winner's repeats as the time carries beside the last fit; None
    where it carries none, or a fit failed or was cut short.
    """
    board, workers = raced.board, raced.runner.workers.count
    rows, seconds = board.raced_size(single.candidate), max(COPIES * single.seconds, 1e-6)
    clock = raced.context.clock
    left = clock.tuning() - seconds - raced.runner.slowness() * time_budget.exporting(raced.race, single.candidate)
    if clock.kept:  # time for one copy's fit on all units is kept
        left -= (COPIES - 1) * single.seconds / (1 - raced.context.brief.split.test)
    count = min(len(single.validation), workers * int(max(left, 0.0) / seconds))
    if rows is None or count < 1:
        return None
    raced.note(f"measuring a bag of {COPIES} {single.candidate}")
    repeats = sorted(single.validation)[:count]
    plan = board.plan(single.candidate)
    fits = [(Job(single.candidate, rows, r, plan=plan), bag) for r in repeats]
    found = dict(zip(repeats, raced.runner.run_settings(fits), strict=True))
    predictions = {r: m.prediction for r, m in found.items() if m.prediction is not None}
    cut = any(steps.not_measured(m.share, m.plan) for m in found.values())
    return None if cut or len(predictions) < len(found) else predictions


def _made(
    raced: Raced, problem: EnsembleProblem, single: Single, bag: Settings, found: Predictions
) -> tuple[Single | None, str]:
    """The bag as a product folder; None with the reason where a limit or the exporter is against it."""
    folder = product_folder(raced.context.work, "bag", single.candidate, bag)
    try:
        recipe = Recipe(bag, plan=raced.board.plan(single.candidate))
        packaged = problem.package(single.candidate, recipe, folder, found)
        why_not = price(raced.context, problem, single.candidate, folder, packaged.seconds).why_not
    except PACKAGING_ERRORS as error:
        why_not = str(error)[:160]
    if why_not is not None:
        return None, f"outside the limits or not exported ({why_not})"
    return Single(single.candidate, folder, found, packaged.share), ""
