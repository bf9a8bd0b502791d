"""Verdicts of every outcome without a build: a typed document for each, its fields drawn over ranges that really occur."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from breakeven.core.types import Finding, Interval, Limits, Prices, Split, Traffic
from breakeven.core.verdict import (
    Breakeven,
    Chosen,
    Counts,
    CrossingRows,
    CurveLine,
    CutShort,
    Kind,
    MetricName,
    Product,
    TestLine,
    UnitNoun,
    Verdict,
)
from breakeven.core.verdict_everyday import Everyday, LlmEveryday
from breakeven.core.verdict_money import (
    Arm,
    ArmName,
    CascadeLine,
    Conclusion,
    Flip,
    HostedAnswers,
    HostedPrice,
    Money,
)

KIND_OF: dict[str, Kind] = {
    "baseline": "baseline",
    "popular": "baseline",
    "linear": "traditional",
    "boosting": "traditional",
    "random_forest": "traditional",
    "lightgbm_rank": "traditional",
    "scorer": "traditional",
    "mlp": "net",
    "gru": "net",
    "transformer": "net",
    "frozen": "pretrained",
    "finetuned": "pretrained",
}
MODELS = ("gpt-5-nano", "gemini-3.1-flash-lite", "ministral-3b-latest", "claude-haiku-4-5")
YES_NO = (("No", "Yes", "churned"), ("stays", "leaves", "outcome"), ("0", "1", "default"), ("否", "是", "流失"))
CLASSES = (*YES_NO, ("billing", "delivery", "topic"), ("ok", "a class's very long name: " * 4, "数据标签"))
COLUMNS = ("outcome_code", "refund_issued_at", "closing balance of the year after", "结清日期")


class Draw:
    """Numbers as they occur in verdicts, of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        pick = self.random.choice
        self.traditional = pick(("linear", "boosting", "random_forest", "scorer"))
        self.large = pick(("mlp", "gru", "frozen", "finetuned"))
        self.guess, self.yes, self.target = pick(CLASSES)
        self.right = self.random.uniform(0.5, 1.0)
        self.baseline = self.right - self.random.uniform(0.001, 0.4)
        self.error = 10 ** self.random.uniform(-4, 7)
        self.usd = 70.02 + self.random.random() * pick((0.01, 5, 400))
        self.rent = 10 ** self.random.uniform(-3, 4)
        self.requests = float(pick((10_000, 40_000, 1_500_000, 250, 123_456_789)))
        self.model = pick(MODELS)

    def pick(self, *values: Any) -> Any:
        """One of the values."""
        return self.random.choice(values)


def line(candidate: str, score: float | None, **more: Any) -> TestLine:
    """A candidate: a finalist where it has a score."""
    kind = KIND_OF[candidate]
    route = "large" if kind in ("net", "pretrained") else "traditional"
    made: dict[str, Any] = {"train_seconds": 1.0, "predict_ms": 0.05, "size_mb": 0.1, "usd_per_1000": 1e-5}
    own = {"low": score - 0.03, "high": score + 0.03, **made} if score is not None and kind != "baseline" else {}
    return TestLine(
        **{
            "candidate": candidate,
            "route": route,
            "kind": kind,
            "score": score,
            "within_limits": bool(own),
            **own,
            **more,
        }
    )


def arm(
    name: ArmName, candidate: str | None, usd: float, good: bool | None, wrong: float | None = None, errors: float = 0.0
) -> Arm:
    """A way to answer with what it costs."""
    parts = {"requests": usd, "errors": errors} if name == "hosted" else {"servers": usd, "errors": errors}
    error = None if wrong is None else Interval(wrong, max(wrong - 0.03, 0.0), wrong + 0.03)
    return Arm(arm=name, candidate=candidate, usd_per_month=usd + errors, parts=parts, error=error, good_enough=good)


