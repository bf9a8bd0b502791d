"""One run is one folder: atomic writes, the manifest, and the ledger of fits that lets a build resume.

Files appear whole or not at all (written beside, then renamed), readable by their owner alone; `manifest.json` is written last, so
a product without one is unfinished (`core.product_folder` reads it). Nothing here is ever unpickled: JSON, ONNX and plain arrays only.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from breakeven.core.errors import ProductError
from breakeven.core.private import is_alive, private_file, private_folder
from breakeven.core.product_folder import FORMAT, SIGNATURE, ProductFolder
from breakeven.core.product_folder import MANIFEST as MANIFEST
from breakeven.core.types import Array

#: End of the name of a folder while another takes its place.
REPLACED = ".replaced"
#: End of the name of a file that is being written; the process's number stands before it.
HALF = ".tmp"
#: The link to a product's last finished build, beside the builds.
LATEST = "latest"
#: Longest name of a build, in a file in place of that link.
MAX_NAME = 200


@contextmanager
def _instead(path: Path, synced: bool = True, shared: bool = False) -> Iterator[BinaryIO]:
    """A file that takes the place of another once it is whole: readers see the old one or the new one, also after kill -9.

    `synced`: it is on the disk by then, not in memory. `shared`: others may read it as the user's settings say, and not its
    owner alone. What could not be written whole is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True) if shared else private_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}{HALF}")
    try:
        with beside.open("wb") if shared else private_file(beside, "wb") as file:
            yield file
            file.flush()
            if synced:
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes, shared: bool = False) -> None:
    """Write a file atomically; `shared`: one that the user asked for by name, which others may read."""
    with _instead(path, shared=shared) as file:
        file.write(content)


def digest(value: object) -> str:
    """A short name of what JSON can say, the same for equal values.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def write_text(path: Path, text: str, shared: bool = False) -> None:
    """Write UTF-8 text atomically, as `write_bytes` does."""
    write_bytes(path, text.encode(), shared)


def write_json(path: Path, value: object) -> None:
    """Write JSON atomically; NaN and infinity are refused, for no other reader would take them."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=plain) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_arrays(path: Path, **arrays: Array) -> None:
    """Write named arrays atomically (npz without objects)."""
    with _instead(path, synced=False) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path) -> dict[str, Array]:
    """Read named arrays. Raises ValueError for object arrays, which could run code, and for packed ones, of any size."""
    with path.open("rb") as opened:
        file = np.load(opened, allow_pickle=False)
        parts = None if isinstance(file, np.ndarray) else file.zip
        if parts is None or any(one.compress_type for one in parts.infolist()):
            raise ValueError("not arrays as they are written here")
        return {name: file[name] for name in file.files}


def sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def seal(folder: Path, about: Mapping[str, object]) -> None:
    """Write the manifest of a product: `about`, and a sha256 of every file. Always the last write."""
    files = {
        p.relative_to(folder).as_posix(): sha256(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in (MANIFEST, SIGNATURE)
    }
    write_json(folder / MANIFEST, {"format": FORMAT, **about, "files": files})


def copy_folder(source: Path, target: Path) -> None:
    """Copy a product folder to where it is served from; a reader sees the old one, none, or the new one. Raises ProductError."""
    beside = target.with_name(f"{target.name}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    ProductFolder.open(source).copy(beside)
    if target.exists():
        shutil.rmtree(target)
    beside.rename(target)


def exchange(path: Path, new: Path) -> None:
    """Put a folder in the place of another. Between its two renames a killed process leaves none: `recover` puts the old one back."""
    old = path.with_name(path.name + REPLACED)
    path.rename(old)
    new.rename(path)
    shutil.rmtree(old)


def recover(path: Path) -> None:
    """Finish an `exchange` that was cut short."""
    old = path.with_name(path.name + REPLACED)
    if old.is_dir() and not old.is_symlink():
        if path.exists():
            shutil.rmtree(old)
        else:
            old.rename(path)


def sweep(folder: Path) -> None:
    """Remove what processes that were killed had half written in a folder of builds."""
    for path in folder.rglob(f".*{HALF}"):
        owner = path.name.removesuffix(HALF).rpartition(".")[2]
        if owner.isdigit() and not is_alive(int(owner)):
            path.unlink(missing_ok=True)


def point_latest(build: Path) -> None:
    """Make `build/latest` name this build, in one step: a link, or where links are not allowed a file that holds its name."""
    link = build.parent / LATEST
    beside = build.parent / f".latest.{os.getpid()}{HALF}"
    beside.unlink(missing_ok=True)
    try:
        beside.symlink_to(build.name)
    except (OSError, NotImplementedError):  # Windows without the right to make links, some network drives
        with private_file(beside, "wb") as file:
            file.write(build.name.encode())
    beside.replace(link)


def latest_in(builds: Path) -> Path | None:
    """The build that `latest` names among the builds of a product; None where there is none."""
    link = builds / LATEST
    try:
        if link.is_file():
            with link.open(encoding="utf-8") as file:
                link = builds / file.read(MAX_NAME).strip()
        found = link.resolve()
        return found if found.is_dir() and found.parent == builds.resolve() else None
    except (OSError, ValueError, RuntimeError):  # a name that cannot be one, links that lead in a circle
        return None


def latest(folder: Path) -> Path:
    """The latest finished build of a product folder. Raises ProductError when there is none."""
    found = latest_in(folder / "build")
    if found is None:
        raise ProductError(str(folder), "nothing is built here yet", f"run: breakeven build {folder}")
    return found


class Ledger:
    """The fits already measured, one small file each, so that a killed build loses at most the fit in hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        private_folder(folder)

    def put(self, key: str, **arrays: Array) -> None:
        """Keep one measurement under a file-name-safe key."""
        write_arrays(self.folder / f"{key}.npz", **arrays)

    def get(self, key: str) -> dict[str, Array] | None:
        """A measurement kept earlier, or None; an unreadable file counts as none and is measured again."""
        path = self.folder / f"{key}.npz"
        if not path.is_file():
            return None
        try:
            return read_arrays(path)
        except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None


class Log:
    """`log.jsonl`: one line an event, flushed as it happens."""

    def __init__(self, path: Path) -> None:
        private_folder(path.parent)
        self._path = path

    def write(self, event: str, **values: object) -> None:
        """Append one event."""
        line = json.dumps({"event": event, **values}, ensure_ascii=False, default=plain) + "\n"
        with private_file(self._path, "ab") as file:
            file.write(line.encode())

    def read(self) -> Iterator[dict[str, object]]:
        """All events so far; a last line cut by a crash is passed over."""
        if self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def plain(value: object) -> object:
    """A numpy value or a path as JSON has it. Raises TypeError."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
