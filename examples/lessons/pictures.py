"""The picture sets that beginners meet, as they are published: idx files (MNIST and its likes), CIFAR's binary batches,
and folders `train` and `test` with a sub-folder a class, also packed as `train.tar.gz` and `test.tar.gz`.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.features import image

#: Bytes a CIFAR picture takes after its label, as channels, rows, columns.
CIFAR = (3, 32, 32)
KINDS = "idx files (…images-idx3-ubyte), CIFAR's data_batch_1.bin to test_batch.bin, or folders train and test with a sub-folder a class"
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
#: Share of pictures in folders that may be unreadable.
MOST_BROKEN = 0.05
#: Pictures from which the common size is chosen.
LOOKED_AT = 200
#: Side of the pictures at the most.
MOST_SIDE = 256


@dataclass(frozen=True)
class Pictures:
    """Pixels (n, h, w, channels) uint8, class numbers (n,), the classes' names, and what a person should know of them."""

    X: Array
    y: Array
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.y)


def pictures(folder: Path | str) -> tuple[Pictures, Pictures]:
    """Training and test pictures of a folder. Raises InputError."""
    place = Path(folder)
    if not place.is_dir():
        raise InputError(str(place), "not a folder", f"give one with {KINDS}")
    for look in (_idx, _cifar, _folders):
        found = look(place)
        if found is not None:
            return found
    raise InputError(str(place), "no pictures found", f"it should hold {KINDS}")


def _idx(place: Path) -> tuple[Pictures, Pictures] | None:
    parts = []
    for start in ("train", "t10k"):
        files = [
            next(iter(sorted(place.glob(f"{start}*{kind}*idx{k}*"))), None)
            for kind, k in (("images", 3), ("labels", 1))
        ]
        if None in files:
            return None
        X, y = (_read_idx(f, k) for f, k in zip(files, (3, 1), strict=True) if f)
        _agree(place, len(X), y, int(y.max(initial=0)) + 1)
        parts.append((X[..., None], y.astype(np.int64)))
    classes = max(int(y.max(initial=0)) for _, y in parts) + 1
    names = tuple(map(str, range(classes)))
    train, test = (Pictures(X, y, names) for X, y in parts)
    return train, test