def verdict(d: Draw, **changes: Any) -> Verdict:
    """A tie of two classes that the linear model takes; `changes` are fields of the document."""
    arms = (
        arm("traditional", d.traditional, d.usd, True, 1 - d.right),
        arm("large", d.large, d.usd + d.random.random(), True, 1 - d.right),
        arm("hosted", None, d.rent, None),
    )
    fields: dict[str, Any] = {
        "name": "churn",
        "scenario": "predict",
        "metric": MetricName(name="accuracy", better="higher"),
        "rows": Counts(train=1609, validation=801, test=602, all=3012),
        "curves": (CurveLine(candidate=d.traditional, route="traditional", kind="traditional"),),
        "test": (line(d.traditional, d.right), line(d.large, d.right), line("baseline", d.baseline)),
        "chosen": Chosen(
            route="traditional",
            candidate=d.traditional,
            reason="They are level.",
            difference_validation=Interval(0.0, -0.02, 0.02),
            difference_sealed=Interval(0.0, -0.02, 0.02),
            tie=True,
            p_large=0.5,
            p_equal=0.3,
            undecided_rows=d.pick(None, 300, 4_123, 98_765),
        ),
        "breakeven": Breakeven(rows=crossing(None)),
        "more_data": (),
        "baseline": "baseline",
        "stopped": None,
        "cut_short": (),
        "oddities": {},
        "findings": (),
        "split": Split(),
        "prices": Prices(),
        "hosted": HostedPrice(
            usd_per_1000=0.13, source="assumed", needed_accuracy=0.8, measure="breakeven weigh churn"
        ),
        "limits": Limits(),
        "volume": d.requests,
        "margin": 0.005,
        "seed": 0,
        "costs": (),
        "money": money(d, arms, "traditional"),
        "product": Product(value=d.right, low=d.right - 0.03, high=d.right + 0.03, rows=602, tuning="", settings={}),
        "everyday": everyday(d),
        "section": {},
    }
    return Verdict(**{**fields, **changes})


def crossing(rows: float | None, none: float = 0.8) -> CrossingRows:
    """Where the routes cross."""
    return CrossingRows(value=rows, low=rows and rows / 2, high=rows and rows * 2, p_none_within_10x=none)


def money(d: Draw, arms: tuple[Arm, ...], pays: ArmName, **more: Any) -> Money:
    """The bill, and which way pays."""
    found = next(a for a in arms if a.arm == pays)
    given = d.pick(True, False)
    end = Conclusion(
        **{
            "arm": pays,
            "candidate": found.candidate,
            "usd_per_month": found.usd_per_month,
            "volume_given": given,
            **more,
        }
    )
    return Money(
        traffic=Traffic(d.requests, d.pick("flat", "bursty", "growing"), assumed=not given),
        requests_a_month=d.requests,
        of=arms[0].candidate,
        cascade=CascadeLine(not_measured="not known"),
        arms=arms,
        conclusion=end,
    )


def everyday(d: Draw, **more: Any) -> Everyday:
    """Two classes in everyday terms."""
    fields = {
        "target": d.target,
        "right": d.right,
        "baseline_right": d.baseline,
        "guess": d.guess,
        "yes": d.yes,
        "found": d.random.uniform(0.01, 1),
    }
    return Everyday(**{**fields, **more})


def tie(d: Draw) -> Verdict:
    """Neither is better; the cheaper is taken."""
    return verdict(d)


def traditional_wins(d: Draw) -> Verdict:
    """A clear win."""
    return _clear(d, "traditional", d.traditional)


def large_wins(d: Draw) -> Verdict:
    """A clear win of a net or a pretrained model."""
    return _clear(d, "large", d.large)


def _clear(d: Draw, route: Any, candidate: str) -> Verdict:
    v = verdict(d)
    chosen = msgspec.structs.replace(v.chosen, route=route, candidate=candidate, tie=False, undecided_rows=None)
    assert v.money is not None
    arms = tuple(
        msgspec.structs.replace(a, good_enough=None if a.arm == "hosted" else a.arm == route) for a in v.money.arms
    )
    rows = d.pick(crossing(None), crossing(82_345.0, 0.2))
    return msgspec.structs.replace(v, chosen=chosen, money=money(d, arms, route), breakeven=Breakeven(rows=rows))


def several_classes(d: Draw) -> Verdict:
    """More than two classes."""
    return verdict(d, everyday=everyday(d, yes=None, found=None))


def values(d: Draw) -> Verdict:
    """A number is predicted."""
    found = Everyday(target=d.target, error=d.error, baseline_error=d.error * d.random.uniform(1.1, 5))
    v = d.pick(traditional_wins, large_wins, tie)(d)
    hosted = msgspec.structs.replace(v.hosted, needed_accuracy=None)
    return msgspec.structs.replace(v, everyday=found, hosted=hosted, metric=MetricName(name="r2", better="higher"))


def recommend(d: Draw) -> Verdict:
    """Lists for a shop: no LLM is priced."""
    hit = d.random.uniform(0.01, 0.6)
    own, other = line("lightgbm_rank", 0.1), line("gru", 0.05)
    arms = (arm("traditional", "lightgbm_rank", d.usd, True), arm("large", "gru", d.usd + 1, False))
    chosen = msgspec.structs.replace(verdict(d).chosen, candidate="lightgbm_rank", tie=False, undecided_rows=None)
    if d.pick(True, False):
        chosen = msgspec.structs.replace(chosen, route="large", candidate="gru")
        arms = (arm("traditional", "lightgbm_rank", d.usd, False), arm("large", "gru", d.usd + 1, True))
    return verdict(
        d,
        scenario="recommend",
        unit=UnitNoun(en="people", zh="人", labelled_en="people"),
        everyday=Everyday(hit=hit, baseline_hit=hit * d.random.random(), k=d.pick(5, 10, 20)),
        chosen=chosen,
        test=(own, other, line("popular", 0.04)),
        money=money(d, arms, chosen.route),
        hosted=HostedPrice(usd_per_1000=0.0, source="", realistic=False),
    )


