"""Delimited files through Arrow, for training; `dialect` says how they are written."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.errors import InputError
from breakeven.core.types import Finding, Table
from breakeven.core.wording import counted
from breakeven.features.number_cell import split
from breakeven.files import arrow_columns, totals
from breakeven.files.dialect import MAX_CELL, Dialect, inspect
from breakeven.files.rows import rows

if TYPE_CHECKING:
    import pyarrow as pa

#: Every cell of a delimited file is read as text first, in blocks of this size; the largest cell must fit.
BLOCK = 1 << 24
#: Delimiters that tell a line of a wide table within a cell.
MOST_REPEATS = 20
#: Columns up to which two rows that a quote joins are looked for, and rows that show which columns are numbers.
MOST_JOINED, LOOKED = 100, 200


def read(path: Path, texts: Container[str] = frozenset(), encoding: str | None = None) -> Table:
    """A delimited file as a table. Raises InputError naming line and column."""
    how = inspect(path, encoding)
    arrow = _parse(path, how)
    if arrow.num_rows == 0:
        raise InputError(str(path), "a header but no rows", "give at least a few dozen rows")
    arrow, again = _without_headers(arrow, how)
    arrow, noted = _without_totals(arrow)
    columns, left = {}, arrow.columns[::-1]
    del arrow
    for name in how.header:  # one column at a time, so that its text can be freed before the next
        columns[name] = arrow_columns.column(left.pop(), str(path), name, name in texts, how.marks.delimiter)
    first = how.skip + 2 + how.units
    return Table(columns, str(path), first, delimiter=how.marks.delimiter, findings=(*how.findings, *again, *noted))


def _parse(path: Path, how: Dialect) -> pa.Table:
    """The kept columns as text, empty cells missing."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged = [0]

    def on_ragged(row: object) -> str:
        ragged[0] += 1
        return "skip"

    source: object = str(path)
    if how.encoding not in ("utf-8", "utf-8-sig"):
        source = pa.py_buffer(path.read_bytes().decode(how.encoding).lstrip("\ufeff").encode())
    if how.marks.spaced:  # Arrow takes the space for the cell's beginning
        text = path.read_bytes().decode(how.encoding)
        source = pa.py_buffer(
            re.sub(rf"(?<={re.escape(how.marks.delimiter)}) +(?={how.marks.quote})", "", text).encode()
        )
    names = [str(i) for i in range(len(how.names))]
    kept = [str(i) for i in how.keep]
    try:
        arrow = arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                block_size=BLOCK, column_names=names, skip_rows=how.skip, skip_rows_after_names=1 + how.units
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=how.marks.delimiter,
                quote_char=how.marks.quote,
                newlines_in_values=True,
                invalid_row_handler=on_ragged,
                escape_char=how.marks.escape or False,
                double_quote=not how.marks.escape,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=kept,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise _why_unreadable(path, how, error) from None
    if ragged[0]:
        line, cells = _first_ragged(path, how)
        raise InputError(
            f"{path}, line {line}",
            f"{cells} cells where the header has {len(how.names)} ({ragged[0]:,} such lines)",
            "quote cells that hold the delimiter, or fix the lines",
        )
    if _line_ends(path) <= how.skip + 1 + how.units + arrow.num_rows:
        return arrow  # no cell holds the end of a line
    if _holds_lines(arrow, len(names), how.marks.delimiter):
        _first_ragged(path, how)  # raises where a quote was not closed
    if _may_join(arrow, kept, len(names), how.marks.delimiter):
        _refuse_joined(path, how)
    return arrow


