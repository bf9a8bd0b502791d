"""Decoding with care: every format and mode upright at one size, and what is refused before it costs memory."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven.features import image
from breakeven.features.image import BadImage

RED = np.tile(np.array([200, 30, 40], np.uint8), (24, 16, 1))


def file(picture: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "tiff"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "1", "P", "CMYK", "I;16"])
def test_every_format_and_mode(kind: str, mode: str) -> None:
    picture = Image.fromarray(RED)
    if mode == "I;16":
        picture = Image.fromarray(np.full((24, 16), 40_000, np.uint16))
    else:
        picture = picture.convert(mode)
    try:
        data = file(picture, kind)
    except (OSError, KeyError):
        return  # the format has no such mode
    got = image.pixels(data, 8, 3)
    assert got.shape == (8, 8, 3) and got.dtype == np.uint8
    if mode in ("RGB", "RGBA", "P"):
        assert abs(got.astype(int) - [200, 30, 40]).max() < 25
    if mode == "I;16" and kind in ("png", "tiff"):  # the others keep 8 bits, and Pillow cuts them off itself
        assert abs(got.astype(int) - 40_000 // 257).max() <= 1


def test_exif_turns_and_transparency_lies_on_white() -> None:
    half = np.zeros((8, 16, 3), np.uint8)
    half[:, 8:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    upright = image.pixels(file(Image.fromarray(half), "jpeg", exif=exif, quality=95), 8, 1)[:, :, 0]
    assert upright[:3].mean() < 40 and upright[5:].mean() > 215
    clear = image.pixels(file(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "png"), 8, 3)
    assert clear.min() == 255


def test_what_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    bomb += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    whole = file(Image.fromarray(RED), "png")
    for data, why in (
        (b"", "empty"),
        (b"<html><body>404</body></html>", "not an image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC or AVIF image.*JPEG or PNG"),
        (bomb, "900,000,000|30,000 x 30,000"),
        (whole[: len(whole) // 2], "truncated|incomplete|broken|decod"),
        (b"GIF89a", "not an image|gif"),
    ):
        with pytest.raises(BadImage, match=f"(?i){why}"):
            image.pixels(data, 8, 3)
    with pytest.raises(BadImage, match="No such file"):
        image.pixels(Path("/nowhere/x.png"), 8, 3)
    with pytest.raises(BadImage, match="base64"):
        image.from_text("not base64!")


def test_one_pixel_and_moving_images_are_read() -> None:
    assert image.pixels(file(Image.fromarray(RED[:1, :1]), "png"), 8, 3).shape == (8, 8, 3)
    frames = [Image.fromarray(np.full((8, 8), 80 * k, np.uint8)) for k in range(3)]
    moving = file(frames[0], "gif", save_all=True, append_images=frames[1:])
    assert image.look(moving)[3] > 1
    assert image.pixels(moving, 8, 3).shape == (8, 8, 3)


def slow_cells(values: np.ndarray, count: int) -> np.ndarray:
    """Votes of every pixel's gradient into cells and directions, one by one."""
    size = values.shape[0]
    out = np.zeros((count, count, image.DIRECTIONS))
    padded = np.pad(values, 1, mode="edge")
    centres = (np.arange(count) + 0.5) * size / count
    for i in range(size):
        for j in range(size):
            dy, dx = padded[i + 2, j + 1] - padded[i, j + 1], padded[i + 1, j + 2] - padded[i + 1, j]
            place = (np.arctan2(dy, dx) % np.pi) * image.DIRECTIONS / np.pi
            low = int(np.floor(place))
            for a in range(count):
                for b in range(count):
                    share = max(0, 1 - abs(i + 0.5 - centres[a]) * count / size) * max(
                        0, 1 - abs(j + 0.5 - centres[b]) * count / size
                    )
                    out[a, b, low % image.DIRECTIONS] += share * np.hypot(dx, dy) * (1 - (place - low))
                    out[a, b, (low + 1) % image.DIRECTIONS] += share * np.hypot(dx, dy) * (place - low)
    return out


def test_gradients_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    block = rng.integers(0, 256, (2, 16, 16, 1), dtype=np.uint8)
    big = np.sqrt(block[0, :, :, 0] / 255.0).repeat(2, axis=0).repeat(2, axis=1)
    slow = image._normalised(slow_cells(big, 4)[None].astype(np.float32))[0]
    fast = image.hog(block)[0][: len(slow)]
    assert np.allclose(fast, slow, atol=1e-4)


def test_an_image_is_described_alike_alone_and_among_others() -> None:
    block = np.random.default_rng(1).integers(0, 256, (5, 40, 40, 3), dtype=np.uint8)
    assert np.allclose(image.hog(block)[3], image.hog(block[3:4])[0], atol=1e-6)


def test_shrinking_keeps_the_mean() -> None:
    block = np.random.default_rng(2).integers(0, 256, (2, 50, 50, 3), dtype=np.uint8)
    assert np.allclose(image.shrink(block, 32).mean(axis=(1, 2)), block.mean(axis=(1, 2)), atol=0.5)
