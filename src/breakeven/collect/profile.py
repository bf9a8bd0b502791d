"""What the values of one column are, decided from all of them: a role with its reason, and how its cells are written.

Values decide; a name is evidence only together with them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np

from breakeven.collect import codes, column_names
from breakeven.core.types import Array, Column, Role
from breakeven.features import span_format, time_format, units
from breakeven.features.number_format import Detection, NumberFormat
from breakeven.features.span_format import Format, SpanFormat
from breakeven.features.time_format import TimeDetection, TimeFormat
from breakeven.features.values import is_missing

#: A column is of numbers when at least this share of its different cells, or of its rows, are; the others become missing.
MOSTLY = 0.95
#: The same for columns whose numbers are not whole: money is rarely a code.
MOSTLY_DECIMAL = 0.9
#: Different cells from which digits that are all dates are dates, whatever the column's name.
MANY_DATES = 20
#: Levels a category may have: more than this in the data and it is not one, unless the brief says so.
MAX_LEVELS = 1000
#: Different texts of several words from which they are texts and no choices of a list.
MANY_TEXTS = 100
#: Rows that must have a column's only value, and as many none, for it to be a flag; and their share.
FLAGGED, FLAGGED_SHARE = 5, 0.01
LOOK = 2000
#: Different cells, evenly spaced, whose share of numbers is that of the column.
MANY = 20_000
#: How the reason begins for a role that the brief gives.
SAID = "the brief says so"
_IMAGE = re.compile(r"\.(png|jpe?g|webp|bmp|tiff?|gif)$", re.IGNORECASE)
_AUDIO = re.compile(r"\.(wav|flac|mp3|ogg|m4a)$", re.IGNORECASE)


@dataclass(frozen=True)
class Cells:
    """The different cells of a text column that are not missing, how many rows have each, and what was found in them."""

    counts: Mapping[str, int]
    number: Detection
    time: TimeDetection
    span: SpanFormat | None = None

    @classmethod
    def of(cls, values: Array, delimiter: str = "", mark: str = "", zone: str = "UTC") -> Cells:
        """Look at a raw column (n,) of texts."""
        counts = Counter(values.tolist())
        counts.pop(None, None)
        said = {text: count for text, count in counts.items() if not is_missing(text, measure=True)}
        texts = list(said)
        number = Detection.of(texts, delimiter, mark)
        span = span_format.detect(texts) if number.share < 1 else None
        return cls(said, number, time_format.detect(texts, zone), span)

    @property
    def measure(self) -> NumberFormat | SpanFormat:
        """How the cells are written if they are numbers, times of day or durations."""
        return self.span or self.number.format

    @property
    def rows(self) -> int:
        """How many rows have a cell."""
        return sum(self.counts.values())

    def are_numbers(self) -> bool:
        """Whether the cells are numbers, apart from a few."""
        if not self.counts or self.are_codes():
            return False
        if self.span is not None:
            return True
        form = self.number.format
        if self.number.share < MOSTLY_DECIMAL / 2:
            return False
        looked = list(islice(self.counts.items(), 0, None, max(1, len(self.counts) // MANY)))
        values = [(form.parse(text), count) for text, count in looked]
        read = [(value, count) for value, count in values if value == value]
        share = max(len(read) / len(values), sum(count for _, count in read) / sum(count for _, count in looked))
        integral = all(value == int(value) for value, _ in read if abs(value) < 1e300)
        return share >= (MOSTLY if integral else MOSTLY_DECIMAL)

    def are_codes(self) -> bool:
        """Whether the cells are digits whose spelling counts: zeros in front, more than a number keeps, or an E within."""
        return self._codes

    @cached_property
    def _codes(self) -> bool:
        return codes.spelled(self.counts)


@dataclass(frozen=True)
class Profile:
    """A column's role, the format of its cells (None: none is needed), and what was found in the cells of a text column."""

    column: Column
    format: Format | None = None
    cells: Cells | None = field(default=None, repr=False)


