"""Named raw values -> the base matrix, checked: the first half of the preprocessing that training and serving share.

>>> schema = Schema((Field("age", "number"), Field("plan", "category", levels=("free", "paid"))))
>>> schema.matrix({"age": np.array([31.0]), "plan": np.array(["paid"], dtype=object)})
array([[31.,  1.]])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from breakeven.core.errors import InputError, TooLarge, nearest
from breakeven.core.types import MEDIA_ROLES, Array, Layout, Row
from breakeven.features import image
from breakeven.features.boolean_words import truth
from breakeven.features.media import GREY, Memory
from breakeven.features.number_format import NumberFormat
from breakeven.features.span_format import Format, SpanFormat
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import DAY, LARGEST, NAN, CellFormat, folded, is_missing, level, unambiguous

TIME_PARTS = ("days", "month", "weekday", "hour")


@dataclass(frozen=True)
class Field:
    """One input column: name and role; levels of a category; typical values, used for forms and explanations; how its
    numbers or times are written (None: as products of 0.1 read them, cell by cell).

    Levels of a category are also known without case and spaces, and a yes in any language where they are a yes and a no,
    unless `exact`. `sentinels` of a number or time column are values that say "missing", such as -999. An image column has the side
    (pixels) and channels to which its images are brought, and where some have more than 8 bits a channel, the values
    (`scale`) that are shown as 0 and 255.
    """

    name: str
    role: Literal["number", "category", "time", "text", "image"]
    levels: tuple[str, ...] = ()
    typical: tuple[str | float, ...] = ()
    origin: float = 0.0
    integer: bool = False
    missing: float = 0.0
    side: int = 0
    channels: int = 0
    format: CellFormat | None = None
    exact: bool = False
    sentinels: tuple[float, ...] = ()
    scale: tuple[float, float] | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the base columns this field becomes."""
        return tuple(f"{self.name}.{p}" for p in TIME_PARTS) if self.role == "time" else (self.name,)

    @cached_property
    def codes(self) -> dict[str, float]:
        """Level -> number."""
        return {text: float(i) for i, text in enumerate(self.levels)}

    @cached_property
    def _other_codes(self) -> dict[str, float]:
        """Spellings that stand for a level -> number."""
        return {} if self.exact else {text: self.codes[one] for text, one in unambiguous(self.levels).items()}

    @cached_property
    def _truths(self) -> dict[bool | None, float]:
        """Yes and no -> number, if they are the levels."""
        said = {truth(text): number for text, number in self.codes.items()}
        return said if not self.exact and said.keys() == {True, False} and len(self.levels) == 2 else {}

    def code(self, text: str) -> float:
        """The number of a canonical level; NaN for one that was not learned.

        >>> Field("ok", "category", levels=("No", "Yes")).code("YES"), Field("ok", "category", levels=("nein", "ja")).code("yes")
        (1.0, 1.0)
        """
        found = self.codes.get(text)
        if found is None:
            found = self._other_codes.get(folded(text))
        return self._truths.get(truth(text), NAN) if found is None and self._truths else NAN if found is None else found

    def scalar(self, value: object) -> str | float | Array | None:
        """One raw value checked and cast to the column's kind. Raises ValueError with what was expected."""
        if value is None or (isinstance(value, float) and value != value):
            return None if self.role in ("category", *MEDIA_ROLES) else NAN
        if self.role == "category":
            if isinstance(value, list | dict):
                raise ValueError(f"expected a text, got {_show(value)}")
            return level(value)
        if self.role in MEDIA_ROLES:
            return self._medium(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) < LARGEST:
                raise ValueError(f"expected a number smaller than {LARGEST:g}, got {value:g}")
            parsed = self._format.parse(float(value)) if isinstance(self._format, TimeFormat) else float(value)
            if parsed == parsed:
                return NAN if parsed in self.sentinels else parsed
        elif isinstance(value, str):
            if is_missing(value, measure=True):
                return NAN
            parsed = self._format.parse(value)
            if abs(parsed) < LARGEST:
                return NAN if parsed in self.sentinels else parsed
        raise ValueError(f"expected {self.expected} or null, got {_show(value)}")

    @cached_property
    def _format(self) -> Format:
        """How cells are read; month first, where products of 0.1 say nothing, as they read them."""
        if isinstance(self.format, NumberFormat | TimeFormat | SpanFormat):
            return self.format
        return NumberFormat() if self.role == "number" else TimeFormat("month")

    @property
    def expected(self) -> str:
        """What is expected, with an example in the column's own format."""
        if isinstance(self._format, TimeFormat):
            own = "" if self._format.order == "year" else f", or as in training ({self._format.words})"
            return f"a date such as 2026-01-31 or 2026-01-31T08:00:00{own}"
        if isinstance(self._format, SpanFormat):
            return "a time of day such as 08:30" if self._format.span == "clock" else "a duration such as 1:20:33"
        return "a number" + (" with a decimal comma" if self._format.decimal == "," else "")

    def _medium(self, value: object) -> str | Array | None:
        """A text as it is; an image (bytes, base64 text, or a path object) as its pixels."""
        if self.role == "text":
            if isinstance(value, str):
                return None if is_missing(value) else value
            if isinstance(value, bool | list | dict):
                raise ValueError(f"expected a text, got {_show(value)}")
            return str(level(value))
        if isinstance(value, str):
            if is_missing(value):
                return None
            value = image.from_text(value)
        if not isinstance(value, bytes | Path):
            raise ValueError(f"expected an image (base64), got {_show(value)}")
        return image.pixels(value, self.side, self.channels, self.scale)

    def plain(self, base: float) -> str | float | None:
        """A base value back as a raw one (None: missing); texts and images are not in the base matrix."""
        if base != base or self.role in MEDIA_ROLES:
            return None
        if self.role == "category":
            return self.levels[int(base)]
        return self.spelled(base * DAY + self.origin) if self.role == "time" else float(base)

    def spelled(self, value: str | float) -> str | float:
        """A checked number as it can be sent again: times as ISO 8601, which every format reads."""
        if isinstance(value, str) or self.role != "time" or value != value:
            return value
        return datetime.fromtimestamp(value, UTC).isoformat().removesuffix("+00:00") + "Z"

    def block(self, values: Array) -> Array:
        """A raw column (n,) as base columns (n, parts); a text or image as its own row number."""
        if self.role in MEDIA_ROLES:
            known = np.array([v is not None for v in values], dtype=bool)
            return np.where(known, np.arange(len(values), dtype=float), NAN)[:, None]
        if self.role == "number":
            return np.asarray(values, dtype=float)[:, None]
        if self.role == "time":
            return self._time(np.asarray(values, dtype=float))
        if values.dtype != object:
            values = values.astype(object)
        cache: dict[object, float] = {}
        out = np.empty(len(values))
        for i, value in enumerate(values.tolist()):
            code = cache.get(value)
            if code is None:
                text = level(value)
                code = cache[value] = NAN if text is None else self.code(text)
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
    """The input columns in order, the columns that are accepted and passed over (`ignored`), and those of them that
    identify a row (`ids`): a file of predictions begins with them. `spans` are pairs of time columns whose difference in days
    is a base column of its own, after those of the fields.
    """

    fields: tuple[Field, ...]
    ignored: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()

    @cached_property
    def layout(self) -> Layout:
        """Names and level counts of the base columns."""
        names = tuple(part for f in self.fields for part in f.parts)
        levels = tuple(len(f.levels) if f.role == "category" else 0 for f in self.fields for _ in f.parts)
        names += tuple(f"{later} - {earlier}" for later, earlier in self.spans)
        levels += (0,) * len(self.spans)
        texts, images = (tuple(f.name for f in self.fields if f.role == role) for role in MEDIA_ROLES)
        return Layout(names, levels, texts, images)

    @cached_property
    def refers(self) -> bool:
        """Whether there are texts or images."""
        return any(f.role in MEDIA_ROLES for f in self.fields)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {f.name: i for i, f in enumerate(self.fields)}

    @cached_property
    def _passed_over(self) -> frozenset[str]:
        return frozenset(self.ignored)

    @cached_property
    def _plain(self) -> list[tuple[str, bool, dict[str, float], Field]] | None:
        """For the one-row path: (name, is a number taken as it is, codes, field), None when a field has several parts."""
        if any(f.role not in ("number", "category") for f in self.fields):
            return None
        return [(f.name, f.role == "number" and not f.sentinels, f.codes, f) for f in self.fields]

    def matrix(self, columns: Mapping[str, Array]) -> Array:
        """Raw columns, each (n,), as the base matrix (n, p) float64."""
        blocks = [f.block(columns[f.name]) for f in self.fields]
        if not self.spans:
            return np.concatenate(blocks, axis=1)
        return self.with_spans(np.concatenate([*blocks, np.empty((len(blocks[0]), len(self.spans)))], axis=1))

    def with_spans(self, X: Array) -> Array:
        """The base matrix (n, p) with the days between times computed anew, in place."""
        for i, (later, earlier) in enumerate(self.spans, X.shape[1] - len(self.spans)):
            a, b = (self.fields[self._by_name[name]] for name in (later, earlier))
            days = [X[:, self.layout.place(f.parts[0])] + f.origin / DAY for f in (a, b)]
            X[:, i] = days[0] - days[1]
        return X

    def media(self, columns: Mapping[str, Array]) -> Memory:
        """What the base matrix of checked columns refers to."""
        words = {f.name: ["" if v is None else v for v in columns[f.name]] for f in self.fields if f.role == "text"}
        images = {f.name: _stacked(columns[f.name], f) for f in self.fields if f.role == "image"}
        return Memory(words, images)

    def columns(self, rows: Sequence[Row]) -> dict[str, Array]:
        """Checked raw columns of rows as they come over HTTP. Raises InputError naming row and column."""
        for i, row in enumerate(rows):
            self._check_names(i, row)
        out: dict[str, Array] = {}
        for f in self.fields:
            values: list[object] = []
            for i, row in enumerate(rows):
                try:
                    values.append(f.scalar(row[f.name]))
                except image.TooManyPixels as error:
                    where = f"row {i}, column {f.name!r}"
                    raise TooLarge(where, str(error), "send fewer or smaller images at a time") from None
                except ValueError as error:
                    raise InputError(
                        f"row {i}, column {f.name!r}", str(error), "send that, or null if unknown"
                    ) from None
            out[f.name] = raw_column(values, f)
        return out

    def one(self, row: Row) -> Array:
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
                elif f.role == "number":
                    out.append(f.scalar(value))
                else:
                    text = f.scalar(value)
                    out.append(NAN if text is None else f.code(str(text)))
        except (KeyError, ValueError):
            return self.matrix(self.columns([row]))  # says which row and column
        return np.array([out])

    def _check_names(self, i: int, row: Row) -> None:
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

    def to_json(self) -> dict[str, object]:
        """As plain data."""
        names = {"ignored": list(self.ignored), "ids": list(self.ids), "spans": [list(pair) for pair in self.spans]}
        return {"fields": [asdict(f) for f in self.fields], **names}

    @classmethod
    def from_json(cls, plain: object) -> Schema:
        """Back from plain data; products of 0.1 have no `ids`, and their fields no `format`."""
        return msgspec.convert(plain, cls, dec_hook=cell_format)


def cell_format(kind: type, plain: object) -> CellFormat:
    """msgspec's hook for a field's format, which is the only type it does not know."""
    names = plain if isinstance(plain, dict) else {}
    return msgspec.convert(plain, TimeFormat if "order" in names else SpanFormat if "span" in names else NumberFormat)


def raw_column(values: Sequence[object], f: Field) -> Array:
    """Checked values of a field as a column (n,): float64, or objects for categories, texts and images."""
    if f.role not in ("category", *MEDIA_ROLES):
        return np.array(values, dtype=float)
    out = np.empty(len(values), dtype=object)
    out[:] = values if f.role != "image" else [None] * len(values)
    if f.role == "image":
        for i, value in enumerate(values):
            out[i] = value
    return out


def _stacked(values: Array, f: Field) -> Array:
    out = np.full((len(values), f.side, f.side, f.channels), GREY, dtype=np.uint8)
    for i, value in enumerate(values):
        if value is not None:
            out[i] = value
    return out


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
