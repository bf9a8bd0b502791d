"""`-` as the file to read or to write: standard input and standard output."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from breakeven.core import temporary

DASH = Path("-")


@contextmanager
def piped(source: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    """Files in place of `-`: standard input as csv is there from the start, standard output gets its file's text at the end."""
    with temporary.folder() as folder:
        if source == DASH:
            source = folder / "stdin.csv"
            with source.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        target = folder / "stdout.csv" if output == DASH else output
        yield source, target
        if output == DASH:
            sys.stdout.write(target.read_text(encoding="utf-8"))
