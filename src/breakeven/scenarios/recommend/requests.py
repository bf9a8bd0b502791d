"""What a request may say: events and items, checked one by one, every error with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from breakeven.core import fields
from breakeven.core.errors import InputError, TooLarge, nearest
from breakeven.features.values import level, moment
from breakeven.online.event_log import Event, now
from breakeven.online.event_types import ITEM

MOST, LONGEST = 10_000, 512
EVENT_KEYS = ("user", "item", "kind", "time", "value", "id")
ITEM_KEYS = ("item", "title", "categories", "price", "stock", "text")
#: Seconds that a client's clock may be ahead.
AHEAD = 86_400.0
MILLISECONDS = 1e11
#: Most characters of a date, as people write it.
LONGEST_TIME = 100
#: Characters of an unknown key that an error repeats.
LONGEST_NAMED = 60


def events(body: Any, key: str = "events", anonymous: bool = False) -> list[Event]:
    """Events of {"events": [...]}, of a bare list, or of one object. Raises InputError and TooLarge naming the place."""
    given = (
        body.get(key)
        if isinstance(body, dict) and key in body
        else [body]
        if isinstance(body, dict) and "item" in body
        else body
    )
    if not isinstance(given, list) or not (given or anonymous):
        raise InputError("body", f"no list {key!r}", 'send {"events": [{"user": ..., "item": ..., "kind": ...}]}')
    if len(given) > MOST:
        raise TooLarge(f"body, {key}", f"{len(given):,} are over the limit of {MOST:,}", "send fewer at a time")
    return [_event(f"{key}[{i}]", one, anonymous) for i, one in enumerate(given)]


def _event(where: str, one: Any, anonymous: bool) -> Event:
    _object(where, one, EVENT_KEYS)
    user = "" if anonymous else name(f"{where}, user", one.get("user"))
    value = fields.number(f"{where}, value", one.get("value"))
    given = one.get("id")
    of, at = kind(f"{where}, kind", one.get("kind", "event")), when(f"{where}, time", one.get("time"))
    return Event(
        user,
        name(f"{where}, item", one.get("item")),
        of,
        at,
        value,
        None if given is None else name(f"{where}, id", given),
    )


def items(body: Any) -> list[Event]:
    """Items of {"items": [...]} as events of the log. Raises InputError naming the place."""
    given = body.get("items") if isinstance(body, dict) else body
    if not isinstance(given, list) or not given:
        raise InputError("body", "no list 'items'", 'send {"items": [{"item": ..., "title": ..., "stock": ...}]}')
    if len(given) > MOST:
        raise TooLarge("body, items", f"{len(given):,} are over the limit of {MOST:,}", "send fewer at a time")
    out = []
    for i, one in enumerate(given):
        where = f"items[{i}]"
        _object(where, one, ITEM_KEYS)
        told = {k: v for k, v in one.items() if k != "item"}
        fields.text(f"{where}, title", told.get("title"))
        fields.text(f"{where}, text", told.get("text"), fields.LONGEST_TEXT)
        fields.texts(f"{where}, categories", told.get("categories", []))
        fields.number(f"{where}, price", told.get("price"), 0.0)
        fields.number(f"{where}, stock", told.get("stock"))
        out.append(Event("", name(f"{where}, item", one.get("item")), ITEM, now(), told=told))
    return out


def name(where: str, value: Any) -> str:
    """A user's or an item's id, or a kind: text or a whole number, of a bounded length."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InputError(where, f"{fields.described(value)} is no id", "send text or a whole number")
    text = level(str(value)) or ""  # as ids are folded where they are learned from
    if not text or len(text) > LONGEST or "\0" in text:
        raise InputError(where, f"an id of {len(text):,} characters", f"send at most {LONGEST}, and no NUL")
    return text


def kind(where: str, value: Any) -> str:
    """A kind of event that a client may send."""
    found = name(where, value)
    if found.startswith("$"):
        raise InputError(
            where, f"{fields.described(found)}: kinds that begin with $ are the product's own", "call it otherwise"
        )
    return found


def when(where: str, value: Any) -> float:
    """Seconds since 1970: now where nothing is said; a number (seconds or milliseconds) or a date as people write it."""
    if value is None:
        return now()
    if isinstance(value, str):
        found = moment(value) if len(value) <= LONGEST_TIME else math.nan
    else:
        found = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
        found = found / 1000 if found > MILLISECONDS else found
    if not math.isfinite(found) or found < 0:
        raise InputError(
            where, f"{fields.described(value)} is no time", "send seconds since 1970 or 2026-11-26T12:00:00Z"
        )
    if found > now() + AHEAD:
        raise InputError(where, f"{fields.described(value)} is in the future", "check the clock or the time zone")
    return found


def _object(where: str, one: Any, keys: Sequence[str]) -> None:
    if not isinstance(one, Mapping):
        raise InputError(where, f"{fields.described(one)} is no object", f"send {{{', '.join(keys[:3])}, ...}}")
    for key in one:
        if key not in keys:
            raise InputError(where, f"unknown key {key[:LONGEST_NAMED]!r}", nearest(key[:LONGEST_NAMED], keys))
