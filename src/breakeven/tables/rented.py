"""The hosted model beside the product: what it answered to the same sealed rows, and the command that asks it."""

from __future__ import annotations

import shlex

import numpy as np

from breakeven import metrics
from breakeven.core.brief import BRIEF
from breakeven.core.from_here import from_here
from breakeven.core.types import Array, Interval, Need
from breakeven.core.verdict import part
from breakeven.core.verdict_money import HostedAnswers
from breakeven.metrics import diagnostics
from breakeven.models.hosted.baseline import Rented
from breakeven.trust.evidence import Seen


def answers(rented: Rented | None, seen: Seen, own: Array | None) -> HostedAnswers | None:
    """What a hosted model answered, None where it answered too little; `own` are the own model's answers to all sealed rows."""
    if rented is None or not len(rented.rows):
        return None
    agreement = difference = None
    if own is not None:
        rows = rented.rows
        units = None if seen.units is None else seen.units[rows]
        difference = diagnostics.difference(seen.metric, seen.y[rows], rented.answers, own[rows], units)
        if own.ndim == 2:
            agreement = _share(rented.answers.argmax(axis=1) == own[rows].argmax(axis=1))
    said = {**rented.summary, "ended": rented.summary["ended"] or None}
    return part(
        HostedAnswers, {"model": rented.line.candidate, **said, "agreement": agreement, "difference": difference}
    )


def command(need: Need) -> str | None:
    """The command that measures a hosted model on a product's data; None where there is no brief on disk to run it with.

    The folder is named from where the build was started, else in full.
    """
    if not (need.folder / BRIEF).is_file():
        return None
    model = shlex.quote(need.hosted.model) if need.hosted else "NAME"
    return f"breakeven weigh {from_here(need.folder)} --llm ADDRESS --llm-model {model} --llm-key-env KEY --max-usd 1"


def _share(alike: Array) -> Interval:
    share = float(np.mean(alike))
    return Interval(share, *metrics.wilson(share, len(alike)))
