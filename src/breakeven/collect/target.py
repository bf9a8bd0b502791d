"""The column to predict: classes or numbers, read by the same rules as any other column.

Nothing can be learned from a row without a target: such rows are left out, counted and said. Where most rows are without one, an empty
cell is likelier an answer ("no") or the column the wrong one, and the table is refused until the brief says otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from breakeven.collect import cast, codes, column_names, far_out, given_format
from breakeven.collect.profile import Cells, number_example, unique
from breakeven.collect.roles import Typed
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Finding, Need, Task, places
from breakeven.core.wording import counted
from breakeven.features.number_format import NumberFormat
from breakeven.features.span_format import SpanFormat
from breakeven.features.values import LARGEST, is_missing, level, missing

MIN_ROWS = 40
#: Share of rows without a target beyond which the table is refused: what most rows hold is then nothing, which is likelier an answer.
MOST_UNKNOWN = 0.5
#: Share of targets that cannot be read beyond which the table is refused: it is as likely that the column is misunderstood.
MOST_UNREAD = 0.05
#: Whole-number targets with at most this many different values are classes.
MAX_NUMBER_CLASSES = 20
MAX_CLASSES = 1000


@dataclass(frozen=True)
class Target:
    """What is predicted: y (n,) class numbers or floats, the classes' spellings, how numbers are written, what was noticed.

    `unknown` are the rows without a target; their y says nothing.
    """

    task: Task
    y: Array
    classes: tuple[str, ...] = ()
    format: NumberFormat | SpanFormat | None = None
    findings: tuple[Finding, ...] = ()
    unknown: tuple[int, ...] = ()


def read(typed: Typed, need: Need) -> Target:
    """The target of a table. Raises InputError for one nothing can be learned from."""
    name, table = need.target or "", typed.table
    values, where, role = table.columns[name], f"{table.source}, target {name!r}", need.columns.get(name)
    given = need.formats.get(name, "")
    if len(values) < MIN_ROWS:
        raise InputError(
            table.source, counted(len(values), "row is too few", "rows are too few"), f"give at least {MIN_ROWS}"
        )
    form: NumberFormat | SpanFormat | None = None
    findings, cells = list[Finding](), None
    if values.dtype == object and role != "category":
        cells = Cells.of(values, table.delimiter, typed.mark, need.timezone)
        in_brief = given_format.number(given, where, target=True) if role == "number" else None
        if role == "number" or cells.are_numbers():
            form = in_brief or cells.measure
            findings += [] if in_brief else cast.questions_of_numbers(name, cells, where)
            values, noticed = _numbers(values, form, where, name, table.first_line)
            findings += noticed
    numeric = values.dtype != object
    measured = _measured(name, values, role, cells)
    if numeric:
        values, noticed = _finite(values, where, name, table.first_line)
        findings += noticed
    if measured:
        values, noticed = far_out.of_target(values, need)
        findings += noticed
    unknown, noticed = _unknown(values, where, need, table.first_line)
    findings += noticed
    known = np.setdiff1d(np.arange(len(values)), np.array(unknown, dtype=int))
    distinct, _ = unique(values[known])
    _enough(distinct, len(known), len(values), where)
    if measured:
        if cells is not None:
            findings.append(_as_numbers(name, cells, form, len(values)))
        return Target("regression", values.astype(float), (), form, tuple(findings), unknown)
    exact = role == "category" and given_format.exact(given, where, target=True)
    y = np.full(len(values), -1, dtype=np.int64)
    y[known], classes, noticed = _classes(values[known], distinct, where, name, exact)
    if numeric and role is None:
        findings += _ordered(name, distinct, len(values))
    return Target("classification", y, classes, form, (*findings, *noticed), unknown)


def _measured(name: str, values: Array, role: str | None, cells: Cells | None) -> bool:
    """Whether a target is a number to measure, and no class: the brief says so, or it is no small set of whole numbers or codes."""
    if values.dtype == object or role == "category":
        return False
    distinct, known = unique(values)
    if role is None and column_names.is_code(name) and codes.repeated(len(distinct), known, MAX_CLASSES):
        return False
    few = bool(np.all(distinct == np.floor(distinct))) and len(distinct) <= MAX_NUMBER_CLASSES
    written = cells is not None and any(not text.strip().isdigit() for text in cells.counts)
    return role == "number" or written or not few


def _numbers(
    values: Array, form: NumberFormat | SpanFormat, where: str, name: str, first_line: int
) -> tuple[Array, list[Finding]]:
    """A text target (n,) as float64, NaN where it is missing or no number; a finding on the latter. Raises InputError for many."""
    table = {text: form.parse(text) for text in unique(values)[0].tolist()}
    out = np.array([np.nan if v is None else table[v] for v in values.tolist()])
    said = np.array([v is not None and not is_missing(v, measure=True) for v in values.tolist()], dtype=bool)
    bad = np.flatnonzero(np.isnan(out) & said)
    if not len(bad):
        return out, []
    what = f"{len(bad):,} of {len(values):,} rows hold no number, such as {str(values[bad[0]])[:30]!r}"
    return out, [_unread(what, bad, len(values), where, name, first_line)]


def _finite(values: Array, where: str, name: str, first_line: int) -> tuple[Array, list[Finding]]:
    """A target of numbers (n,) without those that no model can compute with, and a finding on them. Raises InputError for many."""
    bad = np.flatnonzero(np.abs(values) >= LARGEST)
    if not len(bad):
        return values, []
    out = values.astype(float)
    out[bad] = np.nan
    what = f"{len(bad):,} of {len(values):,} rows are infinite or beyond {LARGEST:g}"
    return out, [_unread(what, bad, len(values), where, name, first_line)]


def _unread(what: str, rows: Array, count: int, where: str, name: str, first_line: int) -> Finding:
    """The finding on targets that cannot be used; an InputError where they are more than a few."""
    what = f"{what} (lines {_lines(rows, first_line)})"
    if len(rows) > MOST_UNREAD * count:
        raise InputError(where, what, "fix those rows or remove them, or give the target the role category")
    done = "those rows are left out; fix them to learn from them"
    return Finding("impossible values", what, done, name, len(rows), places(rows), "warning")


def _unknown(values: Array, where: str, need: Need, first_line: int) -> tuple[tuple[int, ...], list[Finding]]:
    """The rows without a target, and a finding on them. Raises InputError where they are the most, unless the brief says `known`."""
    name = need.target or ""
    rows = np.flatnonzero(missing(values))
    if not len(rows):
        return (), []
    what = f"missing in {len(rows):,} of {len(values):,} rows (lines {_lines(rows, first_line)})"
    means = "if an empty cell means an answer, such as no, write it there"
    role = need.columns.get(name) or ("category" if values.dtype == object else "number")
    if len(rows) > MOST_UNKNOWN * len(values) and not given_format.known(need.formats.get(name, "")):
        how = f"columns: {{{name}: {role}({given_format.KNOWN})}}"
        raise InputError(
            where, f"{what}, more than half of them", f"{means}; to learn from the other rows alone: {how}"
        )
    done = f"those rows are left out; {means}"
    return tuple(rows.tolist()), [Finding("missing target", what, done, name, len(rows), places(rows), "warning")]


def _enough(distinct: Array, known: int, rows: int, where: str) -> None:
    """Raises InputError where too few rows have a target, or all have the same."""
    if known < MIN_ROWS:
        raise InputError(
            where, f"{counted(known, 'row has a target', 'rows have a target')}", f"give at least {MIN_ROWS}"
        )
    if len(distinct) == 1:
        what, remedy = f"only one value, {str(distinct[0])[:30]!r}", "there is nothing to predict; check the column"
        if known < rows:
            remedy = "if an empty cell means another answer, such as no, write it there"
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
    number = {text: i for i, text in enumerate(order)}
    y = np.array([number[merged[texts[value]]] for value in values.tolist()], dtype=np.int64)
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
