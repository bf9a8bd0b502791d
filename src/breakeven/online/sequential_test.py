"""An A/B test that may be looked at at any time: counts of each arm, and an always valid p.

The test is the mixture sequential probability ratio test (Johari et al. 2017): its p may be read after every impression, and the
chance of ever calling a difference that is none stays below 5 %. It counts users, not impressions: those of one user are no
independent draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from breakeven.metrics import wilson
from breakeven.online.assignment import Arm
from breakeven.online.attribution import Attribution
from breakeven.online.event import ERASED, IMPRESSION, MERGED, Event, user_digest

#: Impressions that an experiment may plan for at the most: beyond them JSON's readers lose digits, and nobody has as many.
MOST = 1e15
#: The lift over the first arm's rate that the mixture expects: what it finds soonest.
EXPECTED_LIFT = 0.2
#: Chance of ever calling a difference that is none.
LEVEL = 0.05
#: Users of each arm below which no p is given.
FEWEST = 100
#: Quantile of the normal distribution for LEVEL, two-sided.
Z_LEVEL = 1.959963985
#: Quantile of the normal distribution for a power of 80 %.
Z_POWER = 0.841621234


@dataclass
class Counts:
    """What came of one arm."""

    impressions: int = 0
    taken: int = 0
    users: set[str] = field(default_factory=set)
    takers: set[str] = field(default_factory=set)


class Tally:
    """Impressions and successes of each arm, kept up to date by the log's events in order.

    An impression is an event of kind IMPRESSION with `arm` and `items` in its data; an action on one of the items within a day is
    its success, if `is_success` says so of the action.
    """

    def __init__(
        self, arms: Sequence[Arm], is_success: Callable[[Event], bool] = lambda event: event.is_action
    ) -> None:
        self.arms, self._is_success = arms, is_success
        self._counts = {arm.name: Counts() for arm in arms}
        self._impressions = Attribution[str]()

    def apply(self, e: Event) -> None:
        """An impression, or a user's action."""
        if e.kind == IMPRESSION and e.data is not None:
            arm = str(e.data.get("arm"))
            if arm in self._counts:
                self._counts[arm].impressions += 1
                self._counts[arm].users.add(e.user)
                self._impressions.show(e.user, frozenset(e.data.get("items") or ()), e.at, arm)
        elif e.kind == ERASED:
            self._forget(e.item)
        elif e.kind == MERGED:
            self._impressions.rename(e.user, e.item)
        elif self._is_success(e) and (credited := self._impressions.credit(e)) is not None:
            self._counts[credited].taken += 1
            self._counts[credited].takers.add(e.user)

    def _forget(self, name: str) -> None:
        """Erased users are counted on, under the digest of their name."""
        self._impressions.forget(name)
        for counts in self._counts.values():
            for users in (counts.users, counts.takers):
                for user in [user for user in users if user_digest(user) == name]:
                    users.remove(user)
                    users.add(name)

    def summary(self, key: str = "variant") -> dict[str, object]:
        """The state as JSON: rates with 90 % intervals, the sequential p of each arm against the first.

        `key` is the name under which an arm's variant stands.
        """
        lines = [self._line(arm, key) for arm in self.arms]
        first = self._counts[self.arms[0].name]
        rate = first.taken / first.impressions if first.impressions else 0.0
        needed = impressions(rate, EXPECTED_LIFT) if 0 < rate < 1 / (1 + EXPECTED_LIFT) else None
        for line, arm in zip(lines[1:], self.arms[1:], strict=True):
            other = self._counts[arm.name]
            people, takers = (len(first.users), len(other.users)), (len(first.takers), len(other.takers))
            enough = min(people) >= FEWEST and sum(takers) > 0
            p = sequential(takers[0], people[0], takers[1], people[1]) if enough else None
            line |= {"p": p, "decided": p is not None and p <= LEVEL, "needed": needed}
        return {"arms": lines, "level": LEVEL, "needed_for": EXPECTED_LIFT}

    def _line(self, arm: Arm, key: str) -> dict[str, object]:
        counts = self._counts[arm.name]
        n, taken = counts.impressions, counts.taken
        low, high = wilson(taken / n, n) if n else (0.0, 1.0)
        return {
            "arm": arm.name,
            key: arm.variant,
            "share": arm.share,
            "impressions": n,
            "taken": taken,
            "rate": taken / n if n else None,
            "low": low,
            "high": high,
            "people": len(counts.users),
            "takers": len(counts.takers),
        }

    def snapshot(self) -> dict[str, object]:
        """All counts and open impressions as JSON."""
        counts = {name: [c.impressions, c.taken, sorted(c.users), sorted(c.takers)] for name, c in self._counts.items()}
        return {"counts": counts, "open": self._impressions.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take those of a snapshot."""
        for name, (shown, taken, users, takers) in state["counts"].items():
            self._counts[name] = Counts(shown, taken, set(users), set(takers))
        self._impressions.restore(state["open"])


def sequential(hits_a: int, n_a: int, hits_b: int, n_b: int) -> float:
    """The always valid p of two rates being one, by the mixture of normal alternatives.

    With n the harmonic mean of both sizes, V = 2 q (1 - q) and t the expected difference, the likelihood ratio is
    sqrt(V / (V + n t^2)) exp(n^2 t^2 d^2 / (2 V (V + n t^2))); p is its inverse, at most 1.

    >>> round(sequential(100, 1000, 100, 1000), 2), sequential(100, 1000, 160, 1000) < 0.01
    (1.0, True)
    """
    q = (hits_a + hits_b) / (n_a + n_b)
    if not 0 < q < 1:
        return 1.0
    n, d = 2 / (1 / n_a + 1 / n_b), hits_b / n_b - hits_a / n_a
    V, t2 = 2 * q * (1 - q), (EXPECTED_LIFT * q) ** 2
    log_ratio = 0.5 * math.log(V / (V + n * t2)) + n**2 * t2 * d**2 / (2 * V * (V + n * t2))
    return min(1.0, math.exp(-min(log_ratio, 700)))


def impressions(rate: float, lift: float) -> int:
    """Impressions an arm by which a lift of the rate (0.2: a fifth) is found four times in five, at a level of 5 %.

    For two shares, with z of both (Fleiss 1981). Raises ValueError for rates that cannot be, and for more than MOST.

    >>> impressions(0.0038, 0.2)
    113127
    """
    other = rate * (1 + lift)
    if not 0 < rate < 1 or not 0 < other < 1 or rate == other:
        raise ValueError(f"a rate of {rate} and {other}: both must lie between 0 and 1, and differ")
    middle = (rate + other) / 2
    both = Z_LEVEL * math.sqrt(2 * middle * (1 - middle)) + Z_POWER * math.sqrt(rate * (1 - rate) + other * (1 - other))
    needed = both / (other - rate)
    if not abs(needed) <= math.sqrt(MOST):
        raise ValueError(f"rates of {rate:g} and {other:g} differ by less than {MOST:,.0f} impressions can tell")
    return math.ceil(needed**2)
