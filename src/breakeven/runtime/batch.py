"""A file of rows in, a file of answers out. Needs the light install alone (csv, tsv, jsonl)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import MEDIA_ROLES, Array, Finding
from breakeven.core.wording import counted
from breakeven.features.image import png
from breakeven.features.schema import Field, raw_column
from breakeven.features.values import LARGEST, is_missing, level
from breakeven.files import encoding, json_rows, spreadsheet_text
from breakeven.files.dialect import inspect, name_of
from breakeven.files.rows import rows as rows_of
from breakeven.runtime import unseen
from breakeven.runtime.explain import Reason
from breakeven.runtime.predictor import Loaded

#: Rows answered at a time.
CHUNK = 10_000
#: Rows with texts or images answered at a time: their decoded values must fit into memory.
MEDIA_CHUNK = 256
#: Endings by which the images of a folder are known.
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
#: Columns named in the explanation of an answer.
REASONS = 3
#: The column that holds the paths of a folder's images in a file of predictions.
FILE = "file"
#: The column of row numbers, from 1, in a file of predictions whose rows nothing else identifies.
ROW = "row"


@dataclass(frozen=True)
class Batch:
    """Rows as they were given: raw columns of n values each, the names of those that identify a row whatever the
    product is, why some rows cannot be answered, by row number from 0, and what was noticed while reading.
    """

    columns: dict[str, Sequence[object]]
    ids: tuple[str, ...] = ()
    errors: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """Rows checked against a product's schema.

    `columns` (n values each) are what the product reads, with missing values in the rows of `errors`; `ids` are the columns
    that identify a row, as given, or the row numbers where there are none; `passed` names the columns passed over; `notes` are lines for a person.
    """

    where: str
    count: int
    columns: dict[str, Array]
    ids: dict[str, list[object]]
    errors: dict[int, str]
    passed: list[str]
    notes: list[str]


def read(path: Path, usual: str | None = None) -> Batch:
    """Columns of a csv, tsv or jsonl file, or the images of a folder; `usual` is the encoding of the training data, if given.

    Raises InputError naming file and line.
    """
    if path.is_dir():
        found = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.suffix.lower() in IMAGES)
        if not found:
            raise InputError(str(path), "there is no image in this folder", "give a folder of images, or a table")
        return Batch({FILE: found, "image": found}, (FILE,))
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        rows = json_rows.read(path, encoding.beside(path, usual) if path.is_file() else None)
        names = dict.fromkeys(name for row in rows for name in row)
        return Batch({name_of(name): [row.get(name) for row in rows] for name in names})
    return _delimited(path, encoding.beside(path, usual) if path.is_file() else None)


def _delimited(path: Path, given: str | None) -> Batch:
    how = inspect(path, given)
    found, errors = list[list[str]](), dict[int, str]()
    with path.open(encoding=how.encoding, newline="") as file:
        for line, row in rows_of(file, how):
            if not row:
                continue
            if len(row) != len(how.names):
                errors[len(found)] = f"line {line}: {counted(len(row), 'cell')} where the header has {len(how.names)}"
                row = [*row, *[""] * len(how.names)][: len(how.names)]
            found.append(row)
    if not found:
        raise InputError(str(path), "a header but no rows", "give at least one row")
    return Batch({how.names[i]: [row[i] for row in found] for i in how.keep}, errors=errors, notes=noted(how.findings))


def noted(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What was noticed while reading, a line each."""
    return tuple(f"{f.kind}: {f.what}; {f.done}" for f in findings)


def check(product: Loaded, batch: Batch, where: str, keep: Sequence[str] = ()) -> Checked:
    """Rows checked against the product's schema, cell by cell; `keep` are columns to copy to the answers.

    Raises InputError for a column that is missing, and for one to copy that has the name of an answer.
    """
    raw, errors, notes = batch.columns, dict(batch.errors), [*batch.notes]
    for name in keep:
        if name not in raw:
            raise InputError(f"{where}, --keep", f"there is no column {name!r}", nearest(name, raw))
        if name in product.decoder.header:
            raise InputError(f"{where}, --keep", f"the answers have a column {name!r}, too", "rename it in the file")
    columns = {}
    for f in product.schema.fields:
        if f.name not in raw:
            raise InputError(
                where, f"column {f.name!r} is missing ({counted(len(raw), 'column')})", nearest(f.name, raw)
            )
        columns[f.name] = _column(f, raw[f.name], errors)
        notes += [*_spelled(f, raw[f.name]), *unseen.note(f, raw[f.name])]
    names = [n for n in dict.fromkeys((*batch.ids, *product.schema.ids, *keep)) if n in raw]
    ids = {name: [_as_given(value) for value in raw[name]] for name in names}
    passed = [name for name in raw if name not in columns and name not in ids]
    count = len(next(iter(raw.values())))
    return Checked(where, count, columns, ids or numbered(count), errors, passed, notes)


