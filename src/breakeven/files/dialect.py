"""How a delimited file is written: encoding, delimiter, where the table begins, which columns hold nothing.

Needs nothing but Python, so that training and the light install read a file alike.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypedDict

from breakeven.core.errors import InputError
from breakeven.core.types import Finding
from breakeven.features.number_cell import split
from breakeven.features.time_format import TimeFormat
from breakeven.files import encoding, units_row
from breakeven.files.encoding import Encoding

DELIMITERS = (",", "\t", ";", "|")
MAX_CELL = 1 << 20
#: Columns a table may have; each takes some memory of its own, and none beyond can be told to a person.
MAX_COLUMNS = 20_000
SAMPLE = 1 << 18
#: Rows of the sample that are looked at, and those at its beginning among which the header is sought.
LOOK, TITLES = 200, 12
csv.field_size_limit(1 << 30)  # cells are held to MAX_CELL where they are read, with their place
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class ReaderOptions(TypedDict):
    """Options of csv.reader."""

    delimiter: str
    quotechar: str
    skipinitialspace: bool
    escapechar: str | None
    doublequote: bool


class Marks(NamedTuple):
    """What parts cells and what stands around them; `escape` stands before a quote inside quotes ("": it is doubled).
    `spaced`: quotes follow a space behind the delimiter, which is no part of the cell.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    spaced: bool = False

    @property
    def options(self) -> ReaderOptions:
        """Options of csv.reader."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "skipinitialspace": self.spaced,
            "escapechar": self.escape or None,
            "doublequote": not self.escape,
        }


@dataclass(frozen=True)
class Dialect:
    """How to read a delimited file.

    `skip` lines stand above the header; `names` are those of all columns in the file, of which `keep` hold something;
    `units`: the row below the header names units.
    """

    encoding: str
    marks: Marks
    names: tuple[str, ...]
    keep: tuple[int, ...]
    skip: int = 0
    units: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns that are kept."""
        return tuple(self.names[i] for i in self.keep)


def inspect(path: Path, given: str | None = None) -> Dialect:
    """Find out how to read a delimited file; `given` is its encoding, if the brief says one.

    Raises InputError naming file, line and remedy.
    """
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check the path in the brief")
    if path.stat().st_size == 0:
        raise InputError(str(path), "the file is empty", "export the data again")
    found = encoding.find(path, given)
    with path.open("rb") as file:
        raw = file.read(SAMPLE)
        while raw.count(b"\n") < 3 and (more := file.readline()):  # a table of very many columns
            raw += more
    text = codecs.getincrementaldecoder(found.name)(errors="replace").decode(raw)
    is_complete = len(raw) == path.stat().st_size
    said = _SEP.fullmatch(text.split("\n", 1)[0].rstrip("\r"))
    skip = 1 if said else 0
    body = text.split("\n", 1)[1] if said and "\n" in text else text
    _bounded(1 + max(body.split("\n", 1)[0].count(mark) for mark in DELIMITERS), f"{path}, line {skip + 1}")
    marks = Marks(said[1]) if said else _marks(body, "\t" if ".tsv" in path.suffixes else ",", is_complete)
    rows, lines = _rows(body, marks, is_complete)
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise InputError(f"{path}, line 1", "the line is blank", "start the file with the column names")
    first = header_row(rows)
    skip += lines[first]
    findings = [*([] if given else _guessed(found)), *skipped(rows[:first])]
    below = rows[first + 1 :]
    units = units_row.found(below)
    if units:
        findings.append(units_row.said(below.pop(0)))
    names, keep, noted = columns_of(rows[first], below, str(path), skip + 1)
    return Dialect(found.name, marks, names, keep, skip, units, (*findings, *noted))