def recommend_not_yet(d: Draw) -> Verdict:
    """No list beats what is popular."""
    return nothing_beats_the_baseline(d, recommend(d))


def nothing_beats_the_baseline(d: Draw, v: Verdict | None = None) -> Verdict:
    """No model is offered."""
    v = v or d.pick(tie, values)(d)
    chosen = msgspec.structs.replace(v.chosen, route="none", candidate=None, tie=False, undecided_rows=None)
    e = v.everyday
    assert e is not None and v.money is not None
    nothing = msgspec.structs.replace(e, right=None, found=None, yes=None, error=None, hit=None)
    arms = tuple(msgspec.structs.replace(a, good_enough=None) for a in v.money.arms)
    bill = msgspec.structs.replace(v.money, arms=arms, conclusion=None)
    return msgspec.structs.replace(v, chosen=chosen, everyday=nothing, money=bill, product=None)


def nothing_within_limits(d: Draw) -> Verdict:
    """Every finalist is too slow, too large or too dear."""
    v = nothing_beats_the_baseline(d, tie(d))
    test = tuple(msgspec.structs.replace(t, within_limits=False) for t in v.test)
    limits = d.pick(Limits(latency_ms=1), Limits(size_mb=1, latency_ms=2), Limits(1, 1, 5, 0.1))
    return msgspec.structs.replace(v, test=test, limits=limits)


def promise_not_held(d: Draw) -> Verdict:
    """The sealed score fell far short of what validation promised."""
    finding = Finding("sealed test", "it fell", "nothing is offered", level="warning")
    return msgspec.structs.replace(nothing_beats_the_baseline(d, tie(d)), findings=(finding,))


def nothing_measured(d: Draw) -> Verdict:
    """Not even one candidate could be fitted."""
    v = nothing_beats_the_baseline(d, tie(d))
    return msgspec.structs.replace(v, test=(line("baseline", d.baseline),), stopped="stopped at once")


def cut_short(d: Draw) -> Verdict:
    """The minutes ran out."""
    v = d.pick(tie, traditional_wins, values)(d)
    if d.pick(True, False):
        return msgspec.structs.replace(v, stopped="stopped at 128 of 364 rows: the brief's minutes were used up")
    return msgspec.structs.replace(v, cut_short=(CutShort(candidate=d.large, rows=400, share=0.1),))


def one_route(d: Draw) -> Verdict:
    """The other route was not measured."""
    v = traditional_wins(d)
    assert v.money is not None
    test = (v.test[0], v.test[2], msgspec.structs.replace(line(d.large, None), why_not="not measured: no torch"))
    bill = money(d, (v.money.arms[0], v.money.arms[2]), "traditional")
    chosen = msgspec.structs.replace(v.chosen, difference_validation=None, difference_sealed=None)
    hosted = msgspec.structs.replace(v.hosted, needed_accuracy=d.pick(None, 0.8))
    return msgspec.structs.replace(v, test=test, money=bill, chosen=chosen, breakeven=Breakeven(), hosted=hosted)


def _with_llm(d: Draw, right: float, good: bool, pays: ArmName, rent: float, **more: Any) -> Verdict:
    v = tie(d)
    assert v.money is not None
    llm = LlmEveryday(right=right, own_right=d.right)
    arms = [*v.money.arms[:2], arm("hosted", d.model, rent, good, 1 - right)]
    if pays == "cascade":
        arms.append(arm("cascade", d.traditional, d.usd + rent / 3, True, max(1 - right - 0.02, 0)))
    if pays != "traditional":
        arms = [
            msgspec.structs.replace(a, good_enough=a.good_enough and (a.arm == pays or right < d.right + 0.02))
            for a in arms
        ]
    answers = HostedAnswers(
        model=d.model, rows=200, unreadable=0, refused=0, cut=0, unanswered=0, structured=True,
        tokens_in=100, tokens_out=8, tokens_cached=0, spent_usd=0.1, difference=Interval(right - d.right, -0.1, 0.1),
    )  # fmt: skip
    hosted = HostedPrice(usd_per_1000=0.1, source="", answers=answers)
    chosen = msgspec.structs.replace(v.chosen, undecided_rows=None)
    return msgspec.structs.replace(
        v, everyday=everyday(d, llm=llm), hosted=hosted, money=money(d, tuple(arms), pays, **more), chosen=chosen
    )


