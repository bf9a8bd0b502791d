"""Support's part of the verdict, filled as a real one is, and one that could promise nothing."""

from __future__ import annotations

import msgspec
from msgspec import structs

from breakeven.core.types import Interval
from breakeven.core.verdict import Verdict
from breakeven.core.verdict_part import Part
from breakeven.scenarios.support.desk_plan import Measured, plan
from breakeven.scenarios.support.settings import Human
from breakeven.scenarios.support.verdict_section import (
    BudgetPoint,
    LabelValue,
    LanguageLine,
    Mistake,
    OutOfScope,
    Stage,
    SupportSection,
    TopicLine,
    least_to_person,
)
from tests.report.outcomes import Draw, verdict

TOPICS = (
    ("card_declined", 30, 0.9, 0.57, 1, "damaged_card", 3),
    ("damaged_card", 30, 0.83, 0.5, 1, "report_lost_card", 4),
    ("report_lost_card", 30, 0.93, 0.7, 0, "damaged_card", 2),
    ("pay_bill", 30, 0.87, 0.6, 2, "bill_balance", 3),
    ("营业时间", 24, 0.96, 0.83, 0, None, 0),
    ("exchange_rate", 30, 1.0, 0.97, 0, None, 0),
    (
        "a topic whose name is as long as somebody makes it who names folders after whole sentences",
        3,
        0.67,
        0.0,
        0,
        None,
        0,
    ),
)
HUMAN = Human(minutes_to_first_answer=9, usd_per_contact=4.2, contacts_per_day=300, staff=5)


def section(**changes: object) -> SupportSection:
    """A linear model, an encoder and a person, at 1 in 100."""
    base = 0.048
    found = SupportSection(
        budget=0.01,
        sure=0.95,
        certified=True,
        automation=Interval(0.786, 0.774, 0.798),
        error_answered=Interval(0.006, 0.004, 0.009),
        upper=0.0098,
        base_error=base,
        least_to_person=least_to_person(base, 0.01),
        stages=(
            Stage(
                name="linear",
                route="traditional",
                candidate="linear",
                share=0.61,
                threshold=0.93,
                wrong=Interval(0.004, 0.002, 0.007),
                ms=0.42,
                usd_per_1000=0.00002,
            ),
            Stage(
                name="encoder",
                route="large",
                candidate="frozen",
                share=0.176,
                threshold=0.981,
                wrong=Interval(0.013, 0.007, 0.022),
                ms=5.1,
                usd_per_1000=0.0003,
            ),
            Stage(name="person", route="person", share=0.214, usd_per_1000=4200.0),
        ),
        curve=tuple(
            BudgetPoint(budget=b, automation=a, upper=b * 0.98)
            for b, a in ((0.002, 0.31), (0.005, 0.66), (0.01, 0.786), (0.02, 0.87), (0.05, 0.96), (0.1, 0.985))
        ),
        topics=tuple(
            TopicLine(
                topic=name,
                questions=n,
                accuracy=Interval(right, right - 0.1, min(right + 0.05, 1.0)),
                automation=share,
                wrong=wrong,
                confused_with=other,
                confusions=times,
            )
            for name, n, right, share, wrong, other, times in TOPICS
        ),
        languages=(
            LanguageLine(
                language="en",
                questions=4100,
                automation=Interval(0.8, 0.79, 0.81),
                error_answered=Interval(0.005, 0.003, 0.008),
                certified=True,
            ),
            LanguageLine(language="zh", questions=400, automation=Interval(0.64, 0.6, 0.68)),
        ),
        out_of_scope=OutOfScope(count=1000, refused=Interval(0.861, 0.842, 0.878)),
        scope_auroc=Interval(0.957, 0.951, 0.963),
        mistakes=(
            Mistake(
                text="my card got <b>bent</b> & the chip fell off",
                said="report_lost_card",
                truth="damaged_card",
                confidence=0.998,
            ),
            Mistake(text="付账单要多少钱", said="pay_bill", truth="bill_balance", confidence=0.991),
            Mistake(text="who let the dogs out", said="exchange_rate", truth=None, confidence=0.985),
        ),
        label_value=(
            LabelValue(topic="damaged_card", more=40, gain=Interval(0.013, 0.006, 0.02)),
            LabelValue(topic="pay_bill", more=40, gain=Interval(0.007, -0.001, 0.015)),
        ),
        desk=plan(HUMAN, Measured(Interval(0.786, 0.774, 0.798), 1.0, 0.001), declared=True),
    )
    return structs.replace(found, **changes)


def uncertified() -> SupportSection:
    """Too few labelled questions to promise anything."""
    return section(
        certified=False,
        automation=Interval(0.0, None, None),
        error_answered=None,
        upper=None,
        needed=299,
        stages=(),
        out_of_scope=None,
        scope_auroc=None,
        desk=plan(Human(staff=2), Measured(Interval(0.2, None, None)), declared=False),
    )


def document(own: Part) -> Verdict:
    """A verdict with such a part."""
    return verdict(Draw(1), name="help-desk", scenario="support", section=msgspec.to_builtins(own))
