"""Pretrained encoders as frozen features with a head of one's own, beside numbers and n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Part, Pixels, Reader
from breakeven.models.mixed import encoded, pretrained
from breakeven.models.mixed.features import Blocks, Featured
from breakeven.models.settings import Settings
from breakeven.models.text import wide_linear
from breakeven.models.training import loop, torch_export
from breakeven.models.training.rows import TensorRows

if TYPE_CHECKING:
    from optuna import Trial

#: Weight of the linear model on n-grams beside the head: 0.3 gave 0.2 to 0.6 points in every setting tried (LAB.md).
WIDE = 0.3
HIDDEN = 512


class Shipped(nn.Module):
    """Encoders and head as one net over the reader's inputs: the table's first, then each encoder's."""

    centre: Tensor
    spread: Tensor

    def __init__(
        self, table: bool, encoders: list[nn.Module], head: nn.Module, scaling: tuple[Array, Array], values: bool
    ) -> None:
        super().__init__()
        self.table, self.encoders, self.head, self.values = table, nn.ModuleList(encoders), head, values
        self.register_buffer("centre", torch.tensor(scaling[0], dtype=torch.float32))
        self.register_buffer("spread", torch.tensor(scaling[1], dtype=torch.float32))

    def forward(self, *given: Tensor) -> Tensor:
        """Probabilities, or values."""
        dense = [given[0]] if self.table else []
        dense += [net(x) for net, x in zip(self.encoders, given[len(dense) :], strict=True)]
        out: Tensor = self.head((torch.cat(dense, dim=1) - self.centre) / self.spread)
        return out if self.values else torch.softmax(out, dim=1)


