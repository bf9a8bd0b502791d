"""Predictions for a table: a file of rows in, a file of answers out; or columns in, columns out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from breakeven.core.wording import counted
from breakeven.files import encoding
from breakeven.report import speech
from breakeven.runtime import batch
from breakeven.runtime.predictor import Loaded, load
from breakeven.scenarios.base import Answered, PredictRequest


def run(product_folder: Path, folder: Path, request: PredictRequest) -> str:
    """Answer a file and say how many. Raises InputError."""
    del folder
    given, output = request.input, request.output
    product = load(product_folder)
    rows = batch.check(product, _read(product, given), str(given), request.keep)
    beside = given if given.is_dir() else given.parent
    errors = batch.answer(product, rows, output, request.explain, beside, request.raw)
    for note in rows.notes:
        speech.say(note, sys.stderr)
    if rows.passed:
        names = ", ".join(rows.passed[:10])
        speech.say(f"passed over {counted(len(rows.passed), 'column')} the product does not read: {names}", sys.stderr)
    if errors:
        first = min(errors)
        speech.say(
            f"{len(errors):,} of {counted(rows.count, 'row')} could not be answered, such as row {first + 1}, {errors[first]}; "
            "the column 'error' says why",
            sys.stderr,
        )
    return f"{counted(rows.count - len(errors), 'answer in', 'answers in')} {output}"


def columns(product: Loaded, given: Mapping[str, Sequence[object]]) -> Answered:
    """Predictions of rows as columns (n,), named as in a file of predictions. Raises InputError for a column that is missing.

    Image paths start from the working directory; an image may also be the bytes of its file.
    """
    values, errors = batch.answers(product, batch.check(product, batch.Batch(dict(given)), "data"))
    decoder = product.decoder
    if not decoder.classes:
        found = [values, values - decoder.half_width, values + decoder.half_width]
    else:
        taken = decoder.decide(np.nan_to_num(values))
        names = np.array(decoder.classes, dtype=object)[taken]
        names[sorted(errors)] = None
        found = [names, values[np.arange(len(values)), taken], *values.T]
    return Answered({name: cells.tolist() for name, cells in zip(decoder.header, found, strict=True)}, errors)


def _read(product: Loaded, given: Path) -> batch.Batch:
    from breakeven.files import read

    usual = product.about.encoding
    kind = read.kind_of(read.split_sheet(given)[0])
    if given.is_dir() or (kind not in ("parquet", *read.SHEETS) and given.suffix.lower() != ".gz"):
        return batch.read(given, usual)
    found = encoding.beside(given, usual) if kind not in ("parquet", *read.SHEETS) else None
    table = read.read_file(given, frozenset(product.schema.ids), found)
    columns = {name: values.tolist() for name, values in table.columns.items()}
    return batch.Batch(columns, notes=batch.noted(table.findings))
