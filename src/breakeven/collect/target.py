"""The column to predict: classes or numbers, read by the same rules as any other column; its own faults are errors.

Nothing can be learned around a target that is missing, infinite, or all one value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from breakeven.collect import cast, far_out, given_format
from breakeven.collect.profile import Cells, number_example, unique
from breakeven.collect.roles import Typed
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Finding, Need, Task
from breakeven.core.wording import counted
from breakeven.features.number_format import NumberFormat
from breakeven.features.span_format import SpanFormat
from breakeven.features.values import is_missing, level, missing

MIN_ROWS = 40
#: Whole-number targets with at most this many different values are classes.
MAX_NUMBER_CLASSES = 20
MAX_CLASSES = 1000


@dataclass(frozen=True)
class Target:
    """What is predicted: y (n,) class numbers or floats, the classes' spellings, how numbers are written, what was noticed."""

    task: Task
    y: Array
    classes: tuple[str, ...] = ()
    format: NumberFormat | SpanFormat | None = None
    findings: tuple[Finding, ...] = ()


def read(typed: Typed, need: Need) -> Target:
    """The target of a table. Raises InputError for one nothing can be learned from."""
    name, table = need.target or "", typed.table
    values, where, role = table.columns[name], f"{table.source}, target {name!r}", need.columns.get(name)
    if len(values) < MIN_ROWS:
        raise InputError(
            table.source, counted(len(values), "row is too few", "rows are too few"), f"give at least {MIN_ROWS}"
        )
    form: NumberFormat | SpanFormat | None = None
    findings, cells = list[Finding](), None
    if values.dtype == object and role != "category":
        cells = Cells.of(values, table.delimiter, typed.mark, need.timezone)
        given = given_format.number(need.formats.get(name, ""), where) if role == "number" else None
        if role == "number" or cells.are_numbers():
            form = given or cells.measure
            findings += [] if given else cast.questions_of_numbers(name, cells, where)
            values = _numbers(values, form, where, table.first_line)
    _complete(values, where, table.first_line)
    distinct, _ = unique(values)
    if len(distinct) == 1:
        what = f"only one value, {str(distinct[0])[:30]!r}"
        raise InputError(where, what, "there is nothing to predict; check the column")
    numeric = values.dtype != object
    few = numeric and bool(np.all(distinct == np.floor(distinct))) and len(distinct) <= MAX_NUMBER_CLASSES
    written = cells is not None and numeric and any(not text.strip().isdigit() for text in cells.counts)
    if numeric and role != "category" and (role == "number" or written or not few):
        if cells is not None:
            findings.append(_as_numbers(name, cells, form, len(values)))
        findings += far_out.of_target(values, need, where, table.first_line)
        return Target("regression", values.astype(float), (), form, tuple(findings))
    exact = role == "category" and given_format.exact(need.formats.get(name, ""), where)
    y, classes, noticed = _classes(values, distinct, where, name, exact)
    if numeric and role is None:
        findings += _ordered(name, distinct, len(values))
    return Target("classification", y, classes, form, (*findings, *noticed))


def _numbers(values: Array, form: NumberFormat | SpanFormat, where: str, first_line: int) -> Array:
    """A text target (n,) as float64. Raises InputError naming the lines that hold no number."""
    table = {text: form.parse(text) for text in unique(values)[0].tolist()}
    out = np.array([np.nan if v is None else table[v] for v in values.tolist()])
    said = np.array([v is not None and not is_missing(v, measure=True) for v in values.tolist()], dtype=bool)
    bad = np.flatnonzero(np.isnan(out) & said)
    if len(bad):
        example = str(values[bad[0]])[:30]
        what = f"{len(bad):,} of {len(values):,} rows hold no number, such as {example!r} (lines {_lines(bad, first_line)})"
        raise InputError(where, what, "fix those rows or remove them, or give the target the role category")
    return out


def _complete(values: Array, where: str, first_line: int) -> None:
    absent = missing(values)
    infinite = np.zeros(len(values), bool) if values.dtype == object else np.isinf(values)
    for bad, what, remedy in (
        (absent, "missing", "fill it in or remove those rows"),
        (infinite, "infinite", "fix those rows"),
    ):
        rows = np.flatnonzero(bad)
        if len(rows):
            what = f"{what} in {len(rows):,} of {len(values):,} rows (lines {_lines(rows, first_line)})"
            raise InputError(where, what, remedy)


def _lines(rows: Array, first_line: int) -> str:
    return ", ".join(f"{r + first_line:,}" for r in rows[:5])


def _as_numbers(name: str, cells: Cells, form: NumberFormat | SpanFormat | None, rows: int) -> Finding:
    done = f"to predict classes instead: columns: {{{name}: category}}"
    return Finding("target", f"read as a number, e.g. {number_example(cells, form or cells.measure)}", done, name, rows)


def _ordered(name: str, distinct: Array, rows: int) -> list[Finding]:
    """A question where more than two whole numbers were taken as classes: an ordered score is learned better as a number."""
    if len(distinct) <= 2:
        return []
    what = f"{len(distinct)} whole numbers from {distinct[0]:g} to {distinct[-1]:g} are taken as classes"
    done = f"if more means more, as of a score or a count, predict the number: columns: {{{name}: number}}"
    return [Finding("target", what, done, name, rows, (), "question")]


def _classes(
    values: Array, distinct: Array, where: str, name: str, exact: bool
) -> tuple[Array, tuple[str, ...], list[Finding]]:
    """Class numbers (n,), the classes as they are spelled, and a finding where spellings were merged."""
    if len(distinct) > min(MAX_CLASSES, len(values) // 3):
        raise InputError(
            where,
            f"{len(distinct):,} different values in {len(values):,} rows are no classes",
            "check that this is the column to predict",
        )
    numeric = values.dtype != object
    counts = Counter(values.tolist())
    texts = {value: level(value) or "" for value in distinct.tolist()}
    canonical = Counter[str]()
    for value, text in texts.items():
        canonical[text] += counts[value]
    merged = {text: text for text in canonical} if exact else cast.merged_levels(canonical)
    # A class keeps the spelling it is most often seen with; values of the same canonical text are the same class.
    spelled = dict[str, str]()
    for value in sorted(texts, key=lambda value: -counts[value]):
        spelled.setdefault(merged[texts[value]], value.strip() if isinstance(value, str) else texts[value])
    order = sorted(spelled, key=(lambda t: float(t)) if numeric else (lambda t: spelled[t]))
    place = {text: i for i, text in enumerate(order)}
    y = np.array([place[merged[texts[value]]] for value in values.tolist()], dtype=np.int64)
    return y, tuple(spelled[text] for text in order), _merged(name, merged, canonical)


def _merged(name: str, merged: dict[str, str], counts: Counter[str]) -> list[Finding]:
    """A finding on the spellings that stand for another level."""
    other = sorted(text for text, stands_for in merged.items() if text != stands_for)
    if not other:
        return []
    shown = ", ".join(f"{text!r} as {merged[text]!r}" for text in other[:5])
    rows = sum(counts[text] for text in other)
    done = f"to keep them apart: columns: {{{name}: category(exact)}}"
    return [
        Finding("spellings", f"levels that differ by case or spaces are one: {shown}", done, name, rows, (), "warning")
    ]
