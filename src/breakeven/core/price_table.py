"""The dated price table: `prices.toml` beside this file, and a user's own in its place. Nothing is fetched."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from breakeven.core.errors import InputError, nearest

SHIPPED = Path(__file__).with_name("prices.toml")
#: Keys of a model's prices that are numbers, those that must be there first, and those that are words.
NUMBERS, NEEDED, WORDS = ("in", "out", "cached", "batch"), ("in", "out"), ("dated", "source")


@dataclass(frozen=True)
class ModelPrice:
    """USD per million tokens read, written, and read from the cache (None: as the others); `batch` is the share of them paid
    where answers may take a day (None: no such offer).
    """

    usd_in: float
    usd_out: float
    usd_cached: float | None
    batch: float | None
    dated: str
    source: str


@dataclass(frozen=True)
class PriceTable:
    """Defaults of the brief's `prices` by key, and hosted models by name."""

    dated: str
    defaults: Mapping[str, float]
    models: Mapping[str, ModelPrice]


@lru_cache(maxsize=1)
def shipped() -> PriceTable:
    """The table that comes with breakeven."""
    return _parsed(tomllib.loads(SHIPPED.read_text(encoding="utf-8")), str(SHIPPED))


def read(path: Path) -> PriceTable:
    """A user's table over the shipped one. Raises InputError naming the file and what is wrong in it."""
    where = str(path)
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(where, error.strerror or "cannot be read", "check prices.table in product.yaml") from None
    except ValueError as error:
        raise InputError(where, f"not valid TOML ({error})", "fix the line") from None
    own, standard = _parsed(plain, where), shipped()
    return PriceTable(own.dated, {**standard.defaults, **own.defaults}, {**standard.models, **own.models})


def default(key: str) -> float:
    """The shipped price of a key of `prices`."""
    return shipped().defaults[key]


def _parsed(plain: Mapping[str, object], where: str) -> PriceTable:
    for key in plain:
        if key not in ("dated", "defaults", "models"):
            raise InputError(where, f"unknown key {key!r}", nearest(key, ("dated", "defaults", "models")))
    if not plain.get("dated"):
        raise InputError(where, "the key 'dated' is missing", 'say when the prices were looked up: dated = "2026-11"')
    defaults, models = _table(plain, "defaults", where), _table(plain, "models", where)
    known = shipped().defaults if where != str(SHIPPED) else defaults
    for key in defaults:
        if key not in known:
            raise InputError(f"{where}, defaults", f"unknown key {key!r}", nearest(key, known))
    numbers = {key: _number(value, f"{where}, defaults.{key}") for key, value in defaults.items()}
    return PriceTable(str(plain["dated"]), numbers, {name: _model(models, name, where) for name in models})


def _model(models: Mapping[str, object], name: str, where: str) -> ModelPrice:
    entry = f"{where}, models.{name}"
    given = _table(models, name, where)
    for key in given:
        if key not in (*NUMBERS, *WORDS):
            raise InputError(entry, f"unknown key {key!r}", nearest(key, (*NUMBERS, *WORDS)))
    for key in (*NEEDED, *WORDS):
        if key not in given:
            raise InputError(entry, f"the key {key!r} is missing", f"add '{key} = ...'")
    number = {key: _number(given[key], f"{entry}, {key}") for key in NUMBERS if key in given}
    words = (str(given["dated"]), str(given["source"]))
    return ModelPrice(number["in"], number["out"], number.get("cached"), number.get("batch"), *words)


def _table(plain: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    found = plain.get(key, {})
    if not isinstance(found, dict):
        raise InputError(where, f"{key!r} is no table", f"write [{key}] and its keys below")
    return found


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError(where, f"{value!r} is not a number of at least 0", "give a number")
    return value
