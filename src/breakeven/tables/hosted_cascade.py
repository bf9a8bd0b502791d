"""Classes of a table: how often the finalists and the hosted model err, and the cascade of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from breakeven import metrics
from breakeven.core.decision import Decision
from breakeven.core.types import Array, Interval, Need
from breakeven.gate import cascade, costs
from breakeven.gate.bill import Erring
from breakeven.gate.cascade import Cascade
from breakeven.gate.conclusion import Quality
from breakeven.gate.costs import Scene
from breakeven.gate.finalist import Finalist
from breakeven.gate.raced import predictions
from breakeven.gate.results import Board
from breakeven.gate.selection import Selection
from breakeven.metrics import UnitLosses, diagnostics
from breakeven.models.hosted.baseline import Rented
from breakeven.runtime import predictor
from breakeven.trust.evidence import Seen


def erring(seen: Seen, candidate: str, decision: Decision | None) -> Erring:
    """How often and how dearly sealed rows are answered wrongly; nothing for values."""
    answers = seen.answers[candidate]
    return Erring() if answers.ndim == 1 else _erring(answered(answers, decision), seen.y, seen.units, decision)


def hosted_erring(
    brief: Need, rented: Rented | None, seen: Seen, decision: Decision | None, own: costs.Owned | None
) -> Erring:
    """The hosted model's errors: measured, else as the brief says, else not known; nothing for values.

    Of a share of errors that is only said, the mix of misses and false alarms is taken to be the own model's.
    """
    if rented is not None and len(rented.rows):
        if rented.answers.ndim == 1:
            return Erring()
        units = None if seen.units is None else seen.units[rented.rows]
        return _erring(rented.answers.argmax(axis=1), seen.y[rented.rows], units, decision)
    accuracy = brief.hosted.accuracy if brief.hosted else None
    if accuracy is None:
        return Erring()
    wrong = 1 - accuracy
    usd = wrong * costs.usd_per_error(own, brief.prices) if own is not None and brief.prices.by_kind else None
    return Erring(Interval(wrong, wrong, wrong), None if usd is None else Interval(usd, usd, usd))


def answered(answers: Array, decision: Decision | None) -> Array:
    """Class numbers of calibrated probabilities: the likeliest, or by the prices of a miss and a false alarm."""
    return answers.argmax(axis=1) if decision is None else decision.answered(answers)


def find(
    board: Board,
    truth: Callable[[int], Array],
    finalist: Finalist,
    seen: Seen,
    scene: Scene,
    rented: Rented | None,
    decision: Decision | None = None,
) -> Cascade | str:
    """The cascade, its threshold from validation rows and its errors from sealed ones; or why there is none.

    `truth` gives the target of a repeat's validation rows.
    """
    answers = seen.answers[finalist.candidate]
    if answers.ndim == 1:
        return "values have no right and wrong, so nothing says when to ask"
    if scene.hosted_error is None or scene.hosted_error.value is None or finalist.folder is None:
        return "how often a hosted model errs here is not known: give hosted.address, or hosted.accuracy"
    decoder = predictor.load(finalist.folder).decoder
    pairs = [
        (decoder.calibrated(prediction), truth(repeat))
        for repeat, prediction in predictions(board, finalist.candidate).items()
    ]
    sure, y = np.concatenate([p.max(axis=1) for p, _ in pairs]), np.concatenate([t for _, t in pairs])
    given = np.concatenate([answered(p, decision) for p, _ in pairs])
    wrong, rent, paid = scene.hosted_error.value, scene.rent.usd_per_1000 / 1000, None
    if decision is not None and scene.hosted_error_usd is not None:
        paid = (decision.usd(y, given), float(scene.hosted_error_usd.value or 0.0))
    cut = cascade.threshold(sure, given == y, wrong, rent, scene.prices.usd_per_error, paid)
    own = answered(answers, decision)
    if rented is None or not len(rented.rows):
        found = cascade.supposed(cut, answers.max(axis=1), own == seen.y, wrong)
        if paid is None or decision is None:
            return found
        usd = np.where(answers.max(axis=1) >= cut, decision.usd(seen.y, own), paid[1])
        return replace(found, error_usd=UnitLosses.mean(usd).interval)
    some, rows = answers[rented.rows].max(axis=1), seen.y[rented.rows]
    found = cascade.summarise(cut, answers.max(axis=1), some, own[rented.rows] == rows, rented.right(seen.y))
    if paid is None or decision is None:
        return found
    joint = np.where(some >= cut, own[rented.rows], rented.answers.argmax(axis=1))
    return replace(found, error_usd=UnitLosses.mean(decision.usd(rows, joint)).interval)


def quality(
    brief: Need,
    selection: Selection,
    seen: Seen,
    rented: Rented | None,
    own: Array | None,
    joint: Cascade | str | None,
    decision: Decision | None = None,
) -> Quality:
    """What is known of each way's score: `own` (n, classes) or (n,) are the own model's answers to the sealed rows (None: nothing
    is offered), `joint` is the cascade where the hosted model was measured.
    """
    choice, board = selection.choice, selection.board
    score = seen.scores.get(choice.candidate or board.race.baseline)
    margin = board.race.margin_at(score.value if score is not None and score.value is not None else 0.0)
    limit, rent = brief.limits.usd_per_1000, rented.line.usd_per_1000 if rented else None
    found = Quality(choice.route, choice.candidate, choice.as_good, margin, margin_of_right=brief.margin)
    found = replace(found, affordable=limit is None or rent is None or rent <= limit)
    if rented is None or not len(rented.rows):
        return found
    rows, own_answers = rented.rows, seen.answers[board.race.baseline] if own is None else own
    units = None if seen.units is None else seen.units[rows]
    gap = diagnostics.difference(seen.metric, seen.y[rows], rented.answers, own_answers[rows], units)
    if isinstance(joint, Cascade) and joint.escalated > 0 and own_answers.ndim == 2 and joint.error.value is not None:
        own_right = float((answered(own_answers[rows], decision) == seen.y[rows]).mean())
        best = max(float(rented.right(seen.y).mean()), own_right)
        return replace(found, hosted=gap, cascade=joint.error.value - (1 - best))
    return replace(found, hosted=gap)


def _erring(given: Array, y: Array, units: Array | None, decision: Decision | None) -> Erring:
    usd = None if decision is None or decision.yes_from is None else decision.usd(y, given)
    return Erring(_wrong(given == y, units), None if usd is None else UnitLosses.mean(usd, units).interval)


def _wrong(right: Array, units: Array | None = None) -> Interval:
    share = metrics.UnitLosses.mean(right, units)
    low, high = metrics.wilson(share.value, metrics.effective_rows(share))
    return Interval(1 - share.value, 1 - high, 1 - low)
