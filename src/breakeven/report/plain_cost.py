"""The second sentence for people: what the answer costs a month, and what the next costs that is good enough."""

from __future__ import annotations

from breakeven.core.verdict import Verdict
from breakeven.core.verdict_money import Arm
from breakeven.report.plain_facts import ahead_on_sealed, arm, chosen_arm, number, of_100, way
from breakeven.report.plain_vocabulary import Plain, Wordings


def cost(v: Verdict, plain: Plain) -> Wordings:
    """What that costs at the volume, and what the next costs that is good enough."""
    money, found = v.money, v.money.conclusion if v.money else None
    if money is None or found is None:
        return ()
    taken = arm(v, found.arm) if found.arm in ("hosted", "cascade") else chosen_arm(v)
    if taken is None:
        return ()
    volume = plain.volume(f"{money.requests_a_month:,.0f}", found.volume_given, money.traffic.profile == "growing")
    paid = taken.parts.get("errors", 0.0) if priced(v) else 0.0
    own, errors = plain.about(taken.usd_per_month - paid), plain.usd(paid) if paid else ""
    measured = _measured(v, taken)
    other = _other(v, measured)
    if other is None:
        best = measured and not any(ahead_on_sealed(v, one) for one in v.test)
        return plain.cost(volume, own, errors, "" if best else None, "")
    theirs, what = plain.usd(other.usd_per_month), way(v, other.arm, other.candidate, plain)
    if other.good_enough is False and not priced(v):
        cheaper = other.usd_per_month < taken.usd_per_month
        return plain.cost_of_worse(volume, own, what, theirs, cheaper, *_how_bad(v))
    same = theirs == plain.usd(taken.usd_per_month)
    return plain.cost(volume, own, errors, what, "" if same else theirs)


def _how_bad(v: Verdict) -> tuple[str, str]:
    """Of a hosted model that was measured: right answers of 100, and the mean error."""
    llm = v.everyday.llm if v.everyday else None
    if llm is None:
        return "", ""
    right, _ = of_100(llm.right, llm.own_right)
    return right, number(llm.error)


def priced(v: Verdict) -> bool:
    """Whether errors have a price."""
    return v.prices.of_errors


def _measured(v: Verdict, taken: Arm) -> list[Arm]:
    """The other ways of which the score is known, and where errors have a price how often they err; own models where one is offered."""
    arms = [a for a in (v.money.arms if v.money else ()) if v.chosen.candidate is not None or a.arm == "hosted"]
    return [a for a in arms if a is not taken and a.good_enough is not None and (a.error is not None or not priced(v))]


def _other(v: Verdict, measured: list[Arm]) -> Arm | None:
    """The cheapest other way that is good enough; where there is none, a hosted model that was measured and is not."""
    good = [a for a in measured if a.good_enough or priced(v)]
    return min(good, key=lambda a: a.usd_per_month, default=next((a for a in measured if a.arm == "hosted"), None))
