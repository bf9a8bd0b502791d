"""Parsed bodies and query strings as the types of an endpoint; every error names the place, the value and what to send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from breakeven.core.errors import InputError, TooLarge, nearest
from breakeven.core.fields import described
from breakeven.serving.body import MAX_KEY, place

#: A type or a typing form that msgspec knows, such as `list[Item]`; no type stands for all of them.
Form: TypeAlias = Any
Query = TypeVar("Query", bound=msgspec.Struct)

#: Origins of a union: `int | str` and those of older spelling.
UNIONS = (Union, UnionType)
#: Most bytes of a query string that is kept decoded; longer ones are decoded each time.
MAX_CACHED_QUERY = 500

#: msgspec's names of types as an error says them.
NOUNS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
#: What is counted when the length of a type is limited.
LENGTH_UNITS = {"str": "characters", "array": "entries", "object": "keys"}

_AT = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_TYPE = re.compile(r"Expected `([^`]*)`, got `[^`]*`")
_LENGTH = re.compile(r"Expected `(\w+)` of length (<=|>=) (\d+)")
_EXACT = re.compile(r"Expected `(\w+)` of length (\d+)")
_RANGE = re.compile(r"Expected `(\w+)` (<=|>=|<|>) (\S+)")
_CHOICE = re.compile(r"Invalid enum value")
_OVERFLOW = re.compile(r"(Integer value|Number) out of range")


def decode_body(value: object, expected: Form) -> Form:
    """Parsed JSON as an instance of `expected`. Raises InputError, or TooLarge for more entries or characters than allowed.

    >>> class Item(msgspec.Struct):
    ...     title: str
    >>> decode_body({"title": 5}, Item)
    Traceback (most recent call last):
    ...
    breakeven.core.errors.InputError: body, title: 5 is not text; send text
    """
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise _explained(str(error), value, expected, "") from None


def decode_query(query: bytes, expected: type[Query]) -> Query:
    """A query string as an instance of `expected`, a frozen Struct; a key may be repeated where it takes a list.

    Raises InputError.
    """
    return (_decoded if len(query) <= MAX_CACHED_QUERY else _decode_query)(query, expected)


def _decode_query(query: bytes, expected: type[Query]) -> Query:
    given, lists = dict[str, str](), dict[str, list[str]]()
    for key, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if key in _lists(expected):
            lists.setdefault(key, []).append(value)
        elif given.setdefault(key, value) != value:
            raise InputError(f"query, {key[:MAX_KEY]}", "it is given twice, with two values", "send one")
    return decode_mapping({**given, **lists}, expected, "query")


def decode_section(given: Mapping[str, object], expected: type[Query], where: str) -> Query:
    """A section of a brief as an instance of `expected`. Raises InputError naming the key, under `where`."""
    try:
        return msgspec.convert(given, expected, strict=False)
    except msgspec.ValidationError as error:
        found = _explained(str(error), given, expected, "")
        key = found.where.removeprefix("body, ").replace(", ", ".")
        remedy = found.remedy.removesuffix(" or null").replace("send", "give")
        raise InputError(f"{where}.{key}", found.what, remedy) from None


def decode_mapping(given: Mapping[str, object], expected: type[Query], where: str) -> Query:
    """Named values, where numbers may be texts, as an instance of `expected`.

    A switch named without a value (`?explain`) is on. Raises InputError naming the key, under `where`.
    """
    given = {key: "1" if value == "" and key in _switches(expected) else value for key, value in given.items()}
    try:
        return msgspec.convert(given, expected, strict=False)
    except msgspec.ValidationError as error:
        raise _explained(str(error), given, expected, where) from None


@lru_cache(maxsize=100)
def _switches(expected: type[msgspec.Struct]) -> frozenset[str]:
    fields = msgspec.structs.fields(expected)
    return frozenset(f.encode_name for f in fields if f.type is bool or bool in get_args(f.type))


@lru_cache(maxsize=100)
def _lists(expected: type[msgspec.Struct]) -> frozenset[str]:
    """Keys that take a list."""
    return frozenset(
        f.encode_name
        for f in msgspec.structs.fields(expected)
        if any(get_origin(kind) in (tuple, list) for kind in (f.type, *get_args(f.type)))
    )


_decoded = lru_cache(maxsize=1_000)(_decode_query)


def _explained(message: str, value: object, expected: Form, root: str) -> InputError:
    """msgspec's message about a value as an error with where, what and remedy."""
    at = _AT.search(message)
    message = message[: at.start()] if at else message
    path: list[str | int] = []
    for name, index in _STEP.findall(at[1]) if at else ():
        if not name and not index:  # the value of some key of a mapping: msgspec does not say which
            break
        path.append(int(index) if index else name)
    for key in path:
        value = value[key] if isinstance(value, list | dict) else None  # type: ignore[index]
    where = f"{root}, {place(path).removeprefix('body, ')}" if root and path else root or place(path)
    for form, explain in _EXPLAINED:
        if found := form.match(message):
            return explain(where, found, value, _inside(expected, path) if form is _UNKNOWN else expected)
    if found := _TYPE.match(message):
        nouns = " or ".join(NOUNS.get(kind, kind) for kind in sorted(found[1].split(" | "), key="null".__eq__))
        wanted = nouns.removesuffix(" or null")
        return InputError(where, f"{described(value)} is not {wanted}", f"send {nouns}{_keys_of(expected, path)}")
    return InputError(where, f"{described(value)}: {message}", "see /docs")


