"""The learning-rate finder (Smith 2017): rising rates on a throw-away net, until the loss explodes.

>>> X = torch.randn(256, 4, generator=torch.Generator().manual_seed(0))
>>> from breakeven.models.training import losses
>>> from breakeven.models.training.rows import TensorRows
>>> found = find(lambda: nn.Linear(4, 1), losses.loss("squared"), TensorRows(X), X[:, 0], loop.Plan(1, 32, 1.0))
>>> 1e-3 < found.rate < 1.0
True
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from breakeven.models.training import loop
from breakeven.models.training.losses import Loss
from breakeven.models.training.rows import Rows

#: Lowest rate tried.
LOWEST = 1e-6
#: Highest rate tried.
HIGHEST = 10.0
#: Steps from the lowest to the highest rate.
STEPS = 120
#: Share that the running average of the loss keeps of itself.
SMOOTH = 0.9
#: Multiple of the lowest loss at which the loss has exploded.
EXPLODED = 4.0
#: The suggested rate lies so far below the one with the lowest loss.
BELOW = 10.0


@dataclass(frozen=True)
class Found:
    """Rates tried and the smoothed loss at each, and the one to take as the highest rate of a plan."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    rate: float


def find(make: Callable[[], nn.Module], loss: Loss, rows: Rows, y: Tensor, plan: loop.Plan) -> Found:
    """A tenth of the rate at which the loss was lowest, of a plan's optimiser and batches. Raises Diverged when even the
    first steps give no number.
    """
    torch.manual_seed(plan.seed)
    each = max(1, len(rows) // plan.batch)
    constant = replace(plan, schedule="constant", rate=LOWEST, epochs=math.ceil(STEPS / each))
    run = loop.Run(make(), loss, rows, y, None, constant, LOWEST)
    rates, smoothed, mean = list[float](), list[float](), 0.0
    with loop.one_thread():
        run.net.train()
        while len(rates) < STEPS:
            order = torch.randperm(len(rows), generator=run.shuffle)
            for part in loop.batches(order, plan.batch, each)[: STEPS - len(rates)]:
                rate = LOWEST * (HIGHEST / LOWEST) ** (len(rates) / (STEPS - 1))
                for group in run.optimiser.param_groups:
                    group["lr"] = group["initial_lr"] = rate
                run.schedule.rate = rate
                value = float(run.step(part))
                if not math.isfinite(value):
                    return _choice(rates, smoothed)
                mean = SMOOTH * mean + (1 - SMOOTH) * value
                rates.append(rate)
                smoothed.append(mean / (1 - SMOOTH ** len(rates)))
                if smoothed[-1] > EXPLODED * min(smoothed):
                    return _choice(rates, smoothed)
    return _choice(rates, smoothed)


def _choice(rates: list[float], smoothed: list[float]) -> Found:
    if not rates:
        raise loop.Diverged("the loss is not a number at the first step; check the columns for extreme values")
    return Found(tuple(rates), tuple(smoothed), rates[min(range(len(rates)), key=smoothed.__getitem__)] / BELOW)
