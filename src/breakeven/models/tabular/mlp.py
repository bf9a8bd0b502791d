"""A perceptron with learned inputs: piecewise-linear numbers (Gorishniy et al. 2022) and category embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array, Layout
from breakeven.models.base import Candidate
from breakeven.models.settings import Settings
from breakeven.models.tabular import drawn_mlp
from breakeven.models.tabular.mlp_net import Net, Pieces, Sides
from breakeven.models.training import loop, losses, optimisers, torch_export
from breakeven.models.training.rows import TensorRows

if TYPE_CHECKING:
    from optuna import Trial

#: Share of rows held out for early stopping.
HELD = 0.12
#: Rows from which holding out is worth it: with fewer, a few dozen held-out rows stop at random, and training to the end with more
#: dropout did better (LAB.md).
HELD_FROM = 3_000
#: Dropout below HELD_FROM rows.
SMALL_DROPOUT = 0.35
#: Dropout from HELD_FROM rows on.
LARGE_DROPOUT = 0.15
#: Share of the truth that is spread over all classes.
SMOOTHING = 0.05


class Shaken(TensorRows):
    """Rows whose first `count` columns, the numbers, are moved by normal draws of deviation `noise` in training."""

    def __init__(self, values: Tensor, count: int, noise: float) -> None:
        super().__init__(values)
        self.count, self.noise = count, noise

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """Some rows, moved where there is `noise`."""
        x = self.values[rows]
        if noise is not None and self.noise:
            x[:, : self.count] += self.noise * torch.randn(len(x), self.count, generator=noise)
        return (x,)


class Mlp(Candidate):
    """`width` x `depth` hidden units, trained for up to `epochs`; `dropout` 0: by the size of the data.

    `noise` moves numbers in training, in their deviations; `mix_up` joins rows, where no column is a category; `loss`: "balanced" (of classes,
    each counts alike), "focal", "huber" (of values); "", and what is of the other task, is the usual one.
    """

    name = "mlp"
    route = "large"
    view = "mixed"
    paced = True
    drawn = True
    bags = True
    optimiser: optimisers.Name = "adamw"
    schedule: optimisers.Schedule = "one-cycle"
    changing: ClassVar[Settings] = {"noise": 0.0, "mix_up": 0.0}

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        width: int = 192,
        depth: int = 2,
        rate: float = 4e-3,
        dropout: float = 0.0,
        decay: float = 0.1,
        epochs: int = 24,
        noise: float = 0.0,
        mix_up: float = 0.0,
        loss: str = "",
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.width, self.depth, self.rate, self.dropout = width, depth, rate, dropout
        self.decay, self.epochs, self.noise, self.mix_up = decay, epochs, noise, mix_up
        self.loss = loss

    def _fit(self, V: Array, y: Array) -> None:
        n = len(V)
        centre, self.spread_ = (0.0, 1.0) if self.classes else (float(y.mean()), float(y.std()) or 1.0)
        self.centre_ = None if self.classes else centre
        truth = self._truth(y)
        batch = int(2 ** np.clip(round(np.log2(max(n, 2) / 12)), 3, 8))
        mix_up = self.mix_up if not self.view_.levels else 0.0  # a category's code has no mean
        plan = loop.Plan(
            self.epochs,
            batch,
            self._rate(),
            self.decay,
            seed=self.seed,
            mix_up=mix_up,
            optimiser=self.optimiser,
            schedule=self.schedule,
        )
        rows = Shaken(torch.tensor(V), len(self.view_.numbers), self.noise)
        self.net_, self.trained_ = loop.train(lambda: self._net(V), self._loss(truth), rows, truth, self._held(n), plan)

    def _truth(self, y: Array) -> Tensor:
        """Class numbers (n,), or values scaled."""
        if self.centre_ is None:
            return torch.tensor(y)
        return torch.tensor((y - self.centre_) / self.spread_, dtype=torch.float32)

    def _held(self, n: int) -> tuple[Tensor, Tensor] | None:
        """Which of n rows are learned from, and which are held out; None where none are."""
        if n < HELD_FROM:
            return None
        order = torch.randperm(n, generator=torch.Generator().manual_seed(self.seed))
        cut = int(n * HELD)
        return order[cut:], order[:cut]

    def _net(self, V: Array) -> nn.Module:
        outputs = len(self.present_) if self.classes else 1
        return Net(self._sides(V), (self.width, self.depth, outputs), self._dropout(len(V)))

    def _rate(self) -> float:
        return self.rate

    def _dropout(self, n: int) -> float:
        return self.dropout or (SMALL_DROPOUT if n < HELD_FROM else LARGE_DROPOUT)

    def _sides(self, V: Array) -> Sides:
        numbers = len(self.view_.numbers)
        # Few columns can afford fine bins; many must share about 600 inputs.
        bins = int(np.clip(600 // max(numbers, 1), 4, 24))
        pieces = Pieces(V[:, :numbers], bins) if numbers else None
        return Sides(pieces, numbers + len(self.view_.flags), self.view_.levels)

    def _loss(self, truth: Tensor) -> losses.Loss:
        if self.classes:
            weights = losses.balanced(truth, len(self.present_)) if self.loss == "balanced" else None
            return losses.loss("focal" if self.loss == "focal" else "cross-entropy", SMOOTHING, weights)
        return losses.loss("huber" if self.loss == "huber" else "squared")

    def _scores(self, V: Array) -> Array:
        with torch.no_grad(), loop.one_thread():
            return np.asarray(self._shipped()(torch.tensor(V)).numpy())

    def _shipped(self) -> torch_export.Exported:
        shipped = torch_export.Exported(self.net_, self.centre_, self.spread_)
        shipped.eval()
        return shipped

    def graph(self) -> bytes:
        """Node by node, or (of the nets that are made of this one) by torch's own exporter, with a free batch size."""
        if isinstance(self.net_, Net):
            return drawn_mlp.graph(self.net_, self.view_.width, self.centre_, self.spread_)
        return torch_export.graph(self._shipped(), {"x": np.zeros((3, self.view_.width), np.float32)})

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate, width, depth, regularisation, and what is done to training rows."""
        return {
            "rate": trial.suggest_float("rate", 5e-4, 1e-2, log=True),
            "width": trial.suggest_categorical("width", [96, 192, 320]),
            "depth": trial.suggest_int("depth", 1, 4),
            "dropout": trial.suggest_float("dropout", 0.02, 0.5),
            "decay": trial.suggest_float("decay", 1e-3, 0.3, log=True),
            "noise": trial.suggest_categorical("noise", [0.0, 0.05, 0.15]),
            "mix_up": trial.suggest_categorical("mix_up", [0.0, 0.3]),
            "loss": trial.suggest_categorical("loss", ["", "balanced", "huber"]),
            "epochs": 32,
        }