def _line_ends(path: Path) -> int:
    """Bytes of a file that may end a line: at least as many as there are lines ended by a line feed."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(partial(file.read, BLOCK), b""))


def _holds_lines(arrow: pa.Table, width: int, delimiter: str) -> bool:
    """Whether a cell holds what looks like whole lines of the table, as behind a quote that is not closed."""
    from pyarrow import compute as pc

    cell, cells = f"[^{delimiter}\n]*", min(width - 1, MOST_REPEATS)
    line = f"\n(?:{cell}{re.escape(delimiter)}){{{cells}}}{cell}\r?\n"
    return any(pc.any(pc.match_substring_regex(column, line)).as_py() for column in arrow.columns)


def _may_join(arrow: pa.Table, kept: list[str], width: int, delimiter: str) -> bool:
    """Whether a cell holds the end of one line and the beginning of the next, as where a quote is closed by that of the next."""
    from pyarrow import compute as pc

    cell, mark = f"[^{delimiter}\n]*", re.escape(delimiter)
    for index, column in zip(map(int, kept), arrow.columns, strict=True):
        before, after = (f"{cell}(?:{mark}{cell}){{{n}}}" for n in (width - 1 - index, index))
        if (
            width > 2
            and max(width, index) < MOST_JOINED
            and pc.any(pc.match_substring_regex(column, f"^{before}\r?\n{after}$")).as_py()
        ):
            return True
    return False


def _refuse_joined(path: Path, how: Dialect) -> None:
    """Raises InputError for a row that is two rows of the table whose numbers stand where those of the others do."""
    with path.open(encoding=how.encoding, newline="") as file:
        first = [row for _, row in islice(rows(file, how), LOOKED)]
    numeric = [
        i
        for i in range(len(how.names))
        if all(split(row[i]) or not row[i].strip() for row in first if "\n" not in "".join(row))
    ]
    with path.open(encoding=how.encoding, newline="") as file:
        for line, row in rows(file, how):
            for i, cell in enumerate(row):
                if cell.count("\n") != 1:
                    continue
                begin, end = cell.split("\n")
                halves = [
                    [*row[:i], *begin.split(how.marks.delimiter)],
                    [*end.split(how.marks.delimiter), *row[i + 1 :]],
                ]
                if (
                    all(len(one) == len(row) for one in halves)
                    and numeric
                    and all(split(one[k].strip('"\r ')) for one in halves for k in numeric)
                ):
                    what, remedy = (
                        "a quote that the next line closes joins two rows",
                        "close it, or double it within a text",
                    )
                    raise InputError(f"{path}, line {line}", what, remedy)


def _without_headers(arrow: pa.Table, how: Dialect) -> tuple[pa.Table, list[Finding]]:
    """The rows that are not the header once more, as where files were put one behind the other."""
    from pyarrow import compute as pc

    same = pc.fill_null(pc.equal(arrow.column(0), how.header[0]), False)
    for name, column in zip(how.header[1:], arrow.columns[1:], strict=True):
        if len(how.header) < 2 or not pc.any(same).as_py():
            return arrow, []
        same = pc.and_(same, pc.fill_null(pc.equal(column, name), False))
    found = int(pc.sum(same).as_py() or 0)
    if not found or len(how.header) < 2:
        return arrow, []
    what = f"{counted(found, 'row is', 'rows are')} the header again"
    return arrow.filter(pc.invert(same)), [Finding("header again", what, "left out", count=found, level="warning")]


def _without_totals(arrow: pa.Table) -> tuple[pa.Table, list[Finding]]:
    tail = arrow.slice(max(0, arrow.num_rows - totals.LAST))
    last = [list(row.values()) for row in tail.to_pylist()]
    found = totals.count(last, lambda text: _occurs(arrow, text)) if arrow.num_rows > 2 * totals.LAST else 0
    return arrow.slice(0, arrow.num_rows - found), totals.said(last, found)


def _occurs(arrow: pa.Table, text: str) -> int:
    """How often the first column holds a text."""
    from pyarrow import compute as pc

    return int(pc.sum(pc.equal(arrow.column(0), text)).as_py() or 0)


def _why_unreadable(path: Path, how: Dialect, error: Exception) -> InputError:
    """The place of what the fast reader stumbled over, found by a slow scan."""
    try:
        line, cells = _first_ragged(path, how)
    except InputError as found:
        return found
    if line:
        return InputError(f"{path}, line {line}", f"{cells} cells where the header has {len(how.names)}", "fix it")
    return InputError(str(path), f"cannot be read ({str(error)[:120]})", "check quotes and delimiters")


def _first_ragged(path: Path, how: Dialect) -> tuple[int, int]:
    """Line and cell count of the first row that differs from the header; (0, 0) when none does."""
    with path.open(encoding=how.encoding, newline="") as file:
        for line, row in rows(file, how):
            longest = max(map(len, row), default=0)
            if longest > MAX_CELL:
                name = how.names[min(list(map(len, row)).index(longest), len(how.names) - 1)]
                raise InputError(
                    f"{path}, line {line}, column {name!r}",
                    f"a cell of {longest / 1e6:.1f} MB (limit {MAX_CELL >> 20} MB)",
                    "shorten it, or close an open quote before it",
                )
            if row and len(row) != len(how.names):
                return line, len(row)
    return 0, 0