def numbered(count: int) -> dict[str, list[object]]:
    """The column of row numbers, from 1, as errors count them."""
    return {ROW: list(range(1, count + 1))}


def _column(f: Field, values: Sequence[object], errors: dict[int, str]) -> Array:
    """Checked values of a column (n,): missing, with an entry in `errors`, where a cell cannot be used."""
    if f.role == "category":
        return np.array(values, dtype=object)
    if f.role == "number" and isinstance(values, np.ndarray) and not np.any(np.abs(values) >= LARGEST):
        return np.where(np.isin(values, f.sentinels), np.nan, values)
    out: list[object] = [None if f.role in MEDIA_ROLES else np.nan] * len(values)
    for i, value in enumerate(values):
        if i in errors:
            continue
        try:
            out[i] = _path(value) if f.role == "image" else f.scalar(value)
        except ValueError as error:
            errors[i] = f"column {f.name!r}: {error}"
    return raw_column(out, f)


def _path(value: object) -> str | bytes | Path | None:
    """What an image is read from: its path, or the bytes of its file."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, bytes | Path):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no path")
    return None if is_missing(value) else value


def _spelled(f: Field, values: Sequence[object]) -> list[str]:
    """A note on the cells of a number or time that say in words that they are missing."""
    if f.role not in ("number", "time") or isinstance(values, np.ndarray):
        return []
    cells = [v for v in values if isinstance(v, str) and v.strip() and is_missing(v, measure=True)]
    if not cells:
        return []
    spellings = ", ".join(repr(cell) for cell in sorted(set(cells))[:5])
    return [f"column {f.name!r}: {counted(len(cells), 'cell says', 'cells say')} {spellings}, read as missing"]


def _as_given(value: object) -> object:
    """A value that identifies a row as its file had it: readers of parquet and Excel make floats of whole numbers."""
    return level(value) if isinstance(value, float) else value


def answer(
    product: Loaded, rows: Checked, output: Path, explain: bool = False, folder: Path = Path(), raw: bool = False
) -> dict[int, str]:
    """Write predictions in the rows' order; image paths start from `folder`. Unless `raw`, a spreadsheet runs none of the cells.

    The columns are those that identify a row, the answer's (see `Decoder.header`), `reasons` if `explain`, and `error` if
    a row could not be answered. Returns the errors by row number from 0. Raises InputError when no row can be answered.
    """
    lines, errors = spreadsheet_text.Lines(raw), dict(rows.errors)
    header = [*product.decoder.header, *(["reasons"] if explain else [])]
    lines.add([*rows.ids, *header])
    # Images are decoded a chunk at a time, so that memory stays bounded whatever the file.
    step = MEDIA_CHUNK if product.schema.refers else CHUNK
    for start in range(0, rows.count, step):
        places = range(start, min(start + step, rows.count))
        good, some = _decoded(product, rows.columns, [i for i in places if i not in errors], folder, errors)
        answers = _answers(product, some, good, errors, explain)
        for i in places:
            lines.add([*(values[i] for values in rows.ids.values()), *answers.get(i, [""] * len(header))])
    if len(errors) == rows.count:
        first = min(errors)
        raise InputError(
            f"{rows.where}, row {first + 1}, {errors[first]}",
            f"none of the {counted(rows.count, 'row')} can be answered",
            "fix the rows, or leave a cell empty where its value is unknown",
        )
    store.write_text(output, _with_errors(lines.text, errors), shared=True)
    return errors


def _decoded(
    product: Loaded, columns: Mapping[str, Array], rows: Sequence[int], folder: Path, errors: dict[int, str]
) -> tuple[list[int], dict[str, Array]]:
    """The rows whose images can be read, and their checked columns with images as pixels."""
    good, pixels = list(rows), dict[str, dict[int, object]]()
    for f in product.schema.fields:
        if f.role == "image":
            found = pixels[f.name] = {}
            for i in good:
                value = columns[f.name][i]
                try:
                    found[i] = (
                        None if value is None else f.scalar(value if isinstance(value, bytes) else folder / value)
                    )
                except ValueError as error:
                    shown = "" if isinstance(value, bytes) else f" ({value})"
                    errors[i] = f"column {f.name!r}{shown}: {error}"
            good = [i for i in good if i in found]
    out = {}
    for f in product.schema.fields:
        if f.role == "image":
            out[f.name] = raw_column([pixels[f.name][i] for i in good], f)
        else:
            out[f.name] = columns[f.name][good]
    return good, out


def answers(product: Loaded, rows: Checked, folder: Path = Path()) -> tuple[Array, dict[int, str]]:
    """Calibrated probabilities (n, classes) or values (n,) in the rows' order, NaN where `errors` says why there are none.

    Image paths start from `folder`.
    """
    errors, width = dict(rows.errors), product.decoder.classes
    out = np.full((rows.count, len(width)) if width else rows.count, np.nan)
    step = MEDIA_CHUNK if product.schema.refers else CHUNK
    for start in range(0, rows.count, step):
        wanted = [i for i in range(start, min(start + step, rows.count)) if i not in errors]
        good, columns = _decoded(product, rows.columns, wanted, folder, errors)
        kept, scores = _scores(product, columns, good, errors)
        if kept:
            out[kept] = product.decoder.calibrated(scores)
    return out, errors


def _scores(
    product: Loaded, columns: Mapping[str, Array], rows: Sequence[int], errors: dict[int, str]
) -> tuple[list[int], Array]:
    """Raw scores, and of which rows; a model that was brought may refuse rows, which are then asked one by one."""
    if not rows:
        return [], np.zeros(0)
    try:
        X = product.schema.matrix(columns)
        media = product.schema.media(columns) if product.schema.refers else None
        return list(rows), product.scores(X, media)
    except InputError as error:
        if len(rows) == 1:
            errors[rows[0]] = error.what if error.where.startswith("row") else f"{error.where}: {error.what}"
            return [], np.zeros(0)
    single = [{name: values[k : k + 1] for name, values in columns.items()} for k in range(len(rows))]
    found = [_scores(product, one, [i], errors) for one, i in zip(single, rows, strict=True)]
    return [i for kept, _ in found for i in kept], np.concatenate(
        [scores for kept, scores in found if kept] or [np.zeros(0)]
    )


def _answers(
    product: Loaded, columns: Mapping[str, Array], rows: Sequence[int], errors: dict[int, str], explain: bool
) -> dict[int, list[object]]:
    """Cells of the answers by row number."""
    kept, scores = _scores(product, columns, rows, errors)
    if not kept:
        return {}
    cells = [[_printed(cell) for cell in row] for row in product.decoder.table(scores)]
    if explain:
        places = [list(rows).index(i) for i in kept] if len(kept) < len(rows) else list(range(len(kept)))
        shown = {name: values[places] for name, values in columns.items()}
        cells = [[*row, why] for row, why in zip(cells, _reasons(product, shown, len(cells)), strict=True)]
    return dict(zip(kept, cells, strict=True))


def _printed(cell: object) -> object:
    """A number to the seven digits that models compute with."""
    return float(f"{cell:.7g}") if isinstance(cell, float) else cell


def _with_errors(text: str, errors: Mapping[int, str]) -> str:
    """The csv text of a header and n rows with a last column `error`, if there is one at all."""
    if not errors:
        return text
    out = spreadsheet_text.Lines(raw=True)  # quoted by now
    for i, row in enumerate(csv.reader(io.StringIO(text, newline="")), -1):
        out.add([*row, "error" if i < 0 else errors.get(i, "")])
    return out.text


def _reasons(product: Loaded, columns: Mapping[str, Array], count: int) -> Iterator[str]:
    for i in range(count):
        row = {f.name: _value(f, columns[f.name][i]) for f in product.schema.fields}
        yield "; ".join(_reason(r) for r in product.explain(row)[:REASONS])


def _reason(r: Reason) -> str:
    """A column's part in words; of a text also the three words that mattered most."""
    words = sorted(r.get("words", []), key=lambda w: -abs(w["effect"]))[:REASONS]
    shown = ", ".join(f"{w['text']} {w['effect']:+.2g}" for w in words)
    return f"{r['column']} {r['effect']:+.3g}" + (f" ({shown})" if shown else "")


def _value(f: Field, value: Array | str | float | None) -> bytes | str | float | None:
    """A checked value as it can be sent again."""
    if isinstance(value, np.ndarray):
        return png(value)
    return None if value is None or value != value else f.spelled(value)
