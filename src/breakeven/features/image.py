"""Images into pixels: opened with care, turned upright, brought to one size; and the features classic models read.

Pillow is loaded on use. What a file claims is checked before it is decoded, so that no small file fills the memory.
"""

from __future__ import annotations

import base64
import binascii
import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Array
from breakeven.features import deep_image, image_bounds

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

#: What is opened, and nothing else: each of Pillow's other readers would look at a file first. MPO is opened as JPEG.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
#: How pictures of phones begin that are not opened, and what is said of them.
HEIF = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")
PHONE = "a HEIC or AVIF image, which is not read; save it as JPEG or PNG"
#: Larger images are refused before they are decoded: 50 million pixels are 150 MB.
MOST_PIXELS = 50_000_000
#: Longest side, which is that of JPEG: a line of 49 million pixels took 1.8 GB to bring to size.
LONGEST_SIDE = 65_535
#: Images larger than this are decoded one at a time, so that memory holds one of them, whatever is asked at once.
LARGE_PIXELS = 8_000_000
MOST_BYTES = 64 << 20
#: EXIF's number for how the camera was held.
ORIENTATION = 0x0112
#: Gradient directions of the histogram of oriented gradients, and fewest and most cells along a side (one in 4 pixels).
DIRECTIONS, FEWEST_CELLS, MOST_CELLS, CELL = 9, 4, 8, 4
#: Images larger than this are brought down to it before their gradients are taken; those under half of it are repeated.
HOG_SIDE = 32
COLOUR_GRID = 4


class BadImage(ValueError):
    """Why a file is not an image that can be used."""


class TooManyPixels(BadImage):
    """The images of one request have too many pixels together."""


class _Budget:
    """Pixels that the images of a request may still have."""

    def __init__(self, most: int) -> None:
        self.most = self.left = most


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)
_one_large = threading.Lock()


@contextmanager
def budget(most: int) -> Iterator[None]:
    """Within it, images have at most so many pixels together; the one that is too much raises TooManyPixels.

    A few kilobytes of png may hold 50 million pixels, and a request thousands of such.
    """
    token = _budget.set(_Budget(most))
    try:
        yield
    finally:
        _budget.reset(token)


def _spend(count: int) -> None:
    found = _budget.get()
    if found is not None:
        found.left -= count
        if found.left < 0:
            raise TooManyPixels(f"the images of this request have more than {found.most:,} pixels")


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("reading images", "pillow is not installed", "pip install pillow") from None
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked first, with our own words
    # A file can make it warn of each of its 65,535 tags, and a server's log would have a line of each.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    return Image


def from_text(text: str) -> bytes:
    """The bytes of an image sent as base64, with or without a `data:` prefix. Raises BadImage."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadImage("not base64") from None


class Header(NamedTuple):
    """What the header says: size upright, whether it is grey, frames, and the depth beyond 8 bits a channel, if any."""

    width: int
    height: int
    grey: bool
    frames: int
    depth: str | None


def look(source: bytes | Path) -> Header:
    """An image's header, undecoded. Raises BadImage."""
    try:
        with _open(source) as image:
            width, height = image.size
            if image.getexif().get(ORIENTATION, 1) >= 5:
                width, height = height, width
            grey = image.mode in ("1", "L", "LA", "I", "F") or image.mode.startswith("I;")
            return Header(width, height, grey, _frames(image), deep_image.depth(image))
    except (BadImage, MissingExtra):
        raise
    except Exception as error:  # damaged headers make Pillow raise TypeError, struct.error and more
        raise BadImage(_short(error)) from None


def raw(source: bytes | Path) -> Array:
    """Values of an image as the file has them, (h, w) or (h, w, channels). Raises BadImage."""
    try:
        with _open(source) as image:
            return deep_image.values(image, lambda: _open(source))
    except (BadImage, MissingExtra):
        raise
    except Exception as error:  # whatever its decoders raise
        raise BadImage(_short(error)) from None


