"""Events as rows of the log, and back. A row that cannot be read is left out, counted and reported; it never stops a reader.

A row is (id, user, item, kind, at, value, told); rows that were read have their number in the log after it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from breakeven.core.errors import InputError
from breakeven.core.fields import described, is_deep, is_number
from breakeven.online.bandit import WIDTH
from breakeven.online.event_types import ITEM, SHOWN

#: Times of events lie from 0 to here, in seconds since 1970 (the year 5138): all of them can be shown as a date.
LATEST = 1e11
#: Numbers of unreadable rows that a line in the log names.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did: `at` in seconds since 1970; `told` is what an impression or an item says beyond that, as JSON can;
    `number` is its place in the log it was read from.
    """

    user: str
    item: str
    kind: str
    at: float
    value: float | None = None
    id: str | None = None
    told: Mapping[str, Any] | None = None
    number: int | None = field(default=None, compare=False)


class Unreadable(ValueError):
    """A row that is no event; the message says why."""


def row(e: Event) -> tuple[Any, ...]:
    """An event as it is written. Raises InputError for one that could not be read back, before anything is written."""
    try:
        told = None if e.told is None else json.dumps(e.told, ensure_ascii=False)
        made = (e.id, e.user, e.item, e.kind, e.at, e.value, told)
        event((*made, None))
    except (ValueError, TypeError, RecursionError) as error:  # Unreadable among them
        why = str(error) if isinstance(error, Unreadable) else f"not JSON ({type(error).__name__})"
        where = f"event of item {described(e.item)}"
        raise InputError(where, f"it could not be read back: {why}", "correct it and send it again") from None
    return made


def event(row: Sequence[Any]) -> Event:
    """A row as an event. Raises Unreadable."""
    id, user, item, kind, at, value, told, number = row
    if not type(user) is type(item) is type(kind) is str:  # logs have millions: what is wrong is looked for afterwards
        name, text = next(x for x in (("user", user), ("item", item), ("kind", kind)) if type(x[1]) is not str)
        raise Unreadable(f"{name} is {described(text)}, not text")
    if id is not None and type(id) is not str:
        raise Unreadable(f"id is {described(id)}, not text")
    if not (type(at) is float or is_number(at)) or not 0 <= at < LATEST:  # NaN is not in the range either
        raise Unreadable(f"time is {described(at)}, not seconds since 1970")
    if value is not None and not is_number(value):
        raise Unreadable(f"value is {described(value)}, not a number")
    return Event(user, item, kind, float(at), value, id, None if told is None else _told(kind, told), number)


def _told(kind: str, text: object) -> dict[str, Any]:
    if type(text) is not str:
        raise Unreadable(f"its JSON is {described(text)}, not text")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"its JSON is broken ({error.msg})") from None
    if type(found) is not dict:
        raise Unreadable(f"its JSON is {described(found)}, not an object")
    if is_deep(found):
        raise Unreadable("its JSON is nested too deep")
    for key, value in found.items():
        fits = _FITS.get((kind, key))
        if fits is not None and not fits(value):
            raise Unreadable(f"{key[:40]} is {described(value)}")
    if kind == SHOWN and "explored" in found and not found.keys() >= {"p", "own", "x"}:
        raise Unreadable("an explored impression without p, own and x")
    return found


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_scalars(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str | int | float) for v in value)


def _is_amount(value: object) -> bool:
    return value is None or is_number(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_features(value: object) -> bool:
    return isinstance(value, list) and len(value) == WIDTH and all(map(is_number, value))


#: What a value must be by the kind of event and its key. Numbers pass for titles and categories: they were accepted once, and they
#: can be read.
_FITS = {
    (ITEM, "title"): _is_scalar,
    (ITEM, "text"): _is_scalar,
    (ITEM, "categories"): _is_scalars,
    (ITEM, "price"): _is_amount,
    (ITEM, "stock"): _is_amount,
    (SHOWN, "arm"): _is_scalar,
    (SHOWN, "items"): _is_texts,
    (SHOWN, "explored"): _is_scalar,
    (SHOWN, "p"): is_number,
    (SHOWN, "own"): _is_scalar,
    (SHOWN, "x"): _is_features,
}


class Quarantine:
    """Rows of one log that were left out because they cannot be read: how many, and the numbers of the first."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.clear()

    def clear(self) -> None:
        """Forget all: the log is read anew."""
        self.count, self.why, self._reported = 0, "", 0
        self.numbers = list[int]()

    def readable(self, rows: Iterable[Sequence[Any]]) -> Iterator[Event]:
        """The rows that are events; the others are counted."""
        for one in rows:
            try:
                yield event(one)
            except Unreadable as error:
                self.count += 1
                if len(self.numbers) < NAMED:
                    self.numbers.append(one[-1])
                self.why = self.why or f"number {one[-1]}: {error}"

    def report(self) -> None:
        """One line in the log of the process, where rows were left out since the last line."""
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
