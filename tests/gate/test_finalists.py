"""Finalists whose last fit made too few of its steps: neither offered nor scored."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core import store
from breakeven.core.progress import Silent
from breakeven.core.store import Ledger, Log
from breakeven.core.types import Fold, Interval, Need, Route, Split
from breakeven.gate import finalists, selection, time_budget
from breakeven.gate import verdict as composer
from breakeven.gate.choose import Costs, choose
from breakeven.gate.finalist import Finalist, offered
from breakeven.gate.finalists import make_finalists
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import Packaged, Policy, Recipe
from breakeven.gate.raced import Raced
from breakeven.gate.results import Board, Job, Measured, Race
from breakeven.gate.run_context import Clock, RunContext
from breakeven.scale.executor import Workers

TRAIN, VALIDATION = 300, 200
#: Those that the net usually makes.
EPOCHS = 40
RIGHT = {"majority": 0.5, "linear": 0.8, "net": 0.95}
ROUTES: dict[str, Route] = {"majority": "traditional", "linear": "traditional", "net": "large"}


@dataclass
class Packager:
    """A problem that fits nothing: products made a `share` of their steps, and those of a recipe are remembered."""

    policy: Policy = field(default_factory=Policy)
    share: Mapping[str, float] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    folders: list[tuple[Path, Recipe]] = field(default_factory=list)
    fitter: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(missing={}))

    def package(self, candidate: str, recipe: Recipe, folder: Path, validation: object) -> Packaged:
        self.recipes[candidate] = recipe
        self.folders.append((folder, recipe))
        folder.mkdir(parents=True, exist_ok=True)
        store.write_text(folder / "model", "")
        store.seal(folder, {})
        prediction = answers(RIGHT[candidate]) if recipe.holdout else None
        rows, share = recipe.rows or TRAIN + VALIDATION, self.share.get(candidate, 1.0) * recipe.plan
        return Packaged(1.0, rows, share, recipe.plan, prediction, EPOCHS if candidate == "net" else 0)


def truth() -> np.ndarray:
    return np.tile([0, 1], (TRAIN + VALIDATION) // 2)


def answers(right: float) -> np.ndarray:
    y = truth()[TRAIN:]
    hit = np.random.default_rng(0).random(len(y)) < right
    return np.eye(2)[np.where(hit, y, 1 - y)] * 0.8 + 0.1


@pytest.fixture
def raced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Raced]:
    """A race whose net is ahead with all of its steps, then a last fit with a `share` of its plan; `left` seconds remain."""
    monkeypatch.setattr(
        finalists, "price", lambda context, problem, c, folder, s: Costs(c, 0.1, (1.0, 1.0, 1.0), 1.0, 0.1, 70.0, s)
    )

    def make(share: float, left: float = 1.0, policy: Policy | None = None) -> Raced:
        fold = Fold(np.arange(TRAIN), np.arange(TRAIN, TRAIN + VALIDATION))
        race = Race(
            ROUTES,
            (fold,),
            lambda prediction, _: metrics.losses("accuracy", truth()[fold.validation], prediction),
            len(truth()),
            "accuracy",
            0.005,
            "majority",
            classes=2,
            paced=frozenset({"net", "slow"}),
        )
        board = Board(race, sizes=[150, TRAIN])
        for rows in board.sizes:
            for c in ROUTES:
                board.results[Job(c, rows, 0)] = Measured(answers(RIGHT[c]), 1.0)
        need = Need("n", "predict", "", None, tmp_path)
        clock = Clock(time.monotonic() - 3600 + left, 60.0)
        context = RunContext(need, tmp_path, Log(tmp_path / "log.jsonl"), clock, Silent())
        problem = Packager(policy or Policy(), {"net": share})
        runner = FitRunner(problem.fitter, Workers(1), Ledger(tmp_path / "work" / "fits"))
        return Raced(context, problem, runner, board)  # type: ignore[arg-type]

    return make


def lines(raced: Raced, made: Mapping[Route, list[Finalist]]) -> dict[str, object]:
    """The verdict's line of each candidate, with sealed scores of those that have a product."""
    best = offered(made)
    choice = choose(raced.board, {r: best[r].costs if r in best else None for r in made})
    facts = composer.Facts(500, TRAIN, (), Split(), lambda name: ROUTES[name])
    scores = {f.candidate: Interval(0.9, 0.8, 1.0) for found in made.values() for f in found if f.folder is not None}
    found = composer._test(selection.Selection(raced, made, choice), facts, composer.SealedTest(100, scores))
    return {line.candidate: line for line in found}


@pytest.mark.parametrize("share", [0.02, 0.8])
def test_a_net_cut_short_in_its_last_fit_is_neither_offered_nor_scored(raced, share: float) -> None:
    race = raced(share)
    made = make_finalists(race)
    [net] = made["large"]
    assert net.why_not.startswith(f"its last fit was not measured: {40 * share:.2g} of 40 epochs fitted")
    assert net.folder is None and net.costs is None  # nobody answers the sealed rows
    assert set(offered(made)) == {"traditional"}
    choice = choose(race.board, {"large": None, "traditional": made["traditional"][0].costs})
    assert (choice.candidate, choice.tie, choice.difference.value, choice.p_large) == ("linear", False, None, None)
    line = lines(race, made)["net"]
    assert line.why_not == net.why_not and not line.within_limits
    assert line.score is None and line.validation.rows == TRAIN  # the race's score, and called so
    assert lines(race, made)["linear"].score == 0.9
    assert race.board.shortened() == {"net": share}


