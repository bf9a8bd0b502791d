"""Optimisers and rate schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import nn
from torch.optim import Optimizer

#: `sgd`: gradient descent with Nesterov's momentum; `rmsprop` (Hinton 2012); `adam` (Kingma and Ba 2015), decay added to
#: the gradient; `adamw` (Loshchilov and Hutter 2019), decay apart from it.
Name = Literal["sgd", "rmsprop", "adam", "adamw"]
#: `one-cycle`: up for a fifth of the steps, then down by a cosine (Smith and Topin 2018).
Schedule = Literal["constant", "step", "cosine", "cos-log", "warm-up", "one-cycle"]
#: Names of the optimisers.
NAMES = get_args(Name)
#: Names of the schedules.
SCHEDULES = get_args(Schedule)
#: Adam's memory of the gradients' squares: shorter than usual, for short runs.
SQUARES = 0.95
#: Shares of the steps after which `step` divides the rate by ten (He et al. 2016).
TENTHS = (0.5, 0.75)
#: Share of the steps over which `warm-up` rises.
RISE = 0.1
#: Share of the steps over which `one-cycle` rises; this and the next three are those of torch's OneCycleLR, to which a test holds it.
CYCLE_RISE = 0.2
#: Highest rate over the first one of `one-cycle`.
FIRST = 25.0
#: First rate over the last one of `one-cycle`.
LAST = 1e4
#: Bounds of Adam's first moment decay under `one-cycle`.
CYCLED = (0.85, 0.95)


def optimiser(net: nn.Module, name: Name, rate: float, decay: float, momentum: float) -> Optimizer:
    """An optimiser of all of a net's parameters: weights decay, biases and single-row parameters do not.

    `momentum` is that of `sgd` and `rmsprop`, and the Adams' memory of gradients; these are torch's fused ones. Raises
    ValueError where nothing would decay.
    """
    weights = [p for p in net.parameters() if p.ndim > 1]
    if decay and not weights:
        raise ValueError(
            f"decay {decay:g}: this net keeps its weights in one row, which does not decay; set decay to 0"
        )
    rest = [p for p in net.parameters() if p.ndim <= 1]
    groups: list[dict[str, list[nn.Parameter] | float]] = [
        {"params": weights, "weight_decay": decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=momentum > 0)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, momentum=momentum)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate, betas=(momentum, SQUARES), fused=True)


class LRSchedule:
    """Sets the learning rate of an optimiser over `steps` steps; `rate` is the highest.

    Two assignments a step: torch's own schedulers take as long as a layer of a small net.
    """

    def __init__(self, of: Optimizer, name: Schedule, rate: float, steps: int) -> None:
        self.of, self.name, self.rate, self.steps = of, name, rate, steps
        self.rise = CYCLE_RISE * (steps + 1) - 1
        if name == "one-cycle" and self.rise <= 0:
            self.name = "cosine"  # no step to rise in
        self.adam = isinstance(of, torch.optim.Adam | torch.optim.AdamW)
        self.to(0)

    def to(self, done: int) -> None:
        """Set the rate of the step after `done`; one-cycle also turns Adam's memory of gradients against it."""
        beta = None
        if self.name == "one-cycle":
            rising = done <= self.rise
            share = done / self.rise if rising else (done - self.rise) / (self.steps - self.rise)
            low, slow, fast = self.rate / FIRST, *CYCLED
            rate = bent(low, self.rate, share) if rising else bent(self.rate, low / LAST, share)
            beta = bent(fast, slow, share) if rising else bent(slow, fast, share)
        else:
            rate = self.rate * FACTORS[self.name](min(done / max(self.steps, 1), 1.0))
        for group in self.of.param_groups:
            group["lr"] = rate
            if beta is not None and self.adam:
                group["betas"] = (beta, group["betas"][1])


def bent(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine.

    >>> [round(bent(1.0, 3.0, share), 3) for share in (0, 0.5, 1)]
    [1.0, 2.0, 3.0]
    """
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


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


def cos_log(share: float) -> float:
    """Four cosine waves from 0 to 1 and back, each twice as long as the one before (Holzmueller et al. 2024).

    >>> [round(cos_log(s), 3) for s in (0, 1 / 30, 1 / 15, 1)]
    [0.0, 0.93, 0.0, 0.0]
    """
    return (1 - math.cos(2 * math.pi * math.log2(1 + 15 * share))) / 2


def warm_up(share: float) -> float:
    """Linear rise, then linear fall (Devlin et al. 2019); never zero, so that the first step counts.

    >>> [round(warm_up(s), 3) for s in (0.05, 0.1, 1)]
    [0.5, 1.0, 0.001]
    """
    return max(share / RISE if share < RISE else (1 - share) / (1 - RISE), 1e-3)


#: By name, the rate at a share of all steps as a share of the highest.
FACTORS: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "step": tenths,
    "cosine": cosine,
    "cos-log": cos_log,
    "warm-up": warm_up,
}
