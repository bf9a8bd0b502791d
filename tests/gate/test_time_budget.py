"""Minutes kept: what cannot be afforded leaves before it is paid for, the least promising first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core.types import Fold
from breakeven.gate import steps, time_budget
from breakeven.gate.results import Board, Job, Measured, Race

ROWS = 400


def board(costs: dict[str, tuple[float, float]], right: dict[str, tuple[float, float]]) -> Board:
    """Two sizes, 100 and 200 rows, with the seconds and the accuracies given."""
    y = np.arange(ROWS) % 2
    fold = Fold(np.arange(200), np.arange(200, ROWS))
    routes = {"baseline": "traditional", "svm": "traditional", "net": "large", "deep": "large", "slow": "large"}
    truth = y[fold.validation]
    race = Race(
        {c: routes[c] for c in costs},
        (fold,),
        lambda prediction, _: metrics.losses("accuracy", truth, prediction),
        ROWS,
        "accuracy",
        0.005,
        "baseline",
    )
    found = Board(race)
    for k, size in enumerate((100, 200)):
        found.sizes.append(size)
        for name in costs:
            hit = np.arange(len(truth)) < right[name][k] * len(truth)
            answer = np.where(hit, truth, 1 - truth)
            found.results[Job(name, size, 0)] = Measured(np.eye(2, dtype=np.float32)[answer], costs[name][k])
    return found


COSTS = {"baseline": (0.0, 0.0), "svm": (1.0, 2.0), "net": (5.0, 10.0), "deep": (5.0, 10.0), "slow": (40.0, 80.0)}
RIGHT = {"baseline": (0.5, 0.5), "svm": (0.7, 0.72), "net": (0.8, 0.81), "deep": (0.6, 0.7), "slow": (0.6, 0.61)}


def dropped(left: float, final: float = 1e9, seconds: float = 1_000.0) -> dict[str, str]:
    found = board(COSTS, RIGHT)
    found.seconds = seconds
    return time_budget.unaffordable(found, list(COSTS), [400, 800], lambda _: 1, 1, left, final)


def test_with_time_enough_nobody_leaves() -> None:
    assert dropped(10_000) == {}


def test_the_least_promising_leaves_first_and_the_leaders_never() -> None:
    assert set(dropped(300)) == {"slow"}
    assert set(dropped(60)) == {"slow", "deep"}
    assert set(dropped(1)) == {"slow", "deep"}


def test_who_costs_next_to_nothing_is_never_left_out_for_want_of_time() -> None:
    assert set(dropped(1, seconds=1_900.0)) == {"slow", "deep"}  # the fits to come of "deep" take 60 s
    assert set(dropped(1, seconds=2_100.0)) == {"slow"}


def test_what_would_not_fit_at_the_end_is_not_begun() -> None:
    told = dropped(10_000, final=100)
    assert set(told) == {"slow"} and "would take about 320 s" in told["slow"]


def test_seconds_grow_as_they_did() -> None:
    found = board(COSTS, RIGHT)
    assert time_budget.seconds(found, "net", 800) == pytest.approx(40)
    found.sizes.pop()
    assert time_budget.seconds(found, "net", 800) == pytest.approx(5 * 8**time_budget.UNKNOWN)
    assert time_budget.seconds(found, "unheard of", 800) == 0


def test_a_fit_that_time_does_not_allow_is_made_on_fewer_rows() -> None:
    found = board(COSTS, RIGHT)
    assert time_budget.affordable(found, "net", 800, 1_000) == 800
    assert time_budget.affordable(found, "net", 800, 20) == 400
    assert time_budget.affordable(found, "net", 800, 0.5) == 200  # what was measured is always affordable
    assert time_budget.affordable(found, "unheard of", 800, 0.0) == 800


def test_only_what_still_costs_time_is_held_against_the_limits_early() -> None:
    found = board(COSTS, RIGHT)
    assert time_budget.expensive(found, list(COSTS), [400, 800], lambda _: 1) == ["net", "deep", "slow"]
    assert time_budget.expensive(found, list(COSTS), [], lambda _: 1) == []


def held(costs: dict[str, tuple[float, float]], share: float, seconds: float) -> Board:
    """A costly race of `seconds`, whose net made a share of its steps at both sizes."""
    found = board(costs, RIGHT)
    found.race = replace(found.race, costly=True, paced=frozenset({"net", "deep"}))
    found.seconds = seconds
    for job, measured in found.results.items():
        if job.candidate == "net":
            found.results[job] = replace(measured, share=share)
    return found


def test_a_net_is_allowed_a_share_of_the_race_at_first_and_then_what_its_plan_takes_on_a_busy_machine() -> None:
    found = held(COSTS, 0.5, 100.0)
    assert time_budget.allowance(found, "svm", 400, 2) is None
    assert time_budget.allowance(board(COSTS, RIGHT), "net", 400, 2) is None
    found.plans["net"] = 0.5
    assert time_budget.expected(found, "net", 800) == pytest.approx(40)
    assert time_budget.allowance(found, "net", 800, 2) == pytest.approx(time_budget.SLACK * 40)
    found.sizes.clear()
    assert time_budget.allowance(found, "net", 100, 2) == pytest.approx(100 * time_budget.FIRST)
    assert time_budget.allowance(found, "net", 100, 1) == pytest.approx(50 * time_budget.FIRST)


def test_a_net_cut_short_is_known_to_want_more() -> None:
    found = held(COSTS, 0.5, 100.0)
    assert time_budget.seconds(found, "net", 800) == pytest.approx(80)
    assert time_budget.affordable(found, "net", 800, 80) == 800
    assert time_budget.affordable(found, "net", 800, 20) < 400
    assert time_budget.affordable(found, "net", 800, 20, plan=0.25) == 800
    found.plans["net"] = 0.25
    told = time_budget.unaffordable(found, list(COSTS), [400, 800], lambda _: 1, 1, 1e4, 30)
    assert "net" not in told and "slow" in told


def test_the_race_leaves_the_fits_on_all_rows_their_time() -> None:
    found = held({k: v for k, v in COSTS.items() if k in ("baseline", "svm", "net")}, 0.5, 100.0)
    found.plans["net"] = 0.5
    live = ["baseline", "svm", "net"]
    assert time_budget.stop_reason(found, live, 400, 1, 2, (100.0, 100.0)) is None
    assert "used up" in str(time_budget.stop_reason(found, live, 400, 1, 2, (5.0, 100.0)))
    assert "fits on all rows" in str(time_budget.stop_reason(found, live, 400, 1, 2, (25.0, 10.0)))


def test_a_fit_is_affordable_on_all_rows_where_the_time_carries_what_it_grows_to() -> None:
    found = board(COSTS, RIGHT)
    assert time_budget.affordable(found, "net", ROWS, 25.0) == ROWS  # 10 s for 200 rows, 20 s for 400
    assert 250 < time_budget.affordable(found, "net", ROWS, 15.0) < 350
    assert time_budget.affordable(found, "net", ROWS, 0.0) == 200  # those that were measured


def test_the_shortest_plan_of_a_net_is_carried_beside_its_export() -> None:
    found = board({**COSTS, "net": (400.0, 800.0)}, RIGHT)
    took = steps.PLANS[-1] * 400.0
    assert time_budget.carries(found, "net", took + time_budget.EXPORTING + 1)
    assert not time_budget.carries(found, "net", took + time_budget.EXPORTING - 1)


def test_a_net_that_is_drawn_without_torchs_exporter_is_not_charged_for_it() -> None:
    found = board(COSTS, RIGHT).race
    assert time_budget.exporting(found, "net") == time_budget.EXPORTING
    drawn = replace(found, drawn=frozenset({"net"}))
    assert time_budget.exporting(drawn, "net") == time_budget.EXPORTING_DRAWN < time_budget.EXPORTING
    assert time_budget.exporting(drawn, "deep") == time_budget.EXPORTING
    assert time_budget.exporting(drawn, "svm") == time_budget.EXPORTING_OTHER
    assert time_budget.drawing(drawn, "net") < time_budget.drawing(found, "net")


def test_what_comes_after_the_fits_is_one_product_of_each_route_and_the_report() -> None:
    found = board(COSTS, RIGHT).race
    others = time_budget.EXPORTING_OTHER + time_budget.REPORTED
    assert time_budget.after_race(found) == time_budget.EXPORTING + others
    assert time_budget.after_race(replace(found, routes={"baseline": "traditional", "svm": "traditional"})) == others