def pixels(source: bytes | Path, side: int, channels: int, scale: tuple[float, float] | None = None) -> Array:
    """An image as (side, side, channels) uint8: upright, on white where it was transparent. Raises BadImage.

    `scale`: values of deep images that are shown as 0 and 255; None where the column has none, and then 16 bits are taken
    whole and deeper ones refused. Images of 8 bits stay as they are.
    """
    from PIL import ImageOps

    try:
        content = _content(source)
        with _open(content) as image, _turn(image.width * image.height):
            is_deep = deep_image.depth(image) is not None
            _spend(image_bounds.cost(image, content, is_deep))
            if image.format in ("JPEG", "MPO"):
                image.draft(None, (2 * side, 2 * side))
            shallow = _shallow(image, content, scale) if is_deep else image
            upright = _flat(ImageOps.exif_transpose(shallow)).convert("L" if channels == 1 else "RGB")
            if upright.size != (side, side):
                # Bilinear over all source pixels a target pixel covers: no aliasing when shrinking.
                upright = upright.resize((side, side), _pillow().Resampling.BILINEAR)
            return np.asarray(upright, dtype=np.uint8).reshape(side, side, channels)
    except (BadImage, MissingExtra):
        raise
    except Exception as error:  # as above, and whatever its decoders raise
        raise BadImage(_short(error)) from None


def _open(source: bytes | Path) -> ImageFile:
    pillow, content = _pillow(), _content(source)
    why = image_bounds.too_many_parts(content)
    if why is not None:
        raise BadImage(why)
    try:
        image: ImageFile = pillow.open(io.BytesIO(content), formats=FORMATS)
    except Exception as error:  # Pillow's plug-ins raise what they like on broken headers
        unknown = PHONE if content[4:12] in HEIF else "not an image"
        raise BadImage(unknown if type(error).__name__ == "UnidentifiedImageError" else _short(error)) from None
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        why = f"{image.width:,} x {image.height:,} pixels, more than {MOST_PIXELS:,} or {LONGEST_SIDE:,} a side"
    else:
        why = image_bounds.too_much_work(image, content)
    if why is not None:
        raise BadImage(why)
    return image


def _content(source: bytes | Path) -> bytes:
    size = len(source) if isinstance(source, bytes) else _size(source)
    if size == 0:
        raise BadImage("empty")
    if size > MOST_BYTES:
        raise BadImage(f"{size / 1e6:,.0f} MB, more than {MOST_BYTES >> 20} MB")
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise BadImage(error.strerror or "cannot be read") from None


def _turn(count: int) -> AbstractContextManager[object]:
    """The turn to decode an image of so many pixels."""
    return _one_large if count > LARGE_PIXELS else nullcontext()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise BadImage(error.strerror or "cannot be read") from None


def _frames(image: Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _shallow(image: Image, source: bytes, scale: tuple[float, float] | None) -> Image:
    """A deep image with 8 bits a channel, its orientation kept."""
    kind = deep_image.depth(image)
    if scale is None and kind != "16-bit":
        raise BadImage(f"a {kind} image, where those the product was built from have 8 bits; save it with 8 bits")
    orientation = image.getexif().get(ORIENTATION, 1)
    found = deep_image.values(image, lambda: _open(source))
    colour, clear = (found[..., :3], found[..., 3:]) if found.ndim == 3 else (found, found[:0])
    shown = deep_image.eight_bit(colour, scale or (0, deep_image.FULL))
    if clear.size:
        shown = np.concatenate([shown, deep_image.eight_bit(clear, (0, deep_image.FULL))], axis=2)
    out: Image = _pillow().fromarray(shown)
    out.getexif()[ORIENTATION] = orientation
    return out


def _flat(image: Image) -> Image:
    """Transparency laid on white, and LAB as sRGB, which Pillow converts by its colour management alone."""
    pillow = _pillow()
    if image.mode == "LAB":
        from PIL import ImageCms

        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = pillow.alpha_composite(pillow.new("RGBA", clear.size, "white"), clear)
    return image


def _short(error: Exception) -> str:
    return str(error).partition("<")[0].strip()[:80] or type(error).__name__


def png(values: Array) -> bytes:
    """Pixels (h, w, 1 or 3) uint8 as a png file."""
    out = io.BytesIO()
    _pillow().fromarray(values[:, :, 0] if values.shape[2] == 1 else values).save(out, "png")
    return out.getvalue()


def shrink(block: Array, side: int) -> Array:
    """Images (n, s, s, c) uint8 -> (n, side, side, c) float32: means over areas; unchanged where s is not larger."""
    n, size, _, c = block.shape
    if size <= side:
        return block.astype(np.float32)
    weights = _areas(size, side)
    rows = np.tensordot(block.astype(np.float32), weights, axes=([1], [1]))  # n, s, c, side
    return np.ascontiguousarray(np.tensordot(rows, weights, axes=([1], [1])).transpose(0, 2, 3, 1)).reshape(
        n, side, side, c
    )


@cache
def _areas(size: int, side: int) -> Array:
    """(side, size): which share of each source pixel lies under each target pixel, rows summing to 1."""
    edges = np.linspace(0, size, side + 1)
    pixel = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    overlap = np.clip(overlap, 0, None)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True), dtype=np.float32)


