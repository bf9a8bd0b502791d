"""A/B: who gets which shelf (a sticky hash of the user), what came of it, and a test that may be looked at at any time.

    recommend:
      arms: {new: {share: 0.5}, old: {share: 0.5, shelf: neighbours}}

An arm's shelf is the product's model, `neighbours` or `popular`. An impression counts as a success when the person takes
something of the shelf within a day. The test is the mixture sequential probability ratio test (Johari et al. 2017): its p may
be read after every impression, and the chance of ever calling a difference that is none stays below 5 %. It counts people, not
impressions: those of one person are no independent draws.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakeven.core.errors import InputError, nearest
from breakeven.metrics import wilson
from breakeven.online.event_log import Event
from breakeven.online.event_types import SHOWN

SHELVES = ("model", "neighbours", "popular")
#: Seconds after which taking an item is no longer put down to the shelf it stood on.
CREDIT = 86_400.0
#: The difference the mixture expects, as a share of the first arm's rate: what it finds soonest.
EXPECTED = 0.2
LEVEL = 0.05
#: People of each arm below which nothing is said.
FEWEST = 100
Z_LEVEL, Z_POWER = 1.959963985, 0.841621234


@dataclass(frozen=True)
class Arm:
    """A name, its share of people, and whose shelf they see."""

    name: str
    share: float
    shelf: str = "model"


def arms_of(given: Any, where: str = "product.yaml, recommend.arms") -> tuple[Arm, ...]:
    """The brief's arms, none where there are none. Raises InputError."""
    if not given:
        return ()
    if not isinstance(given, Mapping) or len(given) < 2:
        raise InputError(
            where, f"{given!r} are no two arms", "write {new: {share: 0.5}, old: {share: 0.5, shelf: neighbours}}"
        )
    out = []
    for name, told in given.items():
        told = {} if told is None else told
        if not isinstance(told, Mapping):
            raise InputError(f"{where}.{name}", f"expected keys and values, not {told!r}", "write {share: 0.5}")
        for key in told:
            if key not in ("share", "shelf"):
                raise InputError(f"{where}.{name}", f"unknown key {key!r}", nearest(str(key), ("share", "shelf")))
        share, shelf = told.get("share", 1 / len(given)), str(told.get("shelf", "model"))
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise InputError(f"{where}.{name}.share", f"{share!r} is no share", "give a number between 0 and 1")
        if shelf not in SHELVES:
            raise InputError(f"{where}.{name}.shelf", f"unknown shelf {shelf!r}", nearest(shelf, SHELVES))
        out.append(Arm(str(name), float(share), shelf))
    if abs(sum(a.share for a in out) - 1) > 1e-6:
        raise InputError(where, f"the shares add up to {sum(a.share for a in out):g}", "let them add up to 1")
    return tuple(out)


def arm_of(user: str, arms: tuple[Arm, ...], salt: str) -> Arm:
    """The same person always in the same arm, whatever process answers; another experiment (`salt`) deals anew."""
    place = int.from_bytes(hashlib.sha256(f"{salt}\0{user}".encode()).digest()[:8], "big") / 2**64
    for arm in arms:
        place -= arm.share
        if place < 0:
            return arm
    return arms[-1]


@dataclass
class Tally:
    """Impressions and successes of each arm, kept up to date by the log's events in order."""

    arms: tuple[Arm, ...]
    shown: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    people: dict[str, set[str]] = field(default_factory=dict)
    takers: dict[str, set[str]] = field(default_factory=dict)
    _last: dict[str, tuple[str, float, frozenset[str]]] = field(default_factory=dict)

    def record(self, e: Event) -> None:
        """An impression, or something a person took."""
        if e.kind == SHOWN and e.told is not None:
            arm = str(e.told.get("arm"))
            if arm in {a.name for a in self.arms}:
                self.shown[arm] = self.shown.get(arm, 0) + 1
                self.people.setdefault(arm, set()).add(e.user)
                self._last[e.user] = (arm, e.at, frozenset(e.told.get("items") or ()))
        elif not e.kind.startswith("$") and (last := self._last.get(e.user)) is not None:
            arm, at, items = last
            if e.item in items and e.at - at <= CREDIT:
                self.taken[arm] = self.taken.get(arm, 0) + 1
                self.takers.setdefault(arm, set()).add(e.user)
                del self._last[e.user]  # an impression succeeds once

    def told(self) -> dict[str, Any]:
        """The state of the experiment as JSON: rates with 90 % intervals, the sequential p of each arm against the first."""
        lines = list[dict[str, Any]]()
        for arm in self.arms:
            n, hits = self.shown.get(arm.name, 0), self.taken.get(arm.name, 0)
            low, high = wilson(hits / n, n) if n else (0.0, 1.0)
            line: dict[str, Any] = {
                "arm": arm.name,
                "shelf": arm.shelf,
                "share": arm.share,
                "impressions": n,
                "taken": hits,
                "rate": hits / n if n else None,
                "low": low,
                "high": high,
                "people": len(self.people.get(arm.name, ())),
                "takers": len(self.takers.get(arm.name, ())),
            }
            lines.append(line)
        first = lines[0]
        for line in lines[1:]:
            enough = min(first["people"], line["people"]) >= FEWEST and first["takers"] + line["takers"] > 0
            line["p"] = sequential(first["takers"], first["people"], line["takers"], line["people"]) if enough else None
            line["decided"] = bool(enough and line["p"] <= LEVEL)
            rate = first["rate"] or 0.0
            line["needed"] = impressions(rate, EXPECTED) if 0 < rate < 1 / (1 + EXPECTED) else None
        return {"arms": lines, "level": LEVEL, "needed_for": EXPECTED}


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
    V, t2 = 2 * q * (1 - q), (EXPECTED * q) ** 2
    log_ratio = 0.5 * math.log(V / (V + n * t2)) + n**2 * t2 * d**2 / (2 * V * (V + n * t2))
    return min(1.0, math.exp(-min(log_ratio, 700)))


def impressions(rate: float, lift: float) -> int:
    """Impressions an arm by which a lift of the rate (0.2: a fifth) is found four times in five, at a level of 5 %.

    For two shares, with z of both (Fleiss 1981). Raises ValueError for rates that cannot be.

    >>> impressions(0.0038, 0.2)
    113127
    """
    other = rate * (1 + lift)
    if not 0 < rate < 1 or not 0 < other < 1 or lift == 0:
        raise ValueError(f"a rate of {rate} and {other}: both must lie between 0 and 1, and differ")
    middle = (rate + other) / 2
    both = Z_LEVEL * math.sqrt(2 * middle * (1 - middle)) + Z_POWER * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil((both / (other - rate)) ** 2)
