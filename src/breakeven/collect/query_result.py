"""What a database answers, taken row by row within limits of rows, cells, text and time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from breakeven.core.errors import InputError, TooLarge
from breakeven.core.types import Finding

#: Rows, cells, and bytes of text that a query may answer. A cell of a Python list takes about 40 bytes.
MAX_ROWS, MAX_CELLS, MAX_TEXT = 20_000_000, 100_000_000, 4_000_000_000
#: Bytes of text after which rows are asked for in smaller batches, and rows of a batch at most.
BATCH_TEXT, BATCH_ROWS = 16_000_000, 20_000


@dataclass(frozen=True)
class QueryResult:
    """Names and columns, and what should be said about the database."""

    names: list[str]
    columns: list[Sequence[object]]
    findings: tuple[Finding, ...] = ()


class Collector:
    """Rows of one query as columns. `where` names the database in errors; `seconds` is what the query may take in all."""

    def __init__(self, where: str, names: Sequence[str], seconds: float, started: float) -> None:
        self._where, self._seconds, self._until = where, seconds, started + seconds
        self.names, self.columns = list(names), [list[object]() for _ in names]
        self.rows, self._text = 0, 0

    @property
    def batch(self) -> int:
        """Rows to ask for next: few at first, and few where their texts are long."""
        if not self.rows:
            return 10
        return int(min(BATCH_ROWS, max(1, BATCH_TEXT * self.rows // max(self._text, 1)), 10 * self.rows))

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Take rows in. Raises InputError for a query that takes too long, and TooLarge for one that answers too much."""
        for row in rows:
            for column, value in zip(self.columns, row, strict=True):
                column.append(float(value) if isinstance(value, Decimal) else value)
                if isinstance(value, str | bytes):
                    self._text += len(value)
            self.rows += 1
            if self.rows > MAX_ROWS or self.rows * len(self.names) > MAX_CELLS or self._text > MAX_TEXT:
                what = (
                    f"the query answers more than {MAX_ROWS:,} rows, {MAX_CELLS:,} cells or {MAX_TEXT:,} bytes of text"
                )
                raise TooLarge(self._where, what, "select fewer rows or columns")
        if time.monotonic() > self._until:
            raise too_long(self._where, self._seconds)


def too_long(where: str, seconds: float) -> InputError:
    """A query that was stopped."""
    return InputError(
        where, f"the query was stopped after {seconds:g} s", "select less, or give the build more limits.minutes"
    )
