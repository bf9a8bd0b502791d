"""What each column is for, with the reason: the brief's word first, then what the values show.

Values are looked at, not only names: a name alone never makes a column an id or a group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import MEDIA_ROLES, USED_ROLES, Array, Column, Finding, Role, Table
from breakeven.features.number_format import NumberFormat
from breakeven.features.values import LARGEST, is_missing, level, missing, moment

#: A text column is numeric when at least this share of its known values are numbers; the others become missing.
MOSTLY = 0.95
#: Levels a category may have: more than this in the data and it is not one, unless the brief says so.
MAX_LEVELS = 1000
#: Levels even the brief cannot ask for.
LEVEL_LIMIT = 10_000
LOOK = 2000
_ID_NAME = re.compile(r"(^|[_\s])(id|uuid|guid|key|no|number|编号|号)$|[a-z]Id$|ID$", re.IGNORECASE)
_GROUP_NAME = re.compile(
    r"(^|[_\s])(user|customer|client|patient|speaker|site|store|shop|session|household|account|subject|person|hospital|"
    r"客户|用户|患者|门店)([_\s]?(id|no|number|code|编号|号))?$",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"\.(png|jpe?g|webp|bmp|tiff?|gif)$", re.IGNORECASE)
_AUDIO = re.compile(r"\.(wav|flac|mp3|ogg|m4a)$", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """A table whose columns have roles and the values that go with them, what was found on the way, and how the numbers
    are written of columns that hold them as text.
    """

    table: Table
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    formats: Mapping[str, NumberFormat] = field(default_factory=dict)

    def role(self, name: str) -> Role:
        """The role of a column."""
        return next(c.role for c in self.columns if c.name == name)


def infer(table: Table, given: Mapping[str, str], target: str, split: str | None = None) -> Typed:
    """Give every column but the target a role. Raises InputError when the brief names a column there is not."""
    names = list(table.columns)
    where = f"{table.source}"
    if target not in table.columns:
        raise InputError(
            where, f"the target column {target!r} is not in the data ({len(names)} columns)", nearest(target, names)
        )
    if split == target:
        raise InputError(f"{where}, split", f"{split!r} is the target itself", "split by another column")
    for name in given:
        if name not in table.columns:
            raise InputError(f"{where}, columns", f"there is no column {name!r}", nearest(name, names))
    columns, values, findings, formats = [], dict(table.columns), list[Finding](), dict[str, NumberFormat]()
    for name in names:
        if name == target:
            continue
        if name in given:
            column = Column(name, given[name], "the brief says so")  # type: ignore[arg-type]
        else:
            column = _guess(name, table.columns[name])
        if column.role in MEDIA_ROLES and missing(table.columns[name]).all():
            column = Column(name, "ignore", "every value is missing")
        columns.append(column)
        if column.role == "number" and values[name].dtype == object:
            formats[name], found = _written(name, values[name])
            findings += found
        values[name], found = _cast(column, table.columns[name], formats.get(name, NumberFormat()), where)
        findings += found
    columns = _or_text(columns, values)
    return Typed(replace(table, columns=values), tuple(columns), tuple(findings), formats)


def _or_text(columns: list[Column], values: Mapping[str, Array]) -> list[Column]:
    """Where nothing else is left to learn from, the longest column of differing texts is a text, however short."""
    if any(c.role in USED_ROLES for c in columns):
        return columns
    lengths = {}
    for c in columns:
        if values[c.name].dtype == object and c.reason != "the brief says so":
            distinct, known = unique(values[c.name])
            if known and len(distinct) > 0.2 * known:
                lengths[c.name] = float(np.mean([len(v) for v in distinct.tolist()]))
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    why = "the only column to learn from, and its texts differ"
    return [Column(c.name, "text", why) if c.name == longest else c for c in columns]


def unique(values: Array) -> tuple[Array, int]:
    """Distinct known values and how many values are known. Text through a dictionary, not by sorting."""
    if values.dtype == object:
        seen = dict.fromkeys(values.tolist())
        known = len(values) - (int(missing(values).sum()) if None in seen else 0)
        seen.pop(None, None)
        return np.array(list(seen), dtype=object), known
    finite = values[np.isfinite(values)]
    return np.unique(finite), len(finite)


def _guess(name: str, values: Array) -> Column:
    distinct, known = unique(values)
    if known == 0:
        return Column(name, "ignore", "every value is missing")
    if len(distinct) == 1:
        return Column(name, "ignore", f"constant: every known value is {str(distinct[0])[:30]!r}")
    if values.dtype == object:
        return _guess_text(name, distinct, known)
    whole = bool(np.all(distinct == np.floor(distinct)))
    if whole and len(distinct) == known and known > 20:
        steps = np.diff(distinct)
        if bool(np.all(steps == steps[0])):
            return Column(name, "id", f"{known:,} different whole numbers in even steps: a running number")
        if _ID_NAME.search(name):
            return Column(name, "id", f"named like an id, and all {known:,} values differ")
    if whole and _GROUP_NAME.search(name) and 10 <= len(distinct) <= known / 2:
        return Column(
            name,
            "group",
            f"named like a person or place, {len(distinct):,} of them with {known / len(distinct):.1f} rows each",
        )
    return Column(name, "number", f"{len(distinct):,} different numbers")


def _guess_text(name: str, distinct: Array, known: int) -> Column:
    look = [str(v) for v in distinct[:: max(1, len(distinct) // LOOK)]]
    share = len(distinct) / known
    said = [v for v in look if not is_missing(v, measure=True)] or look
    parse = NumberFormat.detect(said).parse
    numeric = float(np.mean([not np.isnan(parse(v)) for v in said]))
    if numeric >= MOSTLY:
        return Column(name, "number", f"{numeric:.0%} of the different values are numbers, written as text")
    if np.mean([moment(v) == moment(v) for v in said]) >= MOSTLY:
        return Column(name, "time", f"dates or times such as {said[0]!r}")
    for role, pattern in (("image", _IMAGE), ("audio", _AUDIO)):
        if np.mean([bool(pattern.search(v)) for v in look]) >= MOSTLY:
            return Column(name, role, f"paths of {role} files such as {look[0][:40]!r}")  # type: ignore[arg-type]
    wide = float(np.mean([len(v) + 2 * sum("\u4e00" <= c <= "\u9fff" for c in v) for v in look]))
    words = float(np.mean([v.count(" ") + 1 for v in look]))
    if share > 0.2 and known > 20 and (wide > 40 or words >= 5):
        return Column(name, "text", f"{len(distinct):,} different texts of {wide:.0f} characters on average")
    if _GROUP_NAME.search(name) and 10 <= len(distinct) <= known / 2:
        return Column(
            name,
            "group",
            f"named like a person or place, {len(distinct):,} of them with {known / len(distinct):.1f} rows each",
        )
    if share > 0.9 and known > 20:
        return Column(name, "id", f"{len(distinct):,} of {known:,} texts differ: an identifier")
    if len(distinct) > MAX_LEVELS:
        return Column(name, "ignore", f"{len(distinct):,} different short texts, more than {MAX_LEVELS:,} levels")
    kind = "text mixed with numbers, " if numeric > 0.05 else ""
    return Column(name, "category", f"{kind}{len(distinct):,} different texts")


def _written(name: str, values: Array) -> tuple[NumberFormat, list[Finding]]:
    """How a column's numbers are written, from all its cells, and a finding where a comma could be read another way."""
    texts = [text for text in unique(values)[0].tolist() if not is_missing(text, measure=True)]
    found = NumberFormat.detect(texts)
    other = NumberFormat(".", ",") if found.decimal == "," else NumberFormat(",", "")
    twofold = next((t for t in texts if "," in t and found.reads(t) and other.reads(t)), None)
    if twofold is None:
        return found, []
    mark = "decimal commas" if found.decimal == "," else "commas between thousands"
    return found, [
        Finding(
            "number format",
            f"{mark}: {twofold!r} is {found.parse(twofold):g}",
            "the same in all rows",
            name,
            len(values),
        )
    ]


