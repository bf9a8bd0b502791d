"""The loop, the search, calibration, workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from breakeven.core.errors import InputError
from breakeven.models.training import calibrate, loop, optimisers, schedule_progress, step_budget, tune
from breakeven.models.training.rows import TensorRows
from breakeven.scale.executor import Workers, alone, cores


def data(n: int = 200):
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(n, 4, generator=generator)
    return X, (X[:, 0] > 0).long()


def test_the_loop_learns_and_keeps_the_best_weights() -> None:
    X, y = data()
    net, told = loop.train(
        lambda: nn.Linear(4, 2),
        functional.cross_entropy,
        TensorRows(X),
        y,
        (torch.arange(150), torch.arange(150, len(X))),
        loop.Plan(30, 16, 0.05),
    )
    assert float((net(X).argmax(1) == y).float().mean()) > 0.95
    held = functional.cross_entropy(net(X[150:]), y[150:]).item()
    assert held == pytest.approx(min(told.losses), abs=1e-6)
    assert told.losses[told.best] == min(told.losses)


def test_divergence_is_retried_at_a_lower_rate_then_said() -> None:
    X, y = data()

    class Brittle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(4, 2)

        def forward(self, x):
            return self.inner(x) * float("nan")

    with pytest.raises(loop.Diverged, match="rate"):
        loop.train(Brittle, functional.cross_entropy, TensorRows(X), y, None, loop.Plan(2, 16, 0.1))


def test_threads_are_put_back() -> None:
    before, faint = torch.get_num_threads(), torch.full((64,), 1e-40)
    with loop.one_thread():
        assert torch.get_num_threads() == 1
        assert float((faint * 1.0).sum()) == 0  # else steps are a hundred times slower where moments fade
    assert torch.get_num_threads() == before
    assert float((faint * 1.0).sum()) > 0


def space(trial):
    return {"x": trial.suggest_float("x", -1, 1)}


def two(trial):
    return {"x": trial.suggest_float("x", -1, 1), "idle": trial.suggest_float("idle", -1, 1)}


def judged(drawn, whole):
    """The first look is a little off."""
    for settings in drawn:
        yield -((settings["x"] - (0.3 if whole else 0.25)) ** 2)


@pytest.mark.parametrize("cut_whole", [True, False])
def test_search_resumes_to_the_same_result(tmp_path: Path, cut_whole: bool) -> None:
    whole = tune.search(two, judged, tmp_path / "a" / "j", 18, 3, lambda: 1e9)
    calls = []

    def cut(drawn, all_rows):
        calls.append(1)
        for k, score in enumerate(judged(drawn, all_rows)):
            if len(calls) > 2 and all_rows == cut_whole and k == 1:
                raise KeyboardInterrupt
            yield score

    with pytest.raises(KeyboardInterrupt):
        tune.search(two, cut, tmp_path / "b" / "j", 18, 3, lambda: 1e9)
    again = tune.search(two, judged, tmp_path / "b" / "j", 18, 3, lambda: 1e9)
    assert whole is not None and whole == again
    assert abs(whole.settings["x"] - 0.3) < 0.2


def test_a_third_is_fitted_on_all_rows_and_what_mattered_is_said(tmp_path: Path) -> None:
    asked = {True: 0, False: 0}

    def counting(drawn, whole):
        asked[whole] += len(drawn)
        yield from judged(drawn, whole)

    found = tune.search(two, counting, tmp_path / "j", 24, 0, lambda: 1e9)
    assert found is not None and found.trials == asked[False] == 24
    assert found.completed == asked[True] and 4 <= found.completed <= 14
    assert found.importances is not None and found.importances["x"] > 0.8 > 0.2 > found.importances["idle"]
    plain = tune.search(two, judged, tmp_path / "k", 12, 0, lambda: 1e9, halving=False)
    assert plain is not None and plain.completed == plain.trials == 12


def test_trials_that_fail_are_left_out(tmp_path: Path) -> None:
    def failing(drawn, whole):
        for settings in drawn:
            yield None if settings["x"] > 0 else -settings["x"]

    found = tune.search(two, failing, tmp_path / "j", 12, 0, lambda: 1e9)
    assert found is not None and found.settings["x"] <= 0
    assert tune.search(two, lambda drawn, whole: [None] * len(drawn), tmp_path / "k", 12, 0, lambda: 1e9) is None


def test_no_time_no_search(tmp_path: Path) -> None:
    assert tune.search(space, lambda drawn, whole: iter(()), tmp_path / "j", 8, 0, lambda: -1.0) is None


def test_a_search_begins_only_where_slower_settings_would_fit(tmp_path: Path) -> None:
    """What is tried may take twice as long as the defaults, by which a batch is expected to take 5 s."""
    assert tune.search(two, judged, tmp_path / "j", 8, 0, lambda: 9.0, longest=5.0) is None
    assert tune.search(two, judged, tmp_path / "k", 8, 0, lambda: 11.0, longest=5.0) is not None


def test_conformal_width_holds_nine_in_ten() -> None:
    rng = np.random.default_rng(0)
    held = [
        float(np.mean(np.abs(rng.normal(size=2000)) <= calibrate.half_width(np.zeros(100), rng.normal(size=100))))
        for _ in range(50)
    ]
    assert 0.89 < np.mean(held) < 0.93


def square(x: int) -> tuple[int, int]:
    return x * x, os.getpid()


@pytest.mark.parametrize("count", [1, 2])
def test_workers_answer_alike(count: int) -> None:
    found = dict(Workers(count).run(square, range(5)))
    assert {x: y for x, (y, _) in found.items()} == {x: x * x for x in range(5)}
    assert all((pid == os.getpid()) == (count == 1) for _, pid in found.values())


def test_alone_is_a_process_of_its_own() -> None:
    first, second = alone(square, 3), alone(square, 3)
    assert first[0] == second[0] == 9
    assert len({first[1], second[1], os.getpid()}) == 3


def test_cores_are_measured(processes: None) -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_the_number_of_processes_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_PROCESSES", "1")
    assert Workers().count == 1
    monkeypatch.setenv("BREAKEVEN_PROCESSES", "none")
    with pytest.raises(InputError, match="BREAKEVEN_PROCESSES: 'none' is not a number"):
        Workers()


@pytest.mark.slow
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import time\nfrom breakeven.scale.executor import Workers\nimport tests.models.training.test_train as t\n"
        "list(Workers(2).run(t.square, range(4)))\n"
        "pids = {p for _, (_, p) in Workers(2).run(t.square, range(4))}\nprint(*pids, flush=True)\ntime.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None
    pids = [int(p) for p in process.stdout.readline().split()]
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{p}").exists() and "Z" not in Path(f"/proc/{p}/stat").read_text().split()[2] for p in pids):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.2)


def test_half_precision_is_used_only_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.dtype] = []

    class Watching(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out = super().forward(x)
            seen.append(out.dtype)
            return out

    X, y = data()
    for has, expected in ((False, torch.float32), (True, torch.bfloat16)):
        seen.clear()
        monkeypatch.setattr(loop, "multiplies_half", lambda has=has: has)
        plan = loop.Plan(1, 16, 0.05, half=True)
        loop.train(lambda: Watching(4, 2), functional.cross_entropy, TensorRows(X), y, None, plan)
        assert set(seen) == {expected}


class Slow(nn.Module):
    """A net whose step takes at least 5 ms, the first one longer."""

    def __init__(self, first: float = 0.0) -> None:
        super().__init__()
        self.inner, self.first = nn.Linear(4, 2), first

    def forward(self, x):
        time.sleep(0.005 + self.first)
        self.first = 0.0
        return self.inner(x)


def slowly(allowed: float | None, first: float = 0.0) -> tuple[nn.Module, loop.Trained]:
    X, y = data()
    with step_budget.within(allowed):
        return loop.train(
            lambda: Slow(first), functional.cross_entropy, TensorRows(X), y, None, loop.Plan(10, 16, 0.05)
        )


def test_a_net_that_may_not_take_its_time_makes_fewer_steps_and_ends_at_the_lowest_rate(monkeypatch) -> None:
    made, optimiser = [], optimisers.optimiser
    monkeypatch.setattr(optimisers, "optimiser", lambda *given: made.append(optimiser(*given)) or made[-1])
    net, told = slowly(0.3)
    assert 0.05 < told.share < 0.9
    assert made[0].param_groups[0]["lr"] < 0.05 / 1000
    X, y = data()
    assert float((net(X).argmax(1) == y).float().mean()) > 0.6  # how many steps fit in depends on the machine
    assert slowly(0.0)[1].share == pytest.approx(1 / 120)  # one step at the least


def test_an_allowance_that_is_enough_changes_nothing_nor_does_a_slow_first_step() -> None:
    (free, told), (held, same) = slowly(None), slowly(4.0, first=1.0)
    assert told.share == same.share == 1 and told.losses == same.losses
    assert torch.equal(free.inner.weight, held.inner.weight)
    assert step_budget.left() is None


def test_without_time_for_another_attempt_divergence_is_said() -> None:
    X, y = data()
    tried = []

    def brittle() -> nn.Module:
        tried.append(1)
        net = nn.Linear(4, 2)
        nn.init.constant_(net.weight, float("nan"))
        return net

    with step_budget.within(0.0), pytest.raises(loop.Diverged):
        loop.train(brittle, functional.cross_entropy, TensorRows(X), y, None, loop.Plan(2, 16, 0.1))
    assert len(tried) == 1


def test_the_rates_schedule_is_run_through_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(schedule_progress.time, "perf_counter", lambda: now[0])
    with step_budget.within(10.0):
        run = schedule_progress.ScheduleProgress(100)
    places = []
    while not run.over:
        now[0] += 0.5
        places.append(run.step())
    assert len(places) == 20 and run.share == 0.2
    assert places[:12] == [*range(1, 12), 60] and places[-1] == 100
    assert all(a < b for a, b in pairwise(places))


def test_the_faster_number_of_threads_is_found_and_left_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now, chosen, cost = [0.0], [1], {1: 1.0, 2: 0.6}
    monkeypatch.setattr(schedule_progress.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(schedule_progress.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(schedule_progress.torch, "set_num_threads", lambda k: chosen.__setitem__(0, k))
    threads, steps, took, before = schedule_progress.Threads(), 600, [], 1
    for step in range(2 * steps):
        cost[2] = 0.6 if step < steps else 10.0  # somebody else takes the second core
        took.append(cost[chosen[0]] * (5 if len(took) and chosen[0] != before else 1))  # products are prepared anew
        before = chosen[0]
        now[0] += took[-1]
        threads.timed(now[0])
    assert np.mean(took[:steps]) < 0.8
    assert np.mean(took[steps:]) < 1.9


def test_a_fit_reads_the_least_share_of_its_nets() -> None:
    with step_budget.within(60.0) as outer:
        step_budget.made(0.5)
        with step_budget.within(30.0) as inner:
            step_budget.made(0.2)
        assert outer.share == 0.2
        step_budget.made(0.8)
    step_budget.made(0.1)  # outside of any: nobody reads it
    assert (outer.share, inner.share) == (0.2, 0.2)


def test_a_shorter_plan_is_made_whole_whatever_the_clock_says() -> None:
    """Half of the steps, the rate down to its end, and the same weights with an allowance as without."""
    X, y = data()

    def half(allowed: float | None) -> tuple[nn.Module, loop.Trained]:
        with step_budget.within(allowed, plan=0.5), step_budget.within(allowed):  # a part of the fit keeps its plan
            return loop.train(Slow, functional.cross_entropy, TensorRows(X), y, None, loop.Plan(10, 16, 0.05))

    (free, told), (held, same) = half(None), half(60.0)
    assert told.share == same.share == 0.5 and len(told.epochs) == 5
    assert told.epochs[-1].rate < 0.05 / 1000
    assert torch.equal(free.inner.weight, held.inner.weight)
    assert step_budget.planned() == 1