def _guessed(found: Encoding) -> list[Finding]:
    if found.name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        return []
    what = f"the file is not UTF-8; it is read as {found.name}, as in {found.example!r}"
    others = " or ".join(f"{name} ({example!r})" for name, example in found.others)
    which = f"the likeliest others are encoding: {others}" if others else "set encoding: NAME"
    done = f"if that is wrong, {which} in product.yaml, or save the file as UTF-8"
    return [Finding("encoding", what, done, level="info" if found.sure else "question")]


def skipped(rows: Sequence[Sequence[str]]) -> list[Finding]:
    """A finding on the rows above the header."""
    said = [" ".join(" ".join(row).split()) for row in rows]
    if not any(said):
        return []
    shown = next(text for text in said if text)[:40]
    return [
        Finding(
            "lines above the header", f"{len(rows)} above the table, beginning {shown!r}", "skipped", count=len(rows)
        )
    ]


def _rows(text: str, marks: Marks, is_complete: bool) -> tuple[list[list[str]], list[int]]:
    """The first rows of a sample, and how many lines stand above each.

    The last row, which may be cut, is left out of a sample that does not hold the whole file.
    """
    out, lines = list[list[str]](), [0]
    reader = csv.reader(io.StringIO(text, newline=""), **marks.options)
    for row in reader:
        out.append(row)
        lines.append(reader.line_num)
        if len(out) > LOOK:
            return out[:LOOK], lines
    return (out if is_complete or len(out) < 2 else out[:-1]), lines


