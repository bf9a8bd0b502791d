"""The collect stage in one call: Need -> Collected (rows, schema, columns, findings)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from breakeven.collect import audit, far_out, fields, near_duplicates, outcomes, roles, split, stored
from breakeven.collect.outcomes import Known
from breakeven.collect.profile import unique
from breakeven.collect.roles import Typed
from breakeven.collect.target import read as target_of
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import (
    MEDIA_ROLES,
    USED_ROLES,
    Array,
    Column,
    Finding,
    Need,
    Row,
    Rows,
    Split,
    Table,
    Task,
    places,
)
from breakeven.core.wording import counted
from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Schema
from breakeven.features.span_format import SpanFormat
from breakeven.features.values import level, missing

#: Texts and images are judged by one open row in so many, but at least and at most so many: each takes a net about a
#: millisecond, and where time is short finalists are fitted on all the others.
JUDGED_SHARE, JUDGED = 8, (2_000, 5_000)
#: Different rows (or groups) needed to split off a test and a validation part.
FEWEST_UNITS = 10


@dataclass(frozen=True)
class Collected:
    """What collect found out: the rows for the gate, the schema for serving, and what a person should know; `number` is how
    the target's numbers are written (None: they came as numbers, or are classes). `lines` (n,): where the data has each row (0:
    it came back as an outcome).
    """

    rows: Rows
    schema: Schema
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    split: Split
    fingerprint: str
    groups: Mapping[str, Array]
    number: NumberFormat | SpanFormat | None = None
    lines: Array = field(default_factory=lambda: np.zeros(0, dtype=int))

    def overview(self) -> str:
        """One line for `breakeven check`."""
        rows, split = self.rows, self.split
        return (
            f"{len(rows.y):,} rows: {len(rows.test_rows):,} sealed for the test, {len(rows.open_rows):,} open "
            f"({rows.task}, split by {split.by}{' of ' + split.column if split.column else ''})"
        )


def prepare(need: Need, table: Table, extra: Sequence[Row] = ()) -> Collected:
    """Clean, audit, split and encode a table. `extra` rows (from feedback) join the open rows, never the test."""
    target = need.target or ""
    typed = roles.infer(table, need)
    goal = target_of(typed, need)
    typed, far = far_out.of_columns(typed, need)
    task, y, classes = goal.task, goal.y, goal.classes
    kept = stored.put(typed, need, extra)
    findings = [*typed.findings, *goal.findings, *far, *kept.findings]
    typed, y, origin = _without(typed, y, (*kept.broken, *goal.unknown))
    if task == "classification":
        keep, found = audit.rare(y, classes, target)
        findings += _placed(found, origin)
        typed, y, classes = _kept(typed, keep, y, classes, table.source, target)
        origin = origin[keep]
        findings += audit.balance(y, classes, target)
    typed = _varying(typed) if len(origin) < table.rows else typed
    findings += [*_placed(audit.columns(typed), origin), *audit.personal(typed)]
    chosen = _split(need, typed)
    findings += audit.set_aside(typed, y, task)
    typed, found = _set_aside(typed, y, task, need, chosen)
    findings += found
    schema = fields.schema(typed, target, kept)
    findings += fields.merged(typed)
    if not schema.fields:
        raise InputError(
            table.source, "no column is left to learn from", "see: breakeven check, and set 'columns' in the brief"
        )
    near = {f.name: kept.copies[f.name][origin] for f in schema.fields if f.role in MEDIA_ROLES}
    near, found = _alike(near, typed)
    findings += found
    units, found = _units(typed, schema, near, y, chosen)
    findings += _placed(found, origin)
    parts = _parts(typed, units, y, task, chosen, bool(near), need.seed)
    findings += _same_moment(typed, parts, units, chosen)
    X = _matrix(schema, typed, near, origin)
    if extra:
        X, y, parts, found = outcomes.join(Known(schema, X, y, classes, parts, kept), extra, target)
        findings += found
    fresh = units.max() + 1 + np.arange(len(y) - len(units))  # outcomes that came back are units of their own
    rows = Rows(
        X,
        y,
        replace(schema.layout, media=kept.folder),
        task,
        classes,
        parts.folds,
        parts.open,
        parts.test,
        np.concatenate([units, fresh]),
    )
    groups = {g: _group(typed, g, table.source) for g in need.fairness.groups}
    lines = np.concatenate([origin + table.first_line, np.zeros(len(fresh), dtype=int)])
    digest, noticed = fingerprint(rows, schema), tuple(findings)
    return Collected(rows, schema, typed.columns, noticed, chosen, digest, groups, goal.format, lines)


def _parts(typed: Typed, units: Array, y: Array, task: Task, chosen: Split, media: bool, seed: int) -> split.Parts:
    """Which rows are open, sealed, and in which fold."""
    when = typed.table.columns[chosen.column] if chosen.by == "time" and chosen.column else None
    parts = split.parts(units, y, task, chosen, when, seed)
    if media and chosen.by != "time":  # later rows that nobody is judged by must not be learned from either
        most = int(np.clip(len(parts.open) // JUDGED_SHARE, *JUDGED))
        parts = split.judged_by(parts, units, most, seed)
    return parts


def _same_moment(typed: Typed, parts: split.Parts, units: Array, chosen: Split) -> list[Finding]:
    """That test rows of a split by time are no newer than others, where the data has too few different times."""
    if chosen.by != "time" or chosen.column is None:
        return []
    count = split.divided(parts, units, typed.table.columns[chosen.column])
    if not count:
        return []
    what = f"{count:,} of {len(parts.test):,} test rows are of the same time as rows to learn from"
    done = "too few different times to set whole ones aside: it is not known how well later rows are answered"
    return [Finding("few times", what, done, chosen.column, count, (), "warning")]


def _matrix(schema: Schema, typed: Typed, near: Mapping[str, Array], origin: Array) -> Array:
    """The base matrix (n, p); columns of texts and images refer to the rows of the data as it was read."""
    X = schema.matrix(typed.table.columns)
    for name in near:
        index = schema.layout.place(name)
        X[:, index] = np.where(np.isnan(X[:, index]), np.nan, origin)
    return X


def _units(
    typed: Typed, schema: Schema, near: Mapping[str, Array], y: Array, chosen: Split
) -> tuple[Array, list[Finding]]:
    """Numbers (n,) of the units that no split may part: equal rows, near copies of texts and images, groups."""
    source = typed.table.source
    blocks = [near[f.name].astype(float) if f.name in near else typed.table.columns[f.name] for f in schema.fields]
    units = split.duplicates(blocks)
    coarse = not near and split.coarse(blocks)
    findings = _repeated(units, y, coarse)
    if coarse:
        units = np.arange(len(y))
    for alike in near.values():
        units = split.join(units, alike)
    if chosen.by == "group" and chosen.column:
        together = split.duplicates([typed.table.columns[chosen.column]])
        units = together if coarse else split.join(units, together)
        _enough_groups(units, chosen.column, source)
    if int(units.max()) + 1 < FEWEST_UNITS:
        raise InputError(
            source, f"only {int(units.max()) + 1} different rows", "a model needs rows that differ; add columns"
        )
    return units, findings


def fingerprint(rows: Rows, schema: Schema) -> str:
    """A short hash of the encoded data, its names, classes and split: same data, same build."""
    words = json.dumps([schema.to_json(), rows.task, rows.classes], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(words.encode())
    for block in (rows.X, rows.y, rows.test_rows, *(part for f in rows.folds for part in (f.train, f.validation))):
        digest.update(np.ascontiguousarray(block).data)
    digest.update(str(rows.layout.media and rows.layout.media.name).encode())
    return digest.hexdigest()[:16]


def _kept(
    typed: Typed, keep: Array, y: Array, classes: tuple[str, ...], source: str, target: str
) -> tuple[Typed, Array, tuple[str, ...]]:
    left, codes = np.unique(y[keep], return_inverse=True)
    if len(left) < 2:
        raise InputError(
            f"{source}, target {target!r}", f"fewer than two classes have {audit.MIN_CLASS} rows", "collect more rows"
        )
    if keep.all():
        return typed, y, classes
    columns = {name: values[keep] for name, values in typed.table.columns.items()}
    return replace(typed, table=replace(typed.table, columns=columns)), codes, tuple(classes[k] for k in left)


def _split(need: Need, typed: Typed) -> Split:
    """The brief's split; without one, by the only group or time column there is, since products meet new ones."""
    given, names = need.split, list(typed.table.columns)
    if given.column is not None and given.column not in names:
        raise InputError(
            f"{typed.table.source}, split", f"there is no column {given.column!r}", nearest(given.column, names)
        )
    if given.chosen_by == "brief":
        if given.by == "time" and given.column and typed.role(given.column) != "time":
            kind = typed.role(given.column)
            if kind != "number":
                reason = next((c.reason for c in typed.columns if c.name == given.column), "")
                what = f"is not used ({reason})" if kind == "ignore" else f"is a {kind}, not a time"
                where = f"{typed.table.source}, split"
                raise InputError(where, f"column {given.column!r} {what}", "name a time column")
        return given
    for by in ("group", "time"):
        found = [c.name for c in typed.columns if c.role == by]
        if len(found) == 1:
            return Split(given.test, by, found[0], "data")
    return given


