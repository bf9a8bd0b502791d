"""RealMLP (Holzmueller et al. 2024): a perceptron by a recipe that was tuned on many tables, cut to a CPU's minutes.

Of the recipe: robust scaling and smooth clipping (the view "mixed"), periodic embeddings of numbers beside the numbers, a
learned scale of each input, layers in NTK parametrisation, parametric SELU or Mish, a last layer that starts at 0, rates by
four waves. It is trained as a few members that share the embeddings. Left out: schedules of dropout and decay.

Its rates differ by parameter. Adam moves a parameter by the rate whatever the size of its gradient, so a parameter that is
stored divided by a factor moves that many times as fast: that stands here in place of groups of rates.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.models.settings import Settings
from breakeven.models.tabular.members import Members
from breakeven.models.tabular.mlp_net import Sides
from breakeven.models.tabular.tabm import TabM

if TYPE_CHECKING:
    from optuna import Trial

#: Frequencies of a number, and what they are brought down to.
FREQUENCIES, EMBEDDED = 16, 3
#: Standard deviation of the first frequencies.
SIGMA = 0.1
#: How much faster scales of inputs are learned than weights, and how much slower biases, embeddings and activations.
FAST, SLOW = 6.0, 0.1
#: Dropout, also on few rows: with that of the others it learned too little (LAB.md).
DROPOUT = 0.15


class Periodic(nn.Module):
    """Numbers (n, p) -> (n, 4 p): each itself, and three sums of cosines of it (PBLD)."""

    first: Tensor
    phase: Tensor

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.width = numbers * (1 + EMBEDDED)
        self.register_buffer("first", SIGMA * torch.randn(numbers, FREQUENCIES))
        self.register_buffer("phase", math.pi * (2 * torch.rand(numbers, FREQUENCIES) - 1))
        self.frequency = nn.Parameter(torch.zeros(numbers, FREQUENCIES))
        self.shift = nn.Parameter(torch.zeros(numbers, FREQUENCIES))
        bound = 1 / (SLOW * math.sqrt(FREQUENCIES))
        self.weight = nn.Parameter(torch.empty(numbers, FREQUENCIES * EMBEDDED).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(numbers, EMBEDDED).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, p)."""
        frequency, phase = self.first + SLOW * self.frequency, self.phase + SLOW * self.shift
        waves = torch.cos(2 * math.pi * x.unsqueeze(2) * frequency + phase)
        weight = SLOW * self.weight.reshape(-1, FREQUENCIES, EMBEDDED)
        sums = torch.bmm(waves.transpose(0, 1), weight).transpose(0, 1) + SLOW * self.bias
        return torch.cat([x, sums.flatten(1)], dim=1)


class Layer(nn.Module):
    """A layer of each member in NTK parametrisation: weights of unit size, divided by the root of the number of inputs.

    Parameters have the members first. `scaled`: each input has a scale that is learned.
    """

    def __init__(self, members: int, inputs: int, outputs: int, scaled: bool = False, zero: bool = False) -> None:
        super().__init__()
        self.root = math.sqrt(inputs)
        self.weight = nn.Parameter(torch.randn(members, inputs, outputs) * (not zero))
        self.bias = nn.Parameter(torch.randn(members, 1, outputs) / SLOW * (not zero))
        self.scale = nn.Parameter(torch.zeros(members, inputs, 1)) if scaled else None

    def forward(self, x: Tensor) -> Tensor:
        """x (n, inputs), or (members, n, inputs): (members, n, outputs)."""
        weight = self.weight / self.root
        if self.scale is not None:
            weight = weight * (1 + FAST * self.scale)
        return torch.matmul(x, weight) + SLOW * self.bias


class Bent(nn.Module):
    """SELU or Mish, of which each unit learns how much it takes: x + share * (f(x) - x)."""

    def __init__(self, members: int, width: int, smooth: bool) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.zeros(members, 1, width))
        self.function = functional.mish if smooth else functional.selu

    def forward(self, x: Tensor) -> Tensor:
        """x (members, n, width)."""
        return x + (1 + SLOW * self.share) * (self.function(x) - x)


class Net(Members):
    """Embedded numbers, flags and categories, then `depth` layers of each member."""

    def __init__(self, sides: Sides, numbers: int, shape: tuple[int, int, int, int], dropout: float) -> None:
        members, width, depth, outputs = shape
        super().__init__(members)
        self.sides, self.numbers = sides, numbers
        self.embed = Periodic(numbers) if numbers else None
        inputs = sides.width + (self.embed.width - numbers if self.embed is not None else 0)
        sizes = [inputs, *[width] * depth]
        self.body = nn.ModuleList(
            nn.Sequential(Layer(members, a, width, i == 0), Bent(members, width, outputs == 1), nn.Dropout(dropout))
            for i, a in enumerate(sizes[:-1])
        )
        self.last = Layer(members, width, outputs, zero=True)

    def each(self, x: Tensor) -> Tensor:
        """Every member's answers (members, n, outputs)."""
        z = self.sides(x)
        if self.embed is not None:
            z = torch.cat([self.embed(z[:, : self.numbers]), z[:, self.numbers :]], dim=1)
        for layer in self.body:
            z = layer(z)
        out: Tensor = self.last(z)
        return out


class RealMlp(TabM):
    """`members` perceptrons of `width` x `depth` units; `rate` 0: by the task. The other settings are those of Mlp."""

    name = "realmlp"
    schedule = "cos-log"

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        members: int = 4,
        width: int = 128,
        depth: int = 3,
        rate: float = 0.0,
        dropout: float = 0.0,
        decay: float = 0.02,
        epochs: int = 64,
        noise: float = 0.0,
        mix_up: float = 0.0,
        loss: str = "",
    ) -> None:
        super().__init__(
            layout,
            classes,
            seed,
            members,
            False,
            width,
            depth,
            rate,
            dropout,
            decay,
            epochs,
            noise,
            mix_up,
            loss,
        )

    def _rate(self) -> float:
        return self.rate or (0.04 if self.classes else 0.2)

    def _net(self, V: Array) -> Net:
        dropout = self.dropout or DROPOUT
        numbers, outputs = len(self.view_.numbers), len(self.present_) if self.classes else 1
        sides = Sides(None, numbers + len(self.view_.flags), self.view_.levels)
        return Net(sides, numbers, (self.members, self.width, self.depth, outputs), dropout)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate, width, depth, regularisation, and what is done to training rows."""
        return {
            "rate": trial.suggest_float("rate", 0.01, 0.3, log=True),
            "width": trial.suggest_categorical("width", [64, 128, 256]),
            "depth": trial.suggest_int("depth", 2, 4),
            "dropout": trial.suggest_float("dropout", 0.02, 0.5),
            "decay": trial.suggest_float("decay", 1e-3, 0.1, log=True),
            "noise": trial.suggest_categorical("noise", [0.0, 0.05, 0.15]),
            "loss": trial.suggest_categorical("loss", ["", "balanced", "huber"]),
            "epochs": 64,
        }