class Frozen(Featured):
    """`encoders` by name ((): the packaged ones). Texts alone: logistic regression; with images: one hidden layer."""

    name = "frozen"
    route = "large"
    reads_images = False

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        encoders: tuple[str, ...] = (),
        strength: float = 10.0,
        dropout: float = 0.4,
    ) -> None:
        self.layout, self.classes, self.seed, self.encoders = layout, classes, seed, encoders
        self.strength, self.dropout = strength, dropout

    def _by(self, kind: pretrained.Kind) -> list[pretrained.Encoder]:
        named = [pretrained.find(name) for name in self.encoders]
        return [e for e in named if e.kind == kind] or [pretrained.find(pretrained.DEFAULT[kind])]

    def _look(self, X: Array, layout: Layout) -> Reader:
        reader = super()._look(X, layout)
        parts: list[Part] = []
        self.plan_: list[tuple[pretrained.Encoder, str, int]] = []
        for i, column in enumerate(layout.texts):
            for j, encoder in enumerate(self._by("text")):
                self.plan_.append((encoder, column, layout.place(column)))
                parts.append(encoded.part(encoder, column, layout.place(column), f"e{i}{j}"))
        for i, column in enumerate(layout.images):
            for j, encoder in enumerate(self._by("image")):
                self.plan_.append((encoder, column, layout.place(column)))
                parts.append(Pixels(column, layout.place(column), f"i{i}{j}"))
        return Reader(reader.table, (*parts, *(reader.parts if self.classes else ())))

    def _read(self, X: Array) -> Blocks:
        reader, media = self.reader_, self.media_
        dense = [reader.table.apply(X)] if reader.table is not None else []
        dense += [encoded.features(e, media, column, X[:, index]) for e, column, index in self.plan_]
        return Blocks((np.concatenate(dense, axis=1),), tuple(wide_linear.rows(reader.parts, X, media)))

    def _fit(self, V: Blocks, y: Array) -> None:
        D = V.dense[0]
        self.middle_, self.spread_ = D.mean(axis=0), np.maximum(D.std(axis=0), 1e-6)
        # Sentence vectors have length 1: one common scale keeps the ratios of their components.
        if not (self.layout and self.layout.images):
            self.spread_ = np.full_like(self.spread_, float(np.sqrt((D.std(axis=0) ** 2).sum())) or 1.0)
            table = self.reader_.table.width if self.reader_.table is not None else 0
            self.spread_[:table] = np.maximum(D.std(axis=0)[:table], 1e-6) * np.sqrt(max(table, 1))
        self.head_ = self._head(((D - self.middle_) / self.spread_).astype(np.float32), y)
        self.wide_ = wide_linear.LinearModel.fit(V.grams, y, len(self.present_), self.seed) if V.grams else None

    def _head(self, D: Array, y: Array) -> nn.Module:
        if self.layout and self.layout.images:
            return self._perceptron(D, y)
        from sklearn.linear_model import LogisticRegression, Ridge

        if not self.classes:
            model = Ridge(alpha=len(D) / 1000 / self.strength).fit(D, y)
            weights, bias = np.asarray(model.coef_)[None], np.atleast_1d(model.intercept_)
        else:
            model = LogisticRegression(C=self.strength, max_iter=200).fit(D, y)
            weights, bias = model.coef_, model.intercept_
            if len(weights) == 1:
                weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        head = nn.Linear(D.shape[1], len(weights))
        with torch.no_grad():
            head.weight.copy_(torch.tensor(weights))
            head.bias.copy_(torch.tensor(bias))
        return head

    def _perceptron(self, D: Array, y: Array) -> nn.Module:
        """One hidden layer, trained by the loop; values are learned in units of their deviation."""
        outputs = len(self.present_) if self.classes else 1
        centre, unit = (0.0, 1.0) if self.classes else (float(y.mean()), float(y.std()) or 1.0)
        truth = torch.tensor(y) if self.classes else torch.tensor((y - centre) / unit, dtype=torch.float32)

        def make() -> nn.Sequential:
            hidden = nn.Linear(D.shape[1], HIDDEN)
            return nn.Sequential(
                nn.Dropout(0.1), hidden, nn.GELU(), nn.Dropout(self.dropout), nn.Linear(HIDDEN, outputs)
            )

        def loss(out: Tensor, wanted: Tensor) -> Tensor:
            if self.classes:
                return functional.cross_entropy(out, wanted, label_smoothing=0.1)
            return functional.mse_loss(out.squeeze(1), wanted)

        batch = int(np.clip(len(D) // 20, 16, 128))
        epochs = int(np.clip(1_500 * batch / len(D), 24, 80))
        net, _ = loop.train(
            make, loss, TensorRows(torch.tensor(D)), truth, None, loop.Plan(epochs, batch, 2e-3, 1e-2, seed=self.seed)
        )
        last = net[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.weight.mul_(unit)
            last.bias.mul_(unit).add_(centre)
        return net

    def _scores(self, V: Blocks) -> Array:
        with torch.inference_mode(), loop.one_thread():
            D = torch.tensor(((V.dense[0] - self.middle_) / self.spread_).astype(np.float32))
            out = self.head_.eval()(D)
            out = torch.softmax(out, dim=1).numpy() if self.classes else out.numpy()
        if self.wide_ is None:
            return np.asarray(out)
        return np.asarray((1 - WIDE) * out + WIDE * self.wide_.scores(V.grams))

    def graph(self) -> bytes:
        """Encoders and head by torch's exporter."""
        encoders = [e.net() for e, _, _ in self.plan_]
        net: nn.Module = Shipped(
            self.reader_.table is not None, encoders, self.head_, (self.middle_, self.spread_), not self.classes
        )
        if self.wide_ is not None:
            net = wide_linear.Mixed(net, self.wide_, WIDE)
        return torch_export.graph(net, torch_export.example(self.reader_, self.rows_, self.media_))

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Regularisation of the head."""
        return {
            "strength": trial.suggest_float("strength", 1.0, 100.0, log=True),
            "dropout": trial.suggest_float("dropout", 0.1, 0.6),
        }