def _marks(text: str, default: str, is_complete: bool) -> Marks:
    """The marks with which most rows have equally many cells and most cells make sense."""
    best, best_key = Marks(default), (0.0, False, 0.0, 0)
    for mark in DELIMITERS:
        quote = _quote(text, mark)
        spaced = 2 * len(re.findall(rf"^{quote}.*{re.escape(mark)} +{quote}", text, re.MULTILINE)) > text.count("\n")
        for escape in ("", "\\") if f"\\{quote}" in text else ("",):
            marks = Marks(mark, quote, escape, spaced)
            rows = [row for row in _rows(text, marks, is_complete)[0] if row]
            cells, seen = max(Counter(map(len, rows)).items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
            if cells < 2:
                continue
            even = [row for row in rows if len(row) == cells]
            fits = len(rows[header_row(rows)]) == cells
            key = (round(seen / len(rows), 1), fits, round(_sense(even, mark), 2), cells)
            if key > best_key:
                best, best_key = marks, key
    return best


def _quote(text: str, delimiter: str) -> str:
    """An apostrophe where at least half of the lines hold a cell between two and none begins with a quotation mark."""
    edge = re.escape(delimiter)
    if "'" not in text or re.search(f'(^|{edge})"', text, re.MULTILINE):
        return '"'
    begin, end = (len(re.findall(at, text, re.MULTILINE)) for at in (f"(?:^|(?<={edge}))'", f"'(?={edge}|\r?$)"))
    return "'" if begin == end and 2 * begin >= text.count("\n") else '"'


def _sense(rows: Sequence[Sequence[str]], delimiter: str) -> float:
    """The share of cells that are numbers, or texts without another delimiter: `23;4` is neither."""
    others = [mark for mark in DELIMITERS if mark != delimiter]
    cells = [cell for row in rows[:50] for cell in row[:200] if cell.strip()]
    good = sum(split(cell) is not None or not any(mark in cell for mark in others) for cell in cells)
    return good / max(len(cells), 1)


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """The place of the header: the first row as wide as the rows below it; titles above it fill fewer cells or none."""
    widths = Counter(len(row) for row in rows if row)
    width = max(widths.items(), key=lambda pair: (pair[1], pair[0]))[0]
    for i, row in enumerate(rows[:TITLES]):
        filled = sum(bool(cell.strip()) for cell in row)
        if 1 < filled < width and _names_follow(rows[i + 1 :], width):
            continue
        if filled > 1 or (filled == 1 and (width == 1 or (width == len(row) == 2 and not _is_title(rows[i + 1 :])))):
            return i
    return next(i for i, row in enumerate(rows) if any(cell.strip() for cell in row))


def _names_follow(below: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a header of all columns comes among the next rows: different names, none of them data, with data below."""
    for i, row in enumerate(below[:TITLES]):
        cells = [cell.strip() for cell in row]
        if len(row) == width and all(cells):
            data = (cell for next_row in below[i + 1 :] for cell in next_row)
            return len(set(cells)) == width and not any(map(_is_datum, cells)) and any(map(_is_datum, data))
    return False


def _is_title(below: Sequence[Sequence[str]]) -> bool:
    """Whether the rows below one with one cell begin with a header of two columns: two names that are no data."""
    first = next((row for row in below[:TITLES] if any(cell.strip() for cell in row)), [])
    return len(first) == 2 and all(cell.strip() and not _is_datum(cell) for cell in first) and len(below) > 2


def columns_of(
    header: Sequence[str], rows: Sequence[Sequence[str]], where: str, line: int
) -> tuple[tuple[str, ...], tuple[int, ...], list[Finding]]:
    """Names of all columns, which of them to keep, and what was noticed."""
    names = [name_of(name) for name in header]
    _bounded(len(names), f"{where}, line {line}")
    body = [row for row in rows if any(cell.strip() for cell in row)]
    if body and all(len(row) == len(names) + 1 for row in body):
        # Rows end in a delimiter, or begin with a name of their own that no other row has, as R writes them.
        if all(not row[-1].strip() for row in body):
            names = [*names, ""]
        elif len({row[0] for row in body}) == len(body):
            names = ["", *names]
    data = [name for name in names if _is_datum(name)]
    if (
        body
        and len(names) > 1
        and (len(data) == len(names) or (2 * len(data) >= len(names) and any("." in d for d in data)))
    ):
        what = f"no header: its cells look like data ({names[0]!r}, {names[1]!r})"
        raise InputError(f"{where}, line {line}", what, "add a first line with the names of the columns")
    found, keep, empty = list[Finding](), list[int](), 0
    for i, name in enumerate(names):
        cells = [row[i].strip() if i < len(row) else "" for row in body]
        if name:
            keep.append(i)
        elif not any(cells):
            empty += 1
        elif i == 0 and _counts_rows(cells):
            found.append(Finding("row numbers", "the first column has no name and counts the rows", "left out"))
        else:
            names[i] = f"column_{i + 1}"
            keep.append(i)
            found.append(Finding("column names", f"column {i + 1} has no name", f"called {names[i]}", names[i]))
    if empty:
        found.append(Finding("empty columns", f"columns without name and cells: {empty}", "left out", count=empty))
    check_header([names[i] for i in keep], f"{where}, line {line}")
    return tuple(names), tuple(keep), found


def _bounded(columns: int, where: str) -> None:
    if columns > MAX_COLUMNS:
        what, remedy = f"{columns:,} columns (limit {MAX_COLUMNS:,})", "keep those that matter, or put rows in rows"
        raise InputError(where, what, remedy)


def name_of(cell: str) -> str:
    """A column's name as it is compared: trimmed, composed (é is one character, as Macs do not write it)."""
    return unicodedata.normalize("NFC", cell).strip()


def _is_datum(cell: str) -> bool:
    return split(cell) is not None or TimeFormat("day").parse(cell) == TimeFormat("day").parse(cell)


def _counts_rows(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2 ... or 1, 2, 3 ..."""
    return any(cells == [str(i + start) for i in range(len(cells))] for start in (0, 1))


def check_header(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Column names composed and trimmed. Raises InputError when one is empty or occurs twice."""
    trimmed = [name_of(name) for name in names]
    for i, name in enumerate(trimmed):
        if not name:
            raise InputError(where, f"column {i + 1} of {len(trimmed)} has no name", "name it in the header")
    twice = [name for name, count in Counter(trimmed).items() if count > 1]
    if twice:
        raise InputError(where, f"column name {twice[0]!r} occurs twice", "rename one of them")
    return tuple(trimmed)
