"""Activations by name, with their slopes told from their answers where that is possible.

>>> ACTIVATIONS["relu6"](torch.tensor([-1.0, 3.0, 9.0])).tolist()
[0.0, 3.0, 6.0]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

Name = Literal["relu", "relu6", "gelu", "sigmoid", "tanh"]
NAMES = get_args(Name)

ACTIVATIONS: dict[Name, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "gelu": functional.gelu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
#: How a layer's answers' slopes (n, k) become those of what went in, from the answers alone: GELU's cannot be told so.
BACK: dict[Name, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda slope, out: torch.ops.aten.threshold_backward(slope, out, 0.0),
    "relu6": lambda slope, out: slope * ((out > 0) & (out < 6)),
    "sigmoid": lambda slope, out: slope * out * (1 - out),
    "tanh": lambda slope, out: slope * (1 - out * out),
}
