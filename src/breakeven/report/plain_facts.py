"""What the sentences for people say of a verdict: kinds of models, counts out of 100, errors, names of the user's data."""

from __future__ import annotations

from breakeven.core.types import Limits
from breakeven.core.verdict import TestLine, Verdict
from breakeven.core.verdict_money import Arm
from breakeven.features.boolean_words import truth
from breakeven.report.plain_vocabulary import Plain, Said

#: Characters of a name.
NAME = 24


def cut_short(v: Verdict) -> bool:
    """Whether the minutes left something out: a net's steps, or a candidate that was not measured at the largest size.

    A race that stopped early left nothing out where all its candidates were measured on all rows after it.
    """
    reached = [curve.points[-1].rows if curve.points else 0 for curve in v.curves]
    complete = min(reached, default=0) == max(reached, default=0) > 0
    return bool(v.cut_short) or (v.stopped is not None and not complete)


def kind(v: Verdict, candidate: str | None, plain: Plain, short: bool = False) -> str:
    """What a candidate is; of the product that joins several, what those are."""
    line = next((t for t in v.test if t.candidate == candidate), None)
    ensemble = v.product.ensemble if v.product else None
    if ensemble is not None and ensemble.built and candidate == v.chosen.candidate:
        names = {plain.kind(m.candidate, _kind_of(v, m.candidate), short) for m in ensemble.members}
        return names.pop() if len(names) == 1 else plain.blend
    return plain.kind(candidate or "", line.kind if line else "traditional", short)


def _kind_of(v: Verdict, candidate: str) -> str:
    return next((t.kind for t in v.test if t.candidate == candidate), "traditional")


def arm(v: Verdict, name: str) -> Arm | None:
    """A way to answer by its name."""
    return next((a for a in v.money.arms if a.arm == name), None) if v.money else None


def chosen_arm(v: Verdict) -> Arm | None:
    """The way of the model that was chosen."""
    found = arm(v, v.chosen.route)
    return found if found is not None and found.candidate == v.chosen.candidate else None


def ahead_on_sealed(v: Verdict, t: TestLine) -> bool:
    """Whether another model of one's own has the better score on the sealed rows, which the choice does not see."""
    mine = next((one for one in v.test if one.candidate == v.chosen.candidate), None)
    if mine is None or t is mine or t.kind in ("baseline", "hosted") or not t.within_limits or t.score is None:
        return False
    own = v.product.value if v.product is not None and v.product.value is not None else mine.score
    sign = 1 if v.metric.better == "higher" else -1
    return own is not None and sign * (t.score - own) > 0


def way(v: Verdict, arm: str, candidate: str | None, plain: Plain) -> str:
    """A way to answer, in words."""
    if arm == "hosted":
        return plain.llm
    return plain.cascade if arm == "cascade" else kind(v, candidate, plain, short=True)


def name(text: str) -> str:
    """A name of the user's data as it stands in a sentence: on one line, and not too long.

    >>> name("very\\nlong " * 5)
    'very long very long ver…'
    """
    line = " ".join(text.split())
    return line if len(line) <= NAME else line[: NAME - 1] + "…"


def said(v: Verdict, plain: Plain) -> Said:
    """How good the chosen way is in everyday units, as words; see `Said`."""
    e = v.everyday
    cases = plain.cases(v.unit, v.split.by, name(v.split.column or ""))
    if e is None:
        metric, own, baseline = _scores(v, plain)
        return Said(cases, metric=metric, score=own, baseline_score=baseline)
    guess = plain.quoted(name(e.guess)) if e.guess is not None else ""
    yes = ""
    if e.yes is not None:
        label = f"{name(e.target)} = {name(e.yes)}" if e.target and truth(e.yes) is not None else name(e.yes)
        yes = plain.quoted(label)
    right, baseline = of_100(e.right, e.baseline_right)
    hit, baseline_hit = of_100(e.hit, e.baseline_hit)
    target = plain.quoted(name(e.target)) if e.target else ""
    return Said(
        cases,
        right=right or hit,
        baseline=baseline or baseline_hit,
        guess=guess,
        yes=yes,
        found="" if e.found is None else f"{100 * e.found:.0f}",
        paid="" if e.error_usd is None else plain.price(e.error_usd),
        baseline_paid="" if e.baseline_error_usd is None else plain.price(e.baseline_error_usd),
        off=number(e.error),
        baseline_off=number(e.baseline_error),
        target=target,
        k=e.k or 0,
    )


def _scores(v: Verdict, plain: Plain) -> tuple[str, str, str]:
    """The metric, the sealed score of what is offered, and the baseline's; "" where one was not measured."""
    lines = {t.candidate: t.score for t in v.test if t.score is not None}
    own = v.product.value if v.product is not None else lines.get(v.chosen.candidate or "")
    baseline = next((t.score for t in v.test if t.kind == "baseline" and t.score is not None), None)
    if own is None or baseline is None:
        return "", "", ""
    return plain.metric(v.metric.name), f"{own:.3g}", f"{baseline:.3g}"


def of_100(*shares: float | None) -> list[str]:
    """Shares as counts out of 100: whole ones, with a decimal where they would otherwise look alike, or like none or all.

    >>> of_100(0.824, 0.77), of_100(0.9742, 0.9709), of_100(0.9999, None), of_100(1.0), of_100(0.005)
    (['82', '77'], ['97.4', '97.1'], ['99.9', ''], ['100'], ['0.5'])
    """
    known = [s for s in shares if s is not None]
    alike = len({round(100 * s) for s in known}) < len({round(1000 * s) for s in known})
    out = []
    for share in shares:
        if share is None:
            out.append("")
            continue
        value = 100 * share
        edge = 0 < value <= 0.5 or 99.5 <= value < 100
        value = min(max(value, 0.1), 99.9) if edge else value
        out.append(f"{value:.1f}" if (alike or edge) and 0 < value < 100 else f"{value:.0f}")
    return out


def number(value: float | None) -> str:
    """A number of the target's units to three digits.

    >>> number(12345.6), number(0.01234), number(None)
    ('12,300', '0.0123', '')
    """
    return "" if value is None else f"{float(f'{value:.3g}'):,.12g}"


def rival(v: Verdict) -> str | None:
    """The other route's finalist."""
    found: TestLine | None = next(
        (
            t
            for t in v.test
            if t.route != v.chosen.route and t.within_limits and t.score is not None and t.kind != "hosted"
        ),
        None,
    )
    return found.candidate if found else None


def limits_of(limits: Limits) -> list[str]:
    """Keys of the limits that the brief sets, but for the minutes."""
    return [key for key in ("latency_ms", "size_mb", "usd_per_1000") if getattr(limits, key) is not None]
