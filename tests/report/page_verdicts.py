"""Verdicts of all outcomes, written down rather than built: for tests of pages, and for pictures of them."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec

from breakeven.core.types import Ahead, Column, Finding, Interval, Limits, MoreData, Point, Prices, Split, Traffic
from breakeven.core.verdict import (
    Ablation,
    Breakeven,
    Chosen,
    Counts,
    CrossingRows,
    CurveLine,
    CutShort,
    MetricName,
    Product,
    Search,
    TestLine,
    UnitNoun,
    ValidationScore,
    Verdict,
    section,
)
from breakeven.core.verdict_everyday import Everyday
from breakeven.core.verdict_money import Arm, CascadeLine, CostLine, HostedPrice, Money, TornadoBar
from breakeven.metrics.diagnostics import Importance
from breakeven.metrics.per_class import ClassScore, Counted, MacroScores, Threshold
from breakeven.report import plain, words
from breakeven.scenarios.predict.verdict import Example, PredictSection, Reliability, ReliabilityBin, Residuals
from breakeven.scenarios.recommend.verdict import FewerEvents, ItemGroup, ModelLine, PeopleGroup, RecommendSection

SIZES = (47, 94, 188, 375, 750, 900)
KINDS = {
    "boosting": ("traditional", "traditional", 0.83),
    "linear": ("traditional", "traditional", 0.822),
    "random_forest": ("traditional", "traditional", 0.815),
    "neighbours": ("traditional", "traditional", 0.79),
    "mlp": ("large", "net", 0.826),
    "baseline": ("traditional", "baseline", 0.773),
}
#: What building, collecting and choosing say.
TUNED = "the best of 24 trials changed validation by +0.012 accuracy (90 % interval +0.002 to +0.022)"
TOO_LITTLE = "Neither is good enough yet: boosting beats the baseline by +0.057 only (90 % interval -0.001 to +0.115)."
REASON = "mlp and boosting: no practical difference (-0.004 at 900 training rows, 90 % interval -0.020 to +0.012), so the cheaper one."
LEFT_OUT = "left out; to keep it, give its role in the brief: columns: {closed_on: time}"
LONG, HEBREW, EMOJI = "n" * 300, "שם העמודה", "🙂👩‍👩‍👧 <b>&amp;"


def near(value: float, half: float = 0.03) -> Interval:
    return Interval(value, max(value - half, 0.0), min(value + half, 1.0))


def _curve(name: str) -> CurveLine:
    route, kind, best = KINDS[name]
    sizes = SIZES[:2] if name == "neighbours" else SIZES
    points = [Point(n, best - 1.6 / n**0.9 if kind != "baseline" else best, best - 2 / math.sqrt(n) - 0.01,
                    min(best + 0.4 / math.sqrt(n) + 0.01, 1.0), 0.2, 2) for n in sizes]  # fmt: skip
    ahead = [Ahead(n, best + 0.002 * k, best - 0.02, best + 0.03) for k, n in enumerate((1800, 3600, 9000))]
    left = "left at 94 rows: clearly behind" if name == "neighbours" else None
    return CurveLine(candidate=name, route=route, kind=kind, points=tuple(points), left=left,
                     forecast=tuple(ahead) if name in ("boosting", "mlp") else ())  # fmt: skip


def _line(name: str) -> TestLine:
    route, kind, best = KINDS[name]
    made = name in ("boosting", "mlp")
    sealed = near(best - 0.008) if made or kind == "baseline" else Interval(None, None, None)
    why = None if made else "the baseline" if kind == "baseline" else "left at 94 rows: clearly behind"
    why = "not the best of its route" if name in ("linear", "random_forest") else why
    seen = near(best)
    return TestLine(candidate=name, route=route, kind=kind, score=sealed.value, low=sealed.low, high=sealed.high, why_not=why,
                    validation=ValidationScore(score=best, low=seen.low, high=seen.high, rows=900), within_limits=made,
                    train_seconds=0.8 if made else None, predict_ms=0.004 if made else None, size_mb=0.67 if made else None,
                    usd_per_1000=4e-06 if made else None)  # fmt: skip


def _money(own: float = 70.0) -> Money:
    parts = {"servers": 20.0, "upkeep": own - 20.0, "training": 4e-06, "labels": 0.0, "errors": 3400.0}
    arms = [Arm(arm=r, candidate=c, usd_per_month=sum(parts.values()), parts=parts, error=near(0.17))
            for r, c in (("traditional", "boosting"), ("large", "mlp"))]  # fmt: skip
    arms.append(Arm(arm="hosted", candidate=None, usd_per_month=1.33, parts={"requests": 1.33, "errors": 0.0}))
    bars = [TornadoBar(input=i, at_low=a, at_high=b) for i, a, b in
            (("price of tokens", 270_000.0, None), ("upkeep", 340_000.0, 910_000.0), ("traffic", 310_000.0, 540_000.0))]  # fmt: skip
    cascade = CascadeLine(not_measured="how often a hosted model errs here is not known: give hosted.address")
    return Money(traffic=Traffic(), requests_a_month=10_000.0, of="boosting", cascade=cascade, arms=tuple(arms),
                 tornado=tuple(bars), peaks=(1.5e-6,) * 12)  # fmt: skip


def _product(search: bool = True) -> Product:
    found = Search(
        trials=24, on_all_rows=8, mattered={"rate": 0.62, "leaves": 0.38}, changes=(), halved=True, taken=True
    )
    worth = Ablation(kind="text", columns=("notes",), value=0.021, low=0.004, high=0.038)
    return Product(value=0.822, low=0.795, high=0.849, rows=600, tuning=TUNED, settings={"rate": 0.1},
                   search=found if search else None, ablation=(worth,))  # fmt: skip


def _verdict(own: PredictSection | RecommendSection, scenario: str = "predict", **other: object) -> Verdict:
    """The churn table of a shop, with another part of its scenario and other keys."""
    d = Interval(-0.004, -0.02, 0.012)
    chosen = Chosen(route="traditional", candidate="boosting", reason=REASON,
                    difference_validation=d, difference_sealed=d, tie=True, p_large=0.34, p_equal=0.4, undecided_rows=3100,
                    compared_at=900)  # fmt: skip
    usual: dict[str, object] = {
        "name": "churn", "scenario": scenario, "metric": MetricName(name="accuracy", better="higher"),
        "rows": Counts(train=900, validation=300, test=600, all=3012), "curves": tuple(map(_curve, KINDS)),
        "test": tuple(map(_line, KINDS)), "chosen": chosen,
        "breakeven": Breakeven(rows=CrossingRows(value=3600.0, low=1000.0, high=9000.0, p_none_within_10x=0.8),
                               requests_per_month=Interval(530_000.0, 380_000.0, 900_000.0)),
        "more_data": (MoreData(1800, 0.002, -0.017, 0.022), MoreData(9000, 0.004, -0.01, 0.03)), "baseline": "baseline",
        "stopped": None, "cut_short": (), "oddities": {},
        "findings": (Finding("leak", "this column alone determines 99.8% of the target", LEFT_OUT,
                             "closed_on", 3012, level="warning"),
                     Finding("unread values", "the values, such as '10 to 20', look like a range of numbers",
                             "taken as category; to learn from the numbers, give its ends columns of their own", "spent", 12, level="question"),
                     Finding("missing values", "41 of 3,012 values missing (1.4%)", "kept as missing", "age", 41)),
        "split": Split(0.2, "time", "signed", "data"), "prices": replace(Prices(), usd_per_error=2.0),
        "hosted": HostedPrice(usd_per_1000=0.133, source="a budget model: 306 tokens in at $0.5, 10 out at $2.5 a million",
                              needed_accuracy=0.8, measure="breakeven weigh churn --llm ADDRESS"),
        "limits": Limits(), "volume": 10_000.0, "margin": 0.005, "seed": 0,
        "costs": tuple(CostLine(candidate=c, route=r, capacity=9000.0, usd_per_month=tuple((10.0**k, 70.0 if k < 7 else 150.0)
                       for k in range(3, 8))) for c, r in (("boosting", "traditional"), ("mlp", "large"))),
        "money": _money(), "product": _product(), "section": section(own),
        "everyday": Everyday(target="churned", right=0.822, baseline_right=0.773, guess="stays", yes="leaves", found=0.34),
        "unit": UnitNoun(en="rows", zh="行", labelled_en="labelled rows"),
    }  # fmt: skip
    made = Verdict(**(usual | other))  # type: ignore[arg-type]
    return msgspec.structs.replace(made, sentence=plain.texts(made), details=words.sentences(made))


def _importance(names: tuple[str, ...]) -> tuple[Importance, ...]:
    drops = [0.09, 0.04, 0.011, 0.003, -2.22e-17, -0.002]
    return tuple(Importance(n, x, x - 0.004, x + 0.004) for n, x in zip(names, drops, strict=False))


def _wide_importance(count: int = 2000) -> tuple[Importance, ...]:
    """Of very many columns, most of which make no difference."""
    drops = [
        (name, 0.09 / (i + 1)) for i, name in enumerate((LONG, HEBREW, EMOJI, *(f"gene {i}" for i in range(count - 3))))
    ]
    return tuple(Importance(name, x, x - 0.004, x + 0.004) for name, x in drops)


def yes_no(**other: object) -> Verdict:
    """Two classes, the rarer one poorly found, probabilities to be warned of."""
    bins = tuple(
        ReliabilityBin(said=0.5 + 0.05 * k, was=0.55 + 0.02 * k, low=0.45, high=0.6 + 0.02 * k, rows=60)
        for k in range(10)
    )
    scores = (ClassScore("stays", 463, near(0.96), near(0.84)), ClassScore("leaves", 137, near(0.34), near(0.72)))
    lines = tuple(Counted(round(k / 100, 2), 600 - 6 * k, max(137 - k, 0)) for k in range(1, 100))
    near_lines = tuple(
        Threshold(m, 1 / (1 + m), 0.2 + m / 40, near(0.3 + m / 40), near(0.7 - m / 40)) for m in (1.0, 5.0, 20.0)
    )
    own = PredictSection(classes=("stays", "leaves"), confusion=((445, 18), (90, 47)), by_class=scores, thresholds=near_lines,
                         macro=MacroScores(0.65, 0.78, 0.69), yes="leaves", by_threshold=lines,
                         reliability=Reliability(bins=bins, ece=0.17, gap=near(0.16), by_chance=0.02, unreliable=True),
                         importance=_importance(("last_login", "plan", "tickets", "spend", "city", "age")))  # fmt: skip
    return _verdict(own, **other)


def texts() -> Verdict:
    """Classes of texts, with the words that mattered."""
    found = [{"text": "refund", "start": 10, "effect": 0.5}, {"text": "please", "start": 0, "effect": -0.1}]
    reasons = ({"column": "message", "value": "please my refund", "effect": 0.6, "words": found},
               {"column": "waited", "value": 12.0, "effect": -0.02})  # fmt: skip
    examples = tuple(
        Example(truth=t, prediction="refund", probability=0.9999, reasons=reasons, images={})
        for t in ("refund", "login")
    )
    scores = tuple(ClassScore(n, 40, near(0.9), near(0.8)) for n in ("refund", "login", "parcel"))
    matrix = ((36, 3, 1), (2, 36, 2), (0, 4, 36))
    own = PredictSection(classes=("refund", "login", "parcel"), confusion=matrix, by_class=scores, macro=MacroScores(0.9, 0.8, 0.85),
                         reliability=Reliability(bins=(), ece=0.02, gap=near(0.01, 0.005), by_chance=0.01, unreliable=False),
                         importance=_importance(("message", "waited")), examples=examples)  # fmt: skip
    return _verdict(own, name="tickets")


def number() -> Verdict:
    """A number is predicted."""
    held = Residuals(quantiles={"0.5": 0.1}, interval_held=near(0.91))
    own = PredictSection(classes=(), residuals=held, half_width=41.234567, error=Interval(12.3, 11.0, 13.5), baseline_error=30.1,
                         importance=_importance(("area", "rooms")))  # fmt: skip
    return _verdict(own, name="rents", metric=MetricName(name="mae", better="lower"),
                    everyday=Everyday(target="rent", error=12.3, baseline_error=30.1))  # fmt: skip


def shop() -> Verdict:
    """Recommendations."""
    lines = tuple(ModelLine(candidate=c, **dict.fromkeys(("ndcg", "recall", "precision", "map", "hit"), near(s)), coverage=0.004,
                            novelty=4.2, tail=0.1, people={"light": PeopleGroup(people=8, value=s), "heavy": PeopleGroup(people=0, value=None)},
                            items={"popular": ItemGroup(events=40, value=s), "tail": ItemGroup(events=0, value=None)})
                  for c, s in (("popular", 0.05), ("item_neighbours", 0.08), ("boosting", 0.14)))  # fmt: skip
    fewer = tuple(FewerEvents(candidate="boosting", share=s, value=0.1, low=0.08, high=0.12) for s in (0.25, 1.0))
    own = RecommendSection(users=671, items=9066, events=82170, filled=0.01, k=10, hold="the last", lines=lines,
                           incumbent="item_neighbours", columns=("ndcg", "hit"),
                           lift={"hit": Interval(0.88, 0.51, 1.4), "ndcg": Interval(1.0, 0.5, 1.5)}, by_events=fewer)  # fmt: skip
    rentless = HostedPrice(usd_per_1000=0.0, source="none", realistic=False)
    own_arm = Arm(
        arm="traditional",
        candidate="boosting",
        usd_per_month=70.0,
        parts={"servers": 20.0, "upkeep": 50.0, "errors": 0.0},
    )
    money = msgspec.structs.replace(_money(), arms=(own_arm,), tornado=())
    return _verdict(own, "recommend", name="shop", hosted=rentless, money=money, everyday=Everyday(hit=0.14, baseline_hit=0.05, k=10),
                    metric=MetricName(name="ndcg", better="higher"),
                    unit=UnitNoun(en="people", zh="人", labelled_en="people"))  # fmt: skip


def none() -> Verdict:
    """Nothing is good enough."""
    chosen = Chosen(route="none", candidate=None, reason=TOO_LITTLE,
                    difference_validation=None, difference_sealed=None, tie=False, p_large=0.5, p_equal=0.0)  # fmt: skip
    return yes_no(
        name="not-yet",
        chosen=chosen,
        product=None,
        more_data=(),
        section=section(PredictSection(classes=("stays", "leaves"))),
    )


def cut_short() -> Verdict:
    """The minutes were used up."""
    cut = (CutShort(candidate="mlp", rows=900, share=0.004),)
    return yes_no(
        name="cut-short", stopped="stopped at 188 of 900 rows: the brief's minutes were used up", cut_short=cut
    )


def unmeasured() -> Verdict:
    """Nothing at all could be measured."""
    left = tuple(
        CurveLine(candidate=n, route="large", kind="net", not_measured="torch is not installed") for n in ("mlp",)
    )
    return msgspec.structs.replace(
        none(), name="unmeasured", curves=left, test=(), costs=(), money=None, breakeven=Breakeven()
    )


def many_classes(count: int = 200) -> Verdict:
    """Very many classes, some with names of 300 letters, from right to left, and of emoji."""
    names = (LONG, HEBREW, EMOJI, *(f"class {i}" for i in range(3, count)))
    matrix = tuple(tuple(20 if i == j else int((7 * i + j) % 9 == 0) for j in range(count)) for i in range(count))
    scores = tuple(
        ClassScore(n, 20, near(0.3 + 0.6 * i / count), None if i == 3 else near(0.5)) for i, n in enumerate(names)
    )
    own = PredictSection(classes=names, confusion=matrix, by_class=scores, macro=MacroScores(0.6, 0.5, 0.55),
                         reliability=Reliability(bins=(), ece=0.07, gap=near(0.06), by_chance=0.02, unreliable=True),
                         importance=_wide_importance())  # fmt: skip
    found = tuple(Finding("missing values", f"{i} missing", "kept", f"{HEBREW} {i}", i) for i in range(2000))
    return _verdict(own, name=f"{HEBREW} {EMOJI}", findings=found)


def columns(count: int = 2000) -> list[Column]:
    """A very wide table."""
    odd = [Column(name, "number", "because") for name in (LONG, HEBREW, EMOJI)]
    return odd + [Column(f"gene {i}", "number", "numbers") for i in range(count - 3)]


ALL = {f.__name__: f for f in (yes_no, texts, number, shop, none, cut_short, unmeasured, many_classes)}