def hog(block: Array) -> Array:
    """Images (n, s, s, c) uint8 -> (n, d) float32: oriented gradients (Dalal and Triggs 2005) and coarse colour.

    Gradients of the channel where they are strongest fall into 9 directions, shared between the two nearest and between
    the four nearest cells; cells are normalised over each 2 x 2 of them. Colour: mean and spread on a 4 x 4 grid.
    """
    # The square root evens out bright and dark parts.
    small = np.sqrt(shrink(block, HOG_SIDE) / 255.0)
    cells = int(np.clip(block.shape[1] // CELL, FEWEST_CELLS, MOST_CELLS))
    times = HOG_SIDE // small.shape[1]
    large = small.repeat(times, axis=1).repeat(times, axis=2) if times > 1 else small
    return np.concatenate([_gradients(large, cells), _colours(small)], axis=1)


def _gradients(x: Array, count: int) -> Array:
    n, size, _, c = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    dy = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    dx = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    strength = np.hypot(dx, dy)
    if c > 1:
        best = strength.argmax(axis=3)[..., None]
        dx, dy, strength = (np.take_along_axis(a, best, axis=3)[..., 0] for a in (dx, dy, strength))
    else:
        dx, dy, strength = dx[..., 0], dy[..., 0], strength[..., 0]
    bins = (np.arctan2(dy, dx) % np.pi) * (DIRECTIONS / np.pi)
    low = np.floor(bins).astype(np.int64)
    part = bins - low
    spread = _cells(size, count)
    maps = np.zeros((n, size, size, DIRECTIONS), dtype=np.float32)
    index = tuple(np.indices((n, size, size), sparse=True))
    maps[(*index, low % DIRECTIONS)] = strength * (1 - part)
    maps[(*index, (low + 1) % DIRECTIONS)] += strength * part
    cells = np.einsum("ai,nijd->najd", spread, maps, optimize=True)
    cells = np.einsum("bj,najd->nabd", spread, cells, optimize=True)
    return _normalised(cells)


def _normalised(cells: Array) -> Array:
    """Each 2 x 2 of cells at length 1, clipped at 0.2 and again at length 1 (L2-Hys)."""
    parts = [cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, :-1, 1:], cells[:, 1:, 1:]]
    blocks = np.concatenate(parts, axis=3) if cells.shape[1] > 1 else cells
    for limit in (0.2, np.inf):
        length = np.sqrt((blocks**2).sum(axis=3, keepdims=True) + 1e-4)
        blocks = np.minimum(blocks / length, limit)
    return np.asarray(blocks.reshape(len(cells), -1), dtype=np.float32)


@cache
def _cells(size: int, count: int) -> Array:
    """(count, size): how much of each pixel a cell takes, shared linearly between the two nearest."""
    centres = (np.arange(count) + 0.5) * size / count
    apart = np.abs(np.arange(size) + 0.5 - centres[:, None]) * count / size
    return np.clip(1 - apart, 0, None).astype(np.float32)


def _colours(x: Array) -> Array:
    n, size, _, _c = x.shape
    weights = _areas(size, min(COLOUR_GRID, size))
    mean = np.einsum("ai,bj,nijc->nabc", weights, weights, x, optimize=True)
    square = np.einsum("ai,bj,nijc->nabc", weights, weights, x**2, optimize=True)
    spread = np.sqrt(np.clip(square - mean**2, 0, None))
    return np.asarray(np.concatenate([mean, spread], axis=3).reshape(n, -1), dtype=np.float32)
