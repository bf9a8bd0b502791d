"""The one loop that trains every net: gradient descent on shuffled batches, early stop on held-out rows.

One thread: nets this small run no faster on two, and 10 to 20 times slower when the machine is busy (LAB.md).
Fits are spread over processes instead, so the answer never depends on how many cores there are; only a run that its
time budget cuts short (schedule_progress) takes what cores are idle.

A graphics card computes the steps where the build uses one (`scale.device`); the rows, their random changes and the trained
net stay with the processor.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from breakeven.models.training import augment, checkpoint, losses, malloc_tuning, optimisers, step_budget
from breakeven.models.training.losses import Loss
from breakeven.models.training.rows import Rows
from breakeven.models.training.schedule_progress import ScheduleProgress
from breakeven.scale import device

Net = TypeVar("Net", bound=nn.Module)
#: Rows judged at a time.
JUDGED = 512
#: Attempts at a run that diverges.
ATTEMPTS = 3
#: Factor by which the rate is divided from one attempt to the next.
LOWER = 3
#: Seconds between two states on disk.
SAVED_EVERY = 10.0
#: Devices whose random numbers (of dropout) are not the processor's.
CARDS = {"cuda": torch.cuda, "mps": torch.mps}


@dataclass(frozen=True)
class Plan:
    """How to train: epochs over the rows, rows a batch (1: each by itself; all of them or more: the whole batch), highest
    rate, weight decay, seed; optimiser, schedule and momentum as in `training.optimisers`.

    `patience` epochs without a better held-out loss end the run; the best weights are the ones kept. `clip`: the longest
    gradient that is followed whole (0: any). `mix_up`: share of another row that a row is
    joined with at the most (0: none). `half`: products in bfloat16 where the processor has
    them, twice as fast; elsewhere they are emulated, and not used, nor are they on a graphics card. Raises ValueError for what cannot be.
    """

    epochs: int
    batch: int
    rate: float
    decay: float = 1e-2
    patience: int = 12
    clip: float = 1.0
    seed: int = 0
    half: bool = False
    momentum: float = 0.9
    optimiser: optimisers.Name = "adamw"
    schedule: optimisers.Schedule = "one-cycle"
    mix_up: float = 0.0

    def __post_init__(self) -> None:
        for name, good, limits in (
            ("rate", 0 < self.rate < math.inf, "above 0"),
            ("epochs", self.epochs >= 1, "at least 1"),
            ("batch", self.batch >= 1, "at least 1"),
            ("patience", self.patience >= 1, "at least 1"),
            ("decay", 0 <= self.decay < math.inf, "at least 0"),
            ("clip", 0 <= self.clip < math.inf, "at least 0"),
            ("mix_up", 0 <= self.mix_up < 1, "from 0 to below 1"),
            ("momentum", 0 <= self.momentum < 1, "from 0 to below 1"),
        ):
            if not good:
                raise ValueError(f"{name} {getattr(self, name):g}: it must be {limits}")
        for name, chosen, known in (
            ("optimiser", self.optimiser, optimisers.NAMES),
            ("schedule", self.schedule, optimisers.SCHEDULES),
        ):
            if chosen not in known:
                raise ValueError(f"{name} {chosen!r}: not one of {', '.join(known)}")


@dataclass(frozen=True)
class Epoch:
    """Mean loss of the rows learned from, loss of the held-out rows (None without), the rate at the end, seconds."""

    loss: float
    held: float | None
    rate: float
    seconds: float


@dataclass(frozen=True)
class Trained:
    """History of a run: epochs, index of the epoch whose weights were kept, share of the usual steps made."""

    epochs: tuple[Epoch, ...]
    best: int
    share: float = 1.0

    @property
    def losses(self) -> tuple[float, ...]:
        """Held-out loss after each epoch; training loss where no rows are held out."""
        return tuple(e.loss if e.held is None else e.held for e in self.epochs)


#: Called after every epoch with its numbers and the seconds that the remaining epochs would take at its speed.
OnEpoch = Callable[[Epoch, float], None]


class Diverged(ArithmeticError):
    """The loss became NaN or infinite."""


@cache
def multiplies_half() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX512-BF16 or AMX); emulated it is many times slower (LAB.md)."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread, then as before.

    Denormal numbers are flushed to zero meanwhile: processors handle them a hundred times slower, and where inputs are
    mostly zero, Adam's moments decay into them (LAB.md).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def train(
    make: Callable[[], Net],
    loss: Loss,
    rows: Rows,
    y: Tensor,
    held: tuple[Tensor, Tensor] | None,
    plan: Plan,
    on_epoch: OnEpoch | None = None,
) -> tuple[Net, Trained]:
    """Train a fresh net from `make` on `rows` with truth y (n,).

    `held`: indices of training rows and of held-out rows, which decide when to stop (None: train all epochs on all rows).
    A net with a method `gradient` computes its own gradient of plain cross-entropy, as the perceptron in examples/lessons does.
    Within `checkpoint.at` a run that was killed continues from its last state.

    A run that diverges is started again at a third of the rate, at most twice. Raises Diverged after that.
    """
    if y.is_floating_point() and not bool(torch.isfinite(y).all()):
        raise ValueError(f"{int((~torch.isfinite(y)).sum()):,} of {len(y):,} rows have a truth that is no number")
    if held is not None and not (len(held[0]) and len(held[1])):
        raise ValueError(
            f"{len(held[0]):,} rows to learn from and {len(held[1]):,} held out: there must be some of both"
        )
    path = checkpoint.claim()
    kept = _kept(path, make, plan, len(rows)) if path else None
    for attempt in range(kept.metadata["attempt"] if kept else 0, ATTEMPTS):
        torch.manual_seed(plan.seed)
        run = Run(make(), loss, rows, y, held, plan, plan.rate / LOWER**attempt)
        if kept is not None:
            run.restore(kept)
            kept = None
        try:
            with one_thread(), malloc_tuning.reuse_freed_memory():
                run.through(attempt, path, on_epoch)
        except Diverged:
            if step_budget.left() == 0:
                break
            continue
        step_budget.made(run.share, plan.epochs)
        return run.result().eval(), Trained(tuple(run.epochs), run.best, run.share)
    raise Diverged(
        f"the loss is not a number even at rate {run.rate:g}; check the columns for extreme values, or lower the rate"
    )


def _kept(path: Path, make: Callable[[], nn.Module], plan: Plan, rows: int) -> checkpoint.State | None:
    """The state of this very run, if it was killed before."""
    state = checkpoint.load(path)
    return state if state is not None and state.metadata.get("run") == _identity(make(), plan, rows) else None


def _identity(net: nn.Module, plan: Plan, rows: int) -> list[object]:
    """Values that must agree before a state is resumed; runs with and without a time budget do not mix."""
    shapes = {name: list(tensor.shape) for name, tensor in net.state_dict().items()}
    timed = step_budget.left() is not None
    return [asdict(plan), rows, shapes, torch.__version__, timed, step_budget.planned(), device.current()]


class Run(Generic[Net]):
    """One attempt: the net, its optimiser, where it is, and the best weights so far."""

    def __init__(
        self,
        net: Net,
        loss: Loss,
        rows: Rows,
        y: Tensor,
        held: tuple[Tensor, Tensor] | None,
        plan: Plan,
        rate: float,
    ) -> None:
        self.net, self.loss, self.rows, self.y, self.held, self.plan, self.rate = net, loss, rows, y, held, plan, rate
        self.device = torch.device(device.current())
        self.net.to(self.device)
        self.learned = held[0] if held else torch.arange(len(rows))
        self.steps = max(1, len(self.learned) // plan.batch)
        self.half = plan.half and self.device.type == "cpu" and multiplies_half()
        plain = loss is losses.CROSS_ENTROPY and not plan.mix_up
        self.by_hand = getattr(net, "gradient", None) if plain else None
        self.optimiser = optimisers.optimiser(net, plan.optimiser, rate, plan.decay, plan.momentum)
        self.planned = step_budget.planned()
        self.progress = ScheduleProgress(max(1, round(plan.epochs * self.steps * self.planned)))
        self.schedule = optimisers.LRSchedule(self.optimiser, plan.schedule, rate, self.progress.total)
        self.shuffle, self.noise = (torch.Generator().manual_seed(plan.seed + k) for k in (0, 1))
        self.epochs: list[Epoch] = []
        self.best, self.kept = -1, dict[str, Tensor]()

    @property
    def share(self) -> float:
        """Steps made as a share of the usual ones, where the time budget or a shorter plan ended the run; else 1."""
        return self.progress.share * self.planned if self.progress.over else 1.0

    @property
    def over(self) -> bool:
        """Whether it has ended: all epochs made, no time left, or no better for `patience` epochs."""
        made = len(self.epochs)
        tired = self.held is not None and made > 0 and made - 1 - self.best >= self.plan.patience
        return made >= self.plan.epochs or self.progress.over or tired

    def through(self, attempt: int, path: Path | None, on_epoch: OnEpoch | None) -> None:
        """Run the remaining epochs, saving the state in `path`. Raises Diverged."""
        saved = time.perf_counter()
        while not self.over:
            self.epoch()
            if on_epoch:
                on_epoch(self.epochs[-1], self.epochs[-1].seconds * (self.plan.epochs - len(self.epochs)))
            if path and time.perf_counter() - saved >= SAVED_EVERY:
                checkpoint.save(path, self.state(attempt))
                saved = time.perf_counter()
        if self.held is None:
            self.best = len(self.epochs) - 1

    def epoch(self) -> None:
        """One pass over the rows, recorded with its losses. Raises Diverged."""
        self.net.train()
        start, lost, made = time.perf_counter(), torch.zeros((), device=self.device), 0
        order = self.learned[torch.randperm(len(self.learned), generator=self.shuffle)]
        for part in batches(order, self.plan.batch, self.steps):
            lost, made = lost + self.step(part), made + 1
            if self.progress.over:
                break
        held = self.held_loss() if self.held else None
        if not math.isfinite(now := float(lost) / made if held is None else held):
            raise Diverged
        rate = float(self.optimiser.param_groups[-1]["lr"])
        if held is not None and (self.best < 0 or now < (self.epochs[self.best].held or 0.0)):
            self.best, self.kept = len(self.epochs), {k: v.clone() for k, v in self.net.state_dict().items()}
        self.epochs.append(Epoch(float(lost) / made, held, rate, time.perf_counter() - start))

    def step(self, part: Tensor) -> Tensor:
        """One step down the gradient of some rows' loss, which is returned."""
        inputs, truth = self._moved(part, self.noise)
        if self.by_hand is not None:
            value: Tensor = self.by_hand(*inputs, truth)
        else:
            value = self._forward(inputs, truth)
            self.optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(value)
        if self.plan.clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.clip)
        self.optimiser.step()
        self.schedule.to(self.progress.step())
        return value.detach()

    def _moved(self, part: Tensor, noise: torch.Generator | None) -> tuple[tuple[Tensor, ...], Tensor]:
        """The net's arguments and the truth of some rows, on its device."""
        inputs = tuple(given.to(self.device) for given in self.rows.take(part, noise))
        return inputs, self.y[part].to(self.device)

    def _forward(self, inputs: tuple[Tensor, ...], truth: Tensor) -> Tensor:
        """The loss of rows, joined in pairs where mix-up is asked for."""
        other, own = truth, 1.0
        if self.plan.mix_up:
            inputs, places, own = augment.mixed(inputs, self.plan.mix_up, self.noise)
            other = truth[places]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            out = self.net(*inputs)
        value = self.loss(out.float(), truth)
        return value if own == 1 else own * value + (1 - own) * self.loss(out.float(), other)

    def held_loss(self) -> float:
        """Mean loss of the held-out rows."""
        assert self.held is not None
        net, held, total = self.net.eval(), self.held[1], 0.0
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            for part in torch.split(held, JUDGED):
                inputs, truth = self._moved(part, None)
                total += float(self.loss(net(*inputs).float(), truth)) * len(part)
        return total / len(held)

    def result(self) -> Net:
        """The net with the weights that were kept, on the processor."""
        if self.kept:
            self.net.load_state_dict(self.kept)
        return self.net.cpu()

    def state(self, attempt: int) -> checkpoint.State:
        """Everything the remaining epochs depend on."""
        own = self.optimiser.state_dict()
        tensors = {
            f"optimiser/{i}/{k}": torch.as_tensor(v)
            for i, one in own["state"].items()
            for k, v in one.items()
            if v is not None
        }
        parts = {"net": self.net.state_dict(), "kept": self.kept}
        tensors |= {f"{part}/{k}": v for part, held in parts.items() for k, v in held.items()}
        tensors |= {
            "shuffle": self.shuffle.get_state(),
            "noise": self.noise.get_state(),
            "torch": torch.get_rng_state(),
        }
        if (card := CARDS.get(self.device.type)) is not None:
            tensors["card"] = card.get_rng_state()
        metadata = {
            "run": _identity(self.net, self.plan, len(self.rows)),
            "attempt": attempt,
            "groups": own["param_groups"],
            "best": self.best,
            "epochs": [asdict(e) for e in self.epochs],
            "done": self.progress.done,
            "place": self.progress.place,
        }
        return checkpoint.State(tensors, metadata)

    def restore(self, state: checkpoint.State) -> None:
        """Restore a state."""
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in state.tensors.items():
            part, _, key = name.partition("/")
            parts.setdefault(part, {})[key] = tensor
        self.net.load_state_dict(parts["net"])
        own: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts.get("optimiser", {}).items():
            i, _, key = name.partition("/")
            own.setdefault(int(i), {})[key] = tensor
        self.optimiser.load_state_dict({"state": own, "param_groups": state.metadata["groups"]})
        for parameter, one in self.optimiser.state.items():  # a file knows no memory order; fused optimisers go by it
            one |= {k: torch.empty_like(parameter).copy_(v) for k, v in one.items() if v.shape == parameter.shape}
        for generator, name in ((self.shuffle, "shuffle"), (self.noise, "noise")):
            generator.set_state(parts[name][""])
        torch.set_rng_state(parts["torch"][""])
        if (card := CARDS.get(self.device.type)) is not None:
            card.set_rng_state(parts["card"][""])
        self.epochs, self.best = [Epoch(**e) for e in state.metadata["epochs"]], state.metadata["best"]
        self.kept = parts.get("kept", {})
        self.progress.resume(state.metadata["done"], state.metadata["place"])
        self.schedule.to(self.progress.place)


def batches(order: Tensor, batch: int, steps: int) -> list[Tensor]:
    """Rows of each step; the last takes the remainder, so that none is too small to learn from.

    >>> [len(part) for part in batches(torch.arange(10), 4, 2)]
    [4, 6]
    """
    return [order[k * batch : (k + 1) * batch if k < steps - 1 else len(order)] for k in range(steps)]
