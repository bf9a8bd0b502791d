"""Losses by name: what a net's answers (n, k) cost against truth (n,) of class numbers or values.

>>> out, truth = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1])
>>> round(float(loss("cross-entropy")(out, truth)), 4)
0.2201
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
#: Of values, then of classes; `binary` takes one answer a row, the log odds of class 1.
Name = Literal["squared", "huber", "cross-entropy", "focal", "binary"]
NAMES = get_args(Name)
#: Focal loss' exponent (Lin et al. 2017).
FOCUS = 2.0
#: Plain cross-entropy, by itself: what nets that write their own gradient write it of.
CROSS_ENTROPY: Loss = functional.cross_entropy


def loss(name: Name, smoothing: float = 0.0, weights: Tensor | None = None) -> Loss:
    """A loss; `smoothing` of truth and `weights` (k,) of classes are of cross-entropy, focal and (weights) binary.

    >>> value = loss("huber")(torch.tensor([[0.0], [5.0]]), torch.tensor([1.0, 1.0]))
    >>> float(value)  # half of a square within 1, a line beyond
    2.0
    """
    made: dict[Name, Loss] = {
        "squared": lambda out, truth: functional.mse_loss(_one(out), truth),
        "huber": lambda out, truth: functional.huber_loss(_one(out), truth),
        "cross-entropy": partial(_cross_entropy, weights=weights, smoothing=smoothing),
        "focal": partial(_focal, weights=weights, smoothing=smoothing),
        "binary": partial(_binary, weights=weights),
    }
    if name == "cross-entropy" and not smoothing and weights is None:
        return CROSS_ENTROPY
    if name not in made:
        raise ValueError(f"loss {name!r}: not one of {', '.join(NAMES)}")
    return made[name]


def balanced(truth: Tensor, classes: int) -> Tensor:
    """Weights (classes,) that give every class the same total weight; an absent class has weight 0.

    >>> balanced(torch.tensor([0, 0, 1]), 3).tolist()
    [0.75, 1.5, 0.0]
    """
    count = torch.bincount(truth, minlength=classes).float()
    present = count > 0
    return torch.where(present, len(truth) / (present.sum() * count.clamp(min=1)), 0.0)


def _one(out: Tensor) -> Tensor:
    return out.squeeze(1) if out.ndim > 1 else out


def _there(weights: Tensor | None, out: Tensor) -> Tensor | None:
    """Weights of classes on the device of the answers."""
    return None if weights is None else weights.to(out.device)


def _cross_entropy(out: Tensor, truth: Tensor, weights: Tensor | None, smoothing: float) -> Tensor:
    return functional.cross_entropy(out, truth, weight=_there(weights, out), label_smoothing=smoothing)


def _focal(out: Tensor, truth: Tensor, weights: Tensor | None, smoothing: float) -> Tensor:
    """Cross-entropy times (1 - p)^FOCUS, so that rows already right count less."""
    weight = _there(weights, out)
    each = functional.cross_entropy(out, truth, weight=weight, label_smoothing=smoothing, reduction="none")
    right = out.softmax(1).gather(1, truth.unsqueeze(1)).squeeze(1)
    return ((1 - right) ** FOCUS * each).mean()


def _binary(out: Tensor, truth: Tensor, weights: Tensor | None) -> Tensor:
    each = functional.binary_cross_entropy_with_logits(_one(out), truth.float(), reduction="none")
    weight = _there(weights, out)
    return (each if weight is None else each * weight[truth.long()]).mean()
