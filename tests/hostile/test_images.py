"""Images with few pixels that would take minutes or gigabytes, and ordinary ones that look a little like them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven.features import image
from breakeven.features.image import BadImage, TooManyPixels
from tests.hostile.image_cases import CASES, progressive, tiff
from tests.hostile.images import chunk, png


@pytest.mark.parametrize("name", CASES)
def test_what_a_decoder_would_repeat_is_refused_before_it_is_decoded(name: str, tmp_path: Path) -> None:
    content, says = CASES[name]
    path = tmp_path / "one"
    path.write_bytes(content)
    for read in (lambda: image.pixels(content, 8, 3), lambda: image.pixels(path, 8, 3), lambda: image.raw(path)):
        with pytest.raises(BadImage, match=says):
            read()


def saved(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A picture of two halves as Pillow writes it."""
    picture = Image.new("RGB", size, "white")
    picture.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


ORDINARY = {
    "progressive jpeg": saved("jpeg", progressive=True),
    "many scans": progressive(64, 64, 100),
    "webp": saved("webp"),
    "bmp": saved("bmp"),
    "gif": saved("gif"),
    "gif with a comment": saved("gif", comment=b"a" * 100_000),
    "tiff": saved("tiff", compression="tiff_lzw"),
    "png with texts": png(8, 8, extra=chunk(b"tEXt", b"a\0b") * 1_000),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_files_are_read_as_before(name: str) -> None:
    assert image.pixels(ORDINARY[name], 8, 3).shape == (8, 8, 3)


def test_what_takes_longer_takes_more_of_a_requests_pixels() -> None:
    flat, deep = progressive(64, 64, 20), io.BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint16)).save(deep, "png")
    with image.budget(2 * 64 * 64):
        image.pixels(flat, 8, 1)
        with pytest.raises(TooManyPixels):
            image.pixels(flat, 8, 1)
    with image.budget(3 * 64 * 64), pytest.raises(TooManyPixels):
        image.pixels(deep.getvalue(), 8, 1)


def test_a_file_cannot_fill_the_log_with_warnings() -> None:
    tags = {40_000 + i: (1, 5_000, 8) for i in range(300)}
    content = tiff(
        {256: (4, 1, 64), 257: (4, 1, 64), 273: (4, 1, 8), 278: (4, 1, 64), 279: (4, 1, 4_096), **tags}, bytes(8_192)
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        image.pixels(content, 8, 1)
    assert said == []