def test_a_net_fitted_to_the_shorter_plan_of_its_race_is_a_finalist_and_its_share_is_said(raced) -> None:
    race = raced(1.0)
    race.board.plans["net"] = 0.25
    for job in [job for job in race.board.results if job.candidate == "net"]:
        race.board.results[job] = replace(race.board.results[job], share=0.25, plan=0.25)
    made = make_finalists(race)
    assert race.problem.recipes["net"].plan == 0.25
    assert offered(made)["large"].candidate == "net"
    assert lines(race, made)["net"].score == 0.9
    assert race.board.shortened() == {"net": 0.25}


def test_a_race_point_of_too_few_steps_is_no_finalists_score(raced) -> None:
    race = raced(1.0)
    cut(race.board)
    assert make_finalists(race)["large"] == []


@pytest.mark.parametrize("raced_short", [False, True])
def test_a_last_fit_with_a_score_of_its_own_has_a_plan_of_its_own(raced, raced_short: bool) -> None:
    race = raced(1.0, left=20.0)  # of which exporting takes 10, and all steps would take 50 s or, cut short, more
    board = race.board
    board.race, board.stopped = replace(board.race, costly=True), "stopped"
    for job in [job for job in board.results if job.rows == TRAIN]:
        del board.results[job]
    board.sizes.remove(TRAIN)
    board.results[Job("net", 150, 0)] = replace(board.results[Job("net", 150, 0)], seconds=15.0)
    if raced_short:
        cut(board, 0.3)
        board.starved.add("net")
        board.eliminated["net"] = "not measured"
    made = make_finalists(race)
    assert [f.why_not for f in made["large"]] == [None]
    assert race.problem.recipes["net"].holdout
    assert race.problem.recipes["net"].plan == (0.125 if raced_short else 0.25)
    assert board.share("net", board.last_size("net")) == race.problem.recipes["net"].plan
    assert lines(race, made)["net"].validation.rows == TRAIN and "net" not in board.eliminated


def test_a_last_fit_has_its_seconds_and_rows_when_the_minutes_are_over(raced) -> None:
    race = raced(1.0, left=-100.0)
    make_finalists(race)
    recipes = race.problem.recipes
    assert recipes["net"].seconds is None  # a fit of a second is made whole however busy the machine is
    assert recipes["net"].rows == recipes["linear"].rows == TRAIN + VALIDATION
    other = raced(1.0, left=-100.0, policy=Policy(refit_on_everything=True))
    for rows in other.board.sizes:
        other.board.results[Job("net", rows, 0)] = Measured(answers(0.95), 20.0)
    make_finalists(other)
    long = time_budget.expected(other.board, "net", TRAIN + VALIDATION)
    assert other.problem.recipes["net"].seconds == time_budget.SLACK * long > time_budget.LAST_FIT


def test_a_net_whose_minutes_carry_few_rows_is_not_measured_on_them(raced) -> None:
    race = raced(1.0, left=20.0)
    board = race.board
    board.race, board.stopped = replace(board.race, costly=True), "stopped"
    board.sizes = [20]
    board.results = {Job(c, 20, 0): Measured(answers(RIGHT[c]), 40.0 if c == "net" else 0.1) for c in ROUTES}
    [net] = make_finalists(race)["large"]
    assert net.why_not.startswith("not measured: the minutes of the brief carry a fit on 80 of 300 rows")
    assert net.folder is None and not net.measured
    assert "net" not in race.problem.recipes and board.last_size("net") == 20  # no seconds are spent on it
    assert lines(race, {"traditional": [], "large": [net]})["net"].score is None


def test_after_a_net_cut_short_slower_ones_are_not_tried(raced) -> None:
    board = raced(1.0).board
    board.race = replace(board.race, routes={**ROUTES, "slow": "large"})
    for rows in board.sizes:
        board.results[Job("slow", rows, 0)] = Measured(answers(0.9), 9.0)
    assert time_budget.quicker(board, "net", ["slow", "linear"]) == ["linear"]
    assert board.eliminated["slow"].startswith("not measured: ")
    assert time_budget.quicker(board, "slow", ["net"]) == ["net"]


def test_a_second_fit_cut_short_is_not_served(raced) -> None:
    race = raced(0.1, left=1_000.0)
    first = Path("first")
    chosen = Finalist("net", "large", first, Costs("net", 0.1, (1.0, 1.0, 1.0), 1.0, 0.1, 70.0, 1.0), share=1.0)
    folder = selection._refit(race, chosen)
    assert [(place, recipe.reuse) for place, recipe in race.problem.folders] == [(folder, None), (folder, first)]


def cut(board: Board, share: float = 0.02) -> None:
    """Let the net have made a part of its steps in the race, and the clock have ended it."""
    for job, measured in list(board.results.items()):
        if job.candidate == "net":
            board.results[job] = replace(measured, share=share)