def _missing(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    return InputError(f"{where}, {found[1][:MAX_KEY]}", "it is missing", "send it; see /docs")


def _unknown(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    key = found[1][:MAX_KEY]
    here = [f.encode_name for kind in _alternatives(expected) if _is_struct(kind) for f in msgspec.structs.fields(kind)]
    return InputError(where, f"unknown key {key!r}", nearest(key, here or _field_names(expected)))


def _length(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    count = len(value) if isinstance(value, str | list | dict) else 0
    unit, limit = LENGTH_UNITS[found[1]], int(found[3])
    if found[2] == "<=":
        return TooLarge(where, f"{count:,} {unit} are over the limit of {limit:,}", "send fewer")
    what = "the list is empty" if isinstance(value, list) and not value else f"{count:,} {unit}"
    return InputError(where, what, f"send at least {limit:,}")


def _exact(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    return InputError(where, f"{described(value)} where {int(found[2]):,} are expected", f"send {int(found[2]):,}")


def _range(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    bound, given = f"{float(found[3]):,g}", value
    if isinstance(value, str):  # a number of a query string
        given = float(value)
    shown = f"{given:,g}" if isinstance(given, int | float) else described(value)
    limit = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}[found[2]]
    fault = {">=": "below", "<=": "above", ">": "not more than", "<": "not less than"}[found[2]]
    return InputError(where, f"{shown} is {fault} {bound}", f"send {NOUNS[found[1]]} of {limit} {bound}")


def _choice(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    key = where.rpartition(", ")[2]
    values = dict.fromkeys(repr(v) for name, kind in _fields(expected) if name == key for v in _literals(kind))
    remedy = f"send {', '.join(values)}" if values else "see /docs for them"
    return InputError(where, f"{described(value)} is none of the values it may have", remedy)


def _overflow(where: str, found: re.Match[str], value: object, expected: Form) -> InputError:
    return InputError(where, f"{described(value)} is out of range", "send a smaller number")


#: Forms of msgspec's messages with what explains each.
_EXPLAINED = (
    (_MISSING, _missing),
    (_UNKNOWN, _unknown),
    (_LENGTH, _length),
    (_EXACT, _exact),
    (_RANGE, _range),
    (_CHOICE, _choice),
    (_OVERFLOW, _overflow),
)


def _keys_of(expected: Form, path: list[str | int]) -> str:
    """The keys of the body, when the body itself has the wrong type."""
    return f" with {', '.join(map(repr, _field_names(expected)))}" if not path and _field_names(expected) else ""


def _is_struct(kind: Form) -> bool:
    plain: object = get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, msgspec.Struct)


def _alternatives(kind: Form) -> list[Form]:
    """The types of a union, also of an annotated one; the type itself where it is none."""
    origin: object = get_origin(kind)
    if origin is Annotated:
        return _alternatives(get_args(kind)[0])
    return [one for inner in get_args(kind) for one in _alternatives(inner)] if origin in UNIONS else [kind]


def _inside(expected: Form, path: list[str | int]) -> Form:
    """The type at a place of a type; the whole type where that cannot be told."""
    kind = expected
    for step in path:
        found: list[Form] = []
        for one in _alternatives(kind):
            origin: object = get_origin(one)
            if isinstance(step, str) and _is_struct(one):
                found += [f.type for f in msgspec.structs.fields(one) if f.encode_name == step]
            elif isinstance(step, int) and origin in (list, tuple):
                found += get_args(one)[:1]
        if len(found) != 1:
            return expected
        kind = found[0]
    return kind


def _literals(kind: Form) -> list[object]:
    """The values of the literals in a type."""
    origin: object = get_origin(kind)
    args = get_args(kind)
    return list(args) if origin is Literal else [v for inner in args for v in _literals(inner)]


def _field_names(expected: Form) -> tuple[str, ...]:
    """Keys of a Struct, of what a Struct or list holds, all together."""
    return tuple(dict.fromkeys(name for name, _ in _fields(expected)))


@lru_cache(maxsize=100)
def _fields(expected: Form) -> list[tuple[str, Form]]:
    """Keys and types of a Struct, and of what a Struct or list holds."""
    kinds, found, seen = [expected], list[tuple[str, Form]](), list[Form]()
    while kinds:
        kind = kinds.pop()
        if kind in seen:  # a type that holds itself
            continue
        seen.append(kind)
        if _is_struct(kind):
            fields = msgspec.structs.fields(kind)
            found += [(f.encode_name, f.type) for f in fields]
            kinds += [f.type for f in fields]
        else:
            kinds += getattr(kind, "__args__", ())
    return found
