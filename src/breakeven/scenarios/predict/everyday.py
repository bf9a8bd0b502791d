"""What the sealed rows say without a metric: how often answers are right, what they find, how far off they are."""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array
from breakeven.core.verdict_everyday import Everyday, LlmEveryday
from breakeven.metrics import per_class
from breakeven.models.hosted.baseline import Rented


def everyday(
    target: str, classes: tuple[str, ...], y: Array, own: Array | None, baseline: Array, rented: Rented | None
) -> Everyday:
    """The own model's answers (None: nothing is offered) and the baseline's to the sealed rows (n, classes) or (n,)."""
    llm = None if rented is None or not len(rented.rows) else _llm(classes, y, own, rented)
    if not classes:
        return Everyday(
            target=target, error=None if own is None else _off(own, y), baseline_error=_off(baseline, y), llm=llm
        )
    guess = int(baseline[0].argmax()) if len(baseline) else 0
    right = found = yes = None
    if own is not None:
        right = _right(own, y)
        if len(classes) == 2:
            yes = per_class.rarer(y)
            found = float((own.argmax(axis=1) == yes)[y == yes].mean()) if (y == yes).any() else None
    return Everyday(
        target=target,
        right=right,
        baseline_right=_right(baseline, y),
        guess=classes[guess],
        yes=None if yes is None else classes[yes],
        found=found,
        llm=llm,
    )


def _llm(classes: tuple[str, ...], y: Array, own: Array | None, rented: Rented) -> LlmEveryday:
    truth, ours = y[rented.rows], None if own is None else own[rented.rows]
    if classes:
        return LlmEveryday(right=_right(rented.answers, truth), own_right=None if ours is None else _right(ours, truth))
    return LlmEveryday(error=_off(rented.answers, truth), own_error=None if ours is None else _off(ours, truth))


def _right(answers: Array, y: Array) -> float:
    return float(np.mean(answers.argmax(axis=1) == y))


def _off(answers: Array, y: Array) -> float:
    return float(np.mean(np.abs(answers - y)))
