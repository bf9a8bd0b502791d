"""Which of two classes is looked for, and from what probability it is answered where a miss and a false alarm have prices."""

from __future__ import annotations

from breakeven.core.brief_prices import OF_KIND
from breakeven.core.decision import Decision
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Finding, Need, Rows
from breakeven.features.boolean_words import truth
from breakeven.features.decoding import class_of
from breakeven.metrics import per_class


def of(need: Need, rows: Rows) -> Decision | None:
    """How two classes are answered: which is the yes (the brief's `predict: {positive: ...}`, else the rarer one of the open
    rows), and what its errors cost; None for other targets. Raises InputError for prices and classes that do not suit the target.
    """
    named, classes, prices = need.settings.get("positive"), rows.classes, need.prices
    if len(classes) != 2:
        what = f"a target of {len(classes)} classes" if classes else "a target of numbers"
        for key, given in (("predict.positive", named), *(("prices." + k, getattr(prices, k)) for k in OF_KIND)):
            if given is not None:
                other = (
                    ", or price every error alike with usd_per_error" if classes and key.startswith("prices") else ""
                )
                raise InputError(f"product.yaml, {key}", f"{what} has no yes and no", f"remove it{other}")
        if not classes and prices.usd_per_error > 0:
            where = "product.yaml, prices.usd_per_error"
            raise InputError(where, "numbers are not right or wrong, so an error has no price", "remove it")
        return None
    yes = per_class.rarer(rows.y[rows.open_rows]) if named is None else _named(named, classes)
    return Decision(yes, prices.usd_per_miss or 0.0, prices.usd_per_false_alarm or 0.0)


def finding(decision: Decision, need: Need, rows: Rows) -> Finding:
    """What a miss and a false alarm are, and the threshold that their prices make."""
    yes, no = rows.classes[decision.yes], rows.classes[1 - decision.yes]
    what = f"a miss is a {yes!r} that is answered {no!r}, a false alarm the reverse; {yes!r} is answered from {decision.yes_from:.1%} on"
    done = f"to look for the other class: predict: {{positive: {no}}}"
    return Finding("priced errors", what, done, need.target)


def _named(named: object, classes: tuple[str, ...]) -> int:
    """The number of the class that the brief names; YAML reads yes and no as truth values."""
    means = [k for k, name in enumerate(classes) if isinstance(named, bool) and truth(name) is named]
    found = classes[means[0]] if means else class_of(named, classes)
    if found is None:
        raise InputError("product.yaml, predict.positive", f"there is no class {named!r}", nearest(str(named), classes))
    return classes.index(found)
