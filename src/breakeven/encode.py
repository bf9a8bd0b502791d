"""Rows in, numbers out: the one preprocessing that training and serving share, driven by JSON.

A `Schema` turns named raw values into the base matrix (n, p) float64: numbers as they are (NaN missing), categories as
level numbers (NaN missing or unseen), times as parts. A `View`, fitted on a model's own training rows, turns the base
matrix into what that model reads (float32). Both are plain data; neither needs anything but numpy.

>>> schema = Schema((Field("age", "number"), Field("plan", "category", levels=("free", "paid"))))
>>> schema.matrix({"age": np.array([31.0]), "plan": np.array(["paid"], dtype=object)})
array([[31.,  1.]])
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np

from breakeven.errors import InputError, nearest
from breakeven.types import Array, Layout

NAN = math.nan
DAY = 86400.0
TIME_PARTS = ("days", "month", "weekday", "hour")
_CLEAN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?")
#: Beyond this a float32, in which every model computes, is infinite.
LARGEST = 3.4e38
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d*))\.0+")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_TIMES = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M",
          "%Y-%m", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%Y年%m月%d日", "%Y%m%d")  # fmt: skip


def number(text: str) -> float:
    """A number as people write it: full-width digits, thousands or decimal commas, currency, percent; NaN if none.

    >>> number("￥１,２００"), number("12%"), number("2,5"), number("n.a.")
    (1200.0, 0.12, 2.5, nan)
    """
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("$€£¥").strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    if not _CLEAN_NUMBER.fullmatch(plain):
        return NAN
    return float(plain[:-1]) / 100 if plain.endswith("%") else float(plain)


def moment(text: str) -> float:
    """Seconds since 1970 (UTC where no zone is given) of a date or time as people write it; NaN if it is none.

    >>> moment("1970-01-02"), moment("2024年3月1日") == moment("2024-03-01T00:00:00Z")
    (86400.0, True)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        if len(plain) > 8 or "-" in plain:
            return _seconds(datetime.fromisoformat(plain))
    except ValueError:
        pass
    for shape in _TIMES:
        try:
            return _seconds(datetime.strptime(plain, shape))
        except ValueError:
            continue
    return NAN


def missing(values: Array) -> Array:
    """Which values of a raw column (n,) are missing: None in a text column, NaN in a number column."""
    return np.asarray(values == None if values.dtype == object else np.isnan(values))  # noqa: E711  elementwise


def _seconds(when: datetime) -> float:
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def level(value: object) -> str | None:
    """A category's canonical text: trimmed, full-width folded, 1.0 and "1.0" as 1, True and "True" as true, None for missing.

    >>> level(1.0), level("1.0"), level("01"), level(" Ａ "), level(True), level("True"), level(float("nan"))
    ('1', '1', '01', 'A', 'true', 'true', None)
    """
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        if value != value:
            return None
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if text in ("True", "False", "TRUE", "FALSE"):
        return text.lower()
    whole = _WHOLE.fullmatch(text)
    return (whole[1] if whole else text) or None


@dataclass(frozen=True)
class Field:
    """One input column: name and role; levels of a category; typical values, used for forms and explanations."""

    name: str
    role: Literal["number", "category", "time"]
    levels: tuple[str, ...] = ()
    typical: tuple[Any, ...] = ()
    origin: float = 0.0
    integer: bool = False
    missing: float = 0.0

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the base columns this field becomes."""
        return tuple(f"{self.name}.{p}" for p in TIME_PARTS) if self.role == "time" else (self.name,)

    @cached_property
    def codes(self) -> dict[str, float]:
        """Level -> number."""
        return {text: float(i) for i, text in enumerate(self.levels)}

    def scalar(self, value: Any) -> Any:
        """One raw value checked and cast to the column's kind. Raises ValueError with what was expected."""
        if value is None:
            return None if self.role == "category" else NAN
        if self.role == "category":
            if isinstance(value, list | dict):
                raise ValueError(f"expected a text, got {_show(value)}")
            return level(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) < LARGEST:
                raise ValueError(f"expected a number smaller than {LARGEST:g}, got {value:g}")
            return float(value)
        if isinstance(value, str):
            if not value.strip():
                return NAN
            parsed = number(value) if self.role == "number" else moment(value)
            if abs(parsed) < LARGEST:
                return parsed
        kind = "a number" if self.role == "number" else "a date such as 2026-01-31 or 2026-01-31T08:00:00"
        raise ValueError(f"expected {kind} or null, got {_show(value)}")

    def block(self, values: Array) -> Array:
        """A raw column (n,) as base columns (n, parts)."""
        if self.role == "number":
            return np.asarray(values, dtype=float)[:, None]
        if self.role == "time":
            return self._time(np.asarray(values, dtype=float))
        codes = self.codes
        if values.dtype != object:
            values = values.astype(object)
        cache: dict[Any, float] = {}
        out = np.empty(len(values))
        for i, value in enumerate(values.tolist()):
            code = cache.get(value)
            if code is None:
                text = level(value)
                code = cache[value] = NAN if text is None else codes.get(text, NAN)
            out[i] = code
        return out[:, None]

    def _time(self, seconds: Array) -> Array:
        """Days since the first training moment, month 1-12, weekday 0-6 from Monday, hour with its fraction."""
        known = np.isfinite(seconds)
        filled = np.where(known, seconds, 0.0)
        day = np.floor(filled / DAY)
        month = filled.astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12 + 1
        out = np.column_stack([(filled - self.origin) / DAY, month, (day + 3) % 7, (filled - day * DAY) / 3600])
        out[~known] = NAN
        return out


