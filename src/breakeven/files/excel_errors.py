"""Cells of a workbook that the reader gives as empty ones: errors (#N/A, #REF!, #DIV/0!), and formulas that no program computed yet."""

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
#: A formula without a value, as libraries write it that do not compute; a text that a formula left empty (t="str") is none.
_UNCOMPUTED = re.compile(
    rb'<c\b(?![^>]*\bt="(?:str|e)")[^>]*?\br="([A-Z]{1,3})(\d+)"[^>]*><f\b[^>]*(?:/>|>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
#: Bytes of a sheet that are looked at together, and that two pieces share so that no cell is cut.
PIECE, SHARED = 1 << 22, 1 << 12
#: What computes formulas.
REMEDY = "open the file in a spreadsheet program and save it there"
#: First rows that are told.
SHOWN = 5


def found(path: Path, sheet: str, header: tuple[int, int], names: Sequence[str]) -> list[Finding]:
    """Findings for every column of a sheet with errors or uncomputed formulas; `header` is its row, from 1, and first column, from 0.

    Only xlsx tells them: other workbooks give none.
    """
    places = dict[int, list[tuple[int, str]]]()
    for column, row, error in _errors(path, sheet) if zipfile.is_zipfile(path) else ():
        if row > header[0] and 0 <= column - header[1] < len(names):
            places.setdefault(column - header[1], []).append((row - header[0] - 1, error))
    out = []
    for column, cells in sorted(places.items()):
        errors, open_ = [c for c in cells if c[1]], [c for c in cells if not c[1]]
        if errors:
            kinds = ", ".join(f"{error} in {count:,}" for error, count in Counter(e for _, e in errors).most_common())
            what = f"{counted(len(errors), 'cell holds', 'cells hold')} an error of a formula: {kinds}"
            out.append(_finding("formula errors", what, "read as missing", names[column], errors))
        if open_:
            what = f"{counted(len(open_), 'cell holds', 'cells hold')} a formula without its value"
            out.append(_finding("formulas without values", what, f"read as missing; {REMEDY}", names[column], open_))
    return out


def _finding(kind: str, what: str, done: str, column: str, cells: Sequence[tuple[int, str]]) -> Finding:
    rows = tuple(row + 1 for row, _ in cells[:SHOWN])
    return Finding(kind, what, done, column, len(cells), rows, "warning")


def _errors(path: Path, sheet: str) -> list[tuple[int, int, str]]:
    """Column from 0, row from 1 and text of each error, empty for an uncomputed formula."""
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
                    out[_column(letters), int(row)] = error.decode()
                for letters, row in _UNCOMPUTED.findall(text) if b"<f" in text else ():
                    out[_column(letters), int(row)] = ""
                kept = text[-SHARED:]
    return [(column, row, error) for (column, row), error in out.items()]


def _column(letters: bytes) -> int:
    """A column's place from 0.

    >>> _column(b"AA")
    26
    """
    column = 0
    for letter in letters:
        column = 26 * column + letter - 64
    return column - 1


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
