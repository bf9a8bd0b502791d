"""Nets of several members that are trained as one: every member learns by itself, and their mean is the answer.

Activations are (members, rows, width), so that a layer of all members is one product of matrices.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array
from breakeven.models.training.losses import Loss


class Members(nn.Module):
    """Base of such nets. In training every member answers, (members, n, outputs); else their mean (n, outputs): of one output
    itself, of several the logarithm of the mean probabilities.

    Parameters of three axes are the members' own, with those first.
    """

    share: Tensor

    def __init__(self, members: int) -> None:
        super().__init__()
        self.register_buffer("share", torch.full((members, 1, 1), 1 / members))

    def each(self, x: Tensor) -> Tensor:
        """Every member's answers (members, n, outputs) to rows x (n, columns)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x (n, columns)."""
        out = self.each(x)
        if self.training:
            return out
        if out.shape[2] == 1:
            return (out * self.share).sum(0)
        return (torch.softmax(out, 2) * self.share).sum(0).clamp(min=1e-12).log()

    def keep(self, shares: Array) -> None:
        """Answer by the members with a share above 0 alone; `shares` (members,) add up to 1."""
        kept = torch.tensor(np.flatnonzero(shares))
        for module in self.modules():
            for name, parameter in module.named_parameters(recurse=False):
                if parameter.ndim == 3:
                    setattr(module, name, nn.Parameter(parameter.detach()[kept]))
        self.share = torch.tensor(shares, dtype=torch.float32)[kept].reshape(-1, 1, 1)


def averaged(loss: Loss) -> Loss:
    """A loss averaged over the members where there are several: each learns by itself.

    >>> from breakeven.models.training import losses
    >>> squared = averaged(losses.loss("squared"))
    >>> float(squared(torch.tensor([[[1.0]], [[-1.0]]]), torch.zeros(1)))  # the loss of their mean would be 0
    1.0
    """

    def of(out: Tensor, truth: Tensor) -> Tensor:
        if out.ndim < 3:
            return loss(out, truth)
        return loss(out.flatten(0, 1), truth.repeat(len(out), *(1,) * (truth.ndim - 1)))

    return of
