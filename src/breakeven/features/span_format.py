"""Times of day as minutes since midnight, and durations as seconds: `08:30`, `5:15 PM`, `1h 20m`, `01:20:33`, `PT45M`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from breakeven.features import units
from breakeven.features.number_cell import singular
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_cell import LONGEST, fold
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import NAN, CellFormat

#: Share of the different cells that must be spans for a column to be of them.
MOSTLY = 0.95
#: Different cells that are looked at, evenly spaced.
SAMPLE = 5000
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_COLONS = re.compile(
    r"(?:(?P<d>\d{1,5})\s*(?:d|days?|tage?|jours?|d[ií]as?|天|\.)[\s,]*)?(?P<a>\d{1,4})[:h](?P<b>[0-5]\d)(?::(?P<c>[0-5]\d))?(?P<f>[.,]\d{1,9})?"
    r"\s*(?P<clock>[ap]\.?\s?m\.?|uhr|utc|gmt|z)?(?:h|hrs?|std\.?|/\s?(?:km|mi|mile))?"
)
_HOUR_OF_TWELVE = re.compile(
    r"(?P<half>上午|下午)?(?P<a>\d{1,2})(?:[:点時时](?P<b>[0-5]\d)分?|[点時时])?\s*(?P<clock>[ap]\.?\s?m\.?)?"
)
_ISO = re.compile(r"p(?:(\d+)d)?(?:t(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?)?")
_PIECE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?[\s,]*(?:(?:and|und|et|y|e)\s+)?")


@dataclass(frozen=True)
class SpanFormat(CellFormat):
    """How a column writes times of day (in minutes since midnight) or durations (in seconds).

    `short` is what two numbers are (`08:30`): hours and minutes, or minutes and seconds.

    >>> SpanFormat("clock").parse("5:15 PM"), SpanFormat("duration").parse("1h 20m"), SpanFormat("duration").parse("01:20:33")
    (1035.0, 4800.0, 4833.0)
    """

    span: Literal["clock", "duration"]
    short: Literal["hours", "minutes"] = "hours"

    def parse(self, cell: str) -> float:
        """The span of a cell; NaN where it is none of this kind."""
        text = fold(cell)
        if len(text) > LONGEST:
            return NAN
        sign = -1.0 if text[:1] in "-−" and self.span == "duration" else 1.0
        text = text.lstrip("-−+ ") if self.span == "duration" else text
        if self.span == "clock":
            return _clock(text) / _MINUTE
        return sign * next(
            (found for read in (_colons, _words, _iso) if (found := read(text, self.short)) == found), NAN
        )

    @property
    def again(self) -> NumberFormat:
        """How numbers that were read are written again."""
        return NumberFormat(unit="minute" if self.span == "clock" else "second")

    @property
    def words(self) -> str:
        """What the numbers are."""
        return "times of day in minutes" if self.span == "clock" else "durations in seconds"


#: How the cells of a column are written.
Format = NumberFormat | TimeFormat | SpanFormat


def detect(cells: Sequence[str]) -> SpanFormat | None:
    """The format of a column whose different cells these are; None where they are neither times of day nor durations.

    Numbers between colons are times of day if all of them can be; where some have two and some three, and some of two cannot
    be times of day, two are minutes and seconds.

    >>> detect(["08:30", "23:15"]), detect(["45:10", "1:20:33"]), detect(["8.5", "9"])
    (SpanFormat(span='clock', short='hours'), SpanFormat(span='duration', short='minutes'), None)
    """
    looked = [fold(cell) for cell in cells[:: max(1, len(cells) // SAMPLE)]]
    if not looked or sum(map(_may_be, looked)) < MOSTLY * len(looked):
        return None
    matches = [match for text in looked if (match := _COLONS.fullmatch(text.lstrip("-−+ ")))]
    pairs = [match for match in matches if match["c"] is None and match["d"] is None]
    minutes = any(match["f"] or (int(match["a"]) > 24 and len(pairs) < len(matches)) for match in pairs)
    forms = (SpanFormat("clock"), SpanFormat("duration", "minutes" if minutes else "hours"))
    counts = {form: sum(value == value for value in map(form.parse, looked)) for form in forms[minutes:]}
    best = max(counts, key=lambda form: counts[form])
    return best if counts[best] >= MOSTLY * len(looked) else None


def _may_be(text: str) -> bool:
    """A quick look: a digit or sign first, or the letter of ISO 8601 or the half of a Chinese day, and marks of more than a number."""
    return (text[:1].isdigit() or text[:1] in "-−+p上下") and not text.isdigit() and len(text) <= LONGEST


def _clock(text: str) -> float:
    """Seconds since midnight of a time of day."""
    match = _COLONS.fullmatch(text)
    if match is None:
        match = _HOUR_OF_TWELVE.fullmatch(text)
        if match is None or not (match["clock"] or match["half"] or "点" in text or "時" in text or "时" in text):
            return NAN
        second, half = 0.0, {"上午": "a", "下午": "p"}.get(match["half"] or "", (match["clock"] or "")[:1])
    elif match["d"] or (match["f"] and not match["c"]):
        return NAN
    else:
        second, half = float(f"{match['c'] or 0}{(match['f'] or '').replace(',', '.')}"), (match["clock"] or "")[:1]
    hour = int(match["a"])
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return NAN
        hour = hour % 12 + (12 if half == "p" else 0)
    found = hour * _HOUR + int(match["b"] or 0) * _MINUTE + second
    return found if found <= _DAY else NAN


def _colons(text: str, short: str) -> float:
    match = _COLONS.fullmatch(text)
    if match is None or match["clock"]:
        return NAN
    parts = [int(match["a"]), int(match["b"]), *([int(match["c"])] if match["c"] else [])]
    sizes = (_HOUR, _MINUTE, 1.0) if len(parts) == 3 or (short == "hours" and not match["f"]) else (_MINUTE, 1.0)
    fraction = float((match["f"] or ".0").replace(",", "."))
    return int(match["d"] or 0) * _DAY + sum(n * size for n, size in zip(parts, sizes, strict=False)) + fraction


def _words(text: str, short: str) -> float:
    """`1h 20m`, `2 days 3 hours`, `1小时20分`: numbers with units from the largest to the smallest."""
    sizes, total, position, last = units.FAMILIES["seconds, hours"], 0.0, 0, float("inf")
    while position < len(text):
        match = _PIECE.match(text, position)
        unit = singular(match[2]) if match else ""
        # The m of `1y 2m` is a month, that of `2h 5m` a minute.
        size = sizes.get("month" if unit == "m" and last == sizes["year"] else unit)
        if match is None or size is None or size >= last:
            return NAN
        total, position, last = total + float(match[1].replace(",", ".")) * size, match.end(), size
    return total if position else NAN


def _iso(text: str, short: str) -> float:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        return NAN
    return sum(float(n) * size for n, size in zip(match.groups(), (_DAY, _HOUR, _MINUTE, 1.0), strict=True) if n)
