"""The picture sets that beginners meet, as they are published: idx files (MNIST and its likes), CIFAR's binary batches,
and folders `train` and `test` with a sub-folder a class, also packed as `train.tar.gz` and `test.tar.gz`.
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from breakeven.encode import image
from breakeven.errors import InputError
from breakeven.types import Array

#: Bytes a CIFAR picture takes after its label, as channels, rows, columns.
CIFAR = (3, 32, 32)
KINDS = "idx files (…images-idx3-ubyte), CIFAR's data_batch_1.bin to test_batch.bin, or folders train and test with a sub-folder a class"
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
#: Of pictures in folders, this share may be unreadable.
MOST_BROKEN = 0.05


@dataclass(frozen=True)
class Pictures:
    """Pixels (n, h, w, channels) uint8, class numbers (n,), the classes' names, and how many files could not be read."""

    X: Array
    y: Array
    names: tuple[str, ...]
    broken: int = 0

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
        X, y = (_read_idx(f) for f in files if f)
        _agree(place, len(X), y, int(y.max(initial=0)) + 1)
        parts.append((X[..., None], y.astype(np.int64)))
    classes = max(int(y.max(initial=0)) for _, y in parts) + 1
    names = tuple(map(str, range(classes)))
    train, test = (Pictures(X, y, names) for X, y in parts)
    return train, test


def _read_idx(path: Path) -> Array:
    """An idx file of bytes: two zero bytes, type 8, the number of dimensions, their sizes, the values."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise InputError(path.name, f"cannot be read ({error})", "fetch the file again") from None
    if len(raw) < 8 or raw[:3] != b"\x00\x00\x08":
        raise InputError(path.name, "not an idx file of bytes", "it begins with 00 00 08 and the number of dimensions")
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    start = 4 + 4 * raw[3]
    if len(raw) - start != int(np.prod(shape, dtype=np.int64)):
        raise InputError(path.name, f"{len(raw) - start:,} bytes where its head promises {int(np.prod(shape, dtype=np.int64)):,}",
                         "fetch the file again")  # fmt: skip
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _cifar(place: Path) -> tuple[Pictures, Pictures] | None:
    train, test = sorted(place.glob("data_batch_*.bin")), sorted(place.glob("test_batch*.bin"))
    if not train or not test:
        return None
    told = place / "batches.meta.txt"
    names = tuple(told.read_text(encoding="utf-8").split()) if told.is_file() else tuple(map(str, range(10)))
    return _batches(train, names), _batches(test, names)


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


def _folders(place: Path) -> tuple[Pictures, Pictures] | None:
    listed = {part: _members(place, part) for part in ("train", "test")}
    if not all(listed.values()):
        return None
    names = tuple(sorted({label for label, _ in listed["train"]}))
    unknown = {label for label, _ in listed["test"]} - set(names)
    if unknown:
        raise InputError(
            str(place),
            f"classes in test that train has not: {', '.join(sorted(unknown)[:5])}",
            "add pictures of them to train",
        )
    shape = _shape(source for _, source in listed["train"])
    train, test = (_decoded(place, listed[part], names, shape) for part in ("train", "test"))
    return train, test


def _members(place: Path, part: str) -> list[tuple[str, bytes | Path]]:
    """Every picture's class and its file, or its bytes where the folder is packed."""
    folder, packed = place / part, place / f"{part}.tar.gz"
    if folder.is_dir():
        files = sorted(p for p in folder.glob("*/*") if p.suffix.lower() in SUFFIXES)
        return [(p.parent.name, p) for p in files]
    if not packed.is_file():
        return []
    out: list[tuple[str, bytes | Path]] = []
    with tarfile.open(packed) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            opened = archive.extractfile(member) if member.isfile() and name.suffix.lower() in SUFFIXES else None
            if opened is not None:
                out.append((name.parent.name, opened.read()))
    return out


def _shape(sources: Iterable[bytes | Path]) -> tuple[int, int]:
    """Side and channels of the first picture that can be read; all are brought to them."""
    for source in sources:
        try:
            width, height, grey, _ = image.look(source)
        except image.BadImage:
            continue
        return max(width, height), 1 if grey else 3
    return 1, 1


def _decoded(
    place: Path, listed: Sequence[tuple[str, bytes | Path]], names: tuple[str, ...], shape: tuple[int, int]
) -> Pictures:
    def one(source: bytes | Path) -> Array | None:
        try:
            return image.pixels(source, *shape)
        except image.BadImage:
            return None

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, (source for _, source in listed)))
    good = [
        (pixels, names.index(label)) for pixels, (label, _) in zip(found, listed, strict=True) if pixels is not None
    ]
    broken = len(found) - len(good)
    if broken > MOST_BROKEN * len(found):
        raise InputError(str(place), f"{broken:,} of {len(found):,} pictures cannot be read", "mend or remove them")
    return Pictures(np.stack([pixels for pixels, _ in good]), np.array([label for _, label in good]), names, broken)


def _agree(place: Path, rows: int, y: Array, classes: int) -> None:
    if rows != len(y):
        raise InputError(str(place), f"{rows:,} pictures but {len(y):,} labels", "take both files of one set")
    if len(y) and int(y.max()) >= classes:
        raise InputError(
            str(place), f"label {int(y.max())} where there are {classes} classes", "check batches.meta.txt"
        )
