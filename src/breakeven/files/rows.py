"""Rows of a delimited file by Python's own reader: what the light install has, and what finds the place of a mistake."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from breakeven.core.errors import InputError
from breakeven.files.dialect import Dialect, Marks


def rows(file: TextIO, how: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with the line each begins in. Raises InputError for a quote that is never closed."""
    for _ in range(how.skip):
        file.readline()
    read = list[str]()
    reader = csv.reader(_noted(file, read), **how.marks.options)
    begin = how.skip + 1
    for i, row in enumerate(reader):
        if len(read) > 1 and not _quotes_pair(read, how.marks):
            what, remedy = "a quote that is not closed where its cell ends", "close it, or double it within a text"
            raise InputError(f"{file.name}, line {begin}", what, remedy)
        if i > how.units:
            yield begin, row
        read.clear()
        begin = how.skip + reader.line_num + 1


def _noted(file: TextIO, read: list[str]) -> Iterator[str]:
    """The lines of a file, each appended to `read`."""
    for line in file:
        read.append(line)
        yield line


def _quotes_pair(lines: list[str], marks: Marks) -> bool:
    """Whether the lines of one row are what a strict reader takes for it: an open quote swallows the rows behind it."""
    try:
        return len(list(csv.reader(lines, strict=True, **marks.options))) == 1
    except csv.Error:
        return False