def of(name: str, values: Array, cells: Cells | None, zone: str = "UTC") -> Profile:
    """The profile of a raw column (n,): float64, or texts with the `cells` looked at."""
    distinct, known = unique(values)
    if known == 0:
        return Profile(Column(name, "ignore", "every value is missing"))
    if len(distinct) == 1 and min(known, len(values) - known) >= max(FLAGGED, FLAGGED_SHARE * len(values)):
        return Profile(Column(name, "category", f"{str(distinct[0])[:30]!r} or nothing"), None, cells)
    if len(distinct) == 1:
        return Profile(Column(name, "ignore", f"constant: every known value is {str(distinct[0])[:30]!r}"))
    if cells is None:
        return _of_numbers(name, distinct, known, zone)
    return _of_texts(name, distinct, known, cells)


def unique(values: Array) -> tuple[Array, int]:
    """Distinct known values and how many values are known. Text through a dictionary, not by sorting."""
    if values.dtype == object:
        seen = Counter(values.tolist())
        absent = seen.pop(None, 0)
        return np.array(list(seen), dtype=object), len(values) - absent
    finite = values[np.isfinite(values)]
    return np.unique(finite), len(finite)


def _of_numbers(name: str, distinct: Array, known: int, zone: str) -> Profile:
    integral = bool(np.all(distinct == np.floor(distinct)))
    order = time_format.order_of_numbers(distinct.tolist()) if known > 20 else None
    named = column_names.is_time(name)
    if order and (named or (order == "yyyymmdd" and len(distinct) >= MANY_DATES)):
        form = TimeFormat(order, zone)
        because = f"times as {form.words}, e.g. {distinct[0]:.15g} = {spelled(form.parse(float(distinct[0])))}"
        return Profile(Column(name, "time", because), form)
    if integral and len(distinct) == known and known > 20:
        steps = np.diff(distinct)
        if bool(np.all(steps == steps[0])):
            return Profile(Column(name, "id", f"{known:,} different whole numbers in even steps: a running number"))
        if column_names.is_id(name) or (column_names.is_weak_id(name) and _dense(distinct)):
            return Profile(Column(name, "id", f"named like an id, and all {known:,} values differ"))
    if integral and (found := _group(name, len(distinct), known)):
        return Profile(found)
    if distinct[0] >= 0 and (coded := _named_code(name, len(distinct), known)):
        return Profile(coded)
    return Profile(Column(name, "number", f"{len(distinct):,} different numbers"))


def _dense(distinct: Array) -> bool:
    """Whether different whole numbers lie close together or have equally many digits, as running and customers' numbers do."""
    low, high = float(distinct[0]), float(distinct[-1])
    return high - low < 3 * len(distinct) or (low >= 1e5 and len(f"{low:.0f}") == len(f"{high:.0f}"))


def _group(name: str, distinct: int, known: int) -> Column | None:
    if not column_names.is_person(name) or not 10 <= distinct <= known / 2:
        return None
    return Column(
        name, "group", f"named like a person or place, {distinct:,} of them with {known / distinct:.1f} rows each"
    )


def _named_code(name: str, distinct: int, known: int) -> Column | None:
    """The column of numbers that its name calls codes: a list of them where they repeat, else those of which each row has its own."""
    if not column_names.is_code(name):
        return None
    if codes.repeated(distinct, known, MAX_LEVELS):
        how = f"columns: {{{name}: number}}"
        return Column(name, "category", f"named like a code, {distinct:,} of them; if it is a quantity: {how}")
    if column_names.is_own_code(name) and distinct > 0.9 * known and known > 20:
        return Column(name, "id", f"named like an id, and {distinct:,} of {known:,} values differ")
    return None


