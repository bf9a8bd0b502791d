"""Cells of a workbook that hold an error (#N/A, #REF!, #DIV/0!): the reader of cells gives them as empty ones."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from breakeven.core.types import Finding
from breakeven.core.wording import counted

_ERROR = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*?\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]{1,20})</v>', re.DOTALL
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
#: Bytes of a sheet that are looked at together, and that two pieces share so that no cell is cut.
PIECE, SHARED = 1 << 22, 1 << 12
#: First rows that are told.
SHOWN = 5


def found(path: Path, sheet: str, header: tuple[int, int], names: Sequence[str]) -> list[Finding]:
    """A finding for every column of a sheet with errors; `header` is its row, from 1, and first column, from 0.

    Only xlsx tells them: other workbooks give none.
    """
    places = dict[int, list[tuple[int, str]]]()
    for column, row, error in _errors(path, sheet) if zipfile.is_zipfile(path) else ():
        if row > header[0] and 0 <= column - header[1] < len(names):
            places.setdefault(column - header[1], []).append((row - header[0] - 1, error))
    out = []
    for column, cells in sorted(places.items()):
        kinds = ", ".join(f"{error} in {count:,}" for error, count in Counter(e for _, e in cells).most_common())
        what = f"{counted(len(cells), 'cell holds', 'cells hold')} an error of a formula: {kinds}"
        rows = tuple(row + 1 for row, _ in cells[:SHOWN])
        out.append(Finding("formula errors", what, "read as missing", names[column], len(cells), rows, "warning"))
    return out


def _errors(path: Path, sheet: str) -> list[tuple[int, int, str]]:
    """Column from 0, row from 1 and text of each error."""
    out = dict[tuple[int, int], str]()
    with zipfile.ZipFile(path) as book:
        part = _part(book, sheet)
        if part is None:
            return []
        with book.open(part) as file:
            kept = b""
            while piece := file.read(PIECE):
                text = kept + piece
                for letters, row, error in _ERROR.findall(text) if b't="e"' in text else ():
                    column = 0
                    for letter in letters:
                        column = 26 * column + letter - 64
                    out[column - 1, int(row)] = error.decode()
                kept = text[-SHARED:]
    return [(column, row, error) for (column, row), error in out.items()]


def _part(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the file in a workbook that holds a sheet; None where it is no xlsx."""
    try:
        # expat bounds what entities grow to, and fetches none
        listed = ElementTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314
        links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError):
        return None
    known = next((one.get(_RELATION) for one in listed.iter() if one.get("name") == sheet and one.get(_RELATION)), None)
    target = next((one.get("Target", "") for one in links if one.get("Id") == known), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in book.namelist() else None
