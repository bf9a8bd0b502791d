"""Parquet files: structs become columns named `a.b`, lists are refused by their name."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.types import Finding, Table
from breakeven.files import arrow_columns
from breakeven.files.dialect import MAX_COLUMNS, check_header


def read(path: Path, texts: Container[str] = frozenset()) -> Table:
    """A parquet file as a table. Raises InputError naming the column that cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        width = len(parquet.read_metadata(path).schema)
        if width > MAX_COLUMNS:
            raise InputError(str(path), f"{width:,} columns (limit {MAX_COLUMNS:,})", "keep those that matter")
        arrow = parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(str(path), f"not a parquet file ({str(error)[:80]})", "write it again") from None
    structs = [field.name for field in arrow.schema if pa.types.is_struct(field.type)]
    while any(pa.types.is_struct(field.type) for field in arrow.schema):
        arrow = arrow.flatten()
    names = check_header(arrow.column_names, str(path))
    if arrow.num_rows == 0:
        raise InputError(str(path), "columns but no rows", "give at least a few dozen rows")
    columns = {n: arrow_columns.column(arrow.column(i), str(path), n, n in texts) for i, n in enumerate(names)}
    return Table(columns, str(path), 1, findings=tuple(_noted(structs, arrow.schema)))


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
