"""`breakeven predict` for customer service: a file of questions in; topic, confidence, decision and answer out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.files import spreadsheet_text
from breakeven.runtime import batch
from breakeven.scenarios.base import Answered, PredictRequest
from breakeven.scenarios.support import product, rerank_stage
from breakeven.scenarios.support.predictions import predicted
from breakeven.scenarios.support.product import QUESTION, Loaded
from breakeven.scenarios.support.understanding import Understander

HEADER = ("topic", "confidence", "decision", "answer")
#: The column that says why a row has no answer.
ERROR = "error"
#: Decisions as the line after a file says them.
SAID = {"answer": "answered", "clarify": "to be asked back", "handoff": "for a person"}
#: Questions that are understood at a time.
CHUNK = 256


def run(product_folder: Path, request: PredictRequest) -> str:
    """Answer a file of questions and say how many. Raises InputError."""
    support = product.load(product_folder)
    rows = batch.read(request.input, support.about.encoding)
    kept = {name: _column(rows.columns, name, str(request.input), "--keep") for name in request.keep}
    found = columns(support, rows.columns, str(request.input))
    errors = {**found.errors, **rows.errors}
    lines = spreadsheet_text.Lines(request.raw)
    first: Mapping[str, Sequence[object]] = kept or batch.numbered(len(found.columns[HEADER[0]]))
    lines.add([*first, *HEADER, *([ERROR] if errors else [])])
    for i, cells in enumerate(zip(*first.values(), *(found.columns[name] for name in HEADER), strict=True)):
        lines.add([*("" if cell is None else cell for cell in cells), *([errors.get(i, "")] if errors else [])])
    store.write_text(request.output, lines.text, shared=True)
    count = Counter(found.columns["decision"])
    decisions = ", ".join(f"{count[name]:,} {said}" for name, said in SAID.items() if count[name])
    return f"{decisions or 'no questions'} in {request.output}"


def columns(support: Loaded, given: Mapping[str, Sequence[object]], where: str = "data") -> Answered:
    """Topic, confidence, decision and answer of every question. Raises InputError without a column of questions."""
    questions = _column(given, QUESTION, where, "the questions")
    errors = {i: "the question is empty" for i, q in enumerate(questions) if not str(q or "").strip()}
    texts = [str(q) for i, q in enumerate(questions) if i not in errors]
    own = Understander(support)
    models = rerank_stage.opened(own, at_a_time=None) or own
    chunks = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
    found = iter([one for chunk in chunks for one in predicted(chunk, models, support.book)])
    rows = [None if i in errors else next(found) for i in range(len(questions))]
    return Answered({name: [None if row is None else getattr(row, name) for row in rows] for name in HEADER}, errors)


def _column(given: Mapping[str, Sequence[object]], name: str, where: str, what: str) -> Sequence[object]:
    found = next((values for column, values in given.items() if column.strip().lower() == name.lower()), None)
    if found is None:
        raise InputError(where, f"no column {name!r} for {what}", nearest(name, given))
    return found
