"""Events as rows of the log's table, and back. A row that cannot be read is left out, counted and reported; it stops no reader.

A row is (id, user, item, kind, at, value, JSON of data); rows that were read have their number in the log after it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import orjson

from breakeven.core.errors import InputError
from breakeven.core.fields import described, is_deep, is_number
from breakeven.online.event import LATEST, Event

#: What is wrong with the data of a record, or None; one check for each reserved kind that has one.
Checks: TypeAlias = Mapping[str, Callable[[Mapping[str, Any]], "str | None"]]
#: A row as it is written: id, user, item, kind, at, value, JSON of data.
Row: TypeAlias = tuple["str | None", str, str, str, float, "float | None", "str | None"]
#: Numbers of unreadable rows that a warning names.
NAMED = 20


class Unreadable(ValueError):
    """A row that is no event; the message says why."""


class RecordCodec:
    """Writes and reads the rows of one log, with the checks of its reserved kinds."""

    def __init__(self, checks: Checks | None = None) -> None:
        self._checks: Checks = checks or {}

    def row(self, e: Event) -> Row:
        """An event as it is written. Raises InputError for one that could not be read back, before anything is written."""
        try:
            data = None if e.data is None else json.dumps(e.data, ensure_ascii=False)
            made = (e.id, e.user, e.item, e.kind, e.at, e.value, data)
            self.event((*made, None))
        except (ValueError, TypeError, RecursionError) as error:  # Unreadable among them
            why = str(error) if isinstance(error, Unreadable) else f"not JSON ({type(error).__name__})"
            where = f"event of item {described(e.item)}"
            raise InputError(where, f"it could not be read back: {why}", "correct it and send it again") from None
        return made

    def event(self, row: Sequence[Any]) -> Event:
        """A row as an event. Raises Unreadable."""
        id, user, item, kind, at, value, data, number = row
        if not type(user) is type(item) is type(kind) is str:  # logs have millions: the wrong field is named afterwards
            name, text = next(x for x in (("user", user), ("item", item), ("kind", kind)) if type(x[1]) is not str)
            raise Unreadable(f"{name} is {described(text)}, not text")
        if id is not None and type(id) is not str:
            raise Unreadable(f"id is {described(id)}, not text")
        if not (type(at) is float or is_number(at)) or not 0 <= at < LATEST:  # NaN is not in the range either
            raise Unreadable(f"time is {described(at)}, not seconds since 1970")
        if value is not None and not is_number(value):
            raise Unreadable(f"value is {described(value)}, not a number")
        return Event(user, item, kind, float(at), value, id, None if data is None else self._data(kind, data), number)

    def _data(self, kind: str, text: object) -> dict[str, Any]:
        if type(text) is not str:
            raise Unreadable(f"its JSON is {described(text)}, not text")
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Unreadable(f"its JSON is broken ({error.msg})") from None
        if type(data) is not dict:
            raise Unreadable(f"its JSON is {described(data)}, not an object")
        if is_deep(data):
            raise Unreadable("its JSON is nested too deep")
        check = self._checks.get(kind)
        if check is not None and (why := check(data)) is not None:
            raise Unreadable(why)
        return data


class Quarantine:
    """Rows of one log that were left out because they cannot be read: how many, and the numbers of the first."""

    def __init__(self, place: str, codec: RecordCodec) -> None:
        self.place, self._codec = place, codec
        self.clear()

    def clear(self) -> None:
        """Forget all: the log is read anew."""
        self.why, self._reported = "", 0
        self._numbers: dict[int, None] = {}

    @property
    def count(self) -> int:
        """How many rows, each counted once however often it is read."""
        return len(self._numbers)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the first rows."""
        return list(islice(self._numbers, NAMED))

    def readable(self, rows: Iterable[Sequence[Any]]) -> Iterator[Event]:
        """The rows that are events; the others are counted."""
        read = self._codec.event
        for one in rows:
            try:
                yield read(one)
            except Unreadable as error:
                self._numbers[one[-1]] = None
                self.why = self.why or f"number {one[-1]}: {error}"

    def report(self) -> None:
        """One warning of the process's log, where rows were left out since the last warning."""
        if self.count == self._reported:
            return
        self._reported = self.count
        numbers = ", ".join(map(str, self.numbers)) + (", ..." if self.count > len(self.numbers) else "")
        logging.getLogger("breakeven").warning(
            "%s: %s stored rows cannot be read and are left out: numbers %s (%s); correct or delete them in the database",
            self.place,
            f"{self.count:,}",
            numbers,
            self.why,
        )
