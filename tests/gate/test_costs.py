"""Arms priced by hand, the crossing where both lines meet, and what moves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from breakeven.core.types import Interval, Prices, Traffic
from breakeven.gate import cascade, costs, traffic
from breakeven.gate.unit_costs import Rent

PRICES = Prices(server_usd_per_month=20, upkeep_usd_per_month=50, retrainings_per_month=0)
RENT = Rent(2.0, 1.0, 3.0, "two dollars a thousand")
MODEL = costs.Owned("m", "traditional", (80.0, 100.0, 120.0), 36.0)


def scene(**changes: object) -> costs.Scene:
    return replace(costs.Scene(PRICES, Traffic(1000, "flat"), RENT), **changes)  # type: ignore[arg-type]


def error(value: float) -> Interval:
    return Interval(value, value / 2, value * 2)


def test_a_month_by_hand() -> None:
    prices = replace(PRICES, retrainings_per_month=4, labels_per_month=100, usd_per_label=0.1, usd_per_error=0.5)
    arm = costs.owned(replace(MODEL, error=error(0.02)), scene(prices=prices))
    assert arm["servers"] == 20 and arm["upkeep"] == 50 and arm["labels"] == pytest.approx(10)
    assert arm["training"] == pytest.approx(4 * 36 * 20 / (2 * 730 * 3600))
    assert arm["errors"] == pytest.approx(1000 * 0.02 * 0.5)
    rented = costs.hosted(scene(prices=prices, hosted_error=error(0.04)))
    assert rented == {"requests": pytest.approx(2.0), "errors": pytest.approx(20.0)}


def test_what_a_card_trained_is_retrained_on_one() -> None:
    prices = replace(PRICES, retrainings_per_month=4, usd_per_gpu_hour=0.5)
    arm = costs.owned(replace(MODEL, on_card=True), scene(prices=prices))
    assert arm["training"] == pytest.approx(4 * 36 * 0.5 / 3600)


def test_the_crossing_is_where_the_lines_meet() -> None:
    n = costs.meets(MODEL, scene())
    assert n == pytest.approx(70 / 2 * 1000)
    there = costs.at(scene(), n)
    assert costs.total(costs.owned(MODEL, there)) == pytest.approx(costs.total(costs.hosted(there)))


def test_errors_move_the_crossing_and_may_forbid_it() -> None:
    prices = replace(PRICES, usd_per_error=0.1)
    better = scene(prices=prices, hosted_error=error(0.05))
    sooner = costs.meets(replace(MODEL, error=error(0.02)), better)
    assert sooner == pytest.approx(70 / (0.002 + 0.003))
    assert costs.meets(replace(MODEL, error=error(0.10)), better) is None
    # What the hosted model gets wrong is not known: errors are in neither line.
    assert costs.meets(replace(MODEL, error=error(0.10)), scene(prices=prices)) == pytest.approx(35_000)


def test_free_rent_is_never_beaten_and_slow_models_need_more_servers() -> None:
    assert costs.break_even(MODEL, scene(rent=Rent(0.0, 0.0, 0.0, ""))) is None
    slow = replace(MODEL, per_second=(0.001, 0.001, 0.001))
    assert costs.meets(slow, scene()) is None  # each server answers less than it costs
    assert traffic.servers(Traffic(1e9, "flat"), 100.0) == 6


def test_servers_are_counted_at_the_peak_not_the_mean() -> None:
    flat, bursty = (traffic.servers(Traffic(2e8, profile), 100.0) for profile in ("flat", "bursty"))
    assert flat == 2 and bursty > 2 * flat
    hours = traffic.hours(Traffic(1, "bursty"))
    assert hours.mean() == pytest.approx(1) and 3.5 < hours.max() < 4.5


def test_growth_counts_over_the_year() -> None:
    growing = Traffic(1000, "growing", 0.1)
    assert traffic.mean_requests(growing) == pytest.approx(1000 * np.mean(1.1 ** np.arange(12)))
    assert costs.meets(MODEL, scene(traffic=growing)) < costs.meets(MODEL, scene())  # type: ignore[operator]


def test_the_band_holds_the_value_and_the_tornado_its_ends() -> None:
    found = costs.break_even(MODEL, scene())
    assert found is not None and found.low < found.value < found.high  # type: ignore[operator]
    moves = {m.input: m for m in costs.tornado(MODEL, scene())}
    assert moves["price of tokens"].at_low == pytest.approx(70_000)
    assert moves["price of tokens"].at_high == pytest.approx(17_500)
    assert moves["upkeep"].at_low == pytest.approx(45 / 2 * 1000)
    assert "labels" not in moves  # there are none, so they move nothing
    assert [m.width for m in costs.tornado(MODEL, scene())] == sorted((m.width for m in moves.values()), reverse=True)


def test_a_cascade_asks_only_where_it_pays() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(4000)
    right = rng.random(4000) < sure  # calibrated: as often right as it is sure
    cut = cascade.threshold(sure, right, 0.1, 0.001, 1.0)
    assert 0.85 < cut < 0.95  # hand on where the own model errs more often than 0.1 and a request's rent
    found = cascade.summarise(cut, np.r_[sure, np.zeros(1000)], sure, right, rng.random(4000) < 0.9)
    assert found.error.value < 0.11 < 1 - right.mean()  # type: ignore[operator]
    assert found.escalated == pytest.approx((4000 * np.mean(sure < cut) + 1000) / 5000)  # told by all sealed rows
    supposed = cascade.supposed(cut, sure, right, 0.1)
    assert supposed.error.value == pytest.approx(found.error.value, abs=0.02)
    arm = costs.cascaded(MODEL, found, scene())
    assert arm["requests"] == pytest.approx(2.0 * found.escalated)


def test_without_a_price_of_errors_a_cascade_keeps_the_better_models_accuracy() -> None:
    sure, right = np.linspace(0, 1, 1000), np.linspace(0, 1, 1000) > 0.3
    cut = cascade.threshold(sure, right, 0.02, 0.001, 0.0)
    found = cascade.supposed(cut, sure, right, 0.02)
    assert 1 - found.error.value >= 0.99 * 0.98  # type: ignore[operator]
    assert found.escalated < 0.4
    assert cascade.threshold(sure, right, 0.9, 0.001, 0.0) == 0.0  # the own model is the better one


def test_the_accuracy_a_hosted_model_needs() -> None:
    priced = scene(prices=replace(PRICES, usd_per_error=0.5))
    own = replace(MODEL, error=error(0.1))
    needed = costs.needed_accuracy(own, priced)
    # 70 a month are saved and 2 paid for 1,000 requests: 136 more errors at 0.50 may be made.
    assert needed == pytest.approx(0.9 - (70 - 2) / 500)
    same = replace(priced, hosted_error=error(1 - needed))
    assert costs.total(costs.hosted(same)) == pytest.approx(costs.total(costs.owned(own, same)))
    assert costs.needed_accuracy(own, scene()) == pytest.approx(0.9)  # cheaper, and errors have no price
    assert costs.needed_accuracy(own, costs.at(scene(), 1e6)) is None  # dearer, and errors have none
    assert costs.needed_accuracy(MODEL, priced) is None  # own errors are not known
    dear = replace(priced, rent=Rent(1000.0, 1000.0, 1000.0, "dear"))
    assert costs.needed_accuracy(own, dear) is None
    assert costs.needed_accuracy(own, costs.at(priced, 0.0)) == pytest.approx(0.9)
