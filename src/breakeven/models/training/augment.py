"""Random changes of training rows by name. Images (n, h, w, c) uint8 stay so; every draw comes from the generator given.

>>> noise = torch.Generator().manual_seed(0)
>>> changed(torch.zeros(2, 8, 8, 3, dtype=torch.uint8), ("flip", "noise"), noise).shape
torch.Size([2, 8, 8, 3])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

Change = Callable[[Tensor, torch.Generator], Tensor]
#: Largest shift, as a share of the side.
SHIFT = 1 / 8
#: Largest rotation in degrees.
ROTATE = 15.0
#: Largest change of scale.
SCALE = 0.15
#: Largest share of the side that is cropped.
CROP = 0.2
#: Largest change of brightness, contrast and saturation.
COLOUR = 0.25
#: Standard deviation of the noise, in levels of 255.
NOISE = 8.0
#: Side of the cut-out square, as a share of the side.
CUT = 1 / 4
#: The smallest side that is shifted.
SMALL = 8


def changed(pixels: Tensor, names: Sequence[str], noise: torch.Generator) -> Tensor:
    """Images changed by each of `names` in turn. Raises ValueError for a name that is none of IMAGES."""
    for name in names:
        if name not in IMAGES:
            raise ValueError(f"change {name!r}: not one of {', '.join(IMAGES)}")
        pixels = IMAGES[name](pixels, noise)
    return pixels


def _drawn(n: int, low: float, high: float, noise: torch.Generator) -> Tensor:
    """Uniform numbers (n, 1, 1, 1)."""
    return low + (high - low) * torch.rand(n, 1, 1, 1, generator=noise)


def _bytes(x: Tensor) -> Tensor:
    return x.round().clamp(0, 255).to(torch.uint8)


def shift(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Moved by up to an eighth of the side, the edge mirrored; of less than SMALL pixels none."""
    n, height, width, _ = pixels.shape
    side = min(height, width)
    pad = max(1, round(side * SHIFT)) if side >= SMALL else 0
    x = (
        functional.pad(pixels.permute(0, 3, 1, 2).float(), (pad,) * 4, mode="reflect")
        if pad
        else pixels.permute(0, 3, 1, 2)
    )
    rows = torch.randint(0, 2 * pad + 1, (n, 1), generator=noise) + torch.arange(height)
    columns = torch.randint(0, 2 * pad + 1, (n, 1), generator=noise) + torch.arange(width)
    at = torch.arange(n)[:, None, None]
    return x.permute(0, 2, 3, 1)[at, rows[:, :, None], columns[:, None, :]].to(torch.uint8)


def flip(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Half of them mirrored left to right."""
    half = torch.rand(len(pixels), 1, 1, 1, generator=noise) < 0.5
    return torch.where(half, pixels.flip(2), pixels)


def _warped(pixels: Tensor, angle: Tensor, zoom: Tensor, move: Tensor) -> Tensor:
    """Turned by angles (n,), enlarged by zooms (n,) and moved by (n, 2) of half a side, the edge repeated."""
    x = pixels.permute(0, 3, 1, 2).float()
    wide = x.shape[2] / x.shape[3]  # torch's places go from -1 to 1 in both directions, whatever the sides
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    turn = torch.stack(
        [torch.stack([cos, -sin * wide, move[:, 0]], 1), torch.stack([sin / wide, cos, move[:, 1]], 1)], 1
    )
    grid = functional.affine_grid(turn, list(x.shape), align_corners=False)
    return _bytes(functional.grid_sample(x, grid, padding_mode="border", align_corners=False).permute(0, 2, 3, 1))


def rotate(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Turned by up to 15 degrees either way."""
    n = len(pixels)
    angle = _drawn(n, -math.radians(ROTATE), math.radians(ROTATE), noise).flatten()
    return _warped(pixels, angle, torch.ones(n), torch.zeros(n, 2))


def scale(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Larger or smaller by up to 15 %."""
    n = len(pixels)
    return _warped(pixels, torch.zeros(n), _drawn(n, 1 - SCALE, 1 + SCALE, noise).flatten(), torch.zeros(n, 2))


def crop(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """A random crop, at least 80 % of the side, resized to the full size."""
    n = len(pixels)
    zoom = 1 / _drawn(n, 1 - CROP, 1, noise).flatten()
    move = (1 - 1 / zoom)[:, None] * (2 * torch.rand(n, 2, generator=noise) - 1)
    return _warped(pixels, torch.zeros(n), zoom, move)


def colour(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Brightness, contrast and (of colour ones) saturation by up to a quarter."""
    n, x = len(pixels), pixels.float()
    x = x * _drawn(n, 1 - COLOUR, 1 + COLOUR, noise)
    middle = x.mean(dim=(1, 2, 3), keepdim=True)
    x = middle + (x - middle) * _drawn(n, 1 - COLOUR, 1 + COLOUR, noise)
    grey = x.mean(dim=3, keepdim=True)
    return _bytes(grey + (x - grey) * _drawn(n, 1 - COLOUR, 1 + COLOUR, noise))


def grain(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Every pixel moved by a normal draw."""
    return _bytes(pixels.float() + NOISE * torch.randn(pixels.shape, generator=noise))


def cut_out(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """A square of a quarter of the side painted in the image's mean (DeVries and Taylor 2017)."""
    n, height, width, _ = pixels.shape
    side = max(1, round(min(height, width) * CUT))
    top, left = (torch.randint(0, size - side + 1, (n, 1), generator=noise) for size in (height, width))
    down, across = (
        (torch.arange(size) >= at) & (torch.arange(size) < at + side) for size, at in ((height, top), (width, left))
    )
    hole = (down[:, :, None] & across[:, None, :])[..., None]
    return torch.where(hole, _bytes(pixels.float().mean(dim=(1, 2), keepdim=True)), pixels)


#: Changes of images.
IMAGES: dict[str, Change] = {
    "shift": shift,
    "flip": flip,
    "rotate": rotate,
    "scale": scale,
    "crop": crop,
    "colour": colour,
    "noise": grain,
    "cut-out": cut_out,
}


def mixed(inputs: tuple[Tensor, ...], most: float, noise: torch.Generator) -> tuple[tuple[Tensor, ...], Tensor, float]:
    """Mix-up (Zhang et al. 2018): every row joined by another; the inputs, the others' places (n,) and the rows' own share.

    The own share lies between 1 - `most` and 1. Raises ValueError for inputs that are no quantities, as tokens are; codes
    of categories look like quantities in a table of numbers: use mix-up only on rows without categories.
    """
    own = 1 - most * float(torch.rand((), generator=noise))
    other = torch.randperm(len(inputs[0]), generator=noise)
    out = []
    for x in inputs:
        if not (x.is_floating_point() or x.dtype == torch.uint8):
            raise ValueError("mix-up joins pixels and numbers; tokens and categories have no mean")
        joined = own * x.float() + (1 - own) * x[other].float()
        out.append(_bytes(joined) if x.dtype == torch.uint8 else joined)
    return tuple(out), other, own
