"""The race: sizes, who leaves and who stays, time that runs out, pairs that stay pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven import metrics
from breakeven.core.types import Fold
from breakeven.gate import outlook, time_budget
from breakeven.gate import race as measure
from breakeven.gate.choose import paired
from breakeven.gate.results import Board, Job, Measured, Race

N = 3000


def race(n: int = N, folds: int = 3, validation: int = 600) -> Race:
    y = np.tile([0, 1], n)
    parts = tuple(Fold(np.arange(n), np.arange(n, n + validation)) for _ in range(folds))
    routes = {"baseline": "traditional", "good": "traditional", "weak": "traditional", "deep": "large"}
    return Race(routes, parts, evaluation(y, parts), len(y), "accuracy", 0.005, "baseline", classes=2)


def evaluation(y: np.ndarray, folds: tuple[Fold, ...]):
    return lambda prediction, repeat: metrics.losses("accuracy", y[folds[repeat].validation], prediction)


TRUTH = np.tile([0, 1], N)


def answer(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    right = np.random.default_rng(seed).random(len(y)) < share
    p = np.where(right, y, 1 - y)
    return np.stack([1 - p, p], axis=1).astype(float)


def runner(race: Race, shares: dict, done: list[Job]):
    def run(jobs):
        for job in jobs:
            done.append(job)
            share = shares[job.candidate](job.rows)
            if share is None:
                yield job, Measured(None, 0.1, "it broke")
            else:
                y = TRUTH[race.folds[job.repeat].validation]
                yield job, Measured(answer(y, share, crc32(job.key.encode())), 0.01 * job.rows)

    return run


SHARES = {"baseline": lambda n: 0.5, "good": lambda n: 0.9, "weak": lambda n: 0.6, "deep": lambda n: 0.7}


@given(st.integers(40, 200_000), st.integers(0, 30))
def test_sizes_grow_by_two_at_most(rows: int, classes: int) -> None:
    found = measure.sizes(rows, classes)
    assert found[-1] == rows
    assert found == sorted(set(found))
    assert len(found) <= 8
    assert all(b / a <= 2.1 for a, b in pairwise(found))


def test_small_sizes_are_repeated_three_times() -> None:
    assert measure.repeats(100, 100_000, 3) == 3
    assert measure.repeats(100_000, 100_000, 3) == 1
    assert measure.repeats(400, 400, 5) == 5


def test_the_weak_leave_and_the_best_of_each_route_stay() -> None:
    done: list[Job] = []
    r = race()
    board = measure.measure(r, runner(r, SHARES, done), lambda: 5_000.0)
    assert set(board.eliminated) == {"weak"}
    assert re.search(
        r"behind good, and with all 3,000 it may reach 0\.\d+, where good has 0\.\d+ already", board.eliminated["weak"]
    )
    assert board.last_size("deep") == board.last_size("good") == board.last_size("baseline") == N
    assert (board.last_size("weak") or 0) >= measure.PATIENCE
    assert board.leader(["good", "deep"], N) == "good"


def test_who_costs_next_to_nothing_stays_however_weak() -> None:
    r = race()
    board = measure.measure(r, runner(r, SHARES, []), lambda: 20_000.0)
    assert board.eliminated == {} and board.last_size("weak") == N


def test_who_is_behind_but_may_catch_up_stays() -> None:
    r = race()
    rising = {**SHARES, "weak": lambda n: 0.97 - 0.4 * (265 / n) ** 0.8}
    board = measure.measure(r, runner(r, rising, []), lambda: 5_000.0)
    gap = board.difference("weak", "good", 530)
    assert gap is not None and gap[0] < -0.05 - measure.BEHIND * gap[1]  # clearly behind when it was asked
    assert board.eliminated == {} and board.last_size("weak") == N


def test_all_see_the_same_rows() -> None:
    done: list[Job] = []
    r = race()
    measure.measure(r, runner(r, SHARES, done), lambda: 1e9)
    by_size: dict[int, set] = {}
    for job in done:
        by_size.setdefault(job.rows, set()).add((job.candidate, job.repeat))
    for jobs in by_size.values():
        repeats = {c: {r for d, r in jobs if d == c} for c, _ in jobs}
        assert len({frozenset(s) for s in repeats.values()}) == 1


def test_who_breaks_is_out_and_said() -> None:
    r = race()
    shares = {**SHARES, "deep": lambda n: None if n > 300 else 0.7}
    board = measure.measure(r, runner(r, shares, []), lambda: 1e9)
    assert board.failed == {"deep": "it broke"}
    assert "deep" not in board.of_route("large")


def test_time_that_runs_out_is_said() -> None:
    r = race()
    board = measure.measure(r, runner(r, SHARES, []), lambda: 20.0)
    assert board.stopped
    assert "minutes" in board.stopped
    assert 2 <= len(board.sizes) < len(measure.sizes(N, 2))


def test_differences_are_paired() -> None:
    r = race(folds=1)
    y = TRUTH[r.folds[0].validation]
    a = answer(y, 0.8, 1)
    b = a.copy()
    b[:6] = 1 - b[:6]
    board = Board(r, {Job("deep", N, 0): Measured(a, 1), Job("good", N, 0): Measured(b, 1)}, sizes=[N])
    value, error = board.difference("deep", "good", N)
    assert value == pytest.approx(np.sign(value) * abs(value))
    assert error < 0.006 < board.point("deep", N).high - board.point("deep", N).score


def test_missing_points_are_none() -> None:
    board = Board(race())
    assert board.point("good", 10) is None
    assert board.difference("deep", "good", 10) is None
    assert board.leader(["good"], 10) is None


def test_who_breaks_a_limit_leaves_after_the_first_size() -> None:
    r, done = race(), []
    asked: list[list[str]] = []

    def prune(board: Board, names) -> dict[str, str]:
        asked.append(list(names))
        return {name: "left: too slow" for name in names if name == "deep"}

    board = measure.measure(r, runner(r, SHARES, done), lambda: 1e9, prune=prune)
    assert len(asked) == 1 and "deep" in asked[0] and "baseline" not in asked[0]
    assert board.eliminated["deep"] == "left: too slow"
    assert {j.rows for j in done if j.candidate == "deep"} == {board.sizes[0]}


def test_after_a_net_was_cut_short_sizes_are_measured_once() -> None:
    done: list[Job] = []
    r = replace(race(), costly=True, paced=frozenset({"deep"}))

    def run(jobs):
        for job, measured in runner(r, SHARES, done)(jobs):
            yield job, replace(measured, share=0.5 if job.candidate == "deep" and len(done) < 20 else 1.0)

    board = measure.measure(r, run, lambda: 1e9)
    first, *later = [max(j.repeat for j in done if j.rows == s) + 1 for s in board.sizes]
    assert first > 1 and set(later) == {1}
    again: list[Job] = []
    whole = measure.measure(r, runner(r, SHARES, again), lambda: 1e9)
    assert max(j.repeat for j in again if j.rows == whole.sizes[-1]) == first - 1


def test_every_fit_is_scored_once() -> None:
    """Race, forecasts and choice together evaluate each (candidate, rows, repeat) once; another result is evaluated anew."""
    scored: list[int] = []
    plain = race()

    def counted(prediction: np.ndarray, repeat: int) -> metrics.UnitLosses:
        scored.append(repeat)
        return plain.evaluate(prediction, repeat)

    r = replace(plain, evaluate=counted)
    board = measure.measure(r, runner(r, SHARES, []), lambda: 1e9)
    outlook.with_forecasts(board, N)
    outlook.crossing_of(board)
    outlook.more_data(board, "good", N, N)
    paired(board, "deep", "good")
    assert 0 < len(scored) == len(board.results)
    board.results[next(iter(board.results))] = replace(next(iter(board.results.values())))
    board.curves()
    assert len(scored) == len(board.results) + 1


def test_a_fit_of_too_few_steps_is_no_point_and_its_seconds_are_known() -> None:
    r = race(folds=2)
    y = TRUTH[r.folds[0].validation]
    results = {Job(c, N, k): Measured(answer(y, 0.7, k), 2.0) for c in ("baseline", "good") for k in range(2)}
    results |= {Job("deep", N, k): Measured(answer(y, 0.9, k), 2.0, share=0.02) for k in range(2)}
    board = Board(r, results, sizes=[N])
    assert board.point("deep", N) is None and board.last_size("deep") is None
    assert board.difference("deep", "good", N) is None
    assert board.leader(["good", "deep"], N) == "good"
    assert next(c for c in board.curves() if c.candidate == "deep").points == ()
    assert board.first_fitted(["deep"], N) == "deep"
    assert time_budget.seconds(board, "deep", N) == pytest.approx(2.0 / 0.02)
    board.results[Job("deep", N, 1)] = Measured(answer(y, 0.9, 1), 2.0, share=0.4)
    assert board.point("deep", N) is None  # of a plan of all of its steps
    board.results[Job("deep", N, 1)] = Measured(answer(y, 0.9, 1), 2.0, share=0.4, plan=0.4)
    assert board.repeats("deep", N) == [1] and board.share("deep", N) == 0.4
    assert board.point("deep", N) is not None
    assert time_budget.seconds(board, "deep", N) == pytest.approx(2.0 / 0.4)


@pytest.mark.parametrize(("capacity", "plan"), [(1.0, 1.0), (0.6, 0.5), (0.2, 0.125), (0.02, None)])
def test_a_net_cut_short_at_the_first_size_makes_a_stated_plan_at_all_others(
    capacity: float, plan: float | None
) -> None:
    """A net whose epochs are so slow that a `capacity` of its steps fits into its allowance at the first size."""
    r, done = replace(race(), costly=True, paced=frozenset({"deep"})), []

    def run(jobs):
        for job, measured in runner(r, SHARES, done)(jobs):
            slow = job.candidate == "deep" and not board_plan(job)
            share = capacity if slow else job.plan
            yield job, replace(measured, share=share, plan=job.plan)

    def board_plan(job: Job) -> bool:
        return job.rows > measure.sizes(N, 2, True)[0]

    board = measure.measure(r, run, lambda: 1e9)
    first, *later = board.sizes
    assert {j.plan for j in done if j.candidate != "deep"} == {1.0}
    if plan is None:
        assert board.starved == {"deep"} and board.eliminated["deep"].startswith("not measured: 2 % of")
        assert {j.rows for j in done if j.candidate == "deep"} == {first} and board.last_size("deep") is None
    else:
        assert {j.plan for j in done if j.candidate == "deep" and j.rows in later} == {plan}
        assert (board.point("deep", first) is None) == (plan < 1)  # of no plan but the clock's
        assert board.point("deep", N) is not None and board.shortened() == ({"deep": plan} if plan < 1 else {})


@pytest.mark.parametrize(("each", "most"), [(0.001, 5), (20.0, 1)])
def test_the_first_sizes_are_repeated_as_often_as_the_time_allows(each: float, most: int) -> None:
    """Of a table of thousands of columns one round of the smallest size may take the minutes: it is not made five times."""
    rng, left = np.random.default_rng(0), [60.0]
    folds = tuple(Fold(rng.permutation(800), np.arange(800, 1_000)) for _ in range(5))

    def run(jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        for job in jobs:
            left[0] -= each
            yield job, Measured(np.zeros(200), each)

    rule = Race(
        {"mean": "traditional", "line": "traditional"},
        folds,
        lambda prediction, _: metrics.losses("rmse", np.ones(len(prediction)), prediction),
        1_000,
        "rmse",
        0.005,
        "mean",
        metrics.METRICS["rmse"].scale,
    )
    board = measure.measure(rule, run, lambda: left[0], 1)
    assert [len(board.repeats("line", rows)) for rows in board.sizes[:2]] == [most, most]
    assert left[0] > -40.0 and (len(board.sizes) == 2) == (most == 1)
