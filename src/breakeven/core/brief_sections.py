"""Sections of a brief: keys checked against those that are known, values against their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from breakeven.core.errors import InputError, nearest
from breakeven.core.fields import described

if TYPE_CHECKING:
    from breakeven.core.types import Device, Final, Prefer

T = TypeVar("T")
#: What a brief may prefer.
PREFERENCES: tuple[Prefer, ...] = ("cheap", "balanced", "best")
#: What it may be fitted on at last.
FINALS: tuple[Final, ...] = ("all", "twin")
#: What its nets may be trained on.
DEVICES: tuple[Device, ...] = ("auto", "cpu", "cuda", "mps")
#: Keys that something is divided by.
DIVISORS = ("server_cores", "utilisation")


def section(raw: Mapping[str, object], key: str, known: Mapping[str, object], where: str) -> dict[str, object]:
    """What stands under a key; {} where nothing does. Raises InputError for an unknown key in it."""
    given = raw.get(key)
    if given is None:
        return {}
    if not isinstance(given, dict):
        kind = (
            "a text" if isinstance(given, str) else described(given)
        )  # a text may be a key or a password: it is not repeated
        raise InputError(f"{where}, {key}", f"expected keys and values, not {kind}", f"known: {', '.join(known)}")
    for name in given:
        if name not in known:
            raise InputError(f"{where}, {key}", f"unknown key {name!r}", nearest(str(name), known))
    return dict(given)


def dataclass_of(
    kind: type[T], raw: Mapping[str, object], key: str, where: str, otherwise: Mapping[str, object] | None = None
) -> T:
    """A section as its dataclass; `otherwise` holds defaults that are not the class's own. Raises InputError."""
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    given = section(raw, key, known, where)
    values: dict[str, object] = dict(otherwise or {})
    for name, value in given.items():
        if value is None or known[name].type == "str":
            values |= {} if value is None else {name: str(value)}
            continue
        number = positive(value, f"{where}, {key}.{name}")
        values[name] = int(number) if known[name].type == "int" else number
    for name in DIVISORS:
        if values.get(name) == 0:
            raise InputError(f"{where}, {key}.{name}", "it is not more than 0", "give a number above 0")
    return kind(**values)


def positive(value: object, where: str) -> float:
    """A number of at least 0. Raises InputError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError(where, f"{value!r} is not a number of at least 0", "give a number")
    return value
