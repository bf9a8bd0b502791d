"""What each column is for, with the reason: the brief's word first, then what the values show; and the values in that form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from breakeven.collect import cast, given_format, profile
from breakeven.collect.profile import SAID, Cells, Profile, unique
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import MEDIA_ROLES, USED_ROLES, Array, Column, Finding, Need, Role, Table
from breakeven.core.wording import counted
from breakeven.features import time_format
from breakeven.features.span_format import Format
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import missing


@dataclass(frozen=True)
class Typed:
    """A table whose columns have roles and the values that go with them, what was found on the way, and how the cells of
    numbers and times are written. `exact` are the categories whose levels are kept apart by case and spaces; `cells` is
    what was looked at of the text columns, `mark` the decimal mark of the file ("" where no column shows one), `sentinels` the
    values of a number column that were set to missing.
    """

    table: Table
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    formats: Mapping[str, Format] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    mark: str = ""
    sentinels: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def role(self, name: str) -> Role:
        """The role of a column."""
        return next(c.role for c in self.columns if c.name == name)


def infer(table: Table, need: Need) -> Typed:
    """Give every column but the target a role. Raises InputError when the brief names a column there is not."""
    target = need.target or ""
    _check_names(table, need, target)
    cells, mark = _looked_at(table, need.timezone)
    columns, values, findings = list[Column](), dict(table.columns), list(table.findings)
    formats, exact = dict[str, Format](), set[str]()
    for name in table.columns:
        if name == target:
            continue
        found = _profile(name, table, cells.get(name), need)
        columns.append(found.column)
        if found.format is not None:
            formats[name] = found.format
        if found.column.role == "category" and given_format.exact(need.formats.get(name, ""), _place(table, name)):
            exact.add(name)
        values[name], noticed = cast.column(found, table.columns[name], f"{table.source}, column {name!r}")
        findings += noticed
    columns = _or_text(columns, values)
    return Typed(replace(table, columns=values), tuple(columns), tuple(findings), formats, frozenset(exact), mark)


def _check_names(table: Table, need: Need, target: str) -> None:
    names, where, split = list(table.columns), table.source, need.split.column
    if target not in table.columns:
        raise InputError(
            where,
            f"the target column {target!r} is not in the data ({counted(len(names), 'column')})",
            nearest(target, names),
        )
    if split == target:
        raise InputError(f"{where}, split", f"{split!r} is the target itself", "split by another column")
    for name in need.columns:
        if name not in table.columns:
            raise InputError(f"{where}, columns", f"there is no column {name!r}", nearest(name, names))


def _looked_at(table: Table, zone: str) -> tuple[dict[str, Cells], str]:
    """The cells of each text column, and the decimal mark of the file: that of the columns whose cells decide it.

    A column that does not decide is looked at again with that mark: files are written by one program in one language.
    """
    cells = {
        name: Cells.of(values, table.delimiter, "", zone)
        for name, values in table.columns.items()
        if values.dtype == object
    }
    marks = [c.number.decided for c in cells.values() if c.number.decided and c.number.share >= profile.MOSTLY_DECIMAL]
    marks += ["." for v in table.columns.values() if v.dtype != object and _has_decimals(v)]
    mark = max(set(marks), key=marks.count, default="")
    if mark and len(set(marks)) == 1:
        for name, found in cells.items():
            if found.number.rival is not None:
                cells[name] = Cells.of(table.columns[name], table.delimiter, mark, zone)
    return cells, mark if len(set(marks)) == 1 else ""


def _has_decimals(values: Array) -> bool:
    known = values[np.isfinite(values)]
    return bool(np.any(known != np.floor(known)))


def _place(table: Table, name: str) -> str:
    return f"product.yaml, columns.{name} ({table.source})"


def _profile(name: str, table: Table, cells: Cells | None, need: Need) -> Profile:
    """The profile of a column: the brief's role and format, else what its values show."""
    values, role = table.columns[name], need.columns.get(name)
    if role is None:
        return profile.of(name, values, cells, need.timezone)
    column = Column(name, role, SAID)  # type: ignore[arg-type]
    text, where = need.formats.get(name, ""), _place(table, name)
    if role in MEDIA_ROLES and missing(values).all():
        return Profile(Column(name, "ignore", "every value is missing"))
    if role == "number":
        given = given_format.number(text, where)
        form = given or (cells.measure if cells else None)
        return Profile(_said(column, cells, form), form, cells if given is None else None)
    if role == "time":
        in_brief = given_format.time(text, need.timezone, where)
        when = in_brief or _time(name, values, cells, need.timezone, table)
        described = _said(column, cells, when) if cells else _said_of_numbers(column, values, when)
        return Profile(described, when, None if in_brief else cells)
    return Profile(column, None, cells)


def _said(column: Column, cells: Cells | None, form: Format | None) -> Column:
    """A column whose role the brief gives, with how its cells are written."""
    if form is None or cells is None or not cells.counts:
        return column
    return replace(column, reason=f"{SAID}; {profile.described(cells, form)}")


def _said_of_numbers(column: Column, values: Array, form: TimeFormat) -> Column:
    """A column of times that are numbers in the file."""
    known = values[np.isfinite(values)] if values.dtype != object else np.zeros(0)
    if not len(known):
        return column
    shown = f"{known[0]:.15g} = {profile.spelled(form.parse(float(known[0])))}"
    return replace(column, reason=f"{SAID}; times, {form.words}, e.g. {shown}")


def _time(name: str, values: Array, cells: Cells | None, zone: str, table: Table) -> TimeFormat:
    """The format of a column of times that the brief does not describe further."""
    if cells is not None:
        return cells.time.format
    distinct, known = unique(values)
    found = time_format.order_of_numbers(distinct.tolist()) if known else None
    if known and found is None:
        first = f"{time_format.FIRST_YEAR} and {time_format.LAST_YEAR}"
        raise InputError(
            f"{table.source}, column {name!r}",
            f"numbers such as {distinct[0]:.15g} are no times between {first} in any one unit",
            f"say what they are: columns: {{{name}: time(s)}}, or ms, us, ns, excel, yyyymmdd",
        )
    return TimeFormat(found or "s", zone)


def _or_text(columns: Sequence[Column], values: Mapping[str, Array]) -> list[Column]:
    """Where nothing else is left to learn from, the longest column of differing texts is a text, however short."""
    if any(c.role in USED_ROLES for c in columns):
        return list(columns)
    lengths = {}
    for c in columns:
        if values[c.name].dtype == object and not c.reason.startswith(SAID):
            distinct, known = unique(values[c.name])
            if known and len(distinct) > 0.2 * known:
                lengths[c.name] = float(np.mean([len(v) for v in distinct.tolist()]))
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    why = "the only column to learn from, and its texts differ"
    return [Column(c.name, "text", why) if c.name == longest else c for c in columns]