@dataclass(frozen=True)
class Schema:
    """The input columns in order, and the columns that are accepted and passed over (`ignored`)."""

    fields: tuple[Field, ...]
    ignored: tuple[str, ...] = ()

    @cached_property
    def layout(self) -> Layout:
        """Names and level counts of the base columns."""
        names = tuple(part for f in self.fields for part in f.parts)
        levels = tuple(len(f.levels) if f.role == "category" else 0 for f in self.fields for _ in f.parts)
        return Layout(names, levels)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {f.name: i for i, f in enumerate(self.fields)}

    @cached_property
    def _passed_over(self) -> frozenset[str]:
        return frozenset(self.ignored)

    @cached_property
    def _plain(self) -> list[tuple[str, bool, dict[str, float], Field]] | None:
        """For the one-row path: (name, is number, codes, field), None when a field has several parts."""
        if any(f.role == "time" for f in self.fields):
            return None
        return [(f.name, f.role == "number", f.codes, f) for f in self.fields]

    def matrix(self, columns: Mapping[str, Array]) -> Array:
        """Raw columns, each (n,), as the base matrix (n, p) float64."""
        return np.concatenate([f.block(columns[f.name]) for f in self.fields], axis=1)

    def columns(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
        """Checked raw columns of rows as they come over HTTP. Raises InputError naming row and column."""
        for i, row in enumerate(rows):
            self._check_names(i, row)
        out: dict[str, Array] = {}
        for f in self.fields:
            values: list[Any] = []
            for i, row in enumerate(rows):
                try:
                    values.append(f.scalar(row[f.name]))
                except ValueError as error:
                    raise InputError(
                        f"row {i}, column {f.name!r}", str(error), "send that, or null if unknown"
                    ) from None
            out[f.name] = np.array(values, dtype=object if f.role == "category" else float)
        return out

    def one(self, row: Mapping[str, Any]) -> Array:
        """One row as its base matrix (1, p): the fast path of `matrix(columns([row]))`, held equal by a test."""
        plan = self._plain
        if plan is None or type(row) is not dict or len(row) != len(plan):
            return self.matrix(self.columns([row]))
        out = []
        try:
            for name, is_number, codes, f in plan:
                value = row[name]
                if is_number:
                    kind = type(value)
                    if (kind is not float and kind is not int) or not -LARGEST < value < LARGEST:
                        value = f.scalar(value)
                    out.append(value)
                elif type(value) is str and value in codes:
                    out.append(codes[value])
                else:
                    text = f.scalar(value)
                    out.append(NAN if text is None else codes.get(text, NAN))
        except (KeyError, ValueError):
            return self.matrix(self.columns([row]))  # says which row and column
        return np.array([out])

    def _check_names(self, i: int, row: Mapping[str, Any]) -> None:
        if not isinstance(row, Mapping):
            raise InputError(
                f"row {i}", f"expected an object of columns, got {_show(row)}", "send {column: value, ...}"
            )
        for name in row:
            if name not in self._by_name and name not in self._passed_over:
                raise InputError(f"row {i}", f"unknown column {name!r}", nearest(str(name), self._by_name))
        for name in self._by_name:
            if name not in row:
                raise InputError(f"row {i}", f"column {name!r} is missing", "send it, or null if unknown")

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"fields": [asdict(f) for f in self.fields], "ignored": list(self.ignored)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Schema:
        """Back from plain data."""
        fields = [{**f, "levels": tuple(f["levels"]), "typical": tuple(f["typical"])} for f in plain["fields"]]
        return cls(tuple(Field(**f) for f in fields), tuple(plain["ignored"]))


@dataclass(frozen=True)
class View:
    """What one model reads, fitted on its training rows.

    - raw: the base matrix (boosted trees take missing values and level numbers as they are).
    - filled: the same with missing numbers at the median beside a flag column, missing levels as -1 (for forests).
    - dense: numbers standardised, missing as 0 with a flag column, categories one column a level.
    - mixed: numbers centred at the median, scaled by the quartiles and softly clipped, missing as 0 with a flag column;
      categories as level + 1, 0 for missing or unseen (for embeddings).
    """

    kind: Literal["raw", "filled", "dense", "mixed"]
    numbers: tuple[int, ...] = ()
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    flags: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()
    clip: float = field(default=0.0)

    @classmethod
    def fit(cls, kind: Literal["raw", "filled", "dense", "mixed"], X: Array, layout: Layout) -> View:
        """Learn centre and scale of each number from X (n, p)."""
        if kind == "raw":
            return cls("raw")
        numbers = layout.numbers
        block = X[:, numbers]
        known = np.isfinite(block)
        filled = np.where(known, block, np.nan)
        centre, scale = _standard(filled) if kind == "dense" else _robust(filled)
        if kind == "filled":
            scale = np.ones_like(scale)
        flags = [j for i, j in enumerate(numbers) if not known[:, i].all()]
        # Soft clip at 3 scales, as in RealMLP (Holzmueller et al. 2024): x / sqrt(1 + (x / 3)^2).
        clip = 3.0 if kind == "mixed" else 0.0
        levels = tuple(layout.levels[j] for j in layout.categories)
        return cls(kind, tuple(numbers), tuple(centre.tolist()), tuple(scale.tolist()), tuple(flags),
                   tuple(layout.categories), levels, clip)  # fmt: skip

    @property
    def width(self) -> int:
        """Columns of the view (0 for raw: as many as the base matrix)."""
        codes = sum(self.levels) if self.kind == "dense" else len(self.categories)
        return len(self.numbers) + len(self.flags) + codes

    @cached_property
    def _arrays(self) -> tuple[Array, Array, Array, Array, Array]:
        return (np.array(self.numbers, dtype=int), np.array(self.centre), np.array(self.scale),
                np.array(self.flags, dtype=int), np.array(self.categories, dtype=int))  # fmt: skip

    def apply(self, X: Array) -> Array:
        """Base matrix (n, p) -> (n, width) float32."""
        if self.kind == "raw":
            return X.astype(np.float32)
        numbers, centre, scale, flags, categories = self._arrays
        z = (X[:, numbers] - centre) / scale
        if self.kind == "filled":
            known = np.where(np.isnan(z), centre, X[:, numbers])
            codes = np.nan_to_num(X[:, categories], nan=-1.0)
            return np.concatenate([known, np.isnan(X[:, flags]), codes], axis=1, dtype=np.float32, casting="unsafe")
        if self.clip:
            z = z / np.sqrt(1 + (z / self.clip) ** 2)
        parts = [np.nan_to_num(z, nan=0.0), np.isnan(X[:, flags])]
        if self.kind == "mixed":
            parts.append(np.nan_to_num(X[:, categories] + 1, nan=0.0))
        else:
            parts += [X[:, [j]] == np.arange(k) for j, k in zip(categories, self.levels, strict=True)]
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="unsafe")

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> View:
        """Back from plain data."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)


def _standard(block: Array) -> tuple[Array, Array]:
    count = np.maximum(np.isfinite(block).sum(axis=0), 1)
    mean = np.nansum(block, axis=0) / count
    spread = np.sqrt(np.nansum((block - mean) ** 2, axis=0) / count)
    return mean, np.where(spread > 0, spread, 1.0)


def _robust(block: Array) -> tuple[Array, Array]:
    """Median and quartile range; the half range where the quartiles coincide (mostly one value)."""
    empty = ~np.isfinite(block).any(axis=0)
    safe = np.where(empty, 0.0, block)
    low, q1, middle, q3, high = np.nanquantile(safe, [0, 0.25, 0.5, 0.75, 1], axis=0)
    # 0.5: a quartile range of 1 gives values of about +-1, as a unit normal divided by 1.35 would.
    scale = np.where(q3 > q1, (q3 - q1) / 1.35, (high - low) / 2)
    return middle, np.where(scale > 0, scale, 1.0)


def typical(values: Iterable[float], count: int = 5) -> tuple[float, ...]:
    """Evenly spaced quantiles of known values: what a form proposes and an explanation replaces by."""
    known = np.array([v for v in values if v == v])
    return tuple(np.quantile(known, np.linspace(0.1, 0.9, count)).tolist()) if len(known) else ()


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
