"""How the dates and times of one column are written, decided from all its cells: which part comes first, in which zone.

`03/04/2026` alone is 3 April or 4 March. Beside `13/04/2026` it is the former in the whole column; beside `03/13/2026` the
latter. All moments are seconds since 1970 UTC.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from breakeven.features.time_cell import (
    DATED,
    EXCEL_EPOCH,
    NUMBERS,
    NUMERIC,
    UNITS,
    Order,
    fold,
    from_number,
    is_naive,
    seconds,
    stamp,
)
from breakeven.features.values import NAN, CellFormat

#: Different cells of a column that are looked at first.
SAMPLE = 5000
#: Years between which numbers are taken for times.
FIRST_YEAR, LAST_YEAR = 1980, 2100
#: Numbers that may be a year, a month and a day in eight digits, or a year and a month in six.
_DIGITS = ((19000101, 21001231), (198001, 209912))


@dataclass(frozen=True)
class TimeFormat(CellFormat):
    """How one column writes moments.

    `order`: which part of a date of three numbers comes first, or what plain numbers mean. `zone`: the zone of times that
    name none, from the IANA database. `pattern`: a pattern of `datetime.strptime` in place of all that.

    >>> day_first = TimeFormat("day")
    >>> day_first.parse("02/01/1970"), TimeFormat("month").parse("02/01/1970"), TimeFormat("ms").parse(86_400_000)
    (86400.0, 2678400.0, 86400.0)
    """

    order: Order = "year"
    zone: str = "UTC"
    pattern: str = ""

    def parse(self, cell: str | float) -> float:
        """Seconds since 1970 of a cell; NaN where it is no moment in this format."""
        if not isinstance(cell, str):
            return from_number(float(cell), self.order, self.zone)
        if self.pattern:
            return self._by_pattern(cell)
        return seconds(fold(cell), self.order, self.zone)

    def _by_pattern(self, cell: str) -> float:
        try:
            found = datetime.strptime(unicodedata.normalize("NFKC", cell).strip(), self.pattern)
        except ValueError:
            return self._iso(cell)
        return stamp(found, self.zone)

    def _iso(self, cell: str) -> float:
        """ISO 8601 is read beside any pattern: it has one reading only, and programs send it."""
        try:
            return stamp(datetime.fromisoformat(cell.strip()), self.zone)
        except ValueError:
            return NAN

    @property
    def words(self) -> str:
        """What the order means, in words."""
        return {
            "year": "year first",
            "day": "day first",
            "month": "month first",
            "s": "seconds since 1970",
            "ms": "milliseconds since 1970",
            "us": "microseconds since 1970",
            "ns": "nanoseconds since 1970",
            "yyyymmdd": "year, month and day as digits",
            "excel": "days of a spreadsheet",
        }[self.order]


@dataclass(frozen=True)
class TimeDetection:
    """What was found of a column: its format, the share of its different cells that it reads, and what speaks against it.

    `rival` reads the same cells as other days, such as `example` (None: the cells decide). `contrary` counts the cells that
    only the other order reads, such as `contrary_example`. `naive`: some cells have a time of day without a zone.
    """

    format: TimeFormat
    share: float
    rival: TimeFormat | None = None
    example: str = ""
    contrary: int = 0
    contrary_example: str = ""
    naive: bool = False


def detect(cells: Sequence[str], zone: str = "UTC") -> TimeDetection:
    """Decide from the different cells of a column that are not missing. Share 0 where none is a date.

    Many cells are looked at in a sample first, and one by one where the sample does not decide.

    >>> detect(["13/04/2026", "03/04/2026"]).format.order, detect(["03/13/2026", "03/04/2026"]).format.order
    ('day', 'month')
    """
    step = max(1, len(cells) // SAMPLE)
    found = _detect(cells[::step], zone)
    return _detect(cells, zone) if step > 1 and found.rival is not None else found


def _detect(cells: Sequence[str], zone: str) -> TimeDetection:
    folded = [fold(cell) for cell in cells]
    if not folded or sum(map(_may_be_date, folded)) < 0.5 * len(folded):
        return TimeDetection(TimeFormat(zone=zone), 0.0)
    if all(NUMERIC.fullmatch(text) for text in folded):
        order = order_of_numbers([float(text) for text in folded])
        return TimeDetection(TimeFormat(order or "year", zone), float(order is not None))
    read = {order: [seconds(text, order, zone) for text in folded] for order in DATED}
    counts = {order: sum(value == value for value in read[order]) for order in DATED}
    tied = [order for order in DATED if counts[order] == max(counts.values())]
    differ = [i for i in range(len(folded)) if len({read[order][i] for order in tied} - {NAN}) > 1]
    best, rival = _by_convention(cells, differ[0], tied) if differ else (tied[0], None)
    known = read[best]
    contrary = [
        cell for i, cell in enumerate(cells) if known[i] != known[i] and any(read[o][i] == read[o][i] for o in DATED)
    ]
    return TimeDetection(
        TimeFormat(best, zone),
        counts[best] / len(folded),
        TimeFormat(rival, zone) if rival else None,
        cells[differ[0]] if rival else "",
        len(contrary),
        contrary[0] if contrary else "",
        any(is_naive(text) for text in folded),
    )


def _by_convention(cells: Sequence[str], differ: int, tied: Sequence[Order]) -> tuple[Order, Order]:
    """The order of cells that several orders read, none having a day above 12, and its nearest rival.

    A part that is the same in all cells while the others change, such as the 01 of month starts, is the day, and a part of
    few values beside one of many is the year. Else slashes are read month first, as the United States write them, and
    points and dashes day first.
    """
    matches = [match for cell in cells if (match := NUMBERS.fullmatch(fold(cell)))]
    first, second, third = (len({match[name] for match in matches}) for name in "abc")
    order: Order = "month" if "/" in cells[differ] else "day"
    if "year" in tied and third > max(first, 12):
        order = "year"
    elif first == 1 < second:
        order = "day"
    elif second == 1 < first:
        order = "month"
    order = order if order in tied else tied[0]
    return order, next(other for other in ("day", "month", "year") if other != order and other in tied)


def order_of_numbers(values: Sequence[float]) -> Order | None:
    """What plain numbers mean if all are times between `FIRST_YEAR` and `LAST_YEAR` in one unit; None if they are not.

    >>> order_of_numbers([1_700_000_000]), order_of_numbers([20260131, 20260201]), order_of_numbers([45321.5])
    ('s', 'yyyymmdd', 'excel')
    """
    if any(all(low <= v <= high for v in values) for low, high in _DIGITS):
        days = [from_number(v, "yyyymmdd", "UTC") for v in values]
        if all(day == day for day in days):
            return "yyyymmdd"
    low, high = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    for unit, scale in UNITS.items():
        if all(low.timestamp() <= v / scale <= high.timestamp() for v in values):
            return unit  # type: ignore[return-value]
    first, last = ((moment - EXCEL_EPOCH).days for moment in (low, high))
    return "excel" if all(first <= v <= last for v in values) else None


def _may_be_date(text: str) -> bool:
    """A quick look: dates have at least three digits, and begin with one or with a word."""
    return (
        len(text) <= 60
        and sum(c.isdigit() for c in text) >= 3
        and (text[:1].isdigit() or text[:2].isalpha() or text[:1] in "qtwh")
    )
