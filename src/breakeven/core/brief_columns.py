"""What a brief says of the data's columns and cells: roles, formats, time zone, encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from breakeven.core.errors import InputError, nearest

#: Roles whose columns can be written in several ways, so that a format may stand behind them.
FORMATS = ("number", "time", "category", "price", "value")


def columns_of(given: object, where: str, roles: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """The role of each column, and the format that stands in brackets behind it. Raises InputError for an unknown role."""
    if given is None:
        return {}, {}
    if not isinstance(given, dict):
        raise InputError(f"{where}, columns", f"expected 'column: role', not {given!r}", f"roles: {', '.join(roles)}")
    columns, formats = dict[str, str](), dict[str, str]()
    for column, text in _joined(given).items():
        place = f"{where}, columns.{column}"
        match = re.fullmatch(r"\s*([^()]*?)\s*(?:\((.*)\))?\s*", str(text), re.DOTALL)
        role, form = (match[1], match[2]) if match else (str(text), None)
        if role not in roles:
            raise InputError(place, f"unknown role {str(text)!r}", nearest(role, roles))
        columns[str(column)] = role
        if form is not None:
            if role not in FORMATS:
                raise InputError(place, f"a {role} has no format", f"write {role!r} alone")
            formats[str(column)] = form.strip()
    return columns, formats


def _joined(given: Mapping[object, object]) -> dict[object, object]:
    """The columns as they were meant: inside braces YAML ends `number(comma, keep)` at its comma, and takes `keep)` for a key.

    >>> _joined({"price": "number(comma", "keep)": None, "city": "category"})
    {'price': 'number(comma, keep)', 'city': 'category'}
    """
    out, unclosed = dict[object, object](), None
    for name, text in given.items():
        if unclosed is not None and text is None:
            out[unclosed] = f"{out[unclosed]}, {name}"
            unclosed = None if str(name).endswith(")") else unclosed
            continue
        out[name] = text
        unclosed = name if isinstance(text, str) and "(" in text and ")" not in text else None
    return out


def timezone_of(given: object, where: str) -> str:
    """The zone of times that name none. Raises InputError for a name that is not in the IANA database."""
    try:
        ZoneInfo(str(given))
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"{where}, timezone", f"there is no time zone {str(given)!r}", "name one as Europe/Berlin or UTC"
        ) from None
    return str(given)


def encoding_of(given: object, where: str) -> str | None:
    """Python's name of the data file's encoding; None where the brief gives none. Raises InputError."""
    if given is None:
        return None
    try:
        return codecs.lookup(str(given)).name
    except LookupError:
        raise InputError(
            f"{where}, encoding", f"there is no encoding {str(given)!r}", "name one as utf-8, windows-1251 or shift_jis"
        ) from None
