"""A sentence encoder read in two ways, and n-grams: a linear head on it, the nearest training examples of each class, a linear model.

Nearest examples tell what is of no class: they speak for themselves, where a head is only trained to tell classes apart. The three are
added as `text.evidence` says; the sum is the second output, `margins`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Part, Reader
from breakeven.models.mixed import encoded, pretrained
from breakeven.models.mixed.features import Blocks, Featured
from breakeven.models.settings import Settings
from breakeven.models.text import evidence, linear_svm, wide_linear
from breakeven.models.training import loop, torch_export

if TYPE_CHECKING:
    from optuna import Trial

#: Weights of the head, the nearest examples and the linear model on n-grams.
WEIGHTS = (1.0, 0.5, 0.7)
#: Nearest examples of a class that are averaged, and examples of a class that are kept.
NEAREST, EXAMPLES = 3, 200
#: Rows judged at a time.
CHUNK = 128


class Head(nn.Module):
    """Sentence vectors (n, d) of length 1 -> logits and mean similarities of the nearest examples, both (n, classes)."""

    weight: Tensor
    bias: Tensor
    examples: Tensor
    places: Tensor

    def __init__(self, weight: Array, bias: Array, examples: Array, places: Array) -> None:
        super().__init__()
        for name, values in (("weight", weight), ("bias", bias), ("examples", examples)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))
        self.register_buffer("places", torch.tensor(places))

    @classmethod
    def fit(cls, D: Array, y: Array, classes: int, strength: float, seed: int) -> Head:
        """A logistic regression, and the examples of each class: a class with few is repeated, one with many is drawn from."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=strength, max_iter=300).fit(D, y)
        weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:
            weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        rng = np.random.default_rng(seed)
        of = [rng.permutation(np.flatnonzero(y == k))[:EXAMPLES] for k in range(classes)]
        longest = max(NEAREST, *(len(rows) for rows in of))
        kept, start = np.concatenate(of), np.cumsum([0, *(len(rows) for rows in of)])
        places = [start[k] + np.resize(np.arange(len(rows)), longest) for k, rows in enumerate(of)]
        for k, rows in enumerate(of):  # beyond its own a class has no example, unless it has fewer than are averaged
            places[k][max(len(rows), NEAREST) :] = len(kept)
        return cls(weight.T, bias, D[kept].T, np.stack(places))

    def forward(self, D: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, similarities."""
        found = D @ self.examples
        found = torch.cat([found, torch.full_like(found[:, :1], -1.0)], dim=1)[:, self.places]
        return D @ self.weight + self.bias, torch.topk(found, NEAREST, dim=2).values.mean(dim=2)


class Shipped(nn.Module):
    """Encoders, head and linear model as one net over the reader's inputs: each encoder's, then ids and weights of n-grams."""

    margins = True

    def __init__(self, encoders: list[nn.Module], head: Head, wide: nn.ModuleList, units: evidence.Units) -> None:
        super().__init__()
        self.encoders, self.head, self.wide, self.units = nn.ModuleList(encoders), head, wide, units

    def forward(self, *given: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities, margins."""
        found = [net(ids) for net, ids in zip(self.encoders, given, strict=False)]
        logits, near = self.head(torch.cat(found, dim=1) / len(found) ** 0.5)
        at, linear = len(found), torch.zeros_like(logits)
        for k, wide in enumerate(self.wide):
            linear = linear + wide(given[at + 2 * k], given[at + 2 * k + 1])
        parts = zip((logits, near, linear), self.units.centres, self.units.spreads, WEIGHTS, strict=True)
        margins = sum(((w / spread) * (m - centre) for m, centre, spread, w in parts), torch.zeros_like(logits))
        none = torch.full_like(margins[:, :1], self.units.none)
        probabilities = torch.softmax(self.units.scale * torch.cat([margins, none], dim=1), dim=1)
        return probabilities[:, :-1] + probabilities[:, -1:] / margins.shape[1], margins


class Matched(Featured):
    """`encoders` by name ((): the packaged one); `strength` is the inverse of the head's regularisation. Reads texts alone."""

    name = "matched"
    route = "large"
    table = None
    reads_images = False

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        encoders: tuple[str, ...] = (),
        strength: float = 10.0,
    ) -> None:
        self.layout, self.classes, self.seed, self.encoders, self.strength = layout, classes, seed, encoders, strength

    def _look(self, X: Array, layout: Layout) -> Reader:
        reader = super()._look(X, layout)
        named = [pretrained.find(name) for name in self.encoders]
        used = [e for e in named if e.kind == "text"] or [pretrained.find(pretrained.DEFAULT["text"])]
        self.plan_ = [(encoder, column, layout.place(column)) for column in layout.texts for encoder in used]
        parts: list[Part] = [encoded.part(e, column, at, f"e{i}") for i, (e, column, at) in enumerate(self.plan_)]
        return Reader(None, (*parts, *reader.parts))

    def _read(self, X: Array) -> Blocks:
        found = [encoded.features(e, self.media_, column, X[:, at]) for e, column, at in self.plan_]
        dense = np.concatenate(found, axis=1) / np.float32(len(found) ** 0.5)
        return Blocks((dense,), tuple(wide_linear.rows(self.reader_.parts, X, self.media_)))

    def _fit(self, V: Blocks, y: Array) -> None:
        D, G = V.dense[0], sparse.csr_matrix(Blocks((), V.grams).joined)
        learned, held = evidence.split(y, self.seed)
        self.units_ = evidence.Units.plain(3)
        if len(held):
            seen = np.unique(y[learned])
            part = self._learn(D[learned], G[learned], np.searchsorted(seen, y[learned]), len(seen))
            margins = [*_heads(part[0], D[held]), np.asarray(G[held] @ part[1] + part[2])]
            self.units_ = evidence.Units.fit(margins, np.searchsorted(seen, y[held]), WEIGHTS)
        self.head_, self.weights_, self.bias_ = self._learn(D, G, y, len(self.present_))

    def _learn(self, D: Array, G: sparse.csr_matrix, y: Array, classes: int) -> tuple[Head, Array, Array]:
        """The head on the encoders, and weights and bias of the linear model on n-grams."""
        strength, _ = linear_svm.settle(G, y, 0.0, self.seed)
        head = Head.fit(D, y, classes, self.strength, self.seed)
        return head, *linear_svm.separate(G, y, classes, strength, self.seed)

    def _wide(self, V: Blocks) -> nn.ModuleList:
        """One module a text column; the first has the bias."""
        at, out = 0, nn.ModuleList()
        for block in V.grams:
            width = block.shape[1]
            out.append(wide_linear.Wide(self.weights_[at : at + width], self.bias_ if not at else 0 * self.bias_))
            at += width
        return out

    def _margins(self, V: Blocks) -> Array:
        linear = sparse.csr_matrix(Blocks((), V.grams).joined) @ self.weights_ + self.bias_
        return self.units_.joined([*_heads(self.head_, V.dense[0]), np.asarray(linear)], WEIGHTS)

    def _scores(self, V: Blocks) -> Array:
        return self.units_.probabilities(self._margins(V))

    def graph(self) -> bytes:
        """Encoders, head and linear model by torch's exporter."""
        shipped = Shipped(
            [e.net() for e, _, _ in self.plan_], self.head_, self._wide(self._read(self.rows_[:1])), self.units_
        )
        return torch_export.graph(shipped, torch_export.example(self.reader_, self.rows_, self.media_))

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Regularisation of the head."""
        return {"strength": trial.suggest_float("strength", 1.0, 100.0, log=True)}


def _heads(head: Head, D: Array) -> list[Array]:
    """Logits and similarities (n, classes) of sentence vectors (n, d)."""
    with torch.inference_mode(), loop.one_thread():
        found = [head(part) for part in torch.split(torch.tensor(D, dtype=torch.float32), CHUNK)]
    return [torch.cat([one[k] for one in found]).numpy().astype(float) for k in range(2)]
