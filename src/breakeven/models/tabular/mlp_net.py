"""The nets of tables: numbers in pieces (Gorishniy et al. 2022), embeddings of categories, and the perceptron over both."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array


class Pieces(nn.Module):
    """Numbers (n, p) -> (n, p * bins): how far into each of its bins a number is, 0 before and 1 after."""

    low: Tensor
    width: Tensor

    def __init__(self, numbers: Array, bins: int) -> None:
        super().__init__()
        low, width = _bins(numbers, bins)
        self.register_buffer("low", torch.tensor(low, dtype=torch.float32))
        self.register_buffer("width", torch.tensor(width, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, p)."""
        inside = (x.unsqueeze(2) - self.low) / self.width
        return inside.clamp(0.0, 1.0).flatten(1)


class Sides(nn.Module):
    """Numbers, their pieces and the embeddings of categories side by side: (n, width)."""

    def __init__(self, pieces: Pieces | None, dense: int, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.pieces, self.dense = pieces, dense
        sizes = [min(16, 2 + round(k**0.5)) for k in levels]
        self.embed = nn.ModuleList(nn.Embedding(k + 1, size) for k, size in zip(levels, sizes, strict=True))
        self.width = dense + sum(sizes) + (pieces.low.numel() if pieces is not None else 0)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, numbers + flags + categories)."""
        parts = [x[:, : self.dense]]
        if self.pieces is not None:
            parts.append(self.pieces(x[:, : self.pieces.low.shape[0]]))
        parts += [table(x[:, self.dense + i].long()) for i, table in enumerate(self.embed)]
        return torch.cat(parts, dim=1)


class Net(nn.Module):
    """The table's columns side by side, then `depth` hidden layers."""

    def __init__(self, sides: Sides, shape: tuple[int, int, int], dropout: float) -> None:
        super().__init__()
        width, depth, outputs = shape
        self.sides = sides
        layers: list[nn.Module] = []
        for i in range(depth):
            layers += [nn.Linear(sides.width if i == 0 else width, width), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers, nn.Linear(width, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, numbers + flags + categories): logits or the scaled value."""
        out: Tensor = self.body(self.sides(x))
        return out


def _bins(numbers: Array, bins: int) -> tuple[Array, Array]:
    """Lower edges and widths (p, bins) from quantiles of the training numbers; unused bins never fill."""
    low = np.full((numbers.shape[1], bins), 1e6)
    width = np.ones((numbers.shape[1], bins))
    cuts = np.quantile(numbers, np.linspace(0, 1, bins + 1), axis=0)
    for j in range(numbers.shape[1]):
        distinct = np.unique(numbers[:, j])
        edges = distinct if len(distinct) <= bins + 1 else np.unique(cuts[:, j])
        count = len(edges) - 1
        if count > 0:
            low[j, :count], width[j, :count] = edges[:-1], np.maximum(np.diff(edges), 1e-6)
    return low, width
