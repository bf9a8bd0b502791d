"""A file of rows in, a file of answers out. Needs the light install alone (csv, tsv, jsonl)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import store, textfile
from breakeven.encode import Field
from breakeven.errors import InputError, nearest
from breakeven.launch.product import Loaded
from breakeven.types import Array

CHUNK = 10_000
REASONS = 3


def read(path: Path) -> dict[str, list[Any]]:
    """Columns of a csv, tsv or jsonl file. Raises InputError naming file and line."""
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = textfile.json_rows(path)
        return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    shape = textfile.inspect(path)
    columns: dict[str, list[Any]] = {name: [] for name in shape.header}
    stores = list(columns.values())
    with path.open(encoding=shape.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=shape.delimiter)
        next(reader)
        for row in reader:
            if not row:
                continue
            if len(row) != len(stores):
                raise InputError(
                    f"{path}, line {reader.line_num}",
                    f"{len(row)} cells where the header has {len(stores)}",
                    "mend the line",
                )
            for values, cell in zip(stores, row, strict=True):
                values.append(None if cell.strip() in textfile.MISSING else cell)
    if not stores or not stores[0]:
        raise InputError(str(path), "a header but no rows", "give at least one row")
    return columns


def columns_of(product: Loaded, raw: Mapping[str, list[Any]], where: str) -> tuple[dict[str, Array], list[str]]:
    """Columns checked against the product's schema, and the names of those passed over. Raises InputError."""
    out = {}
    for f in product.schema.fields:
        if f.name not in raw:
            raise InputError(where, f"column {f.name!r} is missing ({len(raw)} columns)", nearest(f.name, raw))
        out[f.name] = _column(f, raw[f.name], where)
    return out, [name for name in raw if name not in out]


def _column(f: Field, values: list[Any], where: str) -> Array:
    if f.role == "category":
        return np.array(values, dtype=object)
    out = np.empty(len(values))
    for i, value in enumerate(values):
        try:
            out[i] = f.scalar(value)
        except ValueError as error:
            raise InputError(
                f"{where}, row {i + 1}, column {f.name!r}", str(error), "mend the cell, or leave it empty"
            ) from None
    return out


def answer(product: Loaded, columns: Mapping[str, Array], output: Path, explain: bool = False) -> int:
    """Write predictions in the rows' order, whole or not at all. Returns how many."""
    X = product.schema.matrix(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for start in range(0, len(X), CHUNK):
        header, rows = product.decoder.table(product.scores(X[start : start + CHUNK]))
        if start == 0:
            writer.writerow([*header, "reasons"] if explain else header)
        if explain:
            rows = [[*row, why] for row, why in zip(rows, _reasons(product, columns, start, len(rows)), strict=True)]
        writer.writerows(rows)
    store.write_text(output, text.getvalue())
    return len(X)


def _reasons(product: Loaded, columns: Mapping[str, Array], start: int, count: int) -> Iterator[str]:
    for i in range(start, start + count):
        row = {
            name: None if values[i] is None or values[i] != values[i] else values[i] for name, values in columns.items()
        }
        yield "; ".join(f"{r['column']} {r['effect']:+.3g}" for r in product.explain(row)[:REASONS])
