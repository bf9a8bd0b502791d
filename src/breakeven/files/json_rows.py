"""Rows of JSON: one object a line, one array of objects, or one object that holds the rows as pandas and services write it.

Nested objects become columns named `a.b`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import orjson

from breakeven.core.errors import InputError
from breakeven.files import encoding
from breakeven.files.dialect import MAX_COLUMNS

#: Objects within objects that are taken apart.
MAX_DEPTH = 4
#: Python's json writes these where a value is missing; they are no JSON.
_NOT_A_NUMBER = re.compile(r"\b(NaN|-?Infinity)\b")
_TEXT = re.compile(r"\S")
#: Whole numbers of which orjson makes floats.
_LONG = re.compile(r"\d{17}")
Scalar = str | int | float | bool | None


def read(path: Path, given: str | None = None) -> list[dict[str, Scalar]]:
    """The objects of a file. Raises InputError naming the line."""
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check the path")
    rows, names = list[dict[str, Scalar]](), dict[str, None]()
    for where, row in _objects(path, encoding.find(path, given).name):
        if not isinstance(row, dict):
            raise InputError(where, "not an object", 'write {"column": value, ...} on each line')
        flat = dict[str, Scalar]()
        _flatten(row, "", flat, where, 0)
        names.update(dict.fromkeys(flat))
        if len(names) > MAX_COLUMNS:  # a row may have few of them, but a table has all in each
            raise InputError(
                where, f"more than {MAX_COLUMNS:,} columns so far", "keep those that matter, or put rows in rows"
            )
        rows.append(flat)
    if not rows:
        raise InputError(str(path), "no rows", "write one object a line")
    return rows


def _objects(path: Path, name: str) -> Iterator[tuple[str, object]]:
    with path.open(encoding=name, newline="\n") as file:
        lines = ((i, line) for i, line in enumerate(file, 1) if line.strip())
        number, first = next(lines, (1, ""))
        second = next(lines, None)
        if first.lstrip().startswith("[") or not _is_json(first) or (second is None and path.suffix.lower() == ".json"):
            file.seek(0)
            found = [row for value in _values(file.read(), path) for row in _rows_of(value)]
            yield from ((f"{path}, row {i}", row) for i, row in enumerate(found, 1))
            return
        for i, line in chain([(number, first), *([second] if second else [])], lines):
            yield f"{path}, line {i}", _parse(line, f"{path}, line {i}")


def _is_json(text: str) -> bool:
    try:
        _parse(text, "")
    except InputError:
        return False
    return True


def _values(text: str, path: Path) -> list[object]:
    """The values of a file that stand one behind the other, over several lines. Raises InputError naming the line."""
    out, at = [], 0
    decoder = json.JSONDecoder(parse_float=_float, parse_constant=lambda _: None)
    while found := _TEXT.search(text, at):
        try:
            value, at = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", found.start())) + 1
            what = f"not JSON ({getattr(error, 'msg', 'a number or a nesting is too long')})"
            raise InputError(f"{path}, line {line}", what, "write one object a line") from None
        out.append(value)
    return out


def _rows_of(value: object) -> list[object]:
    """The rows that a whole value holds: an array's, those of the one list of objects in an object, those of a DataFrame."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return [value]
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, columns), row, strict=False)) for row in data]
    lists = [one for one in value.values() if isinstance(one, list) and one and all(isinstance(r, dict) for r in one)]
    if len(lists) == 1:
        return list(lists[0])
    inner = list(value.values())
    if len(inner) > 1 and all(isinstance(one, dict) and one.keys() == inner[0].keys() for one in inner):
        if all(key.isdigit() for key in inner[0]):
            return [{name: column[key] for name, column in value.items()} for key in inner[0]]
        if all(key.isdigit() for key in value):
            return inner
    return [value]


def _parse(text: str, where: str) -> object:
    try:
        found = orjson.loads(text)
        return _slowly(text) if _LONG.search(text) else found
    except (ValueError, RecursionError) as error:
        if _NOT_A_NUMBER.search(text):
            try:
                return _slowly(text)
            except (ValueError, RecursionError):
                pass
        raise InputError(where, f"not JSON ({error})", "write one object a line") from None


def _slowly(text: str) -> object:
    """By Python's own reader: NaN is missing, long numbers keep their digits."""
    return json.loads(text, parse_float=_float, parse_constant=lambda _: None)


def _float(text: str) -> float | str:
    """A number; as it is written where it is whole and a float64 would not keep its digits."""
    value = float(text)
    return text if value.is_integer() and abs(value) > 2**53 and "e" not in text.lower() else value


def _flatten(row: dict[str, object], before: str, out: dict[str, Scalar], where: str, depth: int) -> None:
    """Values under their names; an object's under its own name and theirs, a list of scalars as one text."""
    if depth > MAX_DEPTH:
        raise InputError(where, f"objects nested more than {MAX_DEPTH} deep", "flatten them into columns")
    for key, value in row.items():
        name = f"{before}{key}"
        if name in out:
            raise InputError(f"{where}, column {name!r}", "given twice, flat and nested", "rename one of them")
        if isinstance(value, dict):
            _flatten(value, f"{name}.", out, where, depth + 1)
        elif isinstance(value, list):
            if any(isinstance(one, dict | list) for one in value):
                raise InputError(
                    f"{where}, column {name!r}", "a list of objects", "give each a row, or a column of its own"
                )
            out[name] = "|".join("" if one is None else str(one) for one in value) or None
        elif value is None or isinstance(value, str | int | float | bool):
            out[name] = value
