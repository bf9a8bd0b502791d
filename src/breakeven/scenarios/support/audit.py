"""The audit of answers: which ones a person checks, how many that must be, and what their checks say of all answers.

Checks that staff make because something looked wrong say nothing of the rest. So answers are drawn at random, by topic, and each one that
is drawn stands for as many as its topic has answers for one drawn: its `weight`, which the check is stored with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from breakeven.core.types import Interval
from breakeven.metrics.intervals import wilson


class Answered(msgspec.Struct, frozen=True):
    """An answer that the bot gave: to which message of which conversation, on which topic, and when (seconds since 1970)."""

    message: str
    conversation: str
    topic: str
    at: float
    language: str = "und"


class Drawn(msgspec.Struct, frozen=True):
    """An answer to check. `weight`: how many answers it stands for."""

    answer: Answered
    weight: float


def size(budget: float, sure: float) -> int:
    """How many answers to check so that, where all of them are right, at most `budget` of all are wrong, `sure` of it (Clopper and Pearson).

    >>> size(0.01, 0.95), size(0.05, 0.95)
    (299, 59)
    """
    return math.ceil(math.log(1 - sure) / math.log(1 - budget))


def draw(answers: Iterable[Answered], most: int, seed: int) -> list[Drawn]:
    """At most `most` answers at random, as many of a topic as its share of all and at least one, while there are enough; all where there are fewer.

    >>> found = draw([Answered(f"m{i}", "c", "fees" if i else "card", 0.0) for i in range(10)], 4, seed=1)
    >>> sorted((d.answer.topic, d.weight) for d in found)
    [('card', 1.0), ('fees', 3.0), ('fees', 3.0), ('fees', 3.0)]
    """
    strata = dict[str, list[Answered]]()
    for answer in answers:
        strata.setdefault(answer.topic, []).append(answer)
    chance = np.random.default_rng(seed)
    if len(strata) > most:  # a topic at random for each place: its answers stand for those of the topics left out
        return _plain(chance, [one for some in strata.values() for one in some], most)
    taken = _shares({topic: len(found) for topic, found in strata.items()}, most)
    return [Drawn(one, len(strata[topic]) / n) for topic, n in taken.items() for one in _some(chance, strata[topic], n)]


def error(checks: Sequence[tuple[bool, float]]) -> Interval:
    """The share of answers that are wrong, from checks (wrong, weight), with Wilson's interval at Kish's effective number of checks.

    >>> found = error([(True, 1.0), *[(False, 1.0)] * 99])
    >>> found.value, round(found.low or 0, 3), round(found.high or 0, 3)
    (0.01, 0.002, 0.044)
    """
    total = math.fsum(weight for _, weight in checks)
    if total <= 0:
        return Interval(None, None, None)
    return from_sums(math.fsum(w for bad, w in checks if bad), total, math.fsum(w * w for _, w in checks))


def from_sums(wrong: float, total: float, squares: float) -> Interval:
    """The same from the sums of the weights of wrong answers, of all, and of all weights' squares."""
    if total <= 0:
        return Interval(None, None, None)
    share = min(wrong / total, 1.0)
    low, high = wilson(share, total * total / squares)
    return Interval(share, max(low, 0.0), min(high, 1.0))


def _plain(chance: np.random.Generator, answers: list[Answered], most: int) -> list[Drawn]:
    return [Drawn(one, len(answers) / most) for one in _some(chance, answers, most)]


def _some(chance: np.random.Generator, answers: list[Answered], n: int) -> list[Answered]:
    """`n` of them at random, whatever order they come in."""
    ordered = sorted(answers, key=lambda a: a.message)
    return [ordered[i] for i in chance.choice(len(ordered), n, replace=False)]


def _shares(sizes: dict[str, int], most: int) -> dict[str, int]:
    """How many of each topic: in proportion, at least one, at most all of them; the largest remainders first."""
    total = sum(sizes.values())
    if total <= most:
        return sizes
    wanted = {topic: max(1.0, most * n / total) for topic, n in sizes.items()}
    taken = {topic: int(w) for topic, w in wanted.items()}
    order = sorted(sizes, key=lambda topic: (taken[topic] - wanted[topic], topic))
    while sum(taken.values()) < most:
        topic = next(t for t in order if taken[t] < sizes[t])
        taken[topic] += 1
        order.append(order.pop(order.index(topic)))
    while sum(taken.values()) > most:
        taken[max(taken, key=lambda t: (taken[t] - wanted[t] if taken[t] > 1 else -math.inf, t))] -= 1
    return taken
