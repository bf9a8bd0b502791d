"""What the sliders of the bill compute with: page.js repeats gate/costs.py at other volumes and prices."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from breakeven.core.verdict import Text, Verdict
from breakeven.core.verdict_money import Arm, Money
from breakeven.report import labels, names
from breakeven.report.blocks import Interactive, Slider
from breakeven.report.names import SAY

#: Ends of the volume slider in requests a month, and the most of the price of an error in USD.
VOLUMES, ERROR = (100.0, 1e8), 50.0
#: The price of tokens goes to a twentieth and to twenty times today's.
TIMES = 20.0
#: Texts of the result.
WORDS = ("cheapest", "equal", "only", "unknown", "unmeasured")


def sliders(v: Verdict, money: Money) -> Interactive | None:
    """Volume, price of an error and price of the hosted model; None where what servers can do is not in the verdict."""
    capacity = {line.candidate: line.capacity for line in v.costs if line.capacity}
    arms = [_arm(v, money, arm, capacity) for arm in money.arms]
    if not money.peaks or not capacity or not v.volume:
        return None
    facts = {
        "arms": [arm for arm in arms if arm is not None],
        "peaks": money.peaks,
        "growth": money.requests_a_month / v.volume,
        "server": v.prices.server_usd_per_month,
        "words": {name: _pair(SAY(f"bill.{name}")) for name in WORDS}
        | {"head": [_pair(SAY(f"bill.{name}")) for name in ("way", "month", "own", "rented", "errors")]},
    }
    rent = max(v.hosted.usd_per_1000, 1e-4)
    now, most = v.prices.usd_per_error, max(ERROR, 4 * v.prices.usd_per_error)
    if v.prices.by_kind:  # what errors cost a request is known; its price is moved by a factor
        now, most = 1.0, TIMES / 2
    name = "bill.error_times" if v.prices.by_kind else "bill.error"
    found = [
        Slider("volume", SAY("bill.volume"), v.volume, min(VOLUMES[0], v.volume), max(VOLUMES[1], v.volume), log=True),
        *([Slider("rent", SAY("bill.rent"), rent, rent / TIMES, rent * TIMES, log=True)] if v.hosted.realistic else []),
        Slider("times" if v.prices.by_kind else "error", SAY(name), now, 0.0, most, step=most / 1000),
    ]
    return Interactive("bill", SAY("bill.title"), orjson.dumps(facts).decode(), found, SAY("bill.note"))


def _arm(v: Verdict, money: Money, arm: Arm, capacity: Mapping[str, float]) -> dict[str, object] | None:
    """An arm as page.js prices it; None for an own model of which it is not known how many servers it takes."""
    own = arm.arm != "hosted"
    can = capacity.get(arm.candidate or "") if own else None
    if own and can is None:
        return None
    rented = {"hosted": 1.0, "cascade": money.cascade.escalated or 0.0}.get(arm.arm, 0.0)
    fixed = sum(arm.parts.get(part, 0.0) for part in ("upkeep", "training", "labels"))
    error = arm.error.value if arm.error is not None else None
    if v.prices.by_kind and error is not None:
        error = arm.parts.get("errors", 0.0) / (money.requests_a_month or 1.0)
    name = names.way(arm)
    if not own and v.hosted.answers is None:
        name = SAY("arm.untested", name=name)
    return {"name": _pair(name), "capacity": can, "fixed": fixed, "rented": rented, "error": error}


def _pair(text: Text) -> dict[str, str]:
    return {name: getattr(text, name) for name in labels.LANGUAGES}
