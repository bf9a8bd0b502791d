"""Conditional generative adversarial nets (Goodfellow et al. 2014, Mirza and Osindero 2014) for rows of a table and for images.

A maker turns noise and a class into a row; a judge tells generated rows from real ones of that class. Both learn in one step of
the one loop: `Adversarial` gives the sum of their losses, each held still where the other one learns.

>>> both = Adversarial(RowMaker(3, (2,), 4), RowJudge(5, 4))
>>> both(torch.zeros(6, 5), torch.zeros(6, dtype=torch.long)).shape
torch.Size([6])
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

#: Width of the noise vector.
NOISE = 64
#: Units of a hidden layer of the nets for tables.
UNITS = 256
#: Temperature of the Gumbel softmax that draws categories.
SOFT = 0.5
#: Slope of the leaky rectifiers below zero.
LEAK = 0.2
#: Weight of the gradient penalty of the discriminator.
STEEP = 4.0


class RowMaker(nn.Module):
    """Noise (n, NOISE) and classes (n,) to rows: `numbers` numbers, then a one-hot block for each category of `levels`."""

    def __init__(self, numbers: int, levels: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.numbers, self.levels = numbers, levels
        self.embed = nn.Embedding(classes, NOISE)
        self.body = nn.Sequential(
            nn.Linear(2 * NOISE, UNITS),
            nn.LayerNorm(UNITS),
            nn.ReLU(),
            nn.Linear(UNITS, UNITS),
            nn.LayerNorm(UNITS),
            nn.ReLU(),
            nn.Linear(UNITS, numbers + sum(levels)),
        )

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        """Rows (n, numbers + all levels); categories are whole ones, with the slopes of soft ones (Jang et al. 2017)."""
        out = self.body(torch.cat([noise, self.embed(classes)], dim=1))
        parts, at = [out[:, : self.numbers]], self.numbers
        for count in self.levels:
            parts.append(functional.gumbel_softmax(out[:, at : at + count], SOFT, hard=True))
            at += count
        return torch.cat(parts, dim=1)


class RowJudge(nn.Module):
    """Rows (n, width) and classes (n,) to how real they are (n,): larger is realer."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(width, UNITS), nn.LeakyReLU(LEAK), nn.Linear(UNITS, UNITS), nn.LeakyReLU(LEAK)
        )
        self.out, self.embed = nn.Linear(UNITS, 1), nn.Embedding(classes, UNITS)

    def forward(self, rows: Tensor, classes: Tensor) -> Tensor:
        """The class speaks by a projection (Miyato and Koyama 2018)."""
        seen = self.body(rows)
        real: Tensor = self.out(seen).squeeze(1) + (self.embed(classes) * seen).mean(dim=1)
        return real


class ImageMaker(nn.Module):
    """Noise (n, NOISE) and classes (n,) to images (n, channels, h, w) from -1 to 1; `widths` of its two enlargements."""

    def __init__(self, shape: tuple[int, int, int], classes: int, widths: tuple[int, int] = (64, 32)) -> None:
        super().__init__()
        self.height, self.width, channels = shape
        self.start = -(-self.height // 4), -(-self.width // 4)
        first, second = widths
        self.embed, self.first = nn.Embedding(classes, NOISE), first
        self.seed = nn.Linear(2 * NOISE, first * self.start[0] * self.start[1])
        self.body = nn.Sequential(
            nn.BatchNorm2d(first),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.BatchNorm2d(second),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(second, second, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(second, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        """Images."""
        x = self.seed(torch.cat([noise, self.embed(classes)], dim=1)).unflatten(1, (self.first, *self.start))
        out: Tensor = self.body(x)
        return out[:, :, : self.height, : self.width]


class ImageJudge(nn.Module):
    """Images (n, channels, h, w) and classes (n,) to how real they are (n,)."""

    def __init__(self, channels: int, classes: int, widths: tuple[int, int] = (32, 64)) -> None:
        super().__init__()
        first, second = widths
        self.body = nn.Sequential(
            nn.Conv2d(channels, first, 3, 2, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(first, second, 3, 2, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(second, second, 3, 1, 1),
            nn.LeakyReLU(LEAK),
        )
        self.out, self.embed = nn.Linear(second, 1), nn.Embedding(classes, second)

    def forward(self, images: Tensor, classes: Tensor) -> Tensor:
        """Sums over the image; the class speaks by a projection."""
        seen = self.body(images).sum(dim=(2, 3))
        real: Tensor = self.out(seen).squeeze(1) + (self.embed(classes) * seen).sum(dim=1)
        return real


class Adversarial(nn.Module):
    """A maker and a judge that learn together: real rows (n, ...) and classes (n,) to losses (n,), the judge's and the maker's
    added. The judge's weights are held still in the maker's part, and made rows in the judge's.
    """

    def __init__(self, maker: nn.Module, judge: nn.Module) -> None:
        super().__init__()
        self.maker, self.judge = maker, judge

    def forward(self, real: Tensor, classes: Tensor) -> Tensor:
        """Logistic losses, and the judge's slope at real rows, squared (Mescheder et al. 2018): without it the two chase each
        other, and all made rows become one (LAB.md).
        """
        made = self.maker(torch.randn(len(real), NOISE), classes)
        real = real.detach().requires_grad_()
        realness = self.judge(real, classes)
        (slope,) = torch.autograd.grad(realness.sum(), real, create_graph=True)
        judge = functional.softplus(-realness) + functional.softplus(self.judge(made.detach(), classes))
        still = {name: p.detach() for name, p in self.judge.named_parameters()}
        maker = functional.softplus(-functional_call(self.judge, still, (made, classes)))
        return judge + STEEP / 2 * slope.square().flatten(1).sum(dim=1) + maker
