"""What candidates, kinds of models, metrics and inputs of the bill are called on pages."""

from __future__ import annotations

from breakeven.core.verdict import Text, Verdict
from breakeven.core.verdict_money import Arm
from breakeven.report import labels, words

SAY = labels.of("breakeven.report")


def candidate(name: str) -> Text:
    """A candidate as a person calls it; its own name where it is the user's.

    >>> candidate("boosting").en, candidate("my_net").zh
    ('gradient-boosted trees', 'my_net')
    """
    known = SAY.get(f"candidate.{name}", name)
    return known if isinstance(known, Text) else Text(en=known, zh=known)


def kind(name: str) -> Text:
    """What a candidate is."""
    return SAY(f"kind.{name}")


def metric(name: str) -> Text:
    """A metric; its own name where it has no other."""
    known = SAY.get(f"metric.{name}", name)
    return known if isinstance(known, Text) else Text(en=known, zh=known)


def unit(v: Verdict) -> Text:
    """Plural noun of what the verdict counts."""
    return Text(en=v.unit.en, zh=v.unit.zh)


def moved(name: str) -> Text | str:
    """An input of the bill."""
    return SAY.get(f"move.{name}", name)


def way(arm: Arm) -> Text:
    """What an arm of the bill is called."""
    own = candidate(arm.candidate) if arm.candidate else None
    if arm.arm == "hosted":
        return SAY("arm.hosted_named", name=arm.candidate) if arm.candidate else SAY("arm.hosted")
    return SAY("arm.cascade", name=own) if arm.arm == "cascade" and own else own or SAY(f"arm.{arm.arm}")


def gained(v: Verdict, value: float, low: float, high: float) -> Text:
    """A difference with its interval."""
    metric = v.metric.name
    amount = Text(en=words.amount(value, metric), zh=words.amount(value, metric, "zh"))
    span = Text(en=words.span(low, high, metric), zh=words.span(low, high, metric, "zh"))
    return SAY("page.ranged", value=amount, range=span)