def _set_aside(typed: Typed, y: Array, task: Task, need: Need, chosen: Split) -> tuple[Typed, list[Finding]]:
    """Columns no model may see: leaks, the split's own column, and personal data when the brief says anonymise."""
    findings, out = [], {}
    for name, share in audit.leaks(typed, y, task, frozenset(need.columns)).items():
        out[name] = "gives the answer away"
        findings.append(
            Finding(
                "leak",
                f"this column alone determines {share:.1%} of the target",
                f"left out; to keep it, give its role in the brief: columns: {{{name}: {typed.role(name)}}}",
                name,
                len(y),
                (),
                "warning",
            )
        )
    if chosen.by == "group" and chosen.column:
        out[chosen.column] = "the split's group: new groups come when serving"
    if need.privacy.anonymise:
        for finding in audit.personal(typed):
            if finding.column and typed.role(finding.column) in USED_ROLES:
                out[finding.column] = "personal data, and the brief says anonymise"
                findings.append(replace(finding, done="left out (anonymise)"))
    columns = tuple(Column(c.name, "ignore", out[c.name]) if c.name in out else c for c in typed.columns)
    return replace(typed, columns=columns), findings


def _without(typed: Typed, y: Array, broken: Sequence[int]) -> tuple[Typed, Array, Array]:
    """The table without some rows, and the numbers of the rows that stay."""
    if not broken:
        return typed, y, np.arange(len(y))
    origin = np.setdiff1d(np.arange(len(y)), np.array(broken, dtype=int))
    columns = {name: values[origin] for name, values in typed.table.columns.items()}
    return replace(typed, table=replace(typed.table, columns=columns)), y[origin], origin