def _of_texts(name: str, distinct: Array, known: int, cells: Cells) -> Profile:
    look = [str(v) for v in distinct[:: max(1, len(distinct) // LOOK)]]
    for role, pattern in (("image", _IMAGE), ("audio", _AUDIO)):
        if np.mean([bool(pattern.search(v)) for v in look]) >= MOSTLY:
            return Profile(Column(name, role, f"paths of {role} files such as {look[0][:40]!r}"), None, cells)  # type: ignore[arg-type]
    if cells.are_numbers():
        coded = None if cells.span is not None or cells.number.currencies else _named_code(name, len(distinct), known)
        return Profile(coded, None, cells) if coded else _of_written_numbers(name, cells)
    when = cells.time
    if when.share + when.contrary / max(len(cells.counts), 1) >= MOSTLY and not cells.are_codes():
        return Profile(Column(name, "time", described(cells, when.format)), when.format, cells)
    return Profile(Column(name, *_of_words(name, look, len(distinct), known, cells)), None, cells)


def _of_words(name: str, look: Sequence[str], distinct: int, known: int, cells: Cells) -> tuple[Role, str]:
    """Role and reason of texts that are neither numbers, times nor paths."""
    share = distinct / known
    wide = float(np.mean([len(v) + 2 * sum("\u4e00" <= c <= "\u9fff" for c in v) for v in look]))
    words = float(np.mean([v.count(" ") + 1 for v in look]))
    sentences = wide > 40 or words >= 5
    if known > 20 and sentences and (share > 0.2 or distinct >= MANY_TEXTS):
        return "text", f"{distinct:,} different texts of {wide:.0f} characters on average"
    if group := _group(name, distinct, known):
        return group.role, group.reason
    if share > 0.9 and known > 20:
        return "id", f"{distinct:,} of {known:,} texts differ: an identifier"
    if distinct > MAX_LEVELS:
        return "ignore", f"{distinct:,} different short texts, more than {MAX_LEVELS:,} levels"
    if cells.are_codes():
        return "category", f"{distinct:,} different codes, kept as they are written"
    mixed = "text mixed with numbers, " if cells.number.share > 0.05 else ""
    return "category", f"{mixed}{distinct:,} different texts"


def _of_written_numbers(name: str, cells: Cells) -> Profile:
    """Numbers that stand in the file as text: times if they are named so, else numbers with their format."""
    if column_names.is_time(name) and cells.time.share >= MOSTLY:
        return Profile(Column(name, "time", described(cells, cells.time.format)), cells.time.format, cells)
    return Profile(Column(name, "number", described(cells, cells.measure)), cells.measure, cells)


def described(cells: Cells, form: Format) -> str:
    """How a column is written, in words, with a cell and what it is: `numbers with decimal comma, e.g. 12,500 = 12.5`."""
    if isinstance(form, TimeFormat):
        known = (text for text in cells.counts if form.parse(text) == form.parse(text))
        text = next(known, next(iter(cells.counts), ""))
        return f"times, {form.words}, e.g. {text} = {spelled(form.parse(text))}"
    if isinstance(form, SpanFormat):
        return f"{form.words}, e.g. {number_example(cells, form)}"
    marks = "decimal comma" if form.decimal == "," else "decimal point"
    unit = f" and the unit {form.unit!r}" if form.unit else ""
    if form.unit in units.FAMILIES:
        unit = f" and units ({form.unit}, ...) brought to one"
    return f"numbers with {marks}{unit}, e.g. {number_example(cells, form)}"


def number_example(cells: Cells, form: NumberFormat | SpanFormat) -> str:
    """A cell and the number it is: one with a mark, where there is one."""
    texts = sorted(islice(cells.counts, LOOK), key=lambda text: not any(c in text for c in ",.%()'"))
    shown = next((text for text in texts if form.parse(text) == form.parse(text)), texts[0])
    return f"{shown} = {form.parse(shown):.15g}"


def spelled(seconds: float) -> str:
    """A moment in seconds since 1970 as people read it: 13 April 2026, with the hour if there is one."""
    if seconds != seconds:
        return "no time"
    when = np.datetime64(int(seconds), "s").astype("datetime64[s]").item()
    clock = f" {when:%H:%M} UTC" if (when.hour, when.minute, when.second) != (0, 0, 0) else ""
    return f"{when.day} {when:%B %Y}{clock}"
