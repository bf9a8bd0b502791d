"""A file of rows over HTTP: the same reader and the same answers as `breakeven predict`, joined to the rows."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
from msgspec import Meta

from breakeven.core.errors import InputError, TooLarge
from breakeven.runtime import batch
from breakeven.runtime.predictor import Loaded

#: Most bytes of a file: as text in JSON it is a third longer, and a body may have 16 MB.
MAX_FILE = 12_000_000
#: Rows of the answer that are sent apart, to be shown.
SHOWN_ROWS = 20
#: Endings of files that are read.
ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json")


class FileRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/predict/file."""

    name: Annotated[
        str, Meta(max_length=300, description=f"the file's name; its ending is one of {', '.join(ENDINGS)}")
    ]
    content: Annotated[str, Meta(description="the file's bytes", extra_json_schema={"contentEncoding": "base64"})]


class FileReply(msgspec.Struct):
    """Rows with their answers."""

    answers: Annotated[str, Meta(description="a csv of the file's columns and those of the answers")]
    rows: int
    refused: Annotated[int, Meta(description="rows that could not be answered; the column `error` says why")]
    notes: list[str]
    first: Annotated[list[list[str]], Meta(description="the header and the first rows of the answers")]


def answer_file(product: Loaded, request: FileRequest) -> FileReply:
    """Answer the rows of a file. Raises InputError naming the file and the line, and TooLarge."""
    ending = Path(request.name).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            "body, name", f"a file {ending or 'without an ending'} is not read", f"send {', '.join(ENDINGS)}"
        )
    with TemporaryDirectory(prefix="breakeven-") as temporary:
        given, output = Path(temporary) / f"rows{ending}", Path(temporary) / "answers.csv"
        given.write_bytes(_content(request.content))
        try:
            return _answered(product, given, output, request.name)
        except InputError as error:
            where = error.where.replace(str(given), request.name[-60:])
            raise InputError(where, error.what.replace(str(given), request.name[-60:]), error.remedy) from None


def _content(text: str) -> bytes:
    if len(text) > MAX_FILE * 4 / 3 + 4:
        raise TooLarge("body, content", f"the file is over {MAX_FILE / 1e6:.0f} MB", "use breakeven predict")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("body, content", "it is not base64", "send the file's bytes as base64") from None


def _answered(product: Loaded, given: Path, output: Path, name: str) -> FileReply:
    read = batch.read(given, product.about.encoding)
    answers = (*product.decoder.header, "error")
    keep = [column for column in read.columns if column not in answers]
    rows = batch.check(product, read, name[-60:], keep)
    replaced = [repr(column) for column in read.columns if column in answers]
    said = [f"{', '.join(replaced)} of the file: left out, for the answers have a column of that name"]
    refused = batch.answer(product, rows, output)
    text = output.read_text(encoding="utf-8")
    first = itertools.islice(csv.reader(io.StringIO(text, newline="")), SHOWN_ROWS + 1)
    return FileReply(text, rows.count, len(refused), [*rows.notes, *(said if replaced else ())], list(first))
