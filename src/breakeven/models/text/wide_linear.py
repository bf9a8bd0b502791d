"""A linear model on n-grams beside a net, their probabilities mixed (wide and deep, Cheng et al. 2016).

The two are fitted apart and mixed with a fixed weight: a net learns phrases, the linear model rare words, so their errors differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array
from breakeven.features.media import Media
from breakeven.features.reader import Grams, Part
from breakeven.models.mixed.features import Blocks, softmax
from breakeven.models.text import linear_svm


class Wide(nn.Module):
    """A linear model on sparse rows: the weighted sum of the weights of the n-grams present."""

    table: Tensor
    bias: Tensor

    def __init__(self, weights: Array, bias: Array) -> None:
        super().__init__()
        self.register_buffer("table", torch.tensor(weights, dtype=torch.float32))
        self.register_buffer("bias", torch.tensor(bias, dtype=torch.float32))

    def forward(self, ids: Tensor, weights: Tensor) -> Tensor:
        """ids and weights (n, m): margins (n, classes)."""
        found = functional.embedding(ids, self.table) * weights.unsqueeze(2)
        return found.sum(dim=1) + self.bias


@dataclass(frozen=True)
class LinearModel:
    """Weights (v, classes) and bias for each text column, and the scale of their summed margins."""

    columns: tuple[tuple[Array, Array], ...]
    scale: float

    @classmethod
    def fit(cls, grams: Sequence[sparse.csr_matrix], y: Array, classes: int, seed: int) -> LinearModel:
        """Fit on sparse rows of each text column, and y (n,) of class numbers."""
        X = Blocks((), tuple(grams)).joined
        strength, scale = linear_svm.settle(X, y, 0.0, seed)
        weights, bias = linear_svm.separate(X, y, classes, strength, seed)
        at, columns = 0, []
        for k, block in enumerate(grams):
            columns.append((weights[at : at + block.shape[1]], bias if k == 0 else np.zeros_like(bias)))
            at += block.shape[1]
        return cls(tuple(columns), scale)

    def scores(self, grams: Sequence[sparse.csr_matrix]) -> Array:
        """Probabilities (n, classes)."""
        margins = np.sum([block @ w + b for block, (w, b) in zip(grams, self.columns, strict=True)], axis=0)
        return softmax(np.asarray(margins) * self.scale)

    def nets(self) -> nn.ModuleList:
        """One module a text column."""
        return nn.ModuleList(Wide(w, b) for w, b in self.columns)


class Mixed(nn.Module):
    """A net's probabilities mixed with the linear model's; the linear model's inputs come last."""

    scale: Tensor

    def __init__(self, net: nn.Module, linear: LinearModel, mix: float, heat: bool = False) -> None:
        super().__init__()
        self.net, self.wide, self.mix, self.heat = net, linear.nets(), mix, heat
        self.register_buffer("scale", torch.tensor(float(linear.scale)))

    def forward(self, *given: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """The net's own arguments, then ids and weights of each text column."""
        own = len(given) - 2 * len(self.wide)
        out = self.net(*given[:own])
        deep: Tensor = out[0] if self.heat else out
        margins: Tensor = self.wide[0](given[own], given[own + 1])
        for k in range(1, len(self.wide)):
            margins = margins + self.wide[k](given[own + 2 * k], given[own + 2 * k + 1])
        scores: Tensor = (1 - self.mix) * deep + self.mix * torch.softmax(self.scale * margins, dim=1)
        return (scores, out[1]) if self.heat else scores


def rows(parts: Sequence[Part], X: Array, media: Media) -> list[sparse.csr_matrix]:
    """Sparse rows (n, v) of every part that reads n-grams."""
    out = []
    for part in parts:
        if isinstance(part, Grams):
            starts, ids, weights = part.sparse(X, media)
            out.append(sparse.csr_matrix((weights, ids, starts), shape=(len(X), part.width)))
    return out