def _placed(findings: Sequence[Finding], origin: Array) -> list[Finding]:
    """Findings on rows that are left, with the numbers that those rows have in the data."""
    return [replace(f, where=tuple(int(origin[row - 1]) + 1 for row in f.where)) for f in findings]


def _varying(typed: Typed) -> Typed:
    """The table with the columns ignored that hold one value, or none, in all rows that are left."""
    columns = []
    for column in typed.columns:
        if column.role in ("number", "time", "category", "text"):
            distinct, known = unique(typed.table.columns[column.name])
            if not known:
                column = Column(column.name, "ignore", "every value is missing")
            elif len(distinct) == 1 and known == typed.table.rows:
                column = Column(column.name, "ignore", f"constant: every known value is {str(distinct[0])[:30]!r}")
        columns.append(column)
    return replace(typed, columns=tuple(columns))


def _alike(near: Mapping[str, Array], typed: Typed) -> tuple[dict[str, Array], list[Finding]]:
    """Near copies as groups of rows; a text or image that very many rows share, or none, makes no group."""
    out, found = {}, []
    for name, groups in near.items():
        alone = near_duplicates.common(groups) | missing(typed.table.columns[name])
        together = np.unique(np.where(alone, groups.max() + 1 + np.arange(len(groups)), groups), return_inverse=True)[1]
        again = len(groups) - int(together.max()) - 1
        if again:
            noun = typed.role(name)
            what = f"{counted(again, f'{noun} is', f'{noun}s are')} nearly the same as another"
            found.append(Finding("near copies", what, "kept, on the same side of every split", name, again))
        out[name] = together
    return out, found


def _repeated(units: Array, y: Array, coarse: bool) -> list[Finding]:
    counts = np.bincount(units)
    again = len(units) - len(counts)
    if not again:
        return []
    spread = np.zeros(len(counts))
    np.maximum.at(spread, units, y - y.min())
    lowest = np.full(len(counts), np.inf)
    np.minimum.at(lowest, units, y - y.min())
    differ = int(((spread - lowest) > 0).sum())
    rows = np.flatnonzero(counts[units] > 1)
    done = "kept, all copies on the same side of every split"
    if coarse:
        done = "kept, and split row by row: the columns take so few values that rows must repeat"
    said = counted(again, "row repeats", "rows repeat")
    what = f"{said} another in every column a model sees"
    if differ:
        what += f" ({differ:,} of the repeated rows with different targets)"
    return [Finding("duplicates", what, done, None, again, places(rows), "info")]


def _enough_groups(units: Array, column: str, source: str) -> None:
    groups = int(units.max()) + 1
    if groups < 10:
        raise InputError(
            f"{source}, split by group({column})", f"only {groups} groups", "split at random, or collect more groups"
        )


def _group(typed: Typed, name: str, source: str) -> Array:
    if name not in typed.table.columns:
        raise InputError(f"{source}, fairness", f"there is no column {name!r}", nearest(name, typed.table.columns))
    return np.array([level(v) or "missing" for v in typed.table.columns[name].tolist()], dtype=object)
