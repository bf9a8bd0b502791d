"""A killed run goes on to the same weights; a state that cannot be read or written loses nothing."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from lessons.convolution import ConvNet
from torch import nn

from breakeven.core import store
from breakeven.models.training import checkpoint, loop, losses, schedule_progress, step_budget
from breakeven.models.training.rows import TensorRows

PLAN = loop.Plan(30, 16, 0.02, optimiser="adamw", patience=99)


class Noisy(nn.Module):
    """Drop-out draws from torch's own generator, which a state must hold too."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self.body, self.pause = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2)), pause

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        time.sleep(self.pause)
        return self.body(x)


def run(place: Path | None, plan: loop.Plan = PLAN, pause: float = 0.0) -> tuple[dict, loop.Trained]:
    X = torch.randn(120, 4, generator=torch.Generator().manual_seed(0))
    y = (X[:, 0] > 0).long()
    held = torch.arange(90), torch.arange(90, 120)
    with checkpoint.at(place):
        net, told = loop.train(lambda: Noisy(pause), losses.loss("cross-entropy"), TensorRows(X), y, held, plan)
    return net.state_dict(), told


def same(one: dict, other: dict) -> bool:
    return all(torch.equal(v, other[k]) for k, v in one.items())


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {root!r} + "/examples"]
from breakeven.models.training import loop
from tests.models.training import test_checkpoint as t
loop.SAVED_EVERY = 0.0
print("on", flush=True)
t.run(Path({place!r}), pause=0.02)
"""


def test_a_run_killed_at_any_moment_reaches_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, root = tmp_path, str(Path(__file__).resolve().parents[3])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(root=root, place=str(place))], stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 60
    while not (place / "0.npz").exists():
        assert time.monotonic() < deadline, "no state was saved"
        time.sleep(0.02)
    time.sleep(0.3)
    process.kill()
    process.wait()
    process.stdout.close()
    state = checkpoint.load(place / "0.npz")
    assert state is not None and 0 < len(state.metadata["epochs"]) < PLAN.epochs
    made = counted(monkeypatch)
    weights, told = run(place)
    assert len(made) == len(told.epochs) - len(state.metadata["epochs"]), "it went on, and did not start anew"
    whole, undisturbed = run(None)
    assert same(weights, whole)
    assert told.losses == undisturbed.losses and told.best == undisturbed.best


def counted(monkeypatch: pytest.MonkeyPatch, most: int = 10**9) -> list[int]:
    """Epochs made from now on; after `most` of them Ctrl-C."""
    made, epoch = list[int](), loop.Run.epoch

    def one(self: loop.Run) -> None:
        if len(made) == most:
            raise KeyboardInterrupt
        epoch(self)
        made.append(1)

    monkeypatch.setattr(loop.Run, "epoch", one)
    return made


def stopped(start: Callable[[], object], monkeypatch: pytest.MonkeyPatch, after: int = 5) -> None:
    """A run interrupted after some epochs, its state on disk."""
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        counted(patch, after)
        start()


def pictures(place: Path | None, plan: loop.Plan) -> tuple[dict, loop.Trained]:
    """A net whose weights lie channels last, with batch norm's counters."""

    def make() -> nn.Module:
        return nn.Sequential(ConvNet((8, 8, 3), 4), nn.BatchNorm1d(4), nn.Linear(4, 2))

    X = torch.randn(60, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with checkpoint.at(place):
        net, told = loop.train(
            make, losses.loss("cross-entropy"), TensorRows(X), (X[:, 0].mean((1, 2)) > 0).long(), None, plan
        )
    return net.state_dict(), told


@pytest.mark.parametrize("start", [run, pictures])
@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("schedule", ["one-cycle", "step"])
def test_every_optimiser_goes_on_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start, optimiser, schedule
) -> None:
    plan = loop.Plan(9, 16, 0.02, optimiser=optimiser, schedule=schedule)
    stopped(lambda: start(tmp_path, plan), monkeypatch)
    made = counted(monkeypatch)
    again = start(tmp_path, plan)[0]
    assert len(made) == 4
    assert same(again, start(None, plan)[0])


def test_a_state_of_another_net_or_of_a_hurried_run_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = loop.Plan(6, 16, 0.02)
    stopped(lambda: pictures(tmp_path, plan), monkeypatch, 3)
    made = counted(monkeypatch)
    run(tmp_path, plan)
    assert len(made) == 6
    with step_budget.within(100.0):
        stopped(lambda: run(tmp_path, plan), monkeypatch, 3)
    made.clear()
    assert same(run(tmp_path, plan)[0], run(None, plan)[0])
    assert len(made) == 12


def test_a_hurried_run_that_goes_on_spreads_what_is_left_over_its_new_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(schedule_progress.time, "perf_counter", lambda: now[0])
    with step_budget.within(10.0):
        one = schedule_progress.ScheduleProgress(100)
    one.resume(done=20, place=60)
    places = []
    while not one.over:
        now[0] += 0.5
        places.append(one.step())
    assert places[-1] == 100 and len(places) == 20
    assert all(a <= b for a, b in pairwise(places))
    assert places[15] == 60 + int(40 * 8 / 10)


def test_a_state_cut_in_half_and_that_of_another_run_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "0.npz"
    stopped(lambda: run(tmp_path), monkeypatch)
    other = loop.Plan(7, 16, 0.05)
    assert same(run(tmp_path, other)[0], run(None, other)[0])
    stopped(lambda: run(tmp_path), monkeypatch)
    whole = state.read_bytes()
    for cut in (len(whole) // 2, 0, len(whole) - 10):
        state.write_bytes(whole[:cut])
        assert checkpoint.load(state) is None
    assert same(run(tmp_path)[0], run(None)[0])


def test_a_full_disk_is_said_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)

    def full(path: Path, **_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_arrays", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        weights, _ = run(tmp_path)
    assert same(weights, run(None)[0])


def test_what_the_disk_did_not_take_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file, **_: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.np, "savez", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        checkpoint.save(tmp_path / "0.npz", checkpoint.State({}, {}))
    assert not list(tmp_path.iterdir())


def test_runs_one_after_another_do_not_take_each_others_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(folder: Path | None) -> list[dict]:
        X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
        with checkpoint.at(folder):
            return [
                loop.train(Noisy, losses.loss("cross-entropy"), TensorRows(X), (X[:, k] > 0).long(), None, loop.Plan(4, 16, 0.05))[0].state_dict()
                for k in (0, 1)
            ]  # fmt: skip

    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    first, again, free = two(tmp_path), two(tmp_path), two(None)
    for one, other, plain in zip(first, again, free, strict=True):
        assert same(one, other) and same(one, plain)
    assert not same(free[0], free[1])
