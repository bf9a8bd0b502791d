"""TabM (Gorishniy et al. 2025): perceptrons that share their weights, trained as one; their mean is the answer.

Activations are (members, rows, width), so that a layer of all members is one product of matrices.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.models.settings import Settings
from breakeven.models.tabular.mlp import Mlp, Sides
from breakeven.models.training import ensemble, loop, losses

if TYPE_CHECKING:
    from optuna import Trial


class BatchEnsemble(nn.Module):
    """One matrix for all members, with a scale of its own for each input and output of each (Wen et al. 2020).

    `apart`: the members' scales of inputs start as random signs, so that they differ; else as 1.
    """

    def __init__(self, members: int, inputs: int, outputs: int, apart: bool) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(inputs, outputs).uniform_(-bound, bound))
        ones = torch.ones(members, 1, inputs)
        self.scale_in = nn.Parameter(torch.where(torch.rand_like(ones) < 0.5, -1.0, 1.0) if apart else ones)
        self.scale_out = nn.Parameter(torch.ones(members, 1, outputs))
        self.bias = nn.Parameter(torch.empty(members, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, inputs), or (members, n, inputs): (members, n, outputs)."""
        return (x * self.scale_in) @ self.weight * self.scale_out + self.bias


class Net(nn.Module):
    """`depth` shared layers and a last one of each member's own. In training every member answers, (members, n, outputs);
    else their mean: of one output itself, of several the logarithm of the mean probabilities.
    """

    share: Tensor

    def __init__(self, sides: Sides, shape: tuple[int, int, int, int], dropout: float) -> None:
        super().__init__()
        members, width, depth, outputs = shape
        self.sides = sides
        sizes = [sides.width, *[width] * depth]
        self.body = nn.ModuleList(BatchEnsemble(members, a, width, apart=i == 0) for i, a in enumerate(sizes[:-1]))
        bound = 1 / math.sqrt(width)
        self.weight = nn.Parameter(torch.empty(members, width, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, outputs).uniform_(-bound, bound))
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("share", torch.full((members, 1, 1), 1 / members))

    def each(self, x: Tensor) -> Tensor:
        """Every member's answers (members, n, outputs) to x (n, numbers + flags + categories)."""
        z = self.sides(x)
        for layer in self.body:
            z = self.dropout(functional.relu(layer(z)))
        return torch.baddbmm(self.bias, z, self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, numbers + flags + categories)."""
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


def averaged(loss: losses.Loss) -> losses.Loss:
    """A loss averaged over the members where there are several: each learns by itself.

    >>> squared = averaged(losses.loss("squared"))
    >>> float(squared(torch.tensor([[[1.0]], [[-1.0]]]), torch.zeros(1)))  # the loss of their mean would be 0
    1.0
    """

    def of(out: Tensor, truth: Tensor) -> Tensor:
        return loss(out, truth) if out.ndim < 3 else loss(out.flatten(0, 1), truth.repeat(len(out)))

    return of


class TabM(Mlp):
    """`members` perceptrons of `width` x `depth` hidden units that share weights; the other settings are those of Mlp.

    From 3,000 rows on, where some are held out, the members are chosen whose mean answers those best.
    """

    name = "tabm"
    net_: Net

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        members: int = 16,
        width: int = 128,
        depth: int = 2,
        rate: float = 5e-3,
        dropout: float = 0.0,
        decay: float = 0.02,
        epochs: int = 32,
        noise: float = 0.0,
        mix_up: float = 0.0,
        synthetic: float = 0.0,
        loss: str = "",
    ) -> None:
        super().__init__(
            layout, classes, seed, width, depth, rate, dropout, decay, epochs, noise, mix_up, synthetic, loss
        )
        self.members = members

    def _fit(self, V: Array, y: Array) -> None:
        super()._fit(V, y)
        held = self._held(len(V))
        if held is not None:
            self.net_.keep(self._shares(V[held[1]], y[held[1]]))

    def _net(self, V: Array) -> Net:
        outputs = len(self.present_) if self.classes else 1
        return Net(self._sides(V), (self.members, self.width, self.depth, outputs), self._dropout(len(V)))

    def _loss(self, truth: Tensor) -> losses.Loss:
        return averaged(super()._loss(truth))

    def _shares(self, V: Array, y: Array) -> Array:
        """Shares (members,) of the members chosen by rows V (n, columns) and y (n,)."""
        with torch.no_grad(), loop.one_thread():
            out = self.net_.each(torch.tensor(V))
        if self.centre_ is None:
            answers = torch.softmax(out, 2)
        else:
            answers = out[:, :, 0] * self.spread_ + self.centre_
        return np.array(ensemble.greedy(list(answers.numpy()), y).weights)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate, width, depth, regularisation, and what is done to training rows."""
        return {
            "rate": trial.suggest_float("rate", 1e-3, 1e-2, log=True),
            "width": trial.suggest_categorical("width", [64, 128, 192]),
            "depth": trial.suggest_int("depth", 1, 3),
            "dropout": trial.suggest_float("dropout", 0.02, 0.5),
            "decay": trial.suggest_float("decay", 1e-3, 0.3, log=True),
            "noise": trial.suggest_categorical("noise", [0.0, 0.05, 0.15]),
            "loss": trial.suggest_categorical("loss", ["", "balanced", "huber"]),
            "epochs": 32,
        }
