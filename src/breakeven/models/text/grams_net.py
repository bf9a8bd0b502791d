"""A net on n-grams, trained from scratch, beside the linear model on the same n-grams: fastText (Joulin et al. 2017) with a hidden layer.

n-grams are left out at random in training, so that a text is told by more than one of them. Its margins fall where a text is of no class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.models.mixed.features import Blocks, Drawing, Featured
from breakeven.models.settings import Settings
from breakeven.models.text import evidence, linear_svm
from breakeven.models.training import loop

if TYPE_CHECKING:
    from optuna import Trial

HIDDEN = 256
#: Shares of n-grams and of hidden values that are left out in training.
LEFT_OUT, DROPOUT = 0.5, 0.5
#: Weights of the net's margins and of the linear model's.
WEIGHTS = (1.0, 1.0)
#: Rows shown in training, over all epochs.
SHOWN = 200_000
#: Rows judged at a time.
CHUNK = 512


class Net(nn.Module):
    """The weighted sum of the n-grams' vectors, a hidden layer of rectifiers, one linear layer."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(max(width, 1), HIDDEN) * 0.1)
        self.bias = nn.Parameter(torch.zeros(HIDDEN))
        self.head = nn.Linear(HIDDEN, outputs)

    def forward(self, ids: Tensor, weights: Tensor) -> Tensor:
        """ids and weights (n, m): logits."""
        if self.training:
            weights = functional.dropout(weights, LEFT_OUT)
        found = functional.embedding_bag(ids, self.table, per_sample_weights=weights, mode="sum")
        out: Tensor = self.head(functional.dropout(torch.relu(found + self.bias), DROPOUT, self.training))
        return out


class GramRows:
    """Sparse rows as ids and weights, padded to the longest of a batch."""

    def __init__(self, X: sparse.csr_matrix) -> None:
        self.X = X

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """The rows at indices (b,)."""
        del noise
        some = self.X[rows.numpy()]
        lengths = np.diff(some.indptr)
        where = np.arange(max(1, int(lengths.max(initial=0)))) < lengths[:, None]
        ids, weights = np.zeros(where.shape, np.int64), np.zeros(where.shape, np.float32)
        ids[where], weights[where] = some.indices, some.data
        return torch.from_numpy(ids), torch.from_numpy(weights)


class GramsNet(Featured):
    """`epochs` over the rows (0: by their number), at `rate`. Reads texts alone."""

    name = "grams_net"
    route = "large"
    table = None
    reads_images = False
    paced = True

    def __init__(
        self, layout: Layout | None = None, classes: int = 0, seed: int = 0, epochs: int = 0, rate: float = 2e-3
    ) -> None:
        self.layout, self.classes, self.seed, self.epochs, self.rate = layout, classes, seed, epochs, rate

    def _fit(self, V: Blocks, y: Array) -> None:
        self._note_widths(V)
        X = sparse.csr_matrix(V.joined)
        learned, held = evidence.split(y, self.seed)
        self.units_ = evidence.Units.plain(2)
        if len(held):
            seen = np.unique(y[learned])
            part = self._learn(X[learned], np.searchsorted(seen, y[learned]), len(seen), SHOWN // 3)
            self.units_ = evidence.Units.fit(self._apart(X[held], part), np.searchsorted(seen, y[held]), WEIGHTS)
        self.parts_ = self._learn(X, y, len(self.present_), SHOWN)

    def _learn(self, X: sparse.csr_matrix, y: Array, classes: int, shown: int) -> tuple[Net, Array, Array]:
        """The net, by about `shown` rows in all its epochs, and weights and bias of the linear model."""
        rows = len(y)
        batch = int(np.clip(2 ** round(np.log2(max(rows, 2) / 100)), 8, 128))
        plan = loop.Plan(self.epochs or int(np.clip(shown / rows, 12, 60)), batch, self.rate, 1e-2, seed=self.seed)
        net, _ = loop.train(
            lambda: Net(X.shape[1], classes), functional.cross_entropy, GramRows(X), torch.tensor(y), None, plan
        )
        strength, _ = linear_svm.settle(X, y, 0.0, self.seed)
        return net, *linear_svm.separate(X, y, classes, strength, self.seed)

    def _apart(self, X: sparse.csr_matrix, parts: tuple[Net, Array, Array]) -> list[Array]:
        net, weights, bias = parts
        rows = GramRows(X)
        with torch.inference_mode(), loop.one_thread():
            logits = [net(*rows.take(some, None)).numpy() for some in torch.split(torch.arange(len(rows)), CHUNK)]
        return [np.concatenate(logits), np.asarray(X @ weights + bias)]

    def _margins(self, V: Blocks) -> Array:
        return self.units_.joined(self._apart(sparse.csr_matrix(V.joined), self.parts_), WEIGHTS)

    def _scores(self, V: Blocks) -> Array:
        if not V.joined.shape[0]:
            return np.zeros((0, len(self.present_)))
        return self.units_.probabilities(self._margins(V))

    def graph(self) -> bytes:
        """Drawn by hand: rows of both tables gathered and summed; the units are folded into the weights."""
        net, weights, bias = self.parts_
        unit = [w / spread for w, spread in zip(WEIGHTS, self.units_.spreads, strict=True)]
        head = net.head.weight.detach().numpy().T * unit[0]
        shift = net.head.bias.detach().numpy() * unit[0] + bias * unit[1]
        shift = shift - sum(c * u for c, u in zip(self.units_.centres, unit, strict=True))
        drawing = Drawing(self)
        hidden = drawing.node(
            "Add",
            [drawing.project(net.table.detach().numpy(), "net"), drawing.constant("b", net.bias.detach().numpy())],
            "before",
        )
        hidden = drawing.node("Relu", [hidden], "hidden")
        deep = drawing.node("MatMul", [hidden, drawing.constant("head", head.astype(np.float32))], "deep")
        wide = drawing.project(weights * unit[1], "sums")
        bent = drawing.constant("shift", shift.astype(np.float32))
        margins = drawing.node("Sum", [deep, wide, bent], "margins")
        scale = drawing.constant("scale", np.array([self.units_.scale], dtype=np.float32))
        heated = drawing.node("Mul", [margins, scale], "heated")
        drawing.constant("beside", np.array([0, 0, 0, 1], dtype=np.int64))
        drawing.constant("none", np.array(self.units_.none * self.units_.scale, dtype=np.float32))
        told = drawing.node("Softmax", [drawing.node("Pad", [heated, "beside", "none"], "with_none")], "told", axis=1)
        classes = len(shift)
        spread = np.vstack([np.eye(classes), np.full((1, classes), 1 / classes)]).astype(np.float32)
        drawing.node("MatMul", [told, drawing.constant("spread", spread)], "scores")
        return drawing.finish(("margins",))

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate."""
        return {"rate": trial.suggest_float("rate", 5e-4, 5e-3, log=True)}
