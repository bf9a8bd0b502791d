"""Parquet files: structs become columns named `a.b`, lists are refused by their name."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.errors import InputError
from breakeven.core.types import Finding, Table
from breakeven.files import arrow_columns
from breakeven.files.dialect import MAX_COLUMNS, check_header

if TYPE_CHECKING:
    import pyarrow as pa

#: Most values of a file, and bytes of its texts.
MAX_VALUES, MAX_TEXT_BYTES = 200_000_000, 2 << 30


def read(path: Path, texts: Container[str] = frozenset()) -> Table:
    """A parquet file as a table. Raises InputError naming the column that cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(path)
        width = len(about.schema)
        if width > MAX_COLUMNS:
            raise InputError(str(path), f"{width:,} columns (limit {MAX_COLUMNS:,})", "keep those that matter")
        if about.num_rows * width > MAX_VALUES:  # a value repeated is stored once: the file's size says nothing
            what = f"{about.num_rows:,} rows of {width:,} columns (limit {MAX_VALUES:,} values)"
            raise InputError(str(path), what, "give a part of the rows, or fewer columns")
        texts_in = [field.name for field in parquet.read_schema(path) if _is_text(field.type)]
        arrow = parquet.read_table(path, read_dictionary=texts_in)
        arrow.validate(full=True)  # texts that are no UTF-8 among them
        _bounded(arrow, str(path))
    except (pa.ArrowException, OSError) as error:
        raise InputError(str(path), f"not a parquet file ({str(error)[:80]})", "write it again") from None
    structs = [field.name for field in arrow.schema if pa.types.is_struct(field.type)]
    while any(pa.types.is_struct(field.type) for field in arrow.schema):
        arrow = arrow.flatten()
    names = check_header(arrow.column_names, str(path))
    if arrow.num_rows == 0:
        raise InputError(str(path), "columns but no rows", "give at least a few dozen rows")
    columns = {n: arrow_columns.column(arrow.column(i), str(path), n, n in texts) for i, n in enumerate(names)}
    return Table(columns, str(path), 1, findings=tuple(_noted(structs, arrow.schema)))


def _is_text(kind: object) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


def _bounded(arrow: pa.Table, path: str) -> None:
    """Refuse columns whose repeated texts would not fit into memory, while they are still numbers of texts. Raises InputError."""
    import pyarrow as pa
    from pyarrow import compute as pc

    left = MAX_TEXT_BYTES
    for name, column in zip(arrow.column_names, arrow.columns, strict=True):
        for piece in column.chunks if pa.types.is_dictionary(column.type) else ():
            lengths = pc.binary_length(piece.dictionary).cast(pa.int64())
            left -= pc.sum(lengths.take(piece.indices)).as_py() or 0
            if left < 0:
                what = f"the texts up to column {name!r} have more than {MAX_TEXT_BYTES >> 20:,} MB"
                raise InputError(path, what, "give a part of the rows, or shorter texts")


def _noted(structs: list[str], schema: object) -> list[Finding]:
    import pyarrow as pa

    out = []
    if structs:
        what = f"{len(structs)} columns hold structs, such as {structs[0]!r}"
        out.append(Finding("structs", what, f"each field is a column, such as {structs[0]}.NAME", count=len(structs)))
    for field in schema:  # type: ignore[attr-defined]
        if pa.types.is_duration(field.type):
            out.append(Finding("durations", "lengths of time", "read as seconds", field.name))
    return out
