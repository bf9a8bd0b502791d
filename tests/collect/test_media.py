"""Folders of images, columns of paths and texts: stored once, near copies kept together, the broken counted."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven import pipeline
from breakeven.collect import near_duplicates
from breakeven.core.errors import InputError
from breakeven.features.media import Disk
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem
from tests.conftest import pictures, sentences

NAMES = ("across", "down", "disc")


def save(path: Path, picture: np.ndarray, **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **more)


def image_folder(place: Path, rows: int = 90, seed: int = 0) -> Path:
    images, y = pictures(rows, seed)
    for i, (one, k) in enumerate(zip(images, y, strict=True)):
        save(place / "photos" / NAMES[k] / f"{i:03d}.png", one)
    (place / "product.yaml").write_text("name: shapes\nscenario: predict\ndata: photos\n", encoding="utf-8")
    return place


def check(place: Path):
    return pipeline.check(load_brief(place))


def found(collected, kind: str):
    return [f for f in collected.findings if f.kind == kind]


def test_a_folder_is_a_table_of_images_and_classes(tmp_path: Path) -> None:
    collected = check(image_folder(tmp_path))
    assert collected.rows.classes == ("across", "disc", "down")
    assert [(f.name, f.role, f.side, f.channels) for f in collected.schema.fields] == [("image", "image", 12, 3)]
    media = Disk(collected.rows.layout.media)
    assert media.pixels("image", collected.rows.X[:2, 0]).shape == (2, 12, 12, 3)
    assert media.pixels("image", np.array([np.nan])).min() == 128  # nothing is grey


def test_a_second_look_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from breakeven.collect import images

    first = check(image_folder(tmp_path))
    monkeypatch.setattr(images, "decode", lambda *_: pytest.fail("decoded again"))
    second = check(tmp_path)
    assert first.fingerprint == second.fingerprint


def test_broken_files_are_listed_and_left_out(tmp_path: Path) -> None:
    image_folder(tmp_path)
    (tmp_path / "photos" / "disc" / "html.png").write_bytes(b"<html>not found</html>")
    (tmp_path / "photos" / "disc" / "empty.jpg").write_bytes(b"")
    collected = check(tmp_path)
    told = found(collected, "broken images")[0]
    assert told.count == 2 and "html.png" in told.what and "empty" in told.what
    assert len(collected.rows.y) == 90
    for i in range(6):
        (tmp_path / "photos" / "down" / f"bad{i}.png").write_bytes(b"x")
    with pytest.raises(InputError, match="8 of 98"):
        check(tmp_path)


def test_paths_may_not_leave_the_data_folder(tmp_path: Path) -> None:
    images, y = pictures(60)
    inside = tmp_path / "data"
    lines = ["photo,kind"]
    for i, (one, k) in enumerate(zip(images, y, strict=True)):
        save(inside / f"{i}.png", one)
        lines.append(f"{i}.png,{NAMES[k]}")
    (inside / "table.csv").write_text("\n".join([*lines, "../../secret.png,disc"]), encoding="utf-8")
    (tmp_path / "product.yaml").write_text(
        "name: a\nscenario: predict\ndata: data/table.csv\ntarget: kind\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"line 62, column 'photo'.*outside the data folder"):
        check(tmp_path)
    (inside / "table.csv").write_text("\n".join(lines), encoding="utf-8")
    assert check(tmp_path).rows.layout.images == ("photo",)


def test_a_folder_without_classes_or_images_is_said(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "product.yaml").write_text("name: a\nscenario: predict\ndata: photos\n", encoding="utf-8")
    with pytest.raises(InputError, match="one sub-folder a class"):
        check(tmp_path)
    (tmp_path / "photos" / "disc").mkdir()
    with pytest.raises(InputError, match="no image in them"):
        check(tmp_path)


def test_near_copies_never_straddle(tmp_path: Path) -> None:
    """Every image again as a smaller, harder pressed jpeg: all pairs stay on one side of every split."""
    place, rng = tmp_path, np.random.default_rng(4)
    for i in range(60):
        k = i % 3
        # Smooth like a photograph: pure noise is what pressing changes most.
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        one = np.asarray(coarse.resize((32, 32), Image.Resampling.BICUBIC))
        save(place / "photos" / NAMES[k] / f"{i:03d}-a.png", one)
        again = Image.fromarray(one).resize((40, 40), Image.Resampling.BICUBIC)
        out = io.BytesIO()
        again.save(out, "jpeg", quality=90)
        (place / "photos" / NAMES[k] / f"{i:03d}-b.jpg").write_bytes(out.getvalue())
    (place / "product.yaml").write_text("name: shapes\nscenario: predict\ndata: photos\n", encoding="utf-8")
    collected = check(place)
    assert found(collected, "near copies")[0].count >= 55
    files = sorted((place / "photos").rglob("*.*"))
    name = np.array([p.name[:3] for c in sorted((place / "photos").iterdir()) for p in sorted(c.iterdir())])
    assert len(files) == len(name) == len(collected.rows.y)
    together = 0
    for part in (
        *((f.train, f.validation) for f in collected.rows.folds),
        (collected.rows.open_rows, collected.rows.test_rows),
    ):
        together += len(set(name[part[0]]) & set(name[part[1]]))
    assert together <= 10  # of 360: the few that pressing changed too much


def test_texts_alike_are_found_and_different_ones_are_not() -> None:
    long = (
        "Dear support, my parcel with the number {} has not arrived although the courier said it would come on Monday."
    )
    texts = [long.format(1234), long.format(1235).upper() + "!!", "What's my balance?", "whats my balance", "pay my bill",
             "我的快递还没有到,已经等了三天了!", "我的快递還沒有到，已经等了三天了", "完全不同的一句话"]  # fmt: skip
    groups = near_duplicates.of_texts(texts)
    assert groups[0] == groups[1] and groups[2] == groups[3] and groups[5] == groups[6]
    assert len({groups[0], groups[2], groups[4], groups[5], groups[7]}) == 5


def test_different_images_are_no_copies() -> None:
    images, _ = pictures(200, side=28, channels=1)
    assert len(set(near_duplicates.of_images(images).tolist())) > 190
    assert len(set(near_duplicates.of_images(np.concatenate([images[:50], images[:50]])).tolist())) == 50


def test_a_canned_answer_joins_nothing(folder) -> None:
    """A text that a tenth of the rows share is a common value: its rows may stand on both sides."""
    texts, y = sentences(300)
    rows = [
        f'"{"no remark" if i % 4 == 0 else t + str(i)}",{i % 7},{NAMES[k]}'
        for i, (t, k) in enumerate(zip(texts, y, strict=True))
    ]
    collected = check(folder("note,x,left\n" + "\n".join(rows), columns={"note": "text"}))
    shared = [i for i in range(300) if i % 4 == 0]
    sides = set(np.isin(shared, collected.rows.test_rows).tolist())
    assert sides == {True, False}


def test_long_texts_and_personal_data_are_said(folder) -> None:
    texts, y = sentences(120)
    texts[3] = "word " * 4_000
    rows = [f'"{t} mail me at a{i}@b.com",{NAMES[k]}' for i, (t, k) in enumerate(zip(texts, y, strict=True))]
    collected = check(folder("note,left\n" + "\n".join(rows)))
    assert found(collected, "long texts")[0].count == 1
    assert "e-mail" in found(collected, "personal data")[0].what
    assert collected.rows.layout.texts == ("note",)


def test_long_names_that_begin_alike_are_columns_of_their_own(folder) -> None:
    texts, y = sentences(120)
    names = [f"What did you like about our service the {end}?" for end in ("most", "least")]
    rows = [f'"{t}","{t[::-1]} again",{NAMES[k]}' for t, k in zip(texts, y, strict=True)]
    collected = check(folder(",".join([*names, "left"]) + "\n" + "\n".join(rows), columns=dict.fromkeys(names, "text")))
    media = Disk(collected.rows.layout.media)
    first, second = (media.texts(n, np.array([0.0]))[0] for n in names)
    assert first == texts[0] and second == f"{texts[0][::-1]} again"


def test_outcomes_that_show_a_sealed_text_stay_out_and_the_split_stands(folder) -> None:
    texts, y = sentences(150)
    rows = [f'"{t} {i}",{i % 5},{NAMES[k]}' for i, (t, k) in enumerate(zip(texts, y, strict=True))]
    place = folder("note,x,left\n" + "\n".join(rows), columns={"note": "text"})
    before = check(place)
    sealed = int(before.rows.test_rows[0])
    extra = [
        {"note": f"{texts[sealed]} {sealed}", "x": 99, "left": "disc"},
        {"note": "quite another note", "x": 1, "left": "disc"},
    ]
    after = problem.collect(load_brief(place), None, extra)
    assert np.array_equal(before.rows.test_rows, after.rows.test_rows)
    assert len(after.rows.y) == 151
    assert found(after, "outcomes of sealed rows")[0].count == 1


def test_an_empty_or_numeric_text_column_is_no_crash(folder) -> None:
    rows = [f",{i % 50},{NAMES[i % 3]}" for i in range(120)]
    collected = check(folder("note,x,left\n" + "\n".join(rows), columns={"note": "text", "x": "text"}))
    roles = {c.name: c.role for c in collected.columns}
    assert roles == {"note": "ignore", "x": "text"}
