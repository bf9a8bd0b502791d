"""What kind of text a file holds: its encoding and delimiter, found from its bytes (needs nothing but Python).

Encodings tried in order: a byte order mark, UTF-8, GB18030 (when most of what it gives is Chinese), Windows-1252.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakeven.core.errors import InputError

DELIMITERS = (",", "\t", ";", "|")
MAX_CELL = 1 << 20
SAMPLE = 1 << 18
csv.field_size_limit(1 << 30)  # cells are held to MAX_CELL where they are read, with their place
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Shape:
    """Encoding, delimiter and header of a delimited file."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


def inspect(path: Path) -> Shape:
    """Find out how to read a delimited file. Raises InputError naming file, line and remedy."""
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check the path in the brief")
    if path.stat().st_size == 0:
        raise InputError(str(path), "the file is empty", "export the data again")
    encoding = find_encoding(path)
    with path.open("rb") as file:
        raw = file.read(SAMPLE)
    sample = codecs.getincrementaldecoder(encoding)(errors="replace").decode(raw)
    delimiter = find_delimiter(sample, "\t" if ".tsv" in path.suffixes else ",")
    header = next(csv.reader(sample.splitlines(keepends=True), delimiter=delimiter), [])
    if not header:
        raise InputError(f"{path}, line 1", "the line is blank", "start the file with the column names")
    return Shape(encoding, delimiter, check_header(header, str(path)))


def find_encoding(path: Path) -> str:
    """The encoding the whole file decodes in. Raises InputError when it is none of those known."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise InputError(str(path), "the file is binary, not text", "give csv, tsv, parquet, jsonl or xlsx")
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "gb18030") and _mostly_chinese(path):
        return "gb18030"
    if _decodes(path, "cp1252"):
        return "cp1252"
    raise InputError(str(path), "neither UTF-8, GB18030 nor Windows-1252", "save it as UTF-8")


def find_delimiter(sample: str, default: str) -> str:
    """The delimiter that gives the most lines the same number of cells, more than one."""
    lines = [line for line in sample.splitlines()[:-1] or sample.splitlines() if line.strip()][:50]
    best, best_key = default, (0.0, 0)
    for mark in DELIMITERS:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=mark))
        cells, seen = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        if len(next(csv.reader(lines[:1], delimiter=mark), [])) != cells:
            continue  # a decimal comma splits the rows but not the header
        key = (round(seen / max(len(lines), 1), 1), cells)
        if cells > 1 and key > best_key:
            best, best_key = mark, key
    return best


def check_header(header: list[str], where: str) -> tuple[str, ...]:
    """Column names trimmed; refused when one is empty or occurs twice."""
    names = [name.strip() for name in header]
    for i, name in enumerate(names):
        if not name:
            raise InputError(f"{where}, line 1", f"column {i + 1} of {len(names)} has no name", "name it in the header")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"{where}, line 1", f"column name {twice[0]!r} occurs twice", "rename one of them")
    return tuple(names)


def json_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object a line. Raises InputError naming the line."""
    import orjson

    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check the path")
    rows = []
    with path.open(encoding=find_encoding(path), newline="\n") as file:
        for i, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise InputError(f"{path}, line {i}", f"not JSON ({error})", "write one object a line") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {i}", "not an object", 'write {"column": value, ...} on each line')
            for name, value in row.items():
                if isinstance(value, dict | list):
                    raise InputError(f"{path}, line {i}, column {name!r}", "nested values", "flatten it into columns")
            rows.append(row)
    if not rows:
        raise InputError(str(path), "no rows", "write one object a line")
    return rows


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 22):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_chinese(path: Path) -> bool:
    with path.open("rb") as file:
        text = file.read(SAMPLE).decode("gb18030", errors="replace")
    wide = [c for c in text if ord(c) > 0x7F]
    return sum("\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in wide) > 0.8 * max(len(wide), 1)
