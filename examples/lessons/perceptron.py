"""A perceptron whose gradient is written by hand: for nets this small, half of automatic differentiation is bookkeeping.

All weights lie in one vector, so that the optimiser makes one pass over them.

>>> net = Perceptron((4, 8, 3))
>>> net(torch.zeros(5, 4)).shape
torch.Size([5, 3])
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from lessons.activations import ACTIVATIONS, BACK, Name
from torch import Tensor, nn
from torch.nn import functional


class Perceptron(nn.Module):
    """Layers of `sizes` (inputs, hidden ones, classes), the hidden ones with an activation: x (n, inputs) to logits (n, classes).

    Raises ValueError for an activation whose slope its answers do not tell (GELU's).
    """

    def __init__(self, sizes: tuple[int, ...], activation: Name = "relu") -> None:
        super().__init__()
        if activation not in BACK:
            raise ValueError(f"activation {activation!r}: a perceptron's gradient by hand knows {', '.join(BACK)}")
        self.sizes, self.activation = sizes, activation
        self.flat = nn.Parameter(torch.empty(sum((a + 1) * b for a, b in pairwise(sizes))))
        self.slopes, self.one_hot = torch.empty_like(self.flat.detach()), torch.eye(sizes[-1])
        self.viewed, self.views = (0, 0), tuple[list[tuple[Tensor, Tensor]], ...]()
        with torch.no_grad():
            for weight, bias in self.layers(self.flat):
                bound = 1 / math.sqrt(len(weight))  # as torch's own layers begin
                weight.uniform_(-bound, bound)
                bias.uniform_(-bound, bound)

    def layers(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Each layer's weights (a, b) and biases (b,), as views of a vector."""
        out, at = [], 0
        for a, b in pairwise(self.sizes):
            out.append((flat[at : at + a * b].view(a, b), flat[at + a * b : at + (a + 1) * b]))
            at += (a + 1) * b
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Logits; their gradient is torch's."""
        *hidden, (weight, bias) = self.layers(self.flat)
        for w, b in hidden:
            x = ACTIVATIONS[self.activation](torch.addmm(b, x, w))
        return torch.addmm(bias, x, weight)

    def gradient(self, x: Tensor, truth: Tensor) -> Tensor:
        """Mean cross-entropy of logits for x (n, inputs) against truth (n,), whose slopes become the weights' `grad`."""
        with torch.no_grad():
            loss = self._slopes(x, truth)
        self.flat.grad = self.slopes
        return loss

    def _slopes(self, x: Tensor, truth: Tensor) -> Tensor:
        where = self.flat.data_ptr(), self.slopes.data_ptr()
        if self.viewed != where:  # the vectors are others: views of them are made once, not at each step
            self.viewed, self.views = where, (self.layers(self.flat.detach()), self.layers(self.slopes))
        layers, slopes = self.views
        seen = [x]
        for weight, bias in layers[:-1]:
            seen.append(ACTIVATIONS[self.activation](torch.addmm(bias, seen[-1], weight)))
        logs = functional.log_softmax(torch.addmm(layers[-1][1], seen[-1], layers[-1][0]), 1)
        loss = functional.nll_loss(logs, truth)
        slope = logs.exp_()
        slope -= self.one_hot[truth]  # softmax and cross-entropy together: p - t
        slope /= len(x)
        for k in range(len(layers) - 1, -1, -1):
            torch.mm(seen[k].T, slope, out=slopes[k][0])
            torch.sum(slope, 0, out=slopes[k][1])
            if k:
                slope = BACK[self.activation](slope @ layers[k][0].T, seen[k])
        return loss
