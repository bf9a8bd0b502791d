"""The one loop that trains every net: shuffled mini-batches, AdamW, one-cycle rate, early stop on held-out rows.

One thread: nets this small run no faster on two, and 10 to 20 times slower when the machine is busy (LAB.md).
Fits are spread over processes instead, so the answer never depends on how many cores there are; only a run that its
allowance cuts short (train.pace) takes what cores are idle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from breakeven.train import allowance
from breakeven.train.pace import Pace

Loss = Callable[[Tensor, Tensor], Tensor]
#: Rows judged at a time.
JUDGED = 512


class Rows(Protocol):
    """Training rows that give a net's arguments for some of them at a time, so that not all need be in memory."""

    def __len__(self) -> int:
        """How many rows."""

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """The net's arguments for rows (b,); with `noise`, randomly changed as training wants it."""


class Whole:
    """Rows that are one tensor (n, d)."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """Some rows, unchanged."""
        del noise
        return (self.values[rows],)


@dataclass(frozen=True)
class Plan:
    """How to train: epochs over the rows, rows a batch, highest rate, weight decay, seed.

    `patience` epochs without a better held-out loss end the run; the best weights are the ones kept. `half`: products in
    bfloat16 where the processor has them, twice as fast; elsewhere they are emulated, and not used. `momentum` above 0:
    gradient descent with Nesterov's momentum.
    """

    epochs: int
    batch: int
    rate: float
    decay: float = 1e-2
    patience: int = 12
    clip: float = 1.0
    seed: int = 0
    half: bool = False
    momentum: float = 0.0


@dataclass(frozen=True)
class Trained:
    """What happened: the held-out loss after each epoch, the epoch whose weights were kept, steps made of those planned."""

    losses: tuple[float, ...]
    best: int
    retries: int
    share: float = 1.0


class Diverged(ArithmeticError):
    """The loss became NaN or infinite."""


@cache
def multiplies_half() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX512-BF16 or AMX); emulated it is many times slower (LAB.md)."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@contextmanager
def one_thread() -> Any:
    """Run torch on one thread, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(make: Callable[[], nn.Module], loss: Loss, rows: Rows, y: Tensor, held: tuple[Tensor, Tensor] | None,
          plan: Plan) -> tuple[nn.Module, Trained]:  # fmt: skip
    """Train a fresh net from `make` on those of `rows` that `held` does not hold back, with truth y (n,).

    `held` are numbers of (training rows, held-out rows) that decide when to stop (None: train all epochs on all rows).

    A run that diverges is started again at a third of the rate, at most twice. Raises Diverged after that.
    """
    rate = plan.rate
    for attempt in range(3):
        torch.manual_seed(plan.seed)
        net = make()
        try:
            with one_thread():
                losses, best, share = _run(net, loss, rows, y, held, plan, rate)
            return net.eval(), Trained(tuple(losses), best, attempt, share)
        except Diverged:
            if allowance.left() == 0:
                break
            rate /= 3
    raise Diverged(f"the loss is not a number even at rate {rate:g}; check the columns for extreme values")


def _run(net: nn.Module, loss: Loss, rows: Rows, y: Tensor, held: tuple[Tensor, Tensor] | None, plan: Plan,
         rate: float) -> tuple[list[float], int, float]:  # fmt: skip
    learned = held[0] if held else torch.arange(len(rows))
    steps = max(1, len(learned) // plan.batch)
    half = plan.half and multiplies_half()
    optimiser = _optimiser(net, plan, rate)
    pace = Pace(plan.epochs * steps)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=pace.total + 1, pct_start=0.2,
                                                   cycle_momentum=plan.momentum == 0)  # fmt: skip
    shuffle, noise = (torch.Generator().manual_seed(plan.seed + k) for k in (0, 1))
    losses: list[float] = []
    best, kept = -1, None
    for epoch in range(plan.epochs):
        net.train()
        sum_, made = torch.zeros(()), 0
        for part in _batches(learned[torch.randperm(len(learned), generator=shuffle)], plan.batch, steps):
            optimiser.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                out = net(*rows.take(part, noise))
            value = loss(out.float(), y[part])
            value.backward()
            nn.utils.clip_grad_norm_(net.parameters(), plan.clip)
            optimiser.step()
            schedule.last_epoch = pace.step() - 1
            schedule.step()
            sum_, made = sum_ + value.detach(), made + 1
            if pace.over:
                break
        now = _held_loss(net, loss, rows, y, held[1], half) if held else float(sum_) / made
        if not math.isfinite(now):
            raise Diverged
        losses.append(now)
        if held and (best < 0 or now < losses[best]):
            best, kept = epoch, {k: v.clone() for k, v in net.state_dict().items()}
        if pace.over or (held and epoch - best >= plan.patience):
            break
    if kept is not None:
        net.load_state_dict(kept)
    return losses, best if held else len(losses) - 1, pace.share if pace.over else 1.0


def _batches(order: Tensor, batch: int, steps: int) -> Iterator[Tensor]:
    """Rows of each step; the last takes the remainder, so that none is too small to learn from."""
    for k in range(steps):
        yield order[k * batch : (k + 1) * batch if k < steps - 1 else len(order)]


def _held_loss(net: nn.Module, loss: Loss, rows: Rows, y: Tensor, held: Tensor, half: bool) -> float:
    net.eval()
    total = 0.0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        for part in held.split(JUDGED):
            total += float(loss(net(*rows.take(part, None)).float(), y[part])) * len(part)
    return total / len(held)


def _optimiser(net: nn.Module, plan: Plan, rate: float) -> torch.optim.Optimizer:
    groups = _groups(net, plan.decay)
    if plan.momentum:
        return torch.optim.SGD(groups, lr=rate, momentum=plan.momentum, nesterov=True)
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=True)


def _groups(net: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights decay, biases and single-row parameters do not."""
    weights = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
