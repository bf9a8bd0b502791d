"""Images of more than 8 bits a channel: their raw values, and how these become 8 bits.

What a value means is not in the file: 12 bits lie in files of 16, and floats go from 0 to 1, to 255 or to anything. So the
range that is shown as 0 to 255 belongs to the column: it is found when data are collected and kept in the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

#: Rows of pixels converted at a time, so that memory stays near that of the image itself.
BAND = 256
#: Largest value of 16 bits.
FULL = 65_535
#: Unpackers of Pillow that keep the upper byte of 16-bit colour, and those that keep the lower one.
_LOWER = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B"))
}


def depth(image: Image) -> str | None:
    """What a Pillow image holds beyond 8 bits a channel: "16-bit", "32-bit", "float" or None."""
    if image.mode == "F":
        return "float"
    if image.mode.startswith("I;16") or _raw_mode(image) in _LOWER:
        return "16-bit"
    if image.mode.startswith("I"):
        return "16-bit" if image.format == "PNG" else "32-bit"
    return None


def values(image: Image, reopen: Callable[[], ImageFile]) -> Array:
    """Raw values (h, w) or, of colour, (h, w, 3 or 4) uint16. Pillow decodes 16-bit colour to its upper byte alone, so a
    second decoding, of `reopen()`, gives the lower one.
    """
    lower = _LOWER.get(_raw_mode(image) or "")
    if lower is None:
        return np.asarray(image)
    again = reopen()
    again.tile = [tile._replace(args=_with_raw_mode(tile.args, lower)) for tile in again.tile]
    upper: Array = np.asarray(image).astype(np.uint16)
    return np.asarray((upper << 8) | np.asarray(again))


def eight_bit(found: Array, scale: tuple[float, float]) -> Array:
    """Raw values of any shape as uint8: the low end of `scale` is 0, the high end 255, what lies outside is clipped, and
    what is no number is 0.
    """
    low, high = scale
    if found.dtype == np.uint16:
        return _shown(np.arange(FULL + 1), low, high)[found]
    out = np.empty(found.shape, np.uint8)
    for start in range(0, len(found), BAND):
        out[start : start + BAND] = _shown(found[start : start + BAND], low, high)
    return out


def _shown(block: Array, low: float, high: float) -> Array:
    exact = np.nan_to_num(block.astype(np.float64), nan=low, posinf=high, neginf=low)
    return np.rint(np.clip((np.clip(exact, low, high) - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _raw_mode(image: Image) -> str | None:
    tiles = getattr(image, "tile", None)
    if not tiles:
        return None
    args = tiles[0].args
    found = args if isinstance(args, str) else args[0] if isinstance(args, tuple) and args else None
    return found if isinstance(found, str) else None


def _with_raw_mode(args: tuple[object, ...] | str | None, mode: str) -> tuple[object, ...] | str:
    return (mode, *args[1:]) if isinstance(args, tuple) else mode
