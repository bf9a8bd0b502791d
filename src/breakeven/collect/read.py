"""Any supported source -> Table: csv, tsv, parquet, jsonl, xlsx, sqlite and PostgreSQL queries.

Columns whose values are all numbers become float64; the rest stay text. What a column is for is decided in `roles.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from breakeven.collect import database, images
from breakeven.core import text_files
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Array, Need, Table
from breakeven.features.values import MISSING, is_missing, level

if TYPE_CHECKING:
    import pyarrow as pa

#: RecBole's atomic files: delimited by tabs, types in the header.
ATOMIC = ("inter", "item", "user", "net")
#: Every cell of a delimited file is read as text first, in blocks of this size; the largest cell must fit.
BLOCK = 1 << 24
READERS = ("csv", "tsv", "txt", "parquet", "jsonl", "ndjson", "xlsx", *ATOMIC)


def table(need: Need, texts: Container[str] | None = None) -> Table:
    """Read the brief's data; columns in `texts` stay text (None: those whose role in the brief is not a number or a time, and the split's group).

    Raises InputError naming the place and the remedy.
    """
    if texts is None:
        texts = frozenset(c for c, role in need.columns.items() if role not in ("number", "time"))
        if need.split.by == "group" and need.split.column:
            texts |= {need.split.column}
    if "://" in need.data:
        names, columns = database.query(need.data, need.query or "", need.folder)
        return from_columns(
            dict(zip(text_files.check_header(names, need.data), columns, strict=True)), need.data, texts
        )
    path = (need.folder / need.data).resolve() if not Path(need.data).is_absolute() else Path(need.data)
    found = read_file(path, texts)
    return found if path.is_dir() else replace(found, root=path.parent)


def read_file(path: Path, texts: Container[str] = frozenset()) -> Table:
    """Read one data file by its ending; columns named in `texts` stay text though they look like numbers (01234)."""
    _need_arrow()
    if path.is_dir():
        return images.folder_table(path)
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check 'data' in product.yaml")
    if path.stat().st_size == 0:
        raise InputError(str(path), "the file is empty", "export the data again")
    kind = path.suffix.lstrip(".").lower()
    if kind == "gz":
        kind = path.suffixes[-2].lstrip(".").lower() if len(path.suffixes) > 1 else ""
    if kind not in READERS:
        raise InputError(str(path), f"ending {path.suffix!r} is not read", f"known: {', '.join(READERS)}")
    if kind == "parquet":
        return _parquet(path, texts)
    if kind in ("jsonl", "ndjson"):
        return _jsonl(path, texts)
    return _xlsx(path) if kind == "xlsx" else _delimited(path, texts)


def _need_arrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtra("reading data", "pyarrow is not installed", "pip install 'breakeven[train]'") from None


def from_columns(columns: Mapping[str, Sequence[Any]], source: str, texts: Container[str] = frozenset()) -> Table:
    """Columns of Python values as a Table; empty tables are refused."""
    if not columns or not len(next(iter(columns.values()))):
        raise InputError(source, "there are columns but no rows", "give at least a few dozen rows")
    whole = {
        name: [str(v) if type(v) is int else v for v in values] if name in texts else values
        for name, values in columns.items()
    }
    return Table({name: column(values) for name, values in whole.items()}, source, first_line=1)


def column(values: Sequence[Any]) -> Array:
    """Python values as float64 when all are numbers or missing, else as text or None."""
    plain = [None if _absent(v) else v for v in values]
    if all(v is None or (isinstance(v, int | float | np.number) and not isinstance(v, bool | np.bool_)) for v in plain):
        return np.array([np.nan if v is None else float(v) for v in plain])
    return np.array([_text(v) for v in plain], dtype=object)


def _absent(value: Any) -> bool:
    """None, NaN, and pandas' NA and NaT, which do not compare."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _text(value: Any) -> str | None:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, str):
        return None if is_missing(value) else value
    return level(value)


def _delimited(path: Path, texts: Container[str]) -> Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    plain = _unzipped(path) if path.suffix == ".gz" else path
    shape = text_files.inspect(plain)
    ragged: list[int] = []

    def on_ragged(row: Any) -> str:
        ragged.append(row.actual_columns)
        return "skip"

    source: Any = str(plain)
    if shape.encoding not in ("utf-8", "utf-8-sig"):
        source = pa.py_buffer(plain.read_bytes().decode(shape.encoding).encode())
    try:
        arrow = arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                block_size=BLOCK, column_names=list(shape.header), skip_rows_after_names=1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=shape.delimiter, newlines_in_values=True, invalid_row_handler=on_ragged
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(shape.header, pa.string()),
                strings_can_be_null=True,
                null_values=sorted(MISSING),
            ),
        )
    except pa.ArrowInvalid as error:
        raise _why_unreadable(plain, shape, error) from None
    if ragged:
        line, cells = _first_ragged(plain, shape)
        raise InputError(
            f"{path}, line {line}",
            f"{cells} cells where the header has {len(shape.header)} ({len(ragged)} such lines)",
            "quote cells that hold the delimiter, or fix the lines",
        )
    if arrow.num_rows == 0:
        raise InputError(str(path), "a header but no rows", "give at least a few dozen rows")
    columns = {}
    for name in shape.header:  # one column at a time, so that its text can be freed before the next
        columns[name] = _arrow_column(arrow.column(0), str(path), name, name in texts)
        arrow = arrow.remove_column(0)
    return Table(columns, str(path), delimiter=shape.delimiter)


