"""The one loop that trains every net: shuffled mini-batches, AdamW, one-cycle rate, early stop on held-out rows.

One thread: nets this small run no faster on two, and 10 to 20 times slower when the machine is busy (LAB.md).
Fits are spread over processes instead, so the answer never depends on how many cores there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Plan:
    """How to train: epochs over the rows, rows a batch, highest rate, weight decay, seed.

    `patience` epochs without a better held-out loss end the run; the best weights are the ones kept.
    """

    epochs: int
    batch: int
    rate: float
    decay: float = 1e-2
    patience: int = 12
    clip: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """What happened: the held-out loss after each epoch and the epoch whose weights were kept."""

    losses: tuple[float, ...]
    best: int
    retries: int


class Diverged(ArithmeticError):
    """The loss became NaN or infinite."""


@contextmanager
def one_thread() -> Any:
    """Run torch on one thread, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(make: Callable[[], nn.Module], loss: Loss, X: Tensor, y: Tensor, held: tuple[Tensor, Tensor] | None,
          plan: Plan) -> tuple[nn.Module, Trained]:  # fmt: skip
    """Train a fresh net from `make` on X (n, d), y (n,); `held` decides when to stop (None: train all epochs).

    A run that diverges is started again at a third of the rate, at most twice. Raises Diverged after that.
    """
    rate = plan.rate
    for attempt in range(3):
        torch.manual_seed(plan.seed)
        net = make()
        try:
            with one_thread():
                losses, best = _run(net, loss, X, y, held, plan, rate)
            return net.eval(), Trained(tuple(losses), best, attempt)
        except Diverged:
            rate /= 3
    raise Diverged(f"the loss is not a number even at rate {rate:g}; check the columns for extreme values")


def _run(net: nn.Module, loss: Loss, X: Tensor, y: Tensor, held: tuple[Tensor, Tensor] | None, plan: Plan,
         rate: float) -> tuple[list[float], int]:  # fmt: skip
    n = len(X)
    steps = max(1, n // plan.batch)
    optimiser = torch.optim.AdamW(_groups(net, plan.decay), lr=rate, betas=(0.9, 0.95), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=plan.epochs * steps + 1, pct_start=0.2)
    shuffle = torch.Generator().manual_seed(plan.seed)
    losses: list[float] = []
    best, kept = -1, None
    for epoch in range(plan.epochs):
        net.train()
        order = torch.randperm(n, generator=shuffle)
        rows, truth = X[order], y[order]
        total = torch.zeros(())
        for k in range(steps):
            # The last batch takes the remainder, so that none is too small to learn from.
            part = slice(k * plan.batch, (k + 1) * plan.batch if k < steps - 1 else n)
            optimiser.zero_grad(set_to_none=True)
            value = loss(net(rows[part]), truth[part])
            value.backward()
            nn.utils.clip_grad_norm_(net.parameters(), plan.clip)
            optimiser.step()
            schedule.step()
            total += value.detach()
        now = _held_loss(net, loss, held) if held else float(total) / steps
        if not math.isfinite(now):
            raise Diverged
        losses.append(now)
        if held and (best < 0 or now < losses[best]):
            best, kept = epoch, {k: v.clone() for k, v in net.state_dict().items()}
        elif held and epoch - best >= plan.patience:
            break
    if kept is not None:
        net.load_state_dict(kept)
    return losses, best if held else plan.epochs - 1


def _held_loss(net: nn.Module, loss: Loss, held: tuple[Tensor, Tensor]) -> float:
    net.eval()
    with torch.no_grad():
        return float(loss(net(held[0]), held[1]))


def _groups(net: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights decay, biases and single-row parameters do not."""
    weights = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