def _cast(column: Column, values: Array, written: NumberFormat, where: str) -> tuple[Array, list[Finding]]:
    """Values in the form their role wants, and a finding for each kind of value that had to go."""
    name = column.name
    if column.role in ("number", "time") and values.dtype == object:
        return _measured(column, values, written.parse if column.role == "number" else moment, where)
    if column.role in ("number", "time"):
        infinite = np.flatnonzero(np.abs(values) >= LARGEST)
        if len(infinite):
            out = values.copy()
            out[infinite] = np.nan
            return out, [
                _finding(
                    "impossible values",
                    f"{len(infinite):,} values are infinite or beyond {LARGEST:g}",
                    "set to missing",
                    name,
                    infinite,
                )
            ]
        return values, []
    if column.role in MEDIA_ROLES and values.dtype != object:
        return np.array([level(v) for v in values.tolist()], dtype=object), []
    if column.role == "category":
        count = len(unique(values)[0])
        if count > LEVEL_LIMIT:
            raise InputError(
                f"{where}, column {name!r}",
                f"{count:,} different values are too many for a category (limit {LEVEL_LIMIT:,})",
                "give it the role id, text or ignore, or group its values",
            )
    return values, []


def _measured(column: Column, values: Array, parse: Callable[[str], float], where: str) -> tuple[Array, list[Finding]]:
    """Numbers or times written as text (n,) as float64, with findings on the cells that are missing or cannot be read."""
    name, findings = column.name, list[Finding]()
    texts, _ = unique(values)
    unsaid = {text for text in texts.tolist() if is_missing(text, measure=True)}
    table = {text: np.nan if text in unsaid else parse(text) for text in texts.tolist()}
    out = np.array([np.nan if v is None else table[v] for v in values.tolist()])
    out[~(np.abs(out) < LARGEST)] = np.nan
    absent = np.array([v in unsaid for v in values.tolist()], dtype=bool)
    bad = np.flatnonzero(np.isnan(out) & ~missing(values) & ~absent)
    if len(bad):
        example = str(values[bad[0]])[:30]
        if len(bad) > (1 - MOSTLY) * len(values) and column.reason == "the brief says so":
            raise InputError(
                f"{where}, column {name!r}",
                f"{len(bad):,} of {len(values):,} values are no {column.role}, such as {example!r}",
                "fix them, or give the column another role",
            )
        what = f"{len(bad):,} values are no {column.role}, such as {example!r}"
        findings.append(_finding("impossible values", what, "set to missing", name, bad))
    if unsaid:
        rows = np.flatnonzero(absent)
        what = f"{len(rows):,} cells say {', '.join(repr(text) for text in sorted(unsaid)[:5])}"
        findings.append(
            Finding("missing spellings", what, "read as missing", name, len(rows), tuple(int(r) for r in rows[:5]))
        )
    return out, findings


def _finding(kind: str, what: str, done: str, column: str, rows: Array) -> Finding:
    return Finding(kind, what, done, column, len(rows), tuple(int(r) for r in rows[:5]), "warning")
