"""Classes of a table: how often the finalists and the hosted model err, and the cascade of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Interval, Need
from breakeven.gate import cascade
from breakeven.gate.cascade import Cascade
from breakeven.gate.conclusion import Quality
from breakeven.gate.costs import Scene
from breakeven.gate.finalist import Finalist
from breakeven.gate.raced import predictions
from breakeven.gate.results import Board
from breakeven.gate.selection import Selection
from breakeven.metrics import diagnostics
from breakeven.models.hosted.baseline import Rented
from breakeven.runtime import predictor
from breakeven.trust.evidence import Seen


def error_of(seen: Seen, candidate: str) -> Interval | None:
    """The share of sealed rows answered wrongly; None for values."""
    answers = seen.answers[candidate]
    return None if answers.ndim == 1 else _wrong(answers.argmax(axis=1) == seen.y, seen.units)


def hosted_error(brief: Need, rented: Rented | None, seen: Seen) -> Interval | None:
    """The hosted model's share of wrong answers: measured, else as the brief says, else None; None for values."""
    if rented is not None and len(rented.rows):
        units = None if seen.units is None else seen.units[rented.rows]
        return None if rented.answers.ndim == 1 else _wrong(rented.right(seen.y), units)
    said = brief.hosted.accuracy if brief.hosted else None
    return None if said is None else Interval(1 - said, 1 - said, 1 - said)


def find(
    board: Board,
    truth: Callable[[int], Array],
    finalist: Finalist,
    seen: Seen,
    scene: Scene,
    rented: Rented | None,
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
    sure = np.concatenate([p.max(axis=1) for p, _ in pairs])
    right = np.concatenate([p.argmax(axis=1) == y for p, y in pairs])
    wrong = scene.hosted_error.value
    cut = cascade.threshold(sure, right, wrong, scene.rent.usd_per_1000 / 1000, scene.prices.usd_per_error)
    if rented is None or not len(rented.rows):
        return cascade.supposed(cut, answers.max(axis=1), answers.argmax(axis=1) == seen.y, wrong)
    some = answers[rented.rows]
    asked = some.max(axis=1), some.argmax(axis=1) == seen.y[rented.rows]
    return cascade.told(cut, answers.max(axis=1), *asked, rented.right(seen.y))


def quality(
    brief: Need, selection: Selection, seen: Seen, rented: Rented | None, own: Array | None, joint: Cascade | str | None
) -> Quality:
    """What is known of each way's score: `own` (n, classes) or (n,) are the own model's answers to the sealed rows (None: nothing
    is offered), `joint` is the cascade where the hosted model was measured.
    """
    choice, board = selection.choice, selection.board
    score = seen.scores.get(choice.candidate or board.race.baseline)
    margin = board.race.margin_at(score.value if score is not None and score.value is not None else 0.0)
    limit, rent = brief.limits.usd_per_1000, rented.line.usd_per_1000 if rented else None
    found = Quality(choice.route, choice.candidate, choice.tie, margin, margin_of_right=brief.margin)
    found = replace(found, affordable=limit is None or rent is None or rent <= limit)
    if rented is None or not len(rented.rows):
        return found
    rows, ours = rented.rows, seen.answers[board.race.baseline] if own is None else own
    units = None if seen.units is None else seen.units[rows]
    gap = diagnostics.difference(seen.metric, seen.y[rows], rented.answers, ours[rows], units)
    if isinstance(joint, Cascade) and ours.ndim == 2 and joint.error.value is not None:
        best = max(float(rented.right(seen.y).mean()), float((ours[rows].argmax(axis=1) == seen.y[rows]).mean()))
        return replace(found, hosted=gap, cascade=joint.error.value - (1 - best))
    return replace(found, hosted=gap)


def _wrong(right: Array, units: Array | None = None) -> Interval:
    share = metrics.UnitLosses.mean(right, units)
    low, high = metrics.wilson(share.value, metrics.effective_rows(share))
    return Interval(1 - share.value, 1 - high, 1 - low)
