"""The third sentence for people: what would change the answer."""

from __future__ import annotations

from breakeven.core.verdict import Verdict
from breakeven.core.verdict_money import Flip
from breakeven.report.plain_facts import (
    arm,
    chosen_arm,
    cut_short,
    kind,
    limits_of,
    name,
    number,
    of_100,
    rival,
    said,
    way,
)
from breakeven.report.plain_vocabulary import Plain, Wordings
from breakeven.report.words import UNLIKELY, rounded

#: Findings of columns that were set aside because they give the target away.
LEAK = "leak"
#: Columns that are named.
NAMED = 2
#: A class that is found less often is as good as never found.
SELDOM = 0.005
#: A flip within this many times the volume or the price is near enough to be said.
NEAR = 100.0
#: An error that costs less than a cent costs next to nothing.
CENT = 0.01


def change(v: Verdict, plain: Plain) -> Wordings:
    """What would change the answer: the first of what applies."""
    leaks = [f.column for f in v.findings if f.kind == LEAK and f.column]
    if leaks:
        return plain.leak([f"`{name(c)}`" for c in leaks[:NAMED]], len(leaks) - NAMED)
    if v.chosen.candidate is None:
        return _change_of_none(v, plain)
    for reason in (_unproved, _seldom, _open, _flips, _ahead, _unmeasured):
        if found := reason(v, plain):
            return found
    c = v.breakeven.rows
    is_settled = c is not None and c.p_none_within_10x >= UNLIKELY and not v.chosen.tie
    return plain.nothing() if is_settled else ()


def _change_of_none(v: Verdict, plain: Plain) -> Wordings:
    """What may lead to an offer."""
    finalists = [t for t in v.test if t.kind not in ("baseline", "hosted") and t.train_seconds is not None]
    if cut_short(v):
        return plain.more_minutes()
    if not any(t.within_limits for t in finalists) and limits_of(v.limits):
        return plain.raise_limits(limits_of(v.limits))
    return plain.more_rows_or_columns(v.unit)


def _unproved(v: Verdict, plain: Plain) -> Wordings:
    """The sealed units speak against the choice, or not all was measured."""
    d, large = v.chosen.difference_sealed, v.chosen.route == "large"
    if d is not None and d.low is not None and d.high is not None and (d.high < 0 if large else d.low > 0):
        return plain.contradicted(kind(v, rival(v), plain, True))
    return plain.more_minutes() if cut_short(v) else ()


def _seldom(v: Verdict, plain: Plain) -> Wordings:
    """The class that matters is hardly ever answered."""
    e = v.everyday
    if e is None or e.yes is None or e.found is None or e.found >= SELDOM:
        return ()
    return plain.seldom(said(v, plain).yes)


def _open(v: Verdict, plain: Plain) -> Wordings:
    """Which route is better is not settled."""
    other = rival(v)
    if other is None or not v.chosen.tie or not v.chosen.undecided_rows:
        return ()
    return plain.undecided(kind(v, other, plain, True), rounded(v.chosen.undecided_rows), v.unit)


def _flips(v: Verdict, plain: Plain) -> Wordings:
    """Another volume, or another price of errors, at which another way is cheaper."""
    return next(iter(every_flip(v, plain)), ())


def every_flip(v: Verdict, plain: Plain) -> list[Wordings]:
    """The volumes and the prices of errors that are near enough, and at which another way is cheaper."""
    found, out = v.money.conclusion if v.money else None, list[Wordings]()
    if found is None or v.money is None:
        return out
    for flips, of_error in ((found.volume_flips, False), (found.error_price_flips, True)):
        price = 1.0 if v.prices.by_kind else v.prices.usd_per_error
        now = price if of_error else v.money.requests_a_month
        near = [f for f in flips if _near(f, now)]
        out += [_flip(v, flip, of_error, plain) for flip in near]
    return out


def _near(flip: Flip, now: float) -> bool:
    """Whether a flip is near what is now; while errors have no price, whether it lies at one that is more than nothing."""
    if now == 0:
        return flip.above or flip.at >= CENT
    return flip.at > 0 and max(flip.at / now, now / flip.at) < NEAR


def _flip(v: Verdict, flip: Flip, of_error: bool, plain: Plain) -> Wordings:
    what = way(v, flip.arm, flip.candidate, plain)
    if of_error:
        times = v.prices.by_kind
        return plain.flip_by_error(what, number(flip.at) if times else plain.price(flip.at), flip.above, times)
    return plain.flip_by_volume(what, rounded(flip.at), flip.above)


def _ahead(v: Verdict, plain: Plain) -> Wordings:
    """The other route is expected to overtake."""
    c, other = v.breakeven.rows, rival(v)
    if c is None or c.value is None or c.p_none_within_10x > 0.5 or other is None:
        return ()
    if c.value <= max((p.rows for curve in v.curves for p in curve.points), default=0):
        return ()
    return plain.overtakes(kind(v, other, plain, True), rounded(c.value), v.unit)


def _unmeasured(v: Verdict, plain: Plain) -> Wordings:
    """What was not measured: an LLM that might pay, or the other route."""
    hosted, own = arm(v, "hosted"), chosen_arm(v)
    if hosted is not None and own is not None and hosted.good_enough is None and v.hosted.needed_accuracy is not None:
        return plain.llm_open(plain.about(hosted.parts.get("requests", hosted.usd_per_month)))
    if rival(v) is None:
        return plain.one_route(v.chosen.route)
    return ()


def unmeasured_llm(v: Verdict, plain: Plain) -> str:
    """What an LLM would cost, how often it would have to be right, and the command that measures it; "" where one was measured."""
    h, money = v.hosted, v.money
    hosted = arm(v, "hosted")
    if hosted is None or money is None or h.answers is not None:
        return ""
    if h.not_measured is not None:
        return plain.llm_failed(h.not_measured.removeprefix("not measured: "))
    if h.measure is None:
        return ""
    volume = plain.volume(
        f"{money.requests_a_month:,.0f}", not money.traffic.assumed, money.traffic.profile == "growing"
    )
    own = chosen_arm(v)
    needed = None if own is not None and own.error is not None else ""
    if h.needed_accuracy is not None:
        floor = v.everyday.baseline_right if v.everyday is not None and v.chosen.candidate is None else None
        needed = of_100(max(h.needed_accuracy, floor or 0.0))[
            0
        ]  # to be as good as a model that is no use is not enough
    cheaper = v.breakeven.requests_per_month
    at = "" if cheaper is None or cheaper.value is None else rounded(cheaper.value)
    return plain.llm_unmeasured(
        volume, plain.about(hosted.parts.get("requests", 0.0)), needed, v.prices.of_errors, at, h.measure
    )
