"""After the race: who is measured on all units, and who goes first to the finalists."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from breakeven.gate import full_population
from breakeven.gate.raced import Raced, best_first
from breakeven.gate.results import Job, Measured
from breakeven.gate.run_context import Clock
from tests.gate.test_finalists import TRAIN, answers, raced  # noqa: F401


@pytest.fixture
def stopped(raced):  # noqa: F811
    """A race of 100 s that stopped at half of the rows; `linear` takes 0.1 s there and the net 400."""

    def make() -> Raced:
        race = raced(1.0, left=1_000.0)
        board = race.board
        board.race = replace(board.race, routes={**board.race.routes, "other": "traditional"})
        for rows in (75, 150):
            for c, right, seconds in (
                ("majority", 0.5, 0.0),
                ("linear", 0.8, 0.1),
                ("other", 0.85, 0.1),
                ("net", 0.9, 400.0),
            ):
                board.results[Job(c, rows, 0)] = Measured(answers(right), seconds * rows / 150)
        for job in [job for job in board.results if job.rows == TRAIN]:
            del board.results[job]
        board.sizes, board.seconds, board.stopped = [75, 150], 100.0, "stopped at 150 of 300 rows"
        race.runner.run = lambda jobs: [
            (j, Measured(answers({"linear": 0.95}.get(j.candidate, 0.7)), 0.2)) for j in jobs
        ]
        return race

    return make


def test_cheap_candidates_are_measured_on_all_rows_and_the_champion_is_one_of_them(stopped) -> None:
    race = stopped()
    assert best_first(race.board, ["linear", "other"]) == ["other", "linear"]
    full_population.extend(race)
    sizes = {c: race.board.last_size(c) for c in race.board.race.routes}
    assert sizes == {"majority": TRAIN, "linear": TRAIN, "other": TRAIN, "net": 150}  # the net would take 800 s
    assert best_first(race.board, ["linear", "other"]) == ["linear", "other"]
    assert race.board.stopped.endswith("rows; linear, other measured on all 300 after it")


def test_who_left_for_want_of_time_is_measured_on_all_rows_where_one_fit_is_quick(stopped) -> None:
    race = stopped()
    board = race.board
    board.seconds = 1.0
    for c, seconds in (("other", 3.0), ("linear", 90.0)):
        for rows in (75, 150):
            board.results[Job(c, rows, 0)] = Measured(answers(0.8), seconds * rows / 150)
        board.eliminated[c] = "left at 75 rows: about 9 s more, which the brief's minutes do not leave"
    assert full_population.quick(board, 1_000.0) == set()  # what left for another reason stays away
    board.untimely = {"other", "linear", "net"}
    assert full_population.quick(board, 0.0) == set()
    assert full_population.quick(board, 100.0) == {"other"}
    assert full_population.quick(board, 1_000.0) == {"other", "linear"}  # a net's fits are planned, not hurried
    race = replace(race, context=replace(race.context, clock=Clock(time.monotonic() - 3500, 60.0)))  # 100 s are left
    full_population.extend(race)
    assert board.last_size("other") == TRAIN and "other" not in board.eliminated
    assert board.last_size("linear") == 150 and "linear" in board.eliminated


def test_routes_are_compared_on_all_rows_where_the_best_of_each_can_be_fitted_there(stopped) -> None:
    race = stopped()
    for rows, seconds in ((75, 4.0), (150, 5.0)):
        race.board.results[Job("net", rows, 0)] = Measured(answers(0.9), seconds)
    race.board.seconds = 1.0  # nothing but what takes a moment is cheap
    assert full_population.leaders(race.board, 0.0) == {"net", "other"}
    full_population.extend(race)
    assert race.board.difference("net", "other", TRAIN) is not None
    race.board.race = replace(race.board.race, costly=True)
    assert full_population.leaders(race.board, 0.0) == set()  # there a holdout measures them


def test_cheap_is_what_takes_a_moment_though_the_minutes_are_over(stopped) -> None:
    race = stopped()
    race.board.seconds = -5.0
    full_population.extend(race)
    assert race.board.last_size("linear") == TRAIN and race.board.last_size("net") == 150


def test_where_nobody_is_cheap_the_race_stays_as_it_was(stopped) -> None:
    race = stopped()
    race.board.seconds = 1.0
    for job, measured in race.board.results.items():
        race.board.results[job] = replace(measured, seconds=3.0 + job.rows)
    full_population.extend(race)
    assert race.board.sizes == [75, 150] and race.board.stopped == "stopped at 150 of 300 rows"


@pytest.mark.parametrize(("right", "first"), [(0.8, "linear"), (0.97, "other")])
def test_who_was_measured_on_fewer_rows_goes_first_only_where_it_was_clearly_ahead(
    stopped, right: float, first: str
) -> None:
    board = stopped().board
    board.results[Job("linear", TRAIN, 0)] = Measured(answers(0.82), 0.2)
    board.results[Job("other", 150, 0)] = Measured(answers(right), 0.1)
    board.sizes.append(TRAIN)
    assert best_first(board, ["linear", "other"])[0] == first


def test_who_was_measured_on_one_repeat_is_compared_on_that_and_measured_on_the_others_where_quick(stopped) -> None:
    race = stopped()
    board = race.board
    board.race = replace(board.race, folds=board.race.folds * 3)
    for r, right in enumerate((0.9, 0.6, 0.6)):  # the first repeat is an easy one
        board.results[Job("other", TRAIN, r)] = Measured(answers(right), 0.1)
        board.results[Job("majority", TRAIN, r)] = Measured(answers(0.5), 0.0)
    board.sizes.append(TRAIN)
    board.results[Job("linear", TRAIN, 0)] = Measured(answers(0.8), 0.1)
    assert board.point("linear", TRAIN).score > board.point("other", TRAIN).score
    assert board.leader(["linear", "other"], TRAIN) == "other"
    assert best_first(board, ["linear", "other"]) == ["other", "linear"]
    del board.results[Job("linear", TRAIN, 0)]
    race.runner.run = lambda jobs: [(j, Measured(answers(0.8), 0.1)) for j in jobs]
    full_population.extend(race)
    assert board.repeats("linear", TRAIN) == [0, 1, 2] and best_first(board, ["linear", "other"])[0] == "linear"


def test_after_a_race_that_stopped_cheap_candidates_and_the_baseline_get_all_repeats(stopped) -> None:
    race = stopped()
    board = race.board
    board.race = replace(board.race, folds=board.race.folds * 3)
    full_population.extend(race)
    found = {c: board.repeats(c, TRAIN) for c in board.race.routes}
    assert found == {"majority": [0, 1, 2], "linear": [0, 1, 2], "other": [0, 1, 2], "net": []}
