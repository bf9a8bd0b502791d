"""The section `recommend` of a brief, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from breakeven.core.errors import InputError
from breakeven.core.fields import described, is_number
from breakeven.core.types import Need
from breakeven.scenarios.recommend.experiment import parse_experiment
from breakeven.scenarios.recommend.item_pictures import Addresses
from breakeven.scenarios.recommend.rules import MAX_K, UserSlateQuery
from breakeven.serving.decode import decode_section


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the brief says of its shop; None where the data decide.

    Attributes
    ----------
    items, users, friends: files beside the events.
    kinds: weights of kinds of events.
    at_least: the rating from which an item counts as liked.
    hold: how events are held back.
    k: length of a list.
    repeat: what comes back, in the evaluation as in a list: nothing that was taken, what was only viewed, or everything.
    rules: changes to the usual rules of a list.
    pictures: addresses below which the items' pictures are, which the shop's page may then show.
    explore, arms: as `parse_experiment` reads them.
    """

    items: str | None = None
    users: str | None = None
    friends: str | None = None
    kinds: dict[str, object] | None = None
    at_least: float | None = None
    hold: Literal["cut", "last", "random"] | None = None
    k: Annotated[int, msgspec.Meta(ge=1, le=MAX_K)] = 10
    repeat: Literal["never", "viewed", "allowed"] | None = None
    rules: UserSlateQuery | None = None
    pictures: Addresses | None = None
    explore: object = None
    arms: object = None


#: `again` is read only to say what it is called now.
KEYS = (*Settings.__struct_fields__, "again")


def settings_of(need: Need) -> Settings:
    """The settings of a brief. Raises InputError as `check` does."""
    return check(need.settings, f"{need.folder / 'product.yaml'}, recommend")


def check(given: Mapping[str, object], where: str) -> Settings:
    """The section's values as their types. Raises InputError naming the key under `where`.

    >>> check({"k": 5}, "product.yaml, recommend").k
    5
    >>> check({"at_least": "foo"}, "product.yaml, recommend")
    Traceback (most recent call last):
    ...
    breakeven.core.errors.InputError: product.yaml, recommend.at_least: 'foo' is not a number; give a number
    """
    if "again" in given:
        remedy = "take again out; for again: true write recommend: {repeat: allowed}"
        raise InputError(f"{where}.again", "it is called repeat now", remedy)
    kinds = given.get("kinds")
    if kinds is not None and not isinstance(kinds, dict):
        raise InputError(f"{where}.kinds", f"expected 'kind: weight', not {described(kinds)}",
                         "write recommend: {kinds: {view: 1, purchase: 3}}")  # fmt: skip
    if kinds is not None:  # YAML reads a kind such as 3 or yes as a number or a truth value
        given = {**given, "kinds": {str(kind): weight for kind, weight in kinds.items()}}
    if isinstance(given.get("pictures"), str):  # one address alone
        given = {**given, "pictures": [given["pictures"]]}
    found = decode_section(given, Settings, where)
    for key, number in (("at_least", found.at_least), *((f"kinds.{k}", w) for k, w in (found.kinds or {}).items())):
        if number is not None and not is_number(number):
            raise InputError(f"{where}.{key}", f"{described(number)} is not a number", "give a number")
    parse_experiment(given)
    return found
