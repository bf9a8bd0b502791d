"""What pays at a volume, by hand: the cheapest good way, renting that beats owning, and where another would be cheaper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from breakeven.core.types import Interval, Prices, Traffic
from breakeven.gate import costs
from breakeven.gate.bill import bill
from breakeven.gate.cascade import Cascade
from breakeven.gate.conclusion import Quality
from breakeven.gate.unit_costs import Rent

PRICES = Prices(server_usd_per_month=20, upkeep_usd_per_month=50, retrainings_per_month=0)
RENT = Rent(2.0, 1.0, 3.0, "two dollars a thousand")
OWN = costs.Owned("linear", "traditional", (800.0, 1000.0, 1200.0), 1.0, Interval(0.10, 0.08, 0.12))
NET = costs.Owned("mlp", "large", (800.0, 1000.0, 1200.0), 9.0, Interval(0.06, 0.05, 0.07))
LEVEL = Interval(0.0, -0.02, 0.02)


def concluded(quality: Quality, models: tuple[costs.Owned, ...] = (OWN,), joint: Any = "none", **changes: Any) -> Any:
    scene = replace(costs.Scene(PRICES, Traffic(1000, "flat"), RENT, Interval(0.1, 0.08, 0.12)), **changes)
    return bill({m.candidate: m for m in models}, quality.candidate, scene, joint, quality, "small", True).money


def at(requests: float) -> dict[str, Traffic]:
    return {"traffic": Traffic(requests, "flat")}


def test_renting_that_is_as_good_and_cheaper_pays_until_the_lines_meet() -> None:
    quality = Quality("traditional", "linear", False, 0.005, hosted=LEVEL)
    found = concluded(quality, **at(1000)).conclusion
    assert found.arm == "hosted" and found.candidate == "small" and found.usd_per_month == pytest.approx(2.0)
    assert found.second == "traditional"
    [flip] = found.volume_flips
    assert (flip.arm, flip.above) == ("traditional", True) and flip.at == pytest.approx(35_000, rel=1e-6)
    later = concluded(quality, **at(100_000)).conclusion
    [back] = later.volume_flips
    assert later.arm == "traditional" and (back.arm, back.above) == ("hosted", False)
    assert back.at == pytest.approx(35_000, rel=1e-6)


@pytest.mark.parametrize("hosted", [None, Interval(-0.03, -0.05, -0.01)])
def test_an_llm_that_is_worse_or_was_not_measured_never_pays(hosted: Interval | None) -> None:
    money = concluded(Quality("traditional", "linear", False, 0.005, hosted=hosted))
    assert money.conclusion.arm == "traditional" and money.conclusion.second is None
    assert money.conclusion.volume_flips == ()
    rented = next(a for a in money.arms if a.arm == "hosted")
    assert rented.good_enough is (None if hosted is None else False)


def test_an_llm_that_was_shown_to_be_better_leaves_the_own_model_behind() -> None:
    better = Quality("traditional", "linear", False, 0.005, hosted=Interval(0.05, 0.02, 0.08))
    money = concluded(better, hosted_error=Interval(0.05, 0.03, 0.07), **at(1_000_000))
    assert money.conclusion.arm == "hosted"  # at any price while errors have none
    [flip] = money.conclusion.error_price_flips
    # 2,000 USD of rent against 70: fewer errors are worth it from 1,930 / (1,000,000 * 0.05) USD an error on.
    assert (flip.arm, flip.above) == ("traditional", False) and flip.at == pytest.approx(1930 / 50_000)
    dear = concluded(replace(better, affordable=False), hosted_error=Interval(0.05, 0.03, 0.07))
    assert dear.conclusion.arm == "traditional"


@pytest.mark.parametrize(("price", "pays", "above"), [(0.001, "traditional", True), (5.0, "large", False)])
def test_where_errors_have_a_price_the_total_decides_and_flips_where_totals_meet(
    price: float, pays: str, above: bool
) -> None:
    slow = replace(NET, per_second=(0.1, 0.1, 0.1))  # six servers at this traffic, and fewer errors
    prices = replace(PRICES, usd_per_error=price)
    money = concluded(Quality("large", "mlp", False, 0.005), (OWN, slow), prices=prices, hosted_error=None, **at(1e6))
    mine = next(a for a in money.arms if a.arm == money.conclusion.arm)
    assert mine.arm == pays and mine.usd_per_month == min(a.usd_per_month for a in money.arms if a.arm != "hosted")
    [flip] = money.conclusion.error_price_flips
    other = next(a for a in money.arms if a.arm == flip.arm)
    totals = [a.usd_per_month - a.parts["errors"] + 1e6 * a.error.value * flip.at for a in (mine, other)]
    assert totals[0] == pytest.approx(totals[1]) and flip.above is above is (flip.at > price)


def test_a_way_behind_on_validation_that_errs_less_on_the_sealed_rows_has_no_price_from_which_it_pays() -> None:
    behind = Quality("traditional", "linear", False, 0.005)
    net = replace(NET, train_seconds=OWN.train_seconds + 1)
    found = concluded(behind, (OWN, net), prices=replace(PRICES, retrainings_per_month=1)).conclusion
    assert found.arm == "traditional" and found.error_price_flips == ()


def test_prices_of_misses_and_false_alarms_flip_at_a_multiple_of_both() -> None:
    prices = replace(PRICES, usd_per_miss=20.0, usd_per_false_alarm=5.0)
    quality = Quality("traditional", "linear", False, 0.005, hosted=Interval(0.05, 0.02, 0.08))
    own = replace(OWN, error_usd=Interval(0.0004, 0.0003, 0.0005))
    money = concluded(quality, (own,), prices=prices, hosted_error_usd=Interval(0.0002, 0.0001, 0.0003), **at(10_000))
    cost = {a.arm: (a.usd_per_month - a.parts["errors"], a.parts["errors"]) for a in money.arms}
    assert cost["traditional"] == (pytest.approx(70), pytest.approx(4)) and cost["hosted"] == (20.0, pytest.approx(2))
    assert money.conclusion.arm == "hosted" and money.conclusion.error_price_flips == ()  # cheaper, and errs less
    later = concluded(quality, (own,), prices=prices, hosted_error_usd=Interval(0.0002, 0.0001, 0.0003), **at(100_000))
    [flip] = later.conclusion.error_price_flips
    assert later.conclusion.arm == "traditional" and flip.arm == "hosted" and flip.above
    assert flip.at == pytest.approx((200 - 70) / (40 - 20))


def test_nothing_offered_has_no_conclusion_unless_the_llm_beats_the_baseline() -> None:
    assert concluded(Quality("none", None, False, 0.005)).conclusion is None
    assert concluded(Quality("none", None, False, 0.005, hosted=Interval(0.02, -0.01, 0.05))).conclusion is None
    rented = concluded(Quality("none", None, False, 0.005, hosted=Interval(0.2, 0.1, 0.3))).conclusion
    assert rented.arm == "hosted" and rented.second is None


def test_cents_do_not_change_the_choice() -> None:
    tie = Quality("large", "mlp", True, 0.005)
    money = concluded(tie, (OWN, NET), prices=replace(PRICES, retrainings_per_month=1))
    assert money.conclusion.arm == "large" and money.conclusion.second == "traditional"
    assert all(f.arm != "traditional" for f in money.conclusion.volume_flips)


def test_a_cascade_counts_where_it_was_measured() -> None:
    joint = Cascade(0.8, 0.2, Interval(0.04, 0.02, 0.06), 200)
    better = Quality("traditional", "linear", False, 0.005, Interval(0.03, 0.01, 0.05), cascade=-0.02)
    money = concluded(better, joint=joint, **at(100_000))
    good = {a.arm: a.good_enough for a in money.arms}
    assert good == {"traditional": False, "hosted": True, "cascade": True}
    assert money.conclusion.arm == "cascade" and money.conclusion.usd_per_month == pytest.approx(70 + 40)
    unknown = concluded(replace(better, cascade=None, hosted=None), joint=joint)
    assert {a.arm: a.good_enough for a in unknown.arms} == {"traditional": True, "hosted": None, "cascade": None}


def test_prices_of_zero_and_a_volume_of_zero() -> None:
    free = Prices(0.0, 2, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0)
    money = concluded(Quality("traditional", "linear", True, 0.005, hosted=LEVEL), prices=free)
    assert money.conclusion.arm == "traditional" and money.conclusion.usd_per_month == 0
    nothing = concluded(Quality("traditional", "linear", True, 0.005, hosted=LEVEL), **at(0))
    assert nothing.conclusion.volume_flips == () and nothing.conclusion.usd_per_month == 0
    assert msgspec.json.encode(nothing) and msgspec.json.encode(money)


def test_where_no_llm_can_answer_none_is_priced() -> None:
    money = concluded(Quality("traditional", "linear", False, 0.005), rentable=False)
    assert [a.arm for a in money.arms] == ["traditional"] and money.tornado == ()
    assert money.conclusion.arm == "traditional"


@pytest.mark.parametrize("assumed", [True, False])
def test_a_volume_that_was_not_given_is_told_apart(assumed: bool) -> None:
    found = concluded(Quality("traditional", "linear", True, 0.005), traffic=Traffic(10_000, assumed=assumed))
    assert found.conclusion.volume_given is not assumed and found.traffic.assumed is assumed
