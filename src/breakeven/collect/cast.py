"""The values of a column in the form that its role wants, with a finding for every kind of cell that could not be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from breakeven.collect import doubtful
from breakeven.collect.profile import MOSTLY, SAID, Cells, Profile, spelled, unique
from breakeven.core.errors import InputError
from breakeven.core.types import MEDIA_ROLES, Array, Finding, places
from breakeven.core.wording import counted
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import LARGEST, folded, is_missing, level, missing

#: Levels even the brief cannot ask for.
LEVEL_LIMIT = 10_000
#: A share of a column's different cells that are written in another format than the rest, from which it has two formats.
MIXED = 0.05
#: A share of unreadable times from which a column of times is refused.
UNREAD_TIMES = 0.05
#: A share of times among a column's different cells from which a person is asked.
ALMOST = 0.3


def column(found: Profile, values: Array, where: str) -> tuple[Array, list[Finding]]:
    """Raw values (n,) as float64 for numbers and times, else as they are. Raises InputError naming column and cells."""
    role, name = found.column.role, found.column.name
    if role == "number" and values.dtype == object:
        form = NumberFormat() if found.format is None or isinstance(found.format, TimeFormat) else found.format
        asked = questions_of_numbers(name, found.cells, where) if found.cells else []
        out, findings = _measured(found, values, form.parse, where)
        return out, [*asked, *findings]
    if role == "time":
        form_of_time = found.format if isinstance(found.format, TimeFormat) else TimeFormat()
        asked = _questions_of_times(name, found.cells, values, where) if found.cells else []
        if values.dtype == object:
            out, findings = _measured(found, values, form_of_time.parse, where)
        else:
            out, findings = np.array([form_of_time.parse(v) for v in values.tolist()]), []
        return out, [*asked, *findings]
    if role == "number":
        return _finite(name, values)
    if role in MEDIA_ROLES and values.dtype != object:
        return np.array([level(v) for v in values.tolist()], dtype=object), []
    if role == "category":
        _few_enough(values, where)
    return values, _unread(found)


def _unread(found: Profile) -> list[Finding]:
    """A question on a column of texts of which many, but not enough, are times, or which are something else to measure."""
    cells, name = found.cells, found.column.name
    if cells is None or found.column.reason.startswith(SAID) or not cells.counts or cells.are_codes():
        return []
    if cells.time.share < ALMOST:
        return (
            doubtful.questions(found.column, cells) if found.column.role in ("category", "id", "ignore", "text") else []
        )
    other = next((text for text in cells.counts if np.isnan(cells.time.format.parse(text))), "")
    what = f"{cells.time.share:.0%} of the different values are times, but not {other[:30]!r}"
    done = f"taken as {found.column.role}; write all one way, or say how: columns: {{{name}: time(%d/%m/%Y)}}"
    return [Finding("times", what, done, name, cells.rows, (), "question")]


def _finite(name: str, values: Array) -> tuple[Array, list[Finding]]:
    infinite = np.flatnonzero(np.abs(values) >= LARGEST)
    if not len(infinite):
        return values, []
    out = values.copy()
    out[infinite] = np.nan
    what = f"{counted(len(infinite), 'value is', 'values are')} infinite or beyond {LARGEST:g}"
    return out, [_warning("impossible values", what, "set to missing", name, infinite)]


def _few_enough(values: Array, where: str) -> None:
    count = len(unique(values)[0])
    if count > LEVEL_LIMIT:
        raise InputError(
            where,
            f"{count:,} different values are too many for a category (limit {LEVEL_LIMIT:,})",
            "give it the role id, text or ignore, or group its values",
        )


def _measured(found: Profile, values: Array, parse: Callable[[str], float], where: str) -> tuple[Array, list[Finding]]:
    """Numbers or times written as text (n,) as float64, with findings on the cells that are missing or cannot be read."""
    name, role, findings = found.column.name, found.column.role, list[Finding]()
    texts, _ = unique(values)
    unsaid = {text for text in texts.tolist() if is_missing(text, measure=True)}
    table = {text: np.nan if text in unsaid else parse(text) for text in texts.tolist()}
    out = np.array([np.nan if v is None else table[v] for v in values.tolist()])
    out[~(np.abs(out) < LARGEST)] = np.nan
    absent = np.array([v in unsaid for v in values.tolist()], dtype=bool)
    bad = np.flatnonzero(np.isnan(out) & ~missing(values) & ~absent)
    if len(bad):
        example = str(values[bad[0]])[:30]
        what = f"{len(bad):,} of {len(values):,} values {'is' if len(bad) == 1 else 'are'} no {role}, such as {example!r} in row {bad[0] + 1:,}"
        most = UNREAD_TIMES if role == "time" else 1 - MOSTLY
        if len(bad) > most * len(values) and (role == "time" or found.column.reason.startswith(SAID)):
            form = "" if role == "number" else f", or say how it is written: columns: {{{name}: time(%d/%m/%Y)}}"
            raise InputError(where, what, f"fix them{form}, or give the column another role")
        findings.append(_warning("impossible values", what, "set to missing", name, bad))
    if unsaid:
        rows = np.flatnonzero(absent)
        what = f"{counted(len(rows), 'cell says', 'cells say')} {', '.join(repr(text) for text in sorted(unsaid)[:5])}"
        findings.append(Finding("missing spellings", what, "read as missing", name, len(rows), places(rows)))
    return out, findings


def questions_of_numbers(name: str, cells: Cells, where: str) -> list[Finding]:
    """What two formats would read differently, and what is mixed. Raises InputError where half is written one way each."""
    if cells.span is not None:
        return []
    found, out = cells.number, list[Finding]()
    mark = "decimal commas" if found.format.decimal == "," else "decimal points"
    other = "point" if found.format.decimal == "," else "comma"
    if found.foreign > MIXED * len(cells.counts):
        raise InputError(
            where,
            f"two number formats are mixed: {found.foreign:,} of {len(cells.counts):,} different values are written as "
            f"{found.foreign_example!r}, the others with {mark}",
            f"write all one way, or say which holds for cells that both could be: columns: {{{name}: number({other})}}",
        )
    if found.rival is not None:
        taken, rival = found.format.parse(found.example), found.rival.parse(found.example)
        what = f"{found.example!r} is read as {taken:.15g}, and could be {rival:.15g}; no cell decides"
        done = f"if it is {rival:.15g}, write columns: {{{name}: number({other if rival else 'point'})}}"
        out.append(Finding("number format", what, done, name, cells.rows, (), "question"))
    bare = sum("%" not in text for text in cells.counts if found.format.parse(text))
    if bare < len(cells.counts) and any("%" in text for text in cells.counts) and bare:
        what = f"{bare:,} of {len(cells.counts):,} different values have no percent sign, the others have one"
        done = "percent are read as hundredths, the others as they stand (12% = 0.12, 12 = 12); write all one way"
        out.append(Finding("percent", what, done, name, cells.rows, (), "question"))
    if len(found.currencies) > 1:
        what = f"amounts in {', '.join(found.currencies[:5])} stand in one column"
        done = "read as they stand, not converted; give each currency a column, or convert them"
        out.append(Finding("currencies", what, done, name, cells.rows, (), "question"))
    return out


def _questions_of_times(name: str, cells: Cells, values: Array, where: str) -> list[Finding]:
    """What two orders would read differently, and what is mixed. Raises InputError where the format changes."""
    found, out = cells.time, list[Finding]()
    if found.contrary > MIXED * len(cells.counts):
        row = next(i for i, v in enumerate(values.tolist()) if v == found.contrary_example)
        raise InputError(
            where,
            f"two date formats are mixed: most are {found.format.words}, {found.contrary:,} different values are not, "
            f"such as {found.contrary_example!r} in row {row + 1:,}",
            "write all one way, as 2026-01-31",
        )
    if found.rival is not None:
        taken, rival = (spelled(form.parse(found.example)) for form in (found.format, found.rival))
        what = f"{found.example!r} is read as {taken}, and could be {rival}; no cell decides"
        done = f"if it is {rival}, write columns: {{{name}: time({found.rival.order})}}"
        out.append(Finding("date format", what, done, name, cells.rows, (), "question"))
    if found.naive:
        zone = found.format.zone
        done = f"taken as {zone}; another zone is set in the brief by timezone: Europe/Berlin"
        out.append(Finding("time zone", "times of day without a zone", done, name, cells.rows))
    return out


def _warning(kind: str, what: str, done: str, name: str, rows: Array) -> Finding:
    return Finding(kind, what, done, name, len(rows), places(rows), "warning")


def merged_levels(counts: Mapping[str, int]) -> dict[str, str]:
    """Which level each spelling of a category stands for: those that differ by case or spaces alone are one.

    The commonest spelling is the level. Single characters are kept apart: `a` and `A` are codes more often than slips.

    >>> merged_levels({"Yes": 3, "yes": 1, "a": 2, "A": 2})
    {'Yes': 'Yes', 'yes': 'Yes', 'a': 'a', 'A': 'A'}
    """
    best = dict[str, str]()
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        best.setdefault(folded(text), text)
    return {text: best[folded(text)] for text in counts}
