"""What the sealed rows say without a metric: how often answers are right, what they find, how far off they are."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from breakeven.core.decision import Decision
from breakeven.core.types import Array
from breakeven.core.verdict_everyday import Everyday, LlmEveryday
from breakeven.models.hosted.baseline import Rented
from breakeven.tables.hosted_cascade import answered


def everyday(
    target: str,
    classes: tuple[str, ...],
    y: Array,
    own: Array | None,
    baseline: Array,
    rented: Rented | None,
    decision: Decision | None = None,
) -> Everyday:
    """The own model's answers (None: nothing is offered) and the baseline's to the sealed rows (n, classes) or (n,)."""
    llm = None if rented is None or not len(rented.rows) else _llm(classes, y, own, rented, decision)
    if not classes:
        return Everyday(
            target=target, error=None if own is None else _off(own, y), baseline_error=_off(baseline, y), llm=llm
        )
    priced = decision is not None and decision.yes_from is not None
    guess = int(baseline[0].argmax()) if len(baseline) else 0
    if priced and decision is not None:
        guess = decision.cheapest_guess(y)
    answers = None if own is None else answered(own, decision)
    found = Everyday(
        target=target,
        right=None if answers is None else float(np.mean(answers == y)),
        baseline_right=float(np.mean(y == guess)),
        guess=classes[guess],
        llm=llm,
    )
    if decision is None or answers is None:
        return found
    yes = y == decision.yes
    share = float(np.mean(answers[yes] == decision.yes)) if yes.any() else None
    found = replace(found, yes=classes[decision.yes], found=share)
    if not priced:
        return found
    usd, always = decision.usd(y, answers), decision.usd(y, np.full(len(y), guess))
    return replace(found, error_usd=float(usd.mean()), baseline_error_usd=float(always.mean()))


def _llm(
    classes: tuple[str, ...], y: Array, own: Array | None, rented: Rented, decision: Decision | None
) -> LlmEveryday:
    truth, own_answers = y[rented.rows], None if own is None else own[rented.rows]
    if classes:
        return LlmEveryday(
            right=_right(rented.answers, truth),
            own_right=None if own_answers is None else float(np.mean(answered(own_answers, decision) == truth)),
        )
    return LlmEveryday(
        error=_off(rented.answers, truth), own_error=None if own_answers is None else _off(own_answers, truth)
    )


def _right(answers: Array, y: Array) -> float:
    return float(np.mean(answers.argmax(axis=1) == y))


def _off(answers: Array, y: Array) -> float:
    return float(np.mean(np.abs(answers - y)))
