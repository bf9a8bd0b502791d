"""Images with many pixels, or few that would take minutes or gigabytes; and ordinary ones that look a little like them."""

from __future__ import annotations

import base64
import io
import json
import threading
import urllib.error
import urllib.request
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven.core.errors import InputError, TooLarge
from breakeven.features import image
from breakeven.features.image import BadImage, TooManyPixels
from breakeven.features.schema import Field, Schema
from breakeven.scenarios import registry
from breakeven.scenarios.predict import service
from breakeven.serving.run import application
from tests.hostile import small_products
from tests.hostile.image_cases import CASES, progressive, tiff
from tests.hostile.images import chunk, png
from tests.hostile.serving import served

PHOTOS = Schema((Field("image", "image", side=8, channels=3),))


def sent(*files: bytes) -> list[dict[str, object]]:
    """Rows of images as a client sends them."""
    return [{"image": base64.b64encode(file).decode()} for file in files]


IMAGES = {
    "one long line": (png(1, 49_000_000, data=b"x"), "65,535 a side"),
    "one wide line": (png(49_000_000, 1, data=b"x"), "65,535 a side"),
    "2.5 billion pixels": (png(50_000, 50_000, data=b"x"), "pixels, more than"),
    "2^31 pixels a side": (png(2**31 - 1, 2**31 - 1, data=b"x"), "pixels, more than"),
    "no pixels": (png(0, 0, data=b"x"), "image"),
    "cut": (png(300, 300)[:70], "image"),
    "200 MB of text": (png(8, 8, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000))), "image"),
    "a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not an image"),
    "a program of PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) print\n", "not an image"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_that_claims_much_is_refused_before_it_is_decoded(name: str) -> None:
    content, says = IMAGES[name]
    with pytest.raises(InputError) as error:
        PHOTOS.columns(sent(content))
    line = str(error.value)
    assert says in line and line.isprintable() and len(line) < 600


def test_pixels_of_a_request_are_bounded_together() -> None:
    one = png(400, 250)
    with image.budget(400_000):
        PHOTOS.columns(sent(one, one, one, one))
    with (
        image.budget(400_000),
        pytest.raises(TooLarge, match=r"row 4, column 'image'.*more than 400,000 pixels; send fewer"),
    ):
        PHOTOS.columns(sent(*[one] * 5))
    PHOTOS.columns(sent(*[one] * 5))  # a budget ends with its request


def test_requests_have_a_budget_each() -> None:
    one, failed = png(400, 250), list[Exception]()

    def ask() -> None:
        try:
            with image.budget(200_000):
                PHOTOS.columns(sent(one, one))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_pixels_are_bounded_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_PIXELS", 400_000)
    one = base64.b64encode(png(400, 250)).decode()
    app = application([small_products.photos(tmp_path / "photos")], registry.get)
    with served(app) as place:
        paths = {
            "/v1/predict": lambda n: {"rows": [{"image": one}] * n},
            "/v2/models/small/infer": lambda n: {"inputs": [{"name": "image", "data": [one] * n}]},
            "/v1/feedback": lambda n: {"outcomes": [{"row": {"image": one}, "outcome": "no"}] * n},
        }
        for path, body in paths.items():
            assert posted(place + path, body(4))[0] == 200
            status, said = posted(place + path, body(5))
            assert status == 413 and "more than 400,000 pixels" in said


def posted(url: str, body: object) -> tuple[int, str]:
    """Status and answer of a request."""
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


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
