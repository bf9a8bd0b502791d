"""A plain convolutional net, as introductions draw it: convolution, pooling, ReLU, some times over, then two dense layers.

>>> ConvNet((32, 32, 3), 10)(torch.zeros(2, 3, 32, 32)).shape
torch.Size([2, 10])
"""

from __future__ import annotations

import torch
from lessons.activations import ACTIVATIONS, Name
from torch import Tensor, nn


class ConvNet(nn.Module):
    """Pictures (n, channels, h, w) to logits (n, classes). `shape` is (h, w, channels), `widths` the convolutions' outputs.

    The maximum is taken before the activation: the same values for one that rises throughout, at a quarter of the work.
    Raises ValueError where the picture is too small for so many poolings.
    """

    def __init__(self, shape: tuple[int, int, int], classes: int, widths: tuple[int, ...] = (32, 64, 64), dense: int = 64,
                 activation: Name = "relu") -> None:  # fmt: skip
        super().__init__()
        height, width, channels = shape
        convolutions = list[nn.Module]()
        for k, outputs in enumerate(widths):
            convolutions.append(nn.Conv2d(channels, outputs, 3, padding=1))
            channels = outputs
            if k < len(widths) - 1:
                height, width = height // 2, width // 2
        if not min(height, width):
            raise ValueError(f"pictures of {shape[0]} x {shape[1]} cannot be halved {len(widths) - 1} times")
        self.convolutions = nn.ModuleList(convolutions)
        self.dense, self.out = nn.Linear(channels * height * width, dense), nn.Linear(dense, classes)
        self.activation: Name = activation
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        bend = ACTIVATIONS[self.activation]
        last = len(self.convolutions) - 1
        for k, convolution in enumerate(self.convolutions):
            x = convolution(x)
            x = bend(x if k == last else nn.functional.max_pool2d(x, 2))
        return self.out(bend(self.dense(x.flatten(1))))
