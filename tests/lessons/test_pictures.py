"""Picture sets as they are published, and as they are broken."""

from __future__ import annotations

import gzip
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from lessons.pictures import pictures
from PIL import Image

from breakeven.core.errors import InputError

RNG = np.random.default_rng(0)


def idx(values: np.ndarray) -> bytes:
    return (
        bytes((0, 0, 8, values.ndim))
        + struct.pack(f">{values.ndim}i", *values.shape)
        + values.astype(np.uint8).tobytes()
    )


def mnist(folder: Path, packed: bool = True, rows: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """A tiny set in idx files; returns its training part."""
    kept = []
    for start, n in (("train", rows), ("t10k", 8)):
        X, y = RNG.integers(0, 256, (n, 28, 28)), np.arange(n) % 10
        for kind, k, values in (("images", 3, X), ("labels", 1, y)):
            raw = idx(values)
            name = f"{start}-{kind}-idx{k}-ubyte"
            (folder / (name + ".gz" if packed else name)).write_bytes(gzip.compress(raw) if packed else raw)
        kept.append((X, y))
    return kept[0]


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files(tmp_path: Path, packed: bool) -> None:
    X, y = mnist(tmp_path, packed)
    train, test = pictures(tmp_path)
    assert train.X.shape == (20, 28, 28, 1) and len(test) == 8
    assert (train.X[..., 0] == X).all() and (train.y == y).all()
    assert train.names == tuple("0123456789")


def test_cifars_binary_batches(tmp_path: Path) -> None:
    rows = RNG.integers(0, 256, (12, 3073)).astype(np.uint8)
    rows[:, 0] = np.arange(12) % 10
    for k in (0, 1):
        rows[6 * k : 6 * k + 6].tofile(tmp_path / f"data_batch_{k + 1}.bin")
    rows[:3].tofile(tmp_path / "test_batch.bin")
    (tmp_path / "batches.meta.txt").write_text("airplane automobile bird cat deer dog frog horse ship truck\n")
    train, test = pictures(tmp_path)
    assert train.X.shape == (12, 32, 32, 3) and len(test) == 3
    assert train.X[4, 5, 6, 1] == rows[4, 1 + 1024 + 5 * 32 + 6]
    assert train.names[3] == "cat" and train.y[3] == 3
    assert train.notes == ("data_batch_3, 4, 5 of CIFAR's five are not there",)


def folders(place: Path, classes: tuple[str, ...] = ("cat", "dog"), count: int = 3) -> None:
    for part in ("train", "test"):
        for label in classes:
            (place / part / label).mkdir(parents=True)
            for i in range(count):
                Image.fromarray(RNG.integers(0, 256, (16, 16, 3)).astype(np.uint8)).save(
                    place / part / label / f"{i}.png"
                )


def test_folders_and_the_same_packed(tmp_path: Path) -> None:
    folders(tmp_path / "open")
    train, test = pictures(tmp_path / "open")
    assert train.X.shape == (6, 16, 16, 3) and train.names == ("cat", "dog") and (test.y == [0, 0, 0, 1, 1, 1]).all()
    (tmp_path / "packed").mkdir()
    for part in ("train", "test"):
        with tarfile.open(tmp_path / "packed" / f"{part}.tar.gz", "w:gz") as packed:
            packed.add(tmp_path / "open" / part, part)
    again, _ = pictures(tmp_path / "packed")
    order = np.argsort(again.y, kind="stable")
    assert sorted(map(bytes, again.X[order].reshape(6, -1))) == sorted(map(bytes, train.X.reshape(6, -1)))


def test_a_few_broken_pictures_are_counted_many_refused(tmp_path: Path) -> None:
    folders(tmp_path, count=30)
    (tmp_path / "train" / "cat" / "0.png").write_bytes(b"<html>not found</html>")
    assert pictures(tmp_path)[0].notes == ("train: 1 of 60 pictures cannot be read (cat/0.png)",)
    for i in range(1, 5):
        (tmp_path / "train" / "cat" / f"{i}.png").write_bytes(b"")
    with pytest.raises(
        InputError, match=r"train: 5 of 60 pictures cannot be read \(cat/0\.png, cat/1\.png, cat/2\.png\)"
    ):
        pictures(tmp_path)


IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [(IMAGES, lambda raw: gzip.compress(gzip.decompress(raw)[:-9]), "bytes where its head promises"),
     (IMAGES, lambda raw: raw[:100], "cannot be read"),
     (IMAGES, lambda raw: raw[:60] + bytes(40) + raw[100:], "cannot be read"),
     (IMAGES, lambda raw: gzip.compress(bytes((0, 0, 8, 200)) + bytes(30)), "not an idx file of bytes in 3 dimensions"),
     (LABELS, lambda raw: gzip.compress(b"label,1,2,3,4,5"), "not an idx file of bytes in 1 dimensions"),
     (LABELS, lambda raw: gzip.compress(idx(RNG.integers(0, 9, (20, 3)))), "in 1 dimensions"),
     (LABELS, lambda raw: gzip.compress(idx(np.arange(7))), "20 pictures but 7 labels")],
)  # fmt: skip
def test_broken_idx_files_are_said(tmp_path: Path, name: str, spoil, said: str) -> None:
    mnist(tmp_path)
    (tmp_path / name).write_bytes(spoil((tmp_path / name).read_bytes()))
    with pytest.raises(InputError, match=said):
        pictures(tmp_path)


@pytest.mark.parametrize("spoil", [lambda raw: raw[: len(raw) // 2], lambda raw: b"<html>not found</html>"])
def test_broken_archives_are_said(tmp_path: Path, spoil) -> None:
    folders(tmp_path / "open", count=40)
    for part in ("train", "test"):
        with tarfile.open(tmp_path / f"{part}.tar.gz", "w:gz") as packed:
            packed.add(tmp_path / "open" / part, part)
    path = tmp_path / "train.tar.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError, match=r"train\.tar\.gz: cannot be unpacked"):
        pictures(tmp_path)


def test_one_picture_of_another_kind_does_not_decide_for_all(tmp_path: Path) -> None:
    folders(tmp_path, count=6)
    Image.fromarray(np.zeros((40, 30), np.uint8)).save(tmp_path / "train" / "cat" / "0.png")
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "train" / "stray.png")  # in no class
    train, test = pictures(tmp_path)
    assert train.X.shape == (12, 16, 16, 3)
    assert train.notes == ("train: 1 of 12 pictures were brought to 16 x 16",) and test.notes == ()


def test_what_is_no_picture_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures found"):
        pictures(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        pictures(tmp_path / "absent")
    folders(tmp_path / "more")
    (tmp_path / "more" / "test" / "cat").rename(tmp_path / "more" / "test" / "bird")
    with pytest.raises(InputError, match="classes in test that train has not: bird"):
        pictures(tmp_path / "more")
    np.zeros(3073 + 5, np.uint8).tofile(tmp_path / "data_batch_1.bin")
    np.zeros(3073, np.uint8).tofile(tmp_path / "test_batch.bin")
    with pytest.raises(InputError, match="not a multiple of 3,073"):
        pictures(tmp_path)
    rows = np.full((2, 3073), 11, np.uint8)
    rows.tofile(tmp_path / "data_batch_1.bin")
    with pytest.raises(InputError, match="label 11 where there are 10"):
        pictures(tmp_path)
