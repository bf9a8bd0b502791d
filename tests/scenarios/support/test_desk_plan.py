"""What the product changes at a desk: nothing where it answers nothing, less where questions come back, and no promise that people cannot keep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Interval
from breakeven.scenarios.support.desk_plan import Measured, fewest, needs, plan, usual_desk
from breakeven.scenarios.support.queue_simulation import Desk, human_only, simulate
from breakeven.scenarios.support.settings import Human

HUMAN = Human(minutes_to_first_answer=9, usd_per_contact=4, minutes_per_contact=6, contacts_per_day=300, staff=5)
EIGHTY = Measured(Interval(0.8, 0.77, 0.83), bot_seconds=1.0, usd_per_message=0.001)


def test_the_declared_desk_has_the_declared_median_and_price() -> None:
    today, waits = human_only(HUMAN)
    found = simulate(today, 1)
    assert found.median / 60 == pytest.approx(9, rel=0.1)
    assert found.usd_per_contact == pytest.approx(4)
    assert 0 <= waits < 9 * 60


def test_figures_that_contradict_each_other_are_noticed() -> None:
    """One person cannot do six minutes' work for 300 customers a day and answer within nine minutes."""
    today, waits = human_only(replace(HUMAN, staff=1))
    assert waits > 9 * 60
    assert (today.minutes_to_write, simulate(today, 0).steady) == (0.0, False)


def test_a_bot_that_answers_nothing_changes_nothing() -> None:
    today, _ = human_only(HUMAN)
    nothing = replace(today, automation=0.0)
    assert simulate(nothing, 3) == simulate(today, 3)


def test_eighty_of_a_hundred_are_worth_both_targets() -> None:
    found = plan(HUMAN, EIGHTY, declared=True)
    assert found.faster.value is not None and found.cheaper.value is not None
    assert found.faster.low is not None and found.faster.value >= 0.8
    assert found.cheaper.value >= 0.3
    assert found.fewest is not None and found.fewest.staff < found.human.staff == 5
    assert found.product.staff == 5 and found.product.median_seconds < found.human.median_seconds
    assert {"returning", "harder", "clarified", "automation"} <= set(found.assumptions)


def test_more_that_comes_back_needs_more_people() -> None:
    today, _ = human_only(HUMAN)
    before, desk = simulate(today, 0), usual_desk(today, EIGHTY)
    staff = []
    for share in (0.0, 0.5, 1.0):
        found = fewest(replace(desk, returning=share), before, 9, 0)
        assert found is not None
        staff.append(found.staff)
    assert staff == sorted(staff) and staff[0] < staff[-1]


def test_the_search_names_the_least_automation() -> None:
    found = needs(HUMAN, EIGHTY)
    meets = [need.automation for need in found if need.meets]
    assert meets and 0.3 <= meets[0] <= 0.8
    staff = [need.staff for need in found if need.staff is not None]
    assert staff == sorted(staff, reverse=True)
    assert not found[0].meets


def test_no_number_of_people_is_said() -> None:
    today, _ = human_only(HUMAN)
    before = simulate(today, 0)
    assert fewest(replace(usual_desk(today, EIGHTY), harder=100.0), before, 5, 0) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("automation", 1.2),
        ("returning", -0.1),
        ("staff", 0),
        ("minutes_per_contact", 0.0),
        ("opens", 19.0),
        ("hours", (1.0,)),
        ("hours", (0.0,) * 24),
    ],
)
def test_a_desk_that_cannot_be_is_refused(name: str, value: object) -> None:
    desk = Desk(contacts_per_day=10, minutes_per_contact=5, staff=1)
    with pytest.raises(InputError, match=name):
        replace(desk, **{name: value})  # type: ignore[arg-type]
