"""A product folder as its manifest has it: every file is read once, and its sha256 is compared on the bytes that are used.

A folder from somebody else is untrusted. Nothing is read of it but what the manifest lists by name, inside the folder, as a
plain file of bounded size; everything that does not fit is a ProductError that names the file.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from breakeven.core import plain_file
from breakeven.core.errors import ProductError
from breakeven.core.plain_file import RESTORE
from breakeven.core.types import Array

FORMAT = 1
MANIFEST = "manifest.json"
#: The folder of a product in its build, and the build's verdict and report.
PRODUCT, VERDICT, REPORT = "product", "verdict.json", "report.html"
BESIDE = (VERDICT, REPORT, "card.md")
#: The file of a product's signature (`core.signature`), which is of the manifest.
SIGNATURE = "signature.json"
#: Largest file of a product, manifest, and description in JSON, in bytes.
MAX_FILE_BYTES, MAX_MANIFEST_BYTES, MAX_JSON_BYTES = 2_000_000_000, 4 << 20, 256 << 20
#: Largest file beside a product, in bytes.
MAX_BESIDE_BYTES = 64 << 20
#: Most files of a product, and parts of a file's name: the files of an ensemble stand in a folder each.
MAX_FILES, MAX_PARTS = 10_000, 3
#: Letters, digits and a few marks; neither `..` nor a name that begins with a dot, nor what a terminal obeys.
_PART = re.compile(r"\w[\w .+@=,()-]{0,199}")
#: A product's name, which is the first part of its path where several are served, and a part of others: neither a path nor a pattern.
NAME = re.compile(r"\w[\w .-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
Kind = TypeVar("Kind")


class Manifest(msgspec.Struct, frozen=True):
    """What manifest.json says: the sha256 of every file by its name."""

    format: int
    files: dict[str, str]


class ProductFolder:
    """A product's files by name; `within` gives those of a folder in it."""

    def __init__(self, folder: Path, files: Mapping[str, str], before: str = "") -> None:
        self.folder, self._files, self._before = folder, files, before

    @classmethod
    def open(cls, folder: Path) -> ProductFolder:
        """A folder by its manifest; no other file is read yet. Raises ProductError where there is none, or a wrong one."""
        path = folder / MANIFEST
        if not plain_file.is_there(folder, MANIFEST):
            what = f"no finished product here ({MANIFEST} is missing)"
            raise ProductError(str(folder), what, "run: breakeven build DIR")
        manifest = decoded(
            _held(path, plain_file.read(folder, MANIFEST, MAX_MANIFEST_BYTES)), Manifest, path, "the manifest"
        )
        if manifest.format != FORMAT:
            raise ProductError(str(path), f"format {manifest.format}, this version reads {FORMAT}", "build it again")
        if not 0 < len(manifest.files) <= MAX_FILES:
            what = f"the manifest lists {len(manifest.files):,} files (1 to {MAX_FILES:,} can be)"
            raise ProductError(str(path), what, RESTORE)
        for name, digest in manifest.files.items():
            if not _is_name(name):
                raise ProductError(str(path), f"the manifest lists {name[:60]!a}, which is no name of a file", RESTORE)
            if not _SHA256.fullmatch(digest):
                raise ProductError(str(path), f"the manifest has no sha256 of {name}", RESTORE)
        return cls(folder, manifest.files)

    @property
    def names(self) -> list[str]:
        """Names of all files of the manifest, those in folders too."""
        return [name.removeprefix(self._before) for name in self._files if name.startswith(self._before)]

    def __contains__(self, name: str) -> bool:
        return self._before + name in self._files

    def path(self, name: str) -> Path:
        """Where a file stands, for messages."""
        return self.folder / (self._before + name)

    def read(self, name: str, most: int = MAX_FILE_BYTES) -> bytes:
        """The bytes of a file. Raises ProductError for one that is not listed, was changed, is a link or too large."""
        digest = self._files.get(self._before + name) if _is_name(name) else None
        if digest is None:
            where = str(self.path(MANIFEST if self._before == "" else ""))
            raise ProductError(where, f"the manifest does not list {name[:60]!a}, which the product needs", RESTORE)
        content = plain_file.read(self.folder, self._before + name, most)
        if hashlib.sha256(content).hexdigest() != digest:
            raise ProductError(
                str(self.path(name)), "changed since it was published (sha256 differs)", "restore it, or build again"
            )
        return content

    def json(self, name: str, kind: type[Kind], dec_hook: Callable[[type, Any], Any] | None = None) -> Kind:
        """A file of JSON as a type. Raises ProductError for what does not fit."""
        return decoded(self.read(name, MAX_JSON_BYTES), kind, self.path(name), "it", dec_hook)

    def arrays(self, name: str) -> dict[str, Array]:
        """Arrays of a safetensors file; floating ones are finite or NaN as they were published. Raises ProductError."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        content = self.read(name)
        try:
            return load(content)
        except (SafetensorError, ValueError, TypeError, KeyError, OverflowError, MemoryError, RecursionError) as error:
            what = f"its arrays cannot be read ({' '.join(str(error).split())[:80]})"
            raise ProductError(str(self.path(name)), what, RESTORE) from None

    def within(self, name: str) -> ProductFolder:
        """The files of a folder in it. Raises ProductError for what is no name of one, or holds nothing that is listed."""
        before = f"{self._before}{name}/"
        if not _PART.fullmatch(name) or not any(file.startswith(before) for file in self._files):
            raise ProductError(str(self.folder), f"the manifest lists no file in a folder {name[:60]!a}", RESTORE)
        return ProductFolder(self.folder, self._files, before)

    def check(self) -> None:
        """Compare every file with the manifest. Raises ProductError."""
        for name in self.names:
            self.read(name)

    def copy(self, target: Path) -> None:
        """Write the manifest, its signature and what it lists, and nothing else, into a new folder. Raises ProductError."""
        target.mkdir(parents=True)
        try:
            for name in self.names:
                path = target / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.read(name))
            for name in (MANIFEST, SIGNATURE):
                if plain_file.is_there(self.folder, name):
                    content = plain_file.read(self.folder, name, MAX_MANIFEST_BYTES)
                    (target / name).write_bytes(_held(self.folder / name, content))
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise


def decoded(
    content: bytes, kind: type[Kind], path: Path, what: str, dec_hook: Callable[[type, Any], Any] | None = None
) -> Kind:
    """JSON as a type. Raises ProductError for what does not fit, is nested too deeply, or is no UTF-8."""
    try:
        return msgspec.json.decode(content, type=kind, dec_hook=dec_hook)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:  # msgspec's own are ValueErrors
        why = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())[:120]
        raise ProductError(str(path), f"{what} cannot be read ({why})", RESTORE) from None


#: What files must be for as long as this process runs, by their places: their SHA-256, or None where there may be none.
_pins: dict[Path, str | None] = {}


def pin(path: Path, digest: str | None) -> None:
    """Hold a file to a signed SHA-256, and to its absence where that is None, whenever it is read again."""
    _pins[path.resolve()] = digest


def unpin(product: Path) -> None:
    """No longer hold a product to what was signed: this process itself is about to change it."""
    _pins.pop((product / MANIFEST).resolve(), None)


def _held(path: Path, content: bytes) -> bytes:
    """A file's bytes, if they are those that were signed. Raises ProductError."""
    resolved = path.resolve()
    if resolved in _pins and hashlib.sha256(content).hexdigest() != _pins[resolved]:
        raise ProductError(str(path), "changed since it was signed", RESTORE)
    return content


def beside(product: Path, name: str, most: int = MAX_BESIDE_BYTES) -> bytes | None:
    """A file of the build that a product stands in, such as its report; None where there is none.

    The manifest does not list it: it was written later. Raises ProductError for a link and for what is no plain file.
    """
    folder = product.resolve()
    if folder.name != PRODUCT or not plain_file.is_there(folder.parent, name):
        return None
    return _held(folder.parent / name, plain_file.read(folder.parent, name, most))


def verdict_beside(product: Path) -> dict[str, Any]:
    """The verdict of the build that a product stands in, as plain values; empty where there is none. Raises ProductError."""
    content = beside(product, VERDICT)
    return (
        {} if content is None else decoded(content, dict[str, Any], product.resolve().parent / VERDICT, "the verdict")
    )


def _is_name(name: str) -> bool:
    """Whether a manifest may list a name: plain parts divided by `/`.

    >>> [_is_name(name) for name in ("model.onnx", "m0/model.onnx", "../a", "/a", "a//b", "a\\\\b", ".a", "C:a", "")]
    [True, True, False, False, False, False, False, False, False]
    """
    parts = name.split("/")
    return len(parts) <= MAX_PARTS and all(_PART.fullmatch(part) for part in parts)
