"""Rows of a delimited file by Python's own reader: what the light install has, and what finds the place of a mistake."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from breakeven.files.dialect import Dialect


def rows(file: TextIO, how: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with the line each ends in, by Python's own reader."""
    for _ in range(how.skip):
        file.readline()
    options = {"escapechar": how.escape, "doublequote": False} if how.escape else {}
    reader = csv.reader(file, delimiter=how.delimiter, **options)  # type: ignore[arg-type]
    next(reader, None)
    for row in reader:
        yield how.skip + reader.line_num, row
