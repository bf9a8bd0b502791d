"""The one door for request bodies: size, number of values, JSON syntax, nesting, duplicate keys, length of texts, then the endpoint's own type.

Whatever is refused here is refused for every endpoint; errors are InputError with the place in the body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np
import orjson
from starlette.types import Receive

from breakeven.core.errors import InputError, TooLarge
from breakeven.serving.endpoint import MAX_BODY, MAX_TEXT, Headers

#: Most levels of lists and objects; far below the 1,000 frames at which Python's interpreter gives up.
MAX_DEPTH = 12
#: Most values (and so keys) of a body. Their number, more than the bytes, is what parsing costs: five million empty objects
#: fit into 16 MB and take seconds and a gigabyte.
MAX_VALUES = 1_000_000
#: Most characters of a place that an error repeats.
MAX_PLACE = 120
#: Most characters of a duplicate or unknown key that an error repeats.
MAX_KEY = 60

#: What orjson says of a number that no float can hold, such as a whole number of 5,000 digits.
_OUT_OF_RANGE = "number is infinity"
_CONTAINERS = frozenset({dict, list})


class NotJson(InputError):
    """The body cannot be read as JSON."""

    status = 400


class Disconnected(Exception):
    """The connection ended before the body was whole: nothing is done, and nobody is there to be told."""


async def read(headers: Headers, receive: Receive, most: int = MAX_BODY) -> bytes:
    """The bytes of a body. Raises TooLarge as soon as its announced or its real length is over `most` bytes, and Disconnected."""
    for name, value in headers:
        if name == b"content-length" and (len(value) > len(str(most)) or int(value) > most):
            raise _too_large(value.decode("latin-1"), most)
    pieces, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise _too_large(str(size), most)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(digits: str, most: int) -> TooLarge:
    size = f"{int(digits) / 1e6:.1f} MB" if len(digits) < 16 else "a length of more than 15 digits"
    limit = f"{most / 1e6:.0f} MB" if most >= 1e6 else f"{most / 1e3:.0f} kB"
    return TooLarge("body", f"{size} is over the limit of {limit}", "send fewer rows at a time")


def parse(body: bytes, max_text: int = MAX_TEXT) -> object:
    """A body as plain data. Raises NotJson (NaN and infinity are not JSON), InputError for nesting, duplicate keys and numbers out
    of range, and TooLarge for more than MAX_VALUES values or a text of more than `max_text` characters.

    >>> parse(b'{"a": [1]}')
    {'a': [1]}
    """
    if len(body) > MAX_VALUES:
        _check_count(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith(_OUT_OF_RANGE):
            raise InputError(
                f"body, line {error.lineno}, column {error.colno}",
                "a number beyond 1.8e308",
                "send a smaller number; what is no quantity is sent as text",
            ) from None
        raise NotJson(
            f"body, line {error.lineno}, column {error.colno}",
            f"not JSON ({error.msg})",
            "send a JSON object; NaN is written null",
        ) from None
    try:
        keys = count_keys(value)
    except _TooDeep:
        raise InputError(
            _deepest_place(value), f"lists and objects nested more than {MAX_DEPTH} deep", "send a flatter value"
        ) from None
    # Every key has a colon after it. No more colons than keys: no key came twice, and none had to be looked for.
    if body.count(b":") != keys:
        json.loads(body, object_pairs_hook=_unique)
    if len(body) > max_text:
        _check_texts(value, [], max_text)
    return value


def _check_count(body: bytes) -> None:
    """Raises TooLarge for more than MAX_VALUES values. Each but the first of its list or object has a comma before it."""
    count = body.count(b",")
    if count >= MAX_VALUES:  # commas of texts are no values; texts stand behind an odd number of quotes
        letters = np.frombuffer(body.replace(b"\\\\", b"").replace(b'\\"', b""), dtype=np.uint8)
        is_text = np.cumsum(letters == ord('"'), dtype=np.uint8) & 1
        count = int(np.count_nonzero((letters == ord(",")) & (is_text == 0)))
    if count >= MAX_VALUES:
        raise TooLarge("body", f"more than {MAX_VALUES:,} values", "send fewer rows at a time")


def _check_texts(value: object, path: list[str | int], most: int) -> None:
    """Raises TooLarge for a text, or a key, of more than `most` characters. Nesting was bounded before."""
    if isinstance(value, str) and len(value) > most:
        raise TooLarge(place(path), f"{len(value):,} characters are over the limit of {most:,}", "send a shorter text")
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        if isinstance(key, str) and len(key) > most:
            raise TooLarge(place([*path, key]), f"a key of {len(key):,} characters", "send a shorter one")
        if isinstance(one, str | dict | list):
            _check_texts(one, [*path, key], most)


class _TooDeep(Exception):
    """Lists and objects are nested too deep."""


def count_keys(value: object, levels: int = MAX_DEPTH) -> int:
    """Keys of all objects in parsed JSON of at most so many levels of lists and objects.

    >>> count_keys({"rows": [{"a": 1}, {"a": 2}]})
    3
    """
    if not levels:
        raise _TooDeep
    inner: Iterable[object] = ()
    keys = 0
    if type(value) is dict:
        keys, inner = len(value), value.values()
    elif type(value) is list:
        inner = value
    if not _CONTAINERS.isdisjoint(map(type, inner)):
        for one in inner:
            if type(one) is dict or type(one) is list:
                keys += count_keys(one, levels - 1)
    return keys


def _deepest_place(value: object) -> str:
    """The first field under which the nesting goes too deep, as `items[3], title`."""
    path: list[str | int] = []
    level: list[tuple[list[str | int], object]] = [([], value)]
    for _ in range(MAX_DEPTH):
        level = [([*at, key], one) for at, holder in level for key, one in _children(holder)]
        path = level[0][0]
    while path and isinstance(path[-1], int):  # indices of the nested lists themselves say nothing
        path.pop()
    return place(path)


def _children(holder: object) -> Iterator[tuple[str | int, object]]:
    pairs = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
    for key, one in pairs:
        if isinstance(one, dict | list):
            yield key, one


def place(path: list[str | int]) -> str:
    """A path into a body as errors name it.

    >>> place(["items", 3, "title"]), place([0, "UserId"]), place([])
    ('items[3], title', '[0], UserId', 'body')
    """
    out = ""
    for key in path:
        out += f"[{key}]" if isinstance(key, int) else f", {key}" if out else key
    return (f"body, {out}" if len(path) == 1 and isinstance(path[0], str) else out)[:MAX_PLACE] or "body"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError("body", f"the key {twice[:MAX_KEY]!r} stands twice in one object", "send each key once")
    return found
