"""The same race on a machine that is so many times slower: the same verdict, or the net is not measured and says how far it came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from breakeven.core.verdict import from_plain
from breakeven.gate import race, steps
from breakeven.gate.choose import choose
from breakeven.gate.finalist import offered
from breakeven.gate.finalists import make_finalists
from breakeven.gate.problem import Packaged, Recipe
from breakeven.gate.raced import Raced
from breakeven.gate.results import Job, Measured
from breakeven.report import page
from tests.gate.test_finalists import EPOCHS, RIGHT, TRAIN, Packager, answers, lines, raced  # noqa: F401
from tests.report.test_report import verdict  # noqa: F401

#: Seconds of a fit on all training rows on a machine that has nothing else to do.
SECONDS = {"majority": 0.01, "linear": 0.5, "net": 8.0}
#: What a net shows by luck before it has learned anything: more than it does with all of its steps.
LUCK = 0.99


class Machine:
    """Fits that take `slow` times as long; a clock that only they move."""

    def __init__(self, slow: float, seconds: float = 120.0) -> None:
        self.slow, self.left = slow, seconds

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        for job in jobs:
            took, share = self.fit(job.candidate, job.rows, job.allowed, job.plan)
            right = RIGHT[job.candidate] if share >= steps.WHOLE * job.plan else LUCK
            self.left -= took
            epochs = EPOCHS if job.candidate == "net" else 0
            yield job, Measured(answers(right), took, None, share, job.plan, epochs)

    def fit(self, candidate: str, rows: int, allowed: float | None, plan: float) -> tuple[float, float]:
        """Seconds, and the share of the usual steps that was made."""
        whole = SECONDS[candidate] * self.slow * (rows / TRAIN) ** 0.5
        if candidate != "net" or allowed is None or whole * plan <= allowed:
            return whole * plan, plan
        return allowed, allowed / whole


class Slowed(Packager):
    """Last fits on that machine."""

    machine: Machine

    def package(self, candidate: str, recipe: Recipe, folder: Path, validation: object) -> Packaged:
        packaged = super().package(candidate, recipe, folder, validation)
        _, share = self.machine.fit(candidate, packaged.rows, recipe.seconds, recipe.plan)
        return replace(packaged, share=share)


@pytest.fixture
def weighed(raced):  # noqa: F811
    """The choice, the finalists' lines and the board of a race and last fits on a machine so many times slower."""

    def make(slow: float):
        machine, found = Machine(slow), raced(1.0, left=60.0)
        rule = replace(found.race, costly=True)
        board = race.measure(rule, machine.run, lambda: machine.left, 1)
        problem = Slowed()
        problem.machine = machine
        on: Raced = replace(found, board=board, problem=problem)
        made = make_finalists(on)
        best = offered(made)
        return choose(board, {r: best[r].costs if r in best else None for r in made}), lines(on, made), board

    return make


def test_a_load_of_two_other_jobs_changes_nothing(weighed) -> None:
    quiet, busy = weighed(1.0), weighed(2.0)
    assert (quiet[0].route, quiet[0].candidate) == (busy[0].route, busy[0].candidate) == ("large", "net")
    assert quiet[1]["net"].validation.score == busy[1]["net"].validation.score
    assert quiet[2].shortened() == busy[2].shortened() == {}


def test_a_machine_on_which_no_plan_can_be_carried_measures_no_net(weighed) -> None:
    choice, found, _ = weighed(2_000.0)
    assert choice.candidate != "net" and "of 40 epochs" in found["net"].why_not


@pytest.mark.parametrize("slow", [1.0, 2.0, 4.0, 8.0, 20.0, 60.0, 200.0, 2_000.0])
def test_however_slow_no_half_trained_net_is_offered_or_scored(weighed, slow: float) -> None:
    choice, found, board = weighed(slow)
    net = found["net"]
    scores = [board.point("net", rows).score for rows in board.sizes if board.point("net", rows)]
    assert all(score < LUCK - 0.02 for score in scores)
    if choice.candidate == "net":
        last = board.results[Job("net", board.last_size("net"), 0)]
        assert net.within_limits and last.plan in steps.PLANS and last.share >= steps.WHOLE * last.plan
    else:
        assert choice.candidate in ("linear", None) and net.score is None and not net.within_limits
        assert re.search(r"not measured: ([\d.e-]+ of [\d.]+ epochs|the minutes of the brief carry)", net.why_not or "")


def test_the_report_says_how_many_epochs_were_made(verdict: dict) -> None:  # noqa: F811
    why = steps.not_measured(3 / EPOCHS, epochs=EPOCHS)
    line = next(t for t in verdict["test"] if t["candidate"] == "mlp")
    line |= {"score": None, "low": None, "high": None, "within_limits": False, "why_not": why}
    verdict["cut_short"] = [{"candidate": "tabm", "rows": 100, "share": 0.25, "epochs": EPOCHS}]
    html = page.render(from_plain(verdict), [], page.Serving("a", "new.csv"))
    assert "3 of 40 epochs fitted in the minutes of the brief; raise limits.minutes" in html
    assert "made 10 of its 40 usual epochs" in html
