"""A file of rows in, a file of answers out. Needs the light install alone (csv, tsv, jsonl)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from breakeven.core import store, text_files
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array
from breakeven.features.image import png
from breakeven.features.schema import Field, raw_column
from breakeven.runtime.predictor import Loaded

CHUNK, MEDIA_CHUNK = 10_000, 256
#: Endings by which the images of a folder are known.
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
REASONS = 3


def read(path: Path) -> dict[str, list[Any]]:
    """Columns of a csv, tsv or jsonl file, or the images of a folder. Raises InputError naming file and line."""
    if path.is_dir():
        found = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.suffix.lower() in IMAGES)
        if not found:
            raise InputError(str(path), "there is no image in this folder", "give a folder of images, or a table")
        return {"image": found}
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = text_files.json_rows(path)
        return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    shape = text_files.inspect(path)
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
                values.append(None if cell.strip() in text_files.MISSING else cell)
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
    if f.role == "image":
        for i, value in enumerate(values):
            if value is not None and not isinstance(value, str):
                raise InputError(
                    f"{where}, row {i + 1}, column {f.name!r}", f"{value!r} is no path", "give a path or leave it empty"
                )
        return raw_column(values, f)
    if f.role == "text":
        return raw_column([_text(f, value, f"{where}, row {i + 1}") for i, value in enumerate(values)], f)
    out = np.empty(len(values))
    for i, value in enumerate(values):
        try:
            out[i] = f.scalar(value)
        except ValueError as error:
            raise InputError(
                f"{where}, row {i + 1}, column {f.name!r}", str(error), "mend the cell, or leave it empty"
            ) from None
    return out


def _text(f: Field, value: Any, where: str) -> Any:
    try:
        return f.scalar(value)
    except ValueError as error:
        raise InputError(f"{where}, column {f.name!r}", str(error), "mend the cell, or leave it empty") from None


def answer(product: Loaded, columns: Mapping[str, Array], output: Path, explain: bool = False,
           folder: Path = Path()) -> int:  # fmt: skip
    """Write predictions in the rows' order, whole or not at all; image paths start from `folder`. Returns how many."""
    count = len(next(iter(columns.values())))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    # Images are decoded a chunk at a time, so that memory stays bounded whatever the file.
    step = MEDIA_CHUNK if product.schema.refers else CHUNK
    for start in range(0, count, step):
        some = _decoded(product, columns, start, start + step, folder)
        X = product.schema.matrix(some)
        header, rows = product.decoder.table(
            product.scores(X, product.schema.media(some) if product.schema.refers else None)
        )
        if start == 0:
            writer.writerow([*header, "reasons"] if explain else header)
        if explain:
            rows = [[*row, why] for row, why in zip(rows, _reasons(product, some, len(rows)), strict=True)]
        writer.writerows(rows)
    store.write_text(output, text.getvalue())
    return count


def _decoded(product: Loaded, columns: Mapping[str, Array], start: int, stop: int, folder: Path) -> dict[str, Array]:
    """A chunk of checked columns, images as pixels. Raises InputError naming the row of a path that is no image."""
    out = {name: values[start:stop] for name, values in columns.items()}
    for f in product.schema.fields:
        if f.role == "image":
            pixels: list[Any] = []
            for i, value in enumerate(out[f.name].tolist()):
                try:
                    pixels.append(f.scalar(folder / value) if value is not None else None)
                except ValueError as error:
                    where = f"row {start + i + 1}, column {f.name!r} ({value})"
                    raise InputError(where, str(error), "mend the path or leave the cell empty") from None
            out[f.name] = raw_column(pixels, f)
    return out


def _reasons(product: Loaded, columns: Mapping[str, Array], count: int) -> Iterator[str]:
    for i in range(count):
        row = {name: _value(values[i]) for name, values in columns.items()}
        yield "; ".join(_reason(r) for r in product.explain(row)[:REASONS])


def _reason(r: Mapping[str, Any]) -> str:
    """A column's part in words; of a text also the three words that mattered most."""
    words = sorted(r.get("words", []), key=lambda w: -abs(w["effect"]))[:REASONS]
    told = ", ".join(f"{w['text']} {w['effect']:+.2g}" for w in words)
    return f"{r['column']} {r['effect']:+.3g}" + (f" ({told})" if told else "")


def _value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return png(value)
    return None if value is None or value != value else value
