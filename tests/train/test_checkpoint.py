"""A killed run goes on to the same weights; a state that cannot be read or written loses nothing."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from breakeven import store
from breakeven.train import checkpoint, loop, losses

PLAN = loop.Plan(30, 16, 0.02, average=0.9, optimiser="adamw", patience=99)


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
        net, told = loop.train(lambda: Noisy(pause), losses.loss("cross-entropy"), loop.Whole(X), y, held, plan)
    return net.state_dict(), told


def same(one: dict, other: dict) -> bool:
    return all(torch.equal(v, other[k]) for k, v in one.items())


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from breakeven.train import loop
from tests.train import test_checkpoint as t
loop.SAVED_EVERY = 0.0
print("on", flush=True)
t.run(Path({place!r}), pause=0.02)
"""


def test_a_run_killed_at_any_moment_reaches_the_same_weights(tmp_path: Path) -> None:
    place, root = tmp_path, str(Path(__file__).resolve().parents[2])
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
    assert state is not None and 0 < len(state.told["epochs"]) < PLAN.epochs
    weights, told = run(place)
    whole, undisturbed = run(None)
    assert same(weights, whole)
    assert told.losses == undisturbed.losses and told.best == undisturbed.best


def stopped(place: Path, monkeypatch: pytest.MonkeyPatch, plan: loop.Plan = PLAN, after: int = 5) -> None:
    """A run interrupted after some epochs, its state on disk."""
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    made, epoch = [], loop.Run.epoch

    def counted(self: loop.Run) -> None:
        if len(made) == after:
            raise KeyboardInterrupt
        made.append(epoch(self))

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop.Run, "epoch", counted)
        run(place, plan)


@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("schedule", ["one-cycle", "step"])
def test_every_optimiser_goes_on_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimiser, schedule) -> None:
    plan = loop.Plan(9, 16, 0.02, optimiser=optimiser, schedule=schedule)
    stopped(tmp_path, monkeypatch, plan)
    assert same(run(tmp_path, plan)[0], run(None, plan)[0])


def test_a_state_cut_in_half_and_that_of_another_run_start_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "0.npz"
    stopped(tmp_path, monkeypatch)
    other = loop.Plan(7, 16, 0.05)
    assert same(run(tmp_path, other)[0], run(None, other)[0])
    stopped(tmp_path, monkeypatch)
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


def test_runs_one_after_another_do_not_take_each_others_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(folder: Path | None) -> list[dict]:
        X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
        with checkpoint.at(folder):
            return [
                loop.train(Noisy, losses.loss("cross-entropy"), loop.Whole(X), (X[:, k] > 0).long(), None, loop.Plan(4, 16, 0.05))[0].state_dict()
                for k in (0, 1)
            ]  # fmt: skip

    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    first, again, free = two(tmp_path), two(tmp_path), two(None)
    for one, other, plain in zip(first, again, free, strict=True):
        assert same(one, other) and same(one, plain)
    assert not same(free[0], free[1])
