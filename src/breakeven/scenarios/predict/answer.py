"""`breakeven predict` for a table: a file of rows in, a file of answers out."""

from __future__ import annotations

import sys
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.runtime import batch
from breakeven.runtime.predictor import load


def run(place: Path, folder: Path, given: Path, output: Path, explain: bool, k: int | None) -> str:
    """Answer a file and say how many rows. Raises InputError."""
    del folder
    if k is not None:
        raise InputError("--k", "an answer about a row is no shelf", "leave it out")
    product = load(place)
    if given.suffix.lower() in (".parquet", ".xlsx"):
        from breakeven.collect import read

        raw = {name: values.tolist() for name, values in read.read_file(given).columns.items()}
    else:
        raw = batch.read(given)
    columns, passed = batch.columns_of(product, raw, str(given))
    count = batch.answer(product, columns, output, explain, given if given.is_dir() else given.parent)
    if passed:
        print(f"passed over {len(passed)} columns the product does not read: {', '.join(passed[:10])}", file=sys.stderr)
    return f"{count:,} answers in {output}"
