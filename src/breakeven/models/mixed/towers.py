"""Encoders of one kind of column each: numbers, text or image of a row in, one vector out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.models.tabular.mlp_net import Sides

#: Images larger than this are brought down to it before a net from scratch sees them.
MOST_SIDE = 64


class Tower(nn.Module):
    """A module that turns one input into vectors (n, width)."""

    width: int


class MapTower(Tower):
    """A tower over images whose last layer is a map, so that an answer can be traced to places of the image."""

    def map(self, given: Tensor) -> Tensor:
        """The last layer's map (n, width, h, w)."""
        raise NotImplementedError

    def pooled(self, found: Tensor) -> Tensor:
        """The mean of a map over the image: (n, width)."""
        return found.mean(dim=(2, 3))

    def forward(self, given: Tensor) -> Tensor:
        """Vectors (n, width) of pixels (n, side, side, c) uint8, or of what `map` takes."""
        return self.pooled(self.map(given))


class TableTower(Tower):
    """Numbers by pieces and categories by embeddings, through one hidden layer: (n, width)."""

    def __init__(self, sides: Sides, width: int, dropout: float) -> None:
        super().__init__()
        self.sides, self.width = sides, width
        self.body = nn.Sequential(nn.Linear(sides.width, width), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        """x (n, numbers + flags + categories)."""
        out: Tensor = self.body(self.sides(x))
        return out


#: Share of tokens, and of parts of tokens, that are left out in training, where nothing else is asked for.
DROPPED = 0.1
#: Recurrent cells: Cho et al. 2014, Hochreiter and Schmidhuber 1997.
CELLS: dict[str, type[nn.GRU] | type[nn.LSTM]] = {"gru": nn.GRU, "lstm": nn.LSTM}


class TokenTower(Tower):
    """Tokens (n, length, parts) -> (n, width): a token is the sum of its parts' embeddings; then a Transformer, a GRU, an
    LSTM, or nothing (`kind` "bag"). Mean and maximum over the tokens are joined.

    `drops`: shares of tokens, and of tokens' parts (n-grams of characters), that are left out in training.
    """

    where: Tensor

    def __init__(
        self,
        size: int,
        kind: str,
        inner: int,
        layers: int,
        dropout: float,
        drops: tuple[float, float] = (DROPPED, DROPPED),
    ) -> None:
        super().__init__()
        self.kind, self.width, self.drops = kind, 2 * inner, drops
        self.embed = nn.Embedding(size, inner, padding_idx=0)
        nn.init.normal_(self.embed.weight, std=0.5 / math.sqrt(inner))
        with torch.no_grad():
            self.embed.weight[0] = 0
        self.norm, self.drop = nn.LayerNorm(inner), nn.Dropout(dropout)
        if kind in CELLS:
            self.body: nn.Module = CELLS[kind](inner, inner // 2, layers, batch_first=True)
            self.back = CELLS[kind](inner, inner // 2, layers, batch_first=True)
        elif kind == "transformer":
            layer = nn.TransformerEncoderLayer(
                inner, max(1, inner // 32), 2 * inner, dropout, "gelu", batch_first=True, norm_first=True
            )
            self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
            self.register_buffer("where", _waves(512, inner))

    def forward(self, ids: Tensor) -> Tensor:
        """ids (n, length, parts), 0 where there is nothing."""
        there = (ids != 0).any(dim=2)
        if self.training:
            ids = (
                ids
                * (torch.rand(ids.shape, device=ids.device) > self.drops[1]).long()
                * (torch.rand(ids.shape[:2], device=ids.device) > self.drops[0])[:, :, None].long()
            )
        x = self.drop(self.norm(self.embed(ids).sum(dim=2)))
        mask = there.unsqueeze(2)
        if self.kind in CELLS:
            # Each text is turned round within its own length, so that no padding comes before its last word.
            count, place = there.sum(dim=1, keepdim=True), torch.arange(x.shape[1], device=x.device)
            turned = torch.where(place < count, count - 1 - place, place).unsqueeze(2).expand(-1, -1, x.shape[2])
            behind = self.back(torch.gather(x, 1, turned))[0]
            half = turned[:, :, : behind.shape[2]]
            x = x + torch.cat([self.body(x)[0], torch.gather(behind, 1, half)], dim=2)
        elif self.kind == "transformer":
            x = self.body(x + 0.1 * self.where[: x.shape[1]], src_key_padding_mask=~there)
        count = mask.sum(dim=1).clamp(min=1)
        mean = (x * mask).sum(dim=1) / count
        most = x.masked_fill(~mask, -1e4).amax(dim=1)
        out: Tensor = self.drop(torch.cat([mean, most], dim=1))
        return out


def _waves(length: int, width: int) -> Tensor:
    """Sine positions (length, width) of Vaswani et al. 2017."""
    place = torch.arange(length)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    out = torch.zeros(length, width)
    out[:, 0::2], out[:, 1::2] = torch.sin(place), torch.cos(place)[:, : width // 2]
    return out


class Scaled(nn.Module):
    """Pixels (n, side, side, c) uint8 -> (n, c, s, s) of mean 0 and deviation 1, brought down to `side` when larger."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: list[float], spread: list[float], size: int, side: int) -> None:
        super().__init__()
        self.size, self.side = size, side
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("spread", torch.tensor(spread)[:, None, None])

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels as they come."""
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.spread
        if self.size != self.side:
            x = functional.interpolate(x, size=(self.side, self.side), mode="bilinear", align_corners=False)
        return x


class Block(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Residual(nn.Module):
    """A block that halves the image, and one added to what passes it (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first, self.second = Block(inputs, outputs, stride), Block(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, c, h, w)."""
        x = self.first(x)
        out: Tensor = x + self.second(x)
        return out


class ConvTower(MapTower):
    """A small residual net: (n, c, s, s) -> map (n, width, h, w). `stem` and `widths` set its size."""

    def __init__(self, scaled: Scaled, channels: int, stem: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.scaled, self.width = scaled, widths[-1]
        # Each stage halves the image until 4 pixels are left; a large image is halved by the stem too.
        side, stages = scaled.side, list[nn.Module]()
        stride = 2 if side > 40 else 1
        side //= stride
        self.stem = Block(channels, stem, stride)
        inner = stem
        for width in widths:
            step = 2 if side >= 8 else 1
            stages.append(Residual(inner, width, step))
            inner, side = width, -(-side // step)
        self.body = nn.Sequential(*stages)

    def map(self, given: Tensor) -> Tensor:
        """The last layer's map (n, width, h, w)."""
        x = self.scaled(given).contiguous(memory_format=torch.channels_last)
        out: Tensor = self.body(self.stem(x))
        return out


class VitTower(MapTower):
    """A small vision Transformer (Dosovitskiy et al. 2021) over 8 x 8 patches, which a convolution cuts out."""

    def __init__(self, scaled: Scaled, channels: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.scaled, self.width = scaled, width
        self.cells = min(8, scaled.side)
        patch = -(-scaled.side // self.cells)
        self.cells = scaled.side // patch
        self.cut = nn.Sequential(
            nn.Conv2d(channels, width // 2, 3, 1, 1), nn.GELU(), nn.Conv2d(width // 2, width, patch, patch)
        )
        self.place = nn.Parameter(torch.randn(1, self.cells**2, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, width // 32, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)

    def map(self, given: Tensor) -> Tensor:
        """What each patch became, laid out as a map (n, width, h, w)."""
        x = self.cut(self.scaled(given)).flatten(2).transpose(1, 2) + self.place
        out: Tensor = self.body(x).transpose(1, 2).unflatten(2, (self.cells, self.cells))
        return out