def llm_cheapest(d: Draw) -> Verdict:
    """The LLM is as good, and costs less."""
    flip = Flip(arm="traditional", candidate=d.traditional, at=d.requests * 50, above=True)
    return _with_llm(d, min(d.right + 0.01, 1), True, "hosted", 1.33, volume_flips=(flip,))


def llm_alone(d: Draw) -> Verdict:
    """No own model is offered, and the LLM beats the baseline."""
    v = llm_cheapest(d)
    assert v.everyday is not None and v.everyday.llm is not None
    chosen = msgspec.structs.replace(v.chosen, route="none", candidate=None, tie=False)
    llm = msgspec.structs.replace(v.everyday.llm, own_right=None)
    found = msgspec.structs.replace(v.everyday, right=None, yes=None, found=None, llm=llm)
    return msgspec.structs.replace(v, chosen=chosen, everyday=found, product=None)


def llm_worse(d: Draw) -> Verdict:
    """The LLM errs more."""
    right = d.right - d.random.uniform(0.02, 0.3)
    v = _with_llm(d, right, False, "traditional", d.rent)
    assert v.money is not None
    arms = tuple(msgspec.structs.replace(a, good_enough=False) if a.arm == "large" else a for a in v.money.arms)
    return msgspec.structs.replace(v, money=money(d, arms, "traditional"))


def cascade(d: Draw) -> Verdict:
    """The own model, and the LLM where it is unsure."""
    return _with_llm(d, d.right, True, "cascade", d.usd * 3)


def errors_priced(d: Draw) -> Verdict:
    """What an error costs is part of the bill."""
    v = d.pick(traditional_wins, large_wins)(d)
    assert v.money is not None
    arms = tuple(
        msgspec.structs.replace(
            arm(a.arm, a.candidate, a.usd_per_month, a.good_enough, 0.2, 890.0 + i), good_enough=a.good_enough
        )
        for i, a in enumerate(v.money.arms)
        if a.arm != "hosted"
    )
    route: Any = v.chosen.route
    flip = Flip(
        arm="large" if route == "traditional" else "traditional",
        candidate=d.large if route == "traditional" else d.traditional,
        at=10 ** d.random.uniform(-3, 2),
        above=d.pick(True, False),
    )
    bill = money(d, arms, route, error_price_flips=(flip,))
    return msgspec.structs.replace(v, prices=Prices(usd_per_error=0.5), money=bill, breakeven=Breakeven())


def grouped(d: Draw) -> Verdict:
    """Rows of one patient, customer or site stay together."""
    return msgspec.structs.replace(
        d.pick(tie, traditional_wins, large_wins)(d), split=Split(0.2, "group", d.pick("site", "patient_id", "客户"))
    )


def newer(d: Draw) -> Verdict:
    """The newest rows were kept aside."""
    return msgspec.structs.replace(d.pick(tie, traditional_wins, large_wins)(d), split=Split(0.2, "time", "created"))


def leak(d: Draw) -> Verdict:
    """A column was set aside because it gives the target away."""
    names = d.random.sample(COLUMNS, d.pick(1, 2, 4))
    findings = tuple(Finding("leak", "it tells all", "left out", name, level="warning") for name in names)
    return msgspec.structs.replace(d.pick(tie, traditional_wins, values)(d), findings=findings)


def contradicted(d: Draw) -> Verdict:
    """The sealed rows are clearly against the choice."""
    v = traditional_wins(d)
    chosen = msgspec.structs.replace(v.chosen, difference_sealed=Interval(0.1, 0.05, 0.15))
    return msgspec.structs.replace(v, chosen=chosen)


def never_yes(d: Draw) -> Verdict:
    """The class that matters is never answered."""
    return msgspec.structs.replace(traditional_wins(d), everyday=everyday(d, found=0.0))


OUTCOMES: tuple[Callable[[Draw], Verdict], ...] = (
    traditional_wins,
    large_wins,
    tie,
    several_classes,
    values,
    recommend,
    recommend_not_yet,
    nothing_beats_the_baseline,
    nothing_within_limits,
    promise_not_held,
    nothing_measured,
    cut_short,
    one_route,
    llm_cheapest,
    llm_alone,
    llm_worse,
    cascade,
    errors_priced,
    grouped,
    newer,
    leak,
    contradicted,
    never_yes,
)


def drawn(each: int) -> Iterator[tuple[str, Verdict]]:
    """`each` verdicts of every outcome, always the same ones."""
    for place, outcome in enumerate(OUTCOMES):
        for seed in range(each):
            yield outcome.__name__, outcome(Draw(1000 * place + seed))
