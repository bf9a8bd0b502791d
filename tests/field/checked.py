"""What `breakeven check` finds in a small table, and how tests look at it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from breakeven.collect.prepare import Collected
from breakeven.core.types import Column, Finding

ROWS = 300
Check = Callable[..., Collected]


def column(collected: Collected, name: str) -> Column:
    return next(c for c in collected.columns if c.name == name)


def asked(collected: Collected) -> list[Finding]:
    return [f for f in collected.findings if f.level == "question"]


def noisy(hit: Sequence[bool], seed: int = 0) -> list[str]:
    """A yes-or-no target that follows `hit` in 97 of 100 rows."""
    chance = random.Random(seed)
    return ["yes" if one ^ (chance.random() < 0.03) else "no" for one in hit]
