"""Files packed by gzip: unpacked beside nothing of the user's for as long as they are read, and removed after."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from breakeven.core.errors import InputError


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A file as it is, or what a `.gz` file holds. Errors name the packed file. Raises InputError for one that is broken."""
    if path.suffix.lower() != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="breakeven-") as folder:
        out = Path(folder) / path.stem
        try:
            with gzip.open(path, "rb") as packed, out.open("wb") as file:
                shutil.copyfileobj(packed, file)
        except (OSError, EOFError) as error:
            raise InputError(str(path), f"not a whole gzip file ({error})", "pack it again") from None
        try:
            yield out
        except InputError as error:
            raise type(error)(error.where.replace(str(out), str(path)), error.what, error.remedy) from None
