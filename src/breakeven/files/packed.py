"""Files packed by gzip: unpacked beside nothing of the user's for as long as they are read, and removed after."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from breakeven.core import temporary
from breakeven.core.errors import InputError

#: Most bytes that a file unpacks to; and from FEW_BYTES on, how many times its own size. Tables pack to a third, logs to a fiftieth.
MAX_BYTES, FEW_BYTES, MAX_RATIO = 8 << 30, 64 << 20, 200
PIECE = 1 << 20


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A file as it is, or what a `.gz` file holds. Errors name the packed file. Raises InputError for one that is broken."""
    if path.suffix.lower() != ".gz":
        yield path
        return
    with temporary.folder() as folder:
        out = folder / path.stem
        try:
            with gzip.open(path, "rb") as packed, out.open("wb") as file:
                _unpack(packed, file, path)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(str(path), f"not a whole gzip file ({error})", "pack it again") from None
        try:
            yield out
        except InputError as error:
            raise type(error)(error.where.replace(str(out), str(path)), error.what, error.remedy) from None


def _unpack(packed: gzip.GzipFile, file: BinaryIO, path: Path) -> None:
    """Write what a gzip file holds, and stop where it is more than can be meant. Raises InputError."""
    size, most = 0, min(MAX_BYTES, max(FEW_BYTES, MAX_RATIO * path.stat().st_size))
    while piece := packed.read(PIECE):
        size += len(piece)
        if size > most:
            what = f"it unpacks to more than {most / 1e6:,.0f} MB, from {path.stat().st_size / 1e6:,.1f} MB"
            raise InputError(str(path), what, "unpack it and look at it, or split it")
        file.write(piece)
