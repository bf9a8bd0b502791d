"""Images of more than eight bits: one range for all files of a data set, kept with the product."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven import pipeline
from breakeven.collect.prepare import Collected
from breakeven.features.media import Disk
from breakeven.scenarios.registry import load_brief

EACH = 30


def bars(folder: Path, make: Callable[[np.ndarray], Image.Image], ending: str = "tif") -> Collected:
    """Vertical and horizontal bars of 0.8 on 0.1, as files that `make` gives."""
    rng = np.random.default_rng(8)
    for k, name in enumerate(("vertical", "horizontal")):
        place = folder / "photos" / name
        place.mkdir(parents=True)
        for i in range(EACH):
            one = rng.normal(0.1, 0.01, (24, 24))
            start = rng.integers(4, 14)
            one[(slice(start, start + 6), slice(None)) if k else (slice(None), slice(start, start + 6))] += 0.7
            make(np.clip(one, 0, 1)).save(place / f"{i}.{ending}")
    (folder / "product.yaml").write_text("name: t\nscenario: predict\ndata: photos\n", encoding="utf-8")
    return pipeline.check(load_brief(folder))


DEEP: dict[str, tuple[Callable[[np.ndarray], Image.Image], str]] = {
    "floats from 0 to 1": (lambda g: Image.fromarray(g.astype("float32")), "tif"),
    "twelve bits in sixteen": (lambda g: Image.fromarray((270 + 200 * g).astype("uint16")), "tif"),
    "sixteen bits": (lambda g: Image.fromarray((60_000 * g).astype("uint16")), "png"),
    "whole numbers of 32 bits": (lambda g: Image.fromarray((100_000 * g).astype("int32")), "tif"),
}


@pytest.mark.parametrize("name", DEEP)
def test_bars_are_seen_whatever_the_depth(tmp_path: Path, name: str) -> None:
    collected = bars(tmp_path, *DEEP[name])
    assert collected.rows.layout.media is not None
    pixels = Disk(collected.rows.layout.media).pixels("image", np.arange(2.0 * EACH))
    inside = (pixels > 128).mean(axis=(1, 2, 3))
    assert ((inside > 0.15) & (inside < 0.35)).all()  # six of twenty-four rows or columns
    assert collected.schema.fields[0].scale is not None
    assert any("shown as 0 to 255" in f.what for f in collected.findings)


def test_dark_images_stay_dark_beside_bright_ones(tmp_path: Path) -> None:
    for k, (name, level) in enumerate((("dark", 200), ("bright", 60_000))):
        place = tmp_path / "photos" / name
        place.mkdir(parents=True)
        for i in range(EACH):
            noise = np.random.default_rng(100 * k + i).uniform(0.9, 1.1, (24, 24))
            Image.fromarray((level * noise).clip(0, 65_535).astype("uint16")).save(place / f"{i}.png")
    (tmp_path / "product.yaml").write_text("name: t\nscenario: predict\ndata: photos\n", encoding="utf-8")
    collected = pipeline.check(load_brief(tmp_path))
    assert collected.rows.layout.media is not None
    pixels = Disk(collected.rows.layout.media).pixels("image", np.arange(2.0 * EACH))
    means = pixels.mean(axis=(1, 2, 3))
    dark = collected.rows.y == collected.rows.classes.index("dark")
    assert means[dark].max() < 10 and means[~dark].min() > 150
    # The same range over HTTP.
    packed = io.BytesIO()
    Image.fromarray(np.full((24, 24), 200, "uint16")).save(packed, "png")
    assert np.mean(collected.schema.fields[0].scalar(packed.getvalue())) < 10


def test_eight_bits_are_as_they_are(tmp_path: Path) -> None:
    collected = bars(tmp_path, lambda g: Image.fromarray((255 * g).astype("uint8")), "png")
    assert collected.schema.fields[0].scale is None