def _read_idx(path: Path, dimensions: int) -> Array:
    """An idx file of bytes: two zero bytes, type 8, the number of dimensions, their sizes, the values."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(path.name, f"cannot be read ({error})", "fetch the file again") from None
    start = 4 + 4 * dimensions
    if len(raw) < start or raw[:4] != bytes((0, 0, 8, dimensions)):
        raise InputError(path.name, f"not an idx file of bytes in {dimensions} dimensions",
                         f"it begins with 00 00 08 {dimensions:02}")  # fmt: skip
    shape = np.frombuffer(raw, ">i4", dimensions, 4)
    promised = int(np.prod(shape, dtype=np.int64))
    if len(raw) - start != promised:
        raise InputError(
            path.name, f"{len(raw) - start:,} bytes where its head promises {promised:,}", "fetch the file again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _cifar(place: Path) -> tuple[Pictures, Pictures] | None:
    train, test = sorted(place.glob("data_batch_*.bin")), sorted(place.glob("test_batch*.bin"))
    if not train or not test:
        return None
    names_file = place / "batches.meta.txt"
    names = (
        tuple(names_file.read_text(encoding="utf-8").split()) if names_file.is_file() else tuple(map(str, range(10)))
    )
    numbers = {int(found[1]) for p in train if (found := re.search(r"_(\d+)\.bin$", p.name))}
    missing = sorted(set(range(1, max(5, *numbers) + 1)) - numbers) if numbers else []
    note = (f"data_batch_{', '.join(map(str, missing))} of CIFAR's five are not there",) if missing else ()
    return replace(_batches(train, names), notes=note), _batches(test, names)


def _batches(files: Sequence[Path], names: tuple[str, ...]) -> Pictures:
    size = 1 + int(np.prod(CIFAR))
    rows = []
    for path in files:
        raw = np.fromfile(path, np.uint8)
        if not len(raw) or len(raw) % size:
            raise InputError(path.name, f"{len(raw):,} bytes, not a multiple of {size:,}", "fetch the file again")
        rows.append(raw.reshape(-1, size))
    every = np.concatenate(rows)
    y = every[:, 0].astype(np.int64)
    _agree(files[0].parent, len(every), y, len(names))
    return Pictures(np.ascontiguousarray(every[:, 1:].reshape(-1, *CIFAR).transpose(0, 2, 3, 1)), y, names)


Listed = list[tuple[str, str, bytes | Path]]


def _folders(place: Path) -> tuple[Pictures, Pictures] | None:
    listed = {part: _members(place, part) for part in ("train", "test")}
    if not all(listed.values()):
        return None
    names = tuple(sorted({label for label, _, _ in listed["train"]}))
    unknown = {label for label, _, _ in listed["test"]} - set(names)
    if unknown:
        raise InputError(
            str(place),
            f"classes in test that train has not: {', '.join(sorted(unknown)[:5])}",
            "add pictures of them to train",
        )
    shape = _shape(listed["train"])
    train, test = (_decoded(place / part, listed[part], names, shape) for part in ("train", "test"))
    return train, test


def _members(place: Path, part: str) -> Listed:
    """Every picture's class, name, and file, or its bytes where the folder is packed."""
    folder, packed = place / part, place / f"{part}.tar.gz"
    if folder.is_dir():
        files = sorted(p for p in folder.glob("*/*") if p.suffix.lower() in SUFFIXES)
        return [(p.parent.name, f"{p.parent.name}/{p.name}", p) for p in files]
    if not packed.is_file():
        return []
    out: Listed = []
    try:
        with tarfile.open(packed) as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                inside = [p for p in name.parts if p != "."]
                if member.isfile() and len(inside) == 3 and inside[0] == part and name.suffix.lower() in SUFFIXES:
                    opened = archive.extractfile(member)
                    assert opened is not None
                    out.append((inside[1], "/".join(inside[1:]), opened.read()))
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise InputError(
            packed.name, f"cannot be unpacked ({' '.join(str(error).split())[:80]})", "fetch the file again"
        ) from None
    return out


def _shape(listed: Listed) -> tuple[int, int]:
    """Side and channels that all are brought to: the middle of their sides, colour where any has it."""
    sides, colour = list[int](), False
    for _, _, source in listed[:: max(1, len(listed) // LOOKED_AT)]:
        try:
            width, height, grey, *_ = image.look(source)
        except image.BadImage:
            continue
        sides.append(max(width, height))
        colour |= not grey
    return min(int(np.median(sides)), MOST_SIDE) if sides else 1, 3 if colour or not sides else 1


def _decoded(place: Path, listed: Listed, names: tuple[str, ...], shape: tuple[int, int]) -> Pictures:
    def one(source: bytes | Path) -> tuple[Array, bool] | None:
        try:
            width, height, *_ = image.look(source)
            return image.pixels(source, *shape), (width, height) != (shape[0], shape[0])
        except image.BadImage:
            return None

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, (source for _, _, source in listed)))
    good = [(*pair, names.index(label)) for pair, (label, _, _) in zip(found, listed, strict=True) if pair is not None]
    broken = [name for pair, (_, name, _) in zip(found, listed, strict=True) if pair is None]
    broken_note = f"{len(broken):,} of {len(found):,} pictures cannot be read ({', '.join(broken[:3])})"
    if len(broken) > MOST_BROKEN * len(found):
        raise InputError(str(place), broken_note, "fix or remove them")
    scaled = sum(other for _, other, _ in good)
    notes = ((f"{place.name}: {broken_note}",) if broken else ()) + (
        (f"{place.name}: {scaled:,} of {len(found):,} pictures were brought to {shape[0]} x {shape[0]}",)
        if scaled
        else ()
    )
    return Pictures(
        np.stack([pixels for pixels, _, _ in good]), np.array([label for _, _, label in good]), names, notes
    )


def _agree(place: Path, rows: int, y: Array, classes: int) -> None:
    if rows != len(y):
        raise InputError(str(place), f"{rows:,} pictures but {len(y):,} labels", "take both files of one set")
    if len(y) and int(y.max()) >= classes:
        raise InputError(
            str(place), f"label {int(y.max())} where there are {classes} classes", "check batches.meta.txt"
        )