def _unzipped(path: Path) -> Path:
    """A gzip file unpacked beside its users, in the system's folder for temporary files."""
    import gzip
    import shutil
    import tempfile

    out = Path(tempfile.mkdtemp(prefix="breakeven-")) / path.stem
    try:
        with gzip.open(path, "rb") as packed, out.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except (OSError, EOFError) as error:
        raise InputError(str(path), f"not a whole gzip file ({error})", "pack it again") from None
    return out


def _why_unreadable(path: Path, shape: text_files.Shape, error: Exception) -> InputError:
    """The place of what the fast reader stumbled over, found by a slow scan."""
    try:
        line, cells = _first_ragged(path, shape)
    except InputError as found:
        return found
    if line:
        return InputError(f"{path}, line {line}", f"{cells} cells where the header has {len(shape.header)}", "fix it")
    return InputError(str(path), f"cannot be read ({str(error)[:120]})", "check quotes and delimiters")


def _first_ragged(path: Path, shape: text_files.Shape) -> tuple[int, int]:
    """Line and cell count of the first row that differs from the header; (0, 0) when none does."""
    with path.open(encoding=shape.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=shape.delimiter)
        for row in reader:
            big = max(map(len, row), default=0)
            if big > text_files.MAX_CELL:
                name = shape.header[min(list(map(len, row)).index(big), len(shape.header) - 1)]
                raise InputError(
                    f"{path}, line {reader.line_num}, column {name!r}",
                    f"a cell of {big / 1e6:.1f} MB (limit {text_files.MAX_CELL >> 20} MB)",
                    "shorten it, or close an open quote before it",
                )
            if row and len(row) != len(shape.header):
                return reader.line_num, len(row)
    return 0, 0


def _arrow_column(values: pa.ChunkedArray, where: str, name: str, text: bool = False) -> Array:
    """An Arrow column as float64 or text; nested kinds are refused."""
    import pyarrow as pa
    from pyarrow import compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if text and pa.types.is_integer(kind):  # an id of nineteen digits is none any more as a float
        values = values.cast(pa.string())
        kind = values.type
    if pa.types.is_boolean(kind):
        return np.array([None if v is None else ("true" if v else "false") for v in values.to_pylist()], dtype=object)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=float)
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return column(values.to_pylist())
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise InputError(where, f"column {name!r} holds {kind}, which is not one value a row", "flatten or remove it")
    if values.null_count == len(values):
        return np.full(len(values), np.nan)
    if not text:
        try:
            return np.asarray(pc.cast(values, pa.float64()).to_numpy(), dtype=float)
        except pa.ArrowInvalid:
            pass
    _check_cells(values, where, name)
    # Through a dictionary, so that equal texts share one Python object: 8 bytes a row instead of 60.
    coded = values.combine_chunks().dictionary_encode()
    texts = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(texts[coded.indices.fill_null(len(texts) - 1).to_numpy()])


def _check_cells(values: pa.ChunkedArray, where: str, name: str) -> None:
    from pyarrow import compute as pc

    lengths = pc.binary_length(values)
    longest = pc.max(lengths).as_py() or 0
    if longest > text_files.MAX_CELL:
        row = pc.index(lengths, longest).as_py()
        raise InputError(
            f"{where}, row {row + 1}, column {name!r}",
            f"a cell of {longest / 1e6:.1f} MB (limit {text_files.MAX_CELL >> 20} MB)",
            "shorten it, or close an open quote before it",
        )


def _parquet(path: Path, texts: Container[str]) -> Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        arrow = parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(str(path), f"not a parquet file ({str(error)[:80]})", "write it again") from None
    names = text_files.check_header(arrow.column_names, str(path))
    if arrow.num_rows == 0:
        raise InputError(str(path), "columns but no rows", "give at least a few dozen rows")
    return Table(
        {n: _arrow_column(arrow.column(i), str(path), n, n in texts) for i, n in enumerate(names)}, str(path), 1
    )


def _jsonl(path: Path, texts: Container[str]) -> Table:
    rows = text_files.json_rows(path)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return from_columns(
        {name: [row.get(name) for row in rows] for name in text_files.check_header(names, str(path))}, str(path), texts
    )


def _xlsx(path: Path) -> Table:
    import python_calamine

    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, OSError) as error:
        raise InputError(str(path), f"not an Excel file ({str(error)[:80]})", "save it as xlsx or csv") from None
    if not sheet:
        raise InputError(str(path), "the first sheet is empty", "put the table on the first sheet")
    names = text_files.check_header([str(cell) for cell in sheet[0]], f"{path}, first sheet")
    body = [row for row in sheet[1:] if any(cell != "" for cell in row)]
    return from_columns({n: [None if r[i] == "" else r[i] for r in body] for i, n in enumerate(names)}, str(path))
