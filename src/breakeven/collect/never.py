"""Dates that mean never or unknown, such as 9999-12-31 in a column of expiry dates: found where they lie apart from all others."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from breakeven.collect.profile import spelled
from breakeven.core.types import Array, Finding, places
from breakeven.core.wording import counted
from breakeven.features.values import DAY

#: Known moments a column needs besides.
FEWEST = 10
#: Rows from which such a date counts as repeated, and from which it is asked about however near it lies.
REPEATED, OFTEN = 3, 5
#: Distances from all others, in spans of these: likely from the first on, sure from the second.
LIKELY, SURE = 1.0, 3.0
#: Years that no measurement reaches: one such date is enough.
ABSURD = (1800, 2900)
#: Starts and ends of calendars, spreadsheets, clocks and databases, and what people write for an open end.
_DAYS = (
    *("9999-12-31", "9999-12-30", "9999-01-01", "9998-12-31", "4000-01-01", "3000-01-01", "2999-12-31", "2999-01-01"),
    *("2999-09-09", "2222-02-02", "2199-12-31", "2100-12-31", "2100-01-01", "2099-12-31", "2099-01-01", "2079-06-06"),
    *("2049-12-31", "2050-01-01", "2262-04-11", "2038-01-19", "1970-01-01", "1904-01-01", "1901-01-01", "1900-01-01"),
    *("1899-12-31", "1899-12-30", "1850-01-01", "1800-01-01", "1753-01-01", "1677-09-21", "1601-01-01", "1111-11-11"),
    *("1000-01-01", "0001-01-01"),
)
_SECONDS = np.array([datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in _DAYS])


def found(name: str, values: Array) -> tuple[tuple[float, ...], list[Finding]]:
    """Moments (n,) in seconds, NaN where missing -> those that are no dates, and findings on them and the doubtful ones."""
    known = values[np.isfinite(values)]
    distinct, counts = np.unique(known, return_counts=True)
    # Midnight of a zone is up to a day beside that of UTC.
    usual = (np.abs(distinct[:, None] - _SECONDS) < DAY).any(axis=1)
    rest = distinct[~usual]
    if not usual.any() or counts[~usual].sum() < FEWEST or len(rest) < 2:
        return (), []
    low, high, sure, findings = float(rest[0]), float(rest[-1]), list[float](), list[Finding]()
    for value, count in zip(distinct[usual].tolist(), counts[usual].tolist(), strict=True):
        gap, year = max(low - value, value - high) / (high - low), 1970 + value / (365.2425 * DAY)
        absurd = not ABSURD[0] < year < ABSURD[1]
        if gap <= 0 or (gap < LIKELY and count < OFTEN):
            continue
        strong = gap >= SURE and (absurd or count >= REPEATED)
        if strong:
            sure.append(value)
        what = f"{counted(count, 'cell says', 'cells say')} {spelled(value)}, as for never; all others lie from {spelled(low)} to {spelled(high)}"
        keep = f"if it is a date: columns: {{{name}: time(keep)}}"
        done = (
            f"read as missing, in training as in the product; {keep}"
            if strong
            else f"kept; if it means never, leave those cells empty; {keep}"
        )
        rows = places(np.flatnonzero(values == value))
        findings.append(Finding("far-out values", what, done, name, count, rows, "warning" if strong else "question"))
    return tuple(sure), findings
