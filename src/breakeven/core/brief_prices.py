"""What a brief says of money: its prices, and the hosted model with its own; the rest is taken from the price table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from breakeven.core import network, price_table
from breakeven.core.brief_sections import dataclass_of, positive, section
from breakeven.core.errors import InputError
from breakeven.core.price_table import PriceTable
from breakeven.core.types import Hosted, Prices

#: Keys of `hosted` that are words, and that are whole numbers.
WORDS, WHOLE = ("model", "address", "key_env", "priced"), ("examples", "rows", "answer_tokens")
#: Keys of `hosted` that are true or false.
ALLOWS = ("insecure", "private")
#: The price of any error, and those of a yes that is missed and of a no that is taken for one.
EACH, OF_KIND = "usd_per_error", ("usd_per_miss", "usd_per_false_alarm")
TOKEN_PRICES = ("usd_per_million_tokens_in", "usd_per_million_tokens_out")


def prices_of(raw: Mapping[str, object], folder: Path, errs: bool, where: str) -> tuple[Prices, PriceTable]:
    """The prices, and the table they come from: the shipped one, or that of `prices.table`.

    `errs`: answers of the scenario are right or wrong, so that errors can have a price. Raises InputError.
    """
    given = section(raw, "prices", {f.name: f for f in fields(Prices)}, where)
    table = price_table.read(folder / str(given["table"])) if given.get("table") else price_table.shipped()
    found = dataclass_of(Prices, raw, "prices", where, {"dated": table.dated, **table.defaults})
    _errors_priced(found, [key for key in (EACH, *OF_KIND) if given.get(key) is not None], errs, f"{where}, prices")
    return found, table


def _errors_priced(prices: Prices, given: Sequence[str], errs: bool, where: str) -> None:
    """Refuse prices of errors that contradict each other, and where nothing is right or wrong."""
    if given and not errs:
        what = "answers of this scenario are not right or wrong, so an error has no price"
        raise InputError(f"{where}.{given[0]}", what, f"remove '{given[0]}'")
    kinds = [key for key in OF_KIND if key in given]
    if len(kinds) == 1:
        [other] = [key for key in OF_KIND if key not in kinds]
        raise InputError(
            f"{where}.{kinds[0]}", f"it needs {other} beside it", f"add '{other}: ...' (0 where it costs nothing)"
        )
    if kinds and (EACH in given or prices.usd_per_error > 0):
        what = f"{EACH} prices all errors alike, usd_per_miss and usd_per_false_alarm each kind"
        raise InputError(
            where, what, f"keep one of the two{'' if EACH in given else f': set {EACH}: 0 in the price table'}"
        )


def hosted_of(raw: Mapping[str, object], table: PriceTable, may_ask: bool, where: str) -> Hosted | None:
    """The hosted model, its prices from the table where the brief gives none; `may_ask`: the scenario can ask one."""
    known = {f.name: f for f in fields(Hosted) if f.name != "priced"}
    given = section(raw, "hosted", known, where)
    if not given:
        return None
    if not given.get("model"):
        raise InputError(f"{where}, hosted", "the key 'model' is missing", "name the hosted model")
    words = {k: str(given[k]) for k in WORDS if given.get(k)}
    allowed = {k: _yes_or_no(given[k], f"{where}, hosted.{k}") for k in ALLOWS if k in given}
    _address(words, may_ask, where)
    _reachable(words, allowed, where)
    rest = {k: v for k, v in given.items() if k not in (*WORDS, *ALLOWS) and v is not None}
    for key, value in rest.items():
        if isinstance(value, str):  # it may be the key, in the wrong place: it is not repeated
            raise InputError(f"{where}, hosted.{key}", "a text is not a number of at least 0", "give a number")
    numbers = {k: positive(v, f"{where}, hosted.{k}") for k, v in rest.items()}
    numbers |= {k: int(numbers[k]) for k in WHOLE if k in numbers}
    for name in ("accuracy", "batch_share"):
        if numbers.get(name, 0) > 1:
            raise InputError(f"{where}, hosted.{name}", f"{numbers[name]} is not a share", "give a share from 0 to 1")
    found = table.models.get(words["model"])
    if not set(TOKEN_PRICES) & set(numbers) and found is not None:
        listed = {"in": found.usd_in, "out": found.usd_out, "cached": found.usd_cached}
        prices = {f"usd_per_million_tokens_{k}": v for k, v in listed.items() if v is not None}
        prices |= {"batch_share": found.batch} if found.batch is not None else {}
        numbers = {**prices, **numbers}
        words["priced"] = f"{found.source}, {found.dated}"
    _priced(words, numbers, table, f"{where}, hosted")
    return Hosted(**words, **numbers, **allowed)  # type: ignore[arg-type]


def _yes_or_no(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(where, "it is neither true nor false", "write true or false")
    return value


def _address(words: Mapping[str, str], may_ask: bool, where: str) -> None:
    """Refuse addresses that are none, or hold a key, and keys that stand in the brief; no message repeats them."""
    address, name = words.get("address"), words.get("key_env")
    if address is not None and not re.match(r"https?://[^\s/]", address):
        raise InputError(f"{where}, hosted.address", "it is no address of http or https", "write it as https://host/v1")
    if address is not None and re.search(r"[@?#\\\s]|[^\x21-\uffff]", address):
        what = "an address has no key, user or query in it"
        raise InputError(f"{where}, hosted.address", what, "write https://host/v1, and name the key in key_env")
    if address is not None and not may_ask:
        what = "this scenario asks no hosted model"
        raise InputError(f"{where}, hosted.address", what, "leave the address out; the prices are used all the same")
    if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
        what = "not the name of an environment variable"
        raise InputError(f"{where}, hosted.key_env", what, "put the key into a variable, and the variable's name here")


def _reachable(words: Mapping[str, str], allowed: Mapping[str, bool], where: str) -> None:
    """Refuse what needs a word: keys and rows in the clear, and addresses of private networks that are written as such.

    A name that leads to one is refused when it is connected to.
    """
    address = words.get("address", "")
    host = network.host_of(address)
    if not address or network.is_loopback(host):
        return
    if network.literal(host) is not None and not network.is_public(host) and not allowed.get("private"):
        what = "it is an address of a private network"
        raise InputError(f"{where}, hosted.address", what, "add 'private: true' below it if that is meant")
    if address.startswith("http://") and not allowed.get("insecure"):
        what = "http sends key and rows in the clear"
        raise InputError(f"{where}, hosted.address", what, "use https, or add 'insecure: true' below it")


def _priced(words: Mapping[str, str], numbers: Mapping[str, float], table: PriceTable, where: str) -> None:
    listed = f"or name a model of the price table: {', '.join(table.models)}"
    if "address" in words and not set(TOKEN_PRICES) <= set(numbers):
        what = f"an address without token prices cannot be capped ({words['model']!r} is not in the price table)"
        raise InputError(where, what, f"add {' and '.join(TOKEN_PRICES)}, {listed}")
    if "usd_per_1000" not in numbers and not set(TOKEN_PRICES) <= set(numbers):
        raise InputError(where, "no price", f"add usd_per_1000, or {' and '.join(TOKEN_PRICES)}, {listed}")
