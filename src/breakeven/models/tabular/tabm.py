"""TabM (Gorishniy et al. 2025): perceptrons trained as one, each by its own loss; their mean is the answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.models.settings import Settings
from breakeven.models.tabular.members import Members, averaged
from breakeven.models.tabular.mlp import Mlp
from breakeven.models.tabular.mlp_net import Sides
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


class Packed(nn.Module):
    """A layer of each member's own, all in one product."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, inputs), or (members, n, inputs): (members, n, outputs)."""
        return torch.matmul(x, self.weight) + self.bias


class Net(Members):
    """The table's columns side by side, then `depth` layers and a last one; all but the last may be `shared`."""

    def __init__(self, sides: Sides, shape: tuple[int, int, int, int], dropout: float, shared: bool) -> None:
        members, width, depth, outputs = shape
        super().__init__(members)
        self.sides = sides
        sizes = [sides.width, *[width] * depth]
        self.body = nn.ModuleList(
            BatchEnsemble(members, a, width, apart=i == 0) if shared else Packed(members, a, width)
            for i, a in enumerate(sizes[:-1])
        )
        self.last = Packed(members, width, outputs)
        self.dropout = nn.Dropout(dropout)

    def each(self, x: Tensor) -> Tensor:
        """Every member's answers (members, n, outputs) to x (n, numbers + flags + categories)."""
        z = self.sides(x)
        for layer in self.body:
            z = self.dropout(functional.relu(layer(z)))
        out: Tensor = self.last(z)
        return out


class TabM(Mlp):
    """`members` perceptrons of `width` x `depth` hidden units; the other settings are those of Mlp.

    `shared`: they share the weights of all layers but the last, and differ by scales (BatchEnsemble): smaller, and better only
    on small noisy tables (LAB.md). Else each has its own ("packed").

    From 3,000 rows on, where some are held out, the members are chosen whose mean answers those best.
    """

    name = "tabm"
    drawn = False
    net_: Members

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        members: int = 8,
        shared: bool = False,
        width: int = 128,
        depth: int = 2,
        rate: float = 4e-3,
        dropout: float = 0.0,
        decay: float = 0.1,
        epochs: int = 32,
        noise: float = 0.0,
        mix_up: float = 0.0,
        loss: str = "",
    ) -> None:
        super().__init__(layout, classes, seed, width, depth, rate, dropout, decay, epochs, noise, mix_up, loss)
        self.members, self.shared = members, shared

    def _fit(self, V: Array, y: Array) -> None:
        super()._fit(V, y)
        held = self._held(len(V))
        if held is not None:
            self.net_.keep(self._shares(V[held[1]], y[held[1]]))

    def _net(self, V: Array) -> Members:
        outputs = len(self.present_) if self.classes else 1
        return Net(self._sides(V), (self.members, self.width, self.depth, outputs), self._dropout(len(V)), self.shared)

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
            "shared": trial.suggest_categorical("shared", [False, True]),
            "dropout": trial.suggest_float("dropout", 0.02, 0.5),
            "decay": trial.suggest_float("decay", 1e-3, 0.3, log=True),
            "noise": trial.suggest_categorical("noise", [0.0, 0.05, 0.15]),
            "loss": trial.suggest_categorical("loss", ["", "balanced", "huber"]),
            "epochs": 32,
        }
