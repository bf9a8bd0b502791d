"""JSON of platforms: parsed within the house's limits, and read field by field, whatever type a field turns out to have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from breakeven.core.errors import InputError
from breakeven.scenarios.support.channels.channel import MAX_ID, NotReadable
from breakeven.serving import body as bodies

#: A part of a platform's document; the types of its fields are not known.
Json = Mapping[str, Any]


def parsed(body: bytes) -> Json:
    """A body as an object. Raises NotReadable for everything else."""
    try:
        value = bodies.parse(body)
    except InputError as error:
        raise NotReadable(error.where, error.what, error.remedy) from None
    except ValueError as error:  # bytes that are no UTF-8, where keys are compared
        raise NotReadable("body", f"it cannot be read ({error})", "send JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise NotReadable("body", "expected an object", "send what the platform documents")
    return value


def written(value: object) -> bytes:
    """A value as JSON."""
    return orjson.dumps(value)


def part(value: object, *keys: str) -> Json:
    """The object under some keys; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def parts(value: object, key: str) -> Iterator[Json]:
    """The objects of a list under a key."""
    found = value.get(key) if isinstance(value, Mapping) else None
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield one


def text(value: Json, key: str) -> str:
    """A text; "" for everything else."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def name(value: Json, key: str) -> str:
    """An id, which platforms send as a text or as a whole number; "" where there is none."""
    found = value.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and len(found) <= MAX_ID else ""


def seconds(value: object, otherwise: float, per_second: int = 1) -> float:
    """A time as seconds since 1970, out of a number or digits; `otherwise` where it is none.

    >>> seconds("1602532300", 0.0), seconds(1458692752478, 0.0, 1000), seconds("soon", 5.0)
    (1602532300.0, 1458692752.478, 5.0)
    """
    try:
        found = float(value) / per_second if isinstance(value, int | float | str) else otherwise
    except (ValueError, OverflowError):
        return otherwise
    return found if math.isfinite(found) and 0 < found < 1e11 else otherwise
