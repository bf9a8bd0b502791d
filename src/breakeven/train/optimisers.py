"""Optimisers and rate schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

#: `sgd`: gradient descent with Nesterov's momentum; `rmsprop` (Hinton 2012); `adam` (Kingma and Ba 2015), decay added to
#: the gradient; `adamw` (Loshchilov and Hutter 2019), decay apart from it.
Name = Literal["sgd", "rmsprop", "adam", "adamw"]
#: `one-cycle`: up for a fifth of the steps, then down by a cosine (Smith and Topin 2018).
Schedule = Literal["constant", "step", "cosine", "warm-up", "one-cycle"]
NAMES, SCHEDULES = get_args(Name), get_args(Schedule)
#: Adam's memory of gradients and of their squares: the second is shorter than usual, for short runs.
BETAS = (0.9, 0.95)
#: Shares of the steps after which `step` takes a tenth of the rate (He et al. 2016), and that `warm-up` rises for.
TENTHS, RISE = (0.5, 0.75), 0.1
#: Share of the steps that `one-cycle` rises for.
CYCLE_RISE = 0.2


def optimiser(net: nn.Module, name: Name, rate: float, decay: float, momentum: float) -> Optimizer:
    """An optimiser of all of a net's parameters: weights decay, biases and single-row parameters do not.

    `momentum` is of `sgd` and `rmsprop`. The Adams are torch's fused ones. Raises ValueError where nothing would decay.
    """
    weights = [p for p in net.parameters() if p.ndim > 1]
    if decay and not weights:
        raise ValueError(
            f"decay {decay:g}: this net keeps its weights in one row, which does not decay; set decay to 0"
        )
    rest = [p for p in net.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=momentum > 0)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, momentum=momentum)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate, betas=BETAS, fused=True)


def schedule(of: Optimizer, name: Schedule, rate: float, steps: int) -> LRScheduler:
    """How the rate goes over so many steps."""
    if name == "one-cycle" and CYCLE_RISE * (steps + 1) <= 1:
        name = "cosine"  # no step to rise in; torch would divide by nought
    if name == "one-cycle":
        own = isinstance(of, torch.optim.Adam | torch.optim.AdamW)  # whose memory is cycled against the rate
        return OneCycleLR(of, rate, total_steps=steps + 1, pct_start=CYCLE_RISE, cycle_momentum=own)
    return LambdaLR(of, lambda done: FACTORS[name](min(done / max(steps, 1), 1.0)))


def tenths(share: float) -> float:
    """A tenth at each of TENTHS.

    >>> [round(tenths(s), 3) for s in (0, 0.5, 0.9)]
    [1.0, 0.1, 0.01]
    """
    return float(0.1 ** sum(share >= t for t in TENTHS))


def cosine(share: float) -> float:
    """Half a cosine, from 1 to 0.

    >>> [round(cosine(s), 3) for s in (0, 0.5, 1)]
    [1.0, 0.5, 0.0]
    """
    return (1 + math.cos(math.pi * share)) / 2


def warm_up(share: float) -> float:
    """Up in a line, down in a line (Devlin et al. 2019); never nought, so that the first step is one.

    >>> [round(warm_up(s), 3) for s in (0.05, 0.1, 1)]
    [0.5, 1.0, 0.001]
    """
    return max(share / RISE if share < RISE else (1 - share) / (1 - RISE), 1e-3)


#: By name, the rate at a share of all steps as a share of the highest.
FACTORS: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "step": tenths,
    "cosine": cosine,
    "warm-up": warm_up,
}
