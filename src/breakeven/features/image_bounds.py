"""Bounds on the inside of image files: what a decoder repeats, or takes memory for, as the file says, whatever its pixels.

A JPEG of 0.9 MB with 10,000 scans keeps a core busy for minutes, since each scan goes over all pixels; a TIFF of 200 bytes
whose one tile is said to have 1.3 billion pixels takes 1.3 GB.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: Most chunks of a PNG, segments of a JPEG, blocks before the picture of a GIF, and tiles of any: Pillow reads each by Python.
MOST_PARTS = 20_000
#: Most scans of a JPEG; progressive ones have about ten.
MOST_SCANS = 128
#: Scans that cost as much as decoding the pixels once.
SCANS_AT_ONCE = 16
#: How many times the pixels are decoded for a deep image, and moved to bring them to 8 bits.
DEEP_COST = 4
#: Largest tile of a TIFF, in pixels or in multiples of the image, and how often the tiles may cover the image: once a channel.
TILE_PIXELS, TILE_TIMES, MOST_COVERED = 4_000_000, 4, 8

_PNG, _JPEG, _GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", (b"GIF87a", b"GIF89a")
_SCAN = b"\xff\xda"
#: Markers of JPEG's segments; within the data of a scan 0xFF stands before others alone.
_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]")
_TILE_WIDTH, _TILE_LENGTH = 322, 323
_EXTENSION, _PICTURE, _END = 0x21, 0x2C, 0x3B


def too_many_parts(content: bytes) -> str | None:
    """Why a file is refused before a decoder looks at it; None where it is not."""
    if content.startswith(_PNG):
        count, what = _chunks(content), "chunks"
    elif content.startswith(_JPEG):
        # What looks like a marker in a profile or a comment counts as well, one in 1,000 bytes of them.
        count, what = sum(1 for _ in islice(_SEGMENT.finditer(content), MOST_PARTS + 1)), "segments"
    elif content.startswith(_GIF):
        count, what = _blocks(content), "blocks before its picture"
    else:
        return None
    return f"more than {MOST_PARTS:,} {what}" if count > MOST_PARTS else None


def too_much_work(image: ImageFile, content: bytes) -> str | None:
    """Why an opened image, whose number of pixels is within bounds, is refused before it is decoded; None where it is not."""
    pixels, count = image.width * image.height, _scans(image, content)
    if count > MOST_SCANS:
        return f"{count:,} scans, more than {MOST_SCANS}"
    tags = getattr(image, "tag_v2", {})
    width, length = (_whole(tags.get(tag)) for tag in (_TILE_WIDTH, _TILE_LENGTH))
    if width * length > max(TILE_PIXELS, TILE_TIMES * pixels):
        return f"tiles of {width:,} x {length:,} pixels in an image of {image.width:,} x {image.height:,}"
    if len(image.tile) > MOST_PARTS:
        return f"{len(image.tile):,} tiles, more than {MOST_PARTS:,}"
    areas = [tile.extents or (0, 0, *image.size) for tile in image.tile]
    if sum((right - left) * (lower - upper) for left, upper, right, lower in areas) > MOST_COVERED * pixels:
        return "tiles that cover it again and again"
    return None


def cost(image: ImageFile, content: bytes, is_deep: bool) -> int:
    """What decoding an image takes, in pixels of an ordinary one."""
    return image.width * image.height * (DEEP_COST if is_deep else 1 + _scans(image, content) // SCANS_AT_ONCE)


def _scans(image: ImageFile, content: bytes) -> int:
    return content.count(_SCAN) if image.format in ("JPEG", "MPO") else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _chunks(content: bytes) -> int:
    """Chunks of a PNG, as far as MOST_PARTS."""
    count, at = 0, len(_PNG)
    while at + 8 <= len(content) and count <= MOST_PARTS:
        at += 12 + int.from_bytes(content[at : at + 4], "big")
        count += 1
    return count


def _blocks(content: bytes) -> int:
    """Blocks of a GIF's extensions, and stray bytes, before its first picture, as far as MOST_PARTS."""
    colours = content[10] if len(content) > 10 else 0
    count, at = 0, 13 + (3 * (2 << (colours & 7)) if colours & 0x80 else 0)
    while at < len(content) and count <= MOST_PARTS and content[at] not in (_PICTURE, _END):
        count += 1
        if content[at] != _EXTENSION:
            at += 1
            continue
        at += 2
        while at < len(content) and content[at] and count <= MOST_PARTS:
            at += 1 + content[at]
            count += 1
        at += 1
    return count
