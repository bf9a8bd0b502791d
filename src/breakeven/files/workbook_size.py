"""How large a workbook becomes once it is read, looked at before it is: the reader lays out the whole rectangle of a sheet.

Two cells, A1 and XFD1048576, are a file of a few kilobytes and 17 billion cells.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from breakeven.core.errors import InputError

#: Most bytes of all parts of a workbook, unpacked, cells of a sheet's rectangle (Excel's own files of a million rows fit), and parts.
MAX_BYTES, MAX_CELLS = 1 << 30, 20_000_000
MAX_PARTS = 10_000
#: Bytes of a part that are looked at together, and that two pieces share so that no mark is cut.
PIECE, SHARED = 1 << 20, 256
#: A cell's or a row's place, as in <c r="AB12"> and <row r="12">.
_PLACE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,9})([0-9]{1,20})\s*["']""")
#: Parts that hold no cells.
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".svg")


def check(path: Path) -> None:
    """Refuse a workbook that would not fit into memory. Raises InputError naming file and sheet."""
    if not zipfile.is_zipfile(path):  # xls: at most 65,536 rows of 256 columns
        return
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MAX_PARTS:
                raise _too_large(str(path), f"{len(parts):,} parts (limit {MAX_PARTS:,})")
            left = MAX_BYTES
            for part in parts:
                if not part.filename.lower().endswith(_PICTURES):
                    left -= _bytes_of(book, part, str(path), left)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        what = f"not a whole workbook ({' '.join(str(error).split())[:80]})"
        raise InputError(str(path), what, "save it as xlsx or csv") from None


def check_cells(rows: int, columns: int, where: str) -> None:
    """Refuse a sheet whose rectangle would not fit into memory. Raises InputError."""
    if rows * columns > MAX_CELLS:
        what = f"a sheet of {rows:,} rows and {columns:,} columns (limit {MAX_CELLS:,} cells, empty ones among them)"
        raise _too_large(where, what)


def _bytes_of(book: zipfile.ZipFile, part: zipfile.ZipInfo, path: str, left: int) -> int:
    """How many bytes a part has, and its cells looked at. Raises InputError."""
    size, rows, columns, kept = 0, 0, 0, b""
    with book.open(part) as file:
        while piece := file.read(PIECE):  # counted as it is unpacked: what the file says of its sizes may be wrong
            size += len(piece)
            if size > left:
                raise _too_large(path, f"it unpacks to more than {MAX_BYTES >> 20:,} MB")
            text = kept + piece
            for letters, number in _PLACE.findall(text) if b"sheet" in part.filename.encode() else ():
                rows, columns = max(rows, int(number)), max(columns, _column(letters))
            kept = text[-SHARED:]
            check_cells(rows, columns, f"{path}, {part.filename}")
    return size


def _too_large(where: str, what: str) -> InputError:
    return InputError(where, what, "delete what is beyond the table, or save the table as csv")


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters.upper():
        column = 26 * column + letter - 64
    return column
