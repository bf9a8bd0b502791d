"""One data file -> Table, by its ending: csv, tsv, parquet, jsonl, json, xlsx, RecBole's atomic files; packed by gzip or not.

Columns whose values are all numbers become float64; the rest stay text. What a column is for is decided in `collect`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Array, Table
from breakeven.files import arrow_columns, delimited, excel, json_rows, packed, parquet
from breakeven.files.dialect import check_header

#: RecBole's atomic files: delimited by tabs, types in the header.
ATOMIC = ("inter", "item", "user", "net")
SHEETS = ("xlsx", "xls", "xlsb", "ods")
READERS = ("csv", "tsv", "txt", "parquet", "jsonl", "ndjson", "json", *SHEETS, *ATOMIC)


def read_file(path: Path, texts: Container[str] = frozenset(), encoding: str | None = None) -> Table:
    """Read one data file; columns named in `texts` stay text though they look like numbers (01234).

    A sheet of a workbook is named behind `#`. Raises InputError naming the place and the remedy.
    """
    need_arrow()
    path, sheet = split_sheet(path)
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check 'data' in product.yaml")
    if path.stat().st_size == 0:
        raise InputError(str(path), "the file is empty", "export the data again")
    kind = kind_of(path)
    if kind not in READERS:
        raise InputError(str(path), f"ending {path.suffix!r} is not read", f"known: {', '.join(READERS)}")
    with packed.unpacked(path) as plain:
        return replace(_read(plain, kind, texts, encoding, sheet), source=str(path))


def _read(path: Path, kind: str, texts: Container[str], encoding: str | None, sheet: str | None) -> Table:
    if kind == "parquet":
        return parquet.read(path, texts)
    if kind in ("jsonl", "ndjson", "json"):
        return _json(path, texts, encoding)
    return excel.read(path, texts, sheet) if kind in SHEETS else delimited.read(path, texts, encoding)


def kind_of(path: Path) -> str:
    """The ending that says what a file is, without the dot and a further `.gz`."""
    kind = path.suffix.lstrip(".").lower()
    if kind == "gz":
        return path.suffixes[-2].lstrip(".").lower() if len(path.suffixes) > 1 else ""
    return kind


def split_sheet(path: Path) -> tuple[Path, str | None]:
    """A file and the sheet that is named behind `#`: `sales.xlsx#May`."""
    name, mark, sheet = path.name.partition("#")
    if mark and Path(name).suffix.lstrip(".").lower() in SHEETS and not path.exists():
        return path.with_name(name), sheet
    return path, None


def need_arrow() -> None:
    """Raises MissingExtra where pyarrow is not installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtra("reading data", "pyarrow is not installed", "pip install 'breakeven[train]'") from None


def from_columns(columns: Mapping[str, Sequence[object]], source: str, texts: Container[str] = frozenset()) -> Table:
    """Columns of Python values as a Table; empty tables are refused."""
    if not columns or not len(next(iter(columns.values()))):
        raise InputError(source, "there are columns but no rows", "give at least a few dozen rows")
    return Table({name: _column(values, name in texts) for name, values in columns.items()}, source, first_line=1)


def _column(values: Sequence[object], text: bool) -> Array:
    """A column of Python values (n,); float64 arrays are taken as they are."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return values
    return arrow_columns.of_values([str(v) if text and type(v) is int else v for v in values])


def _json(path: Path, texts: Container[str], encoding: str | None) -> Table:
    rows = json_rows.read(path, encoding)
    names = list(dict.fromkeys(name for row in rows for name in row))
    checked = check_header(names, str(path))
    columns = {new: [row.get(old) for row in rows] for old, new in zip(names, checked, strict=True)}
    return from_columns(columns, str(path), texts)
