"""Pictures of items: read with care, made vectors, and enough for two towers to place items nobody took."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven.core.errors import InputError
from breakeven.models import registry
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.items import Items
from breakeven.scenarios.recommend import image_embeddings, problem
from breakeven.scenarios.recommend.fitter import items_of
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, folder


def painted(place: Path, count: int = 24) -> list[Path]:
    """Pictures of red and of green things: the first half red, on noise."""
    place.mkdir(parents=True, exist_ok=True)
    rng, files = np.random.default_rng(0), []
    for i in range(count):
        pixels = rng.integers(0, 60, (40, 40, 3))
        pixels[8:32, 8:32, 0 if i < count // 2 else 1] += 180
        files.append(place / f"{i}.png")
        Image.fromarray(pixels.astype(np.uint8)).save(files[-1])
    return files


def test_vectors_have_length_one_and_tell_red_from_green(tmp_path: Path) -> None:
    files = [*painted(tmp_path / "p"), None]
    vectors, found = image_embeddings.vectors(files, "items.csv", tmp_path / "work")
    assert found == [] and vectors.shape == (25, min(image_embeddings.WIDTH, 24)) and not vectors[-1].any()
    assert np.allclose(np.linalg.norm(vectors[:-1], axis=1), 1, atol=1e-4)
    alike = vectors @ vectors.T
    assert alike[:12, :12].mean() > alike[:12, 12:24].mean() + 0.05
    again, _ = image_embeddings.vectors(files, "items.csv", tmp_path / "work")
    assert np.array_equal(again, vectors)
    assert image_embeddings.vectors([None, None], "items.csv", tmp_path / "none")[0].shape == (2, 0)


def test_broken_pictures_are_counted_and_too_many_refused(tmp_path: Path) -> None:
    files = painted(tmp_path / "p")
    files[3].write_bytes(b"no picture")
    for _ in range(2):  # worked out, and as it was kept
        vectors, found = image_embeddings.vectors(files, "items.csv", tmp_path / "work")
        assert not vectors[3].any() and "1 of 24 images cannot be used: 3.png" in found[0].what
        assert "by their words alone" in found[0].done
    for file in files[:10]:
        file.write_bytes(b"no picture")
    with pytest.raises(InputError, match="10 of 24 images cannot be used"):
        image_embeddings.vectors(files, "items.csv", tmp_path / "again")


def test_pictures_alone_place_items_nobody_took() -> None:
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(120), 8)
    taken = np.where(users % 2 == 0, rng.integers(0, 6, len(users)), 12 + rng.integers(0, 12, len(users)))
    seen = Histories.of_events(users, taken, np.ones(len(users)), np.tile(np.arange(8), 120), (120, 24))
    pictures = np.where(np.arange(24)[:, None] < 12, [1.0, 0.0], [0.0, 1.0]) + rng.normal(0, 0.05, (24, 2))
    items = Items([""] * 24, np.full(24, np.nan), np.full(24, -1), pictures.astype(np.float32))
    scores = registry.fit("two_tower", seen, {"epochs": 12, "length": 8, "width": 16}, 0, items).scores(
        seen.take(np.arange(0, 120, 2))
    )
    assert (scores[:, 6:12].mean(axis=1) > scores[:, 12:].mean(axis=1)).mean() > 0.9


def test_a_shop_whose_items_have_pictures_and_no_words(tmp_path: Path) -> None:
    painted(tmp_path / "shop" / "photos", 45)
    listed = "item,image\n" + "".join(f"商品{i},photos/{i}.png\n" for i in range(45))
    brief = load_brief(folder(tmp_path / "shop", events(), listed))
    collected = problem.collect(brief)
    pictures, _ = image_embeddings.vectors(collected.shop.pictures, brief.data, tmp_path / "work")
    settled = problem.make_fitter(brief, collected, tmp_path / "work", ["two_tower"], pictures)
    assert "two_tower" in settled.candidates and items_of(settled.work).pictures.shape == pictures.shape
    assert (
        "nothing is written"
        in problem.make_fitter(brief, collected, tmp_path / "bare", ["two_tower"]).missing["two_tower"]
    )
    before = collected.fingerprint
    (tmp_path / "shop" / "photos" / "7.png").write_bytes((tmp_path / "shop" / "photos" / "8.png").read_bytes())
    assert problem.collect(brief).fingerprint != before


@pytest.mark.parametrize("path", ["https://cdn.example/1.png", "/img/none.png", "none.png", "1000", ""])
def test_cells_that_name_no_file_are_counted_and_passed_over(tmp_path: Path, path: str) -> None:
    listed = "item,title,image\n" + "".join(f"商品{i},mug {i},{path}\n" for i in range(45))
    found = problem.collect(load_brief(folder(tmp_path / "shop", events(), listed)))
    assert found.shop.pictures == ()
    told = [f.what for f in found.findings if f.kind == "pictures"]
    assert len(told) == bool(path) and all("45 items name a picture that is no file here" in t for t in told)


@pytest.mark.parametrize(
    ("path", "what"), [("../secret.png", "lies outside"), ("items.csv", "none of the images looked at")]
)
def test_pictures_that_cannot_be_meant(tmp_path: Path, path: str, what: str) -> None:
    painted(tmp_path, 1)[0].rename(tmp_path / "secret.png")
    listed = "item,image\n" + "".join(f"商品{i},{path}\n" for i in range(45))
    with pytest.raises(InputError, match=what):
        problem.collect(load_brief(folder(tmp_path / "shop", events(), listed)))


def test_two_halves_of_pictures_leave_a_shop_without(tmp_path: Path) -> None:
    """All pictures that are there are cut: they are refused, however few they are among the items."""
    files = [tmp_path / f"{i}.jpg" for i in range(2)]
    for file in files:
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)).save(file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(InputError, match="2 of 2 images cannot be used"):
        image_embeddings.vectors([*files, *[None] * 98], "items.csv", tmp_path / "work")
