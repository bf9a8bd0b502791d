"""Who gets which arm of an experiment: a sticky hash of the user, by the arms' shares."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakeven.core.errors import InputError, nearest

#: Shares must add up to 1 within this.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Arm:
    """A name, its share of users, and the name of the variant they get."""

    name: str
    share: float
    variant: str


def parse_arms(given: object, variants: Sequence[str], key: str, where: str) -> tuple[Arm, ...]:
    """The arms of a brief, `{name: {share: 0.5, <key>: variant}}`; none where there are none.

    `variants` are the possible ones, the first is the default; `key` is the brief's word for one. Raises InputError.
    """
    if not given:
        return ()
    example = f"write {{new: {{share: 0.5}}, old: {{share: 0.5, {key}: {variants[-1]}}}}}"
    if not isinstance(given, Mapping) or len(given) < 2:
        raise InputError(where, f"{given!r} are no two arms", example)
    arms = [_arm(str(name), {} if own is None else own, (variants, key), f"{where}.{name}", 1 / len(given))
            for name, own in given.items()]  # fmt: skip
    total = sum(arm.share for arm in arms)
    if abs(total - 1) > TOLERANCE:
        raise InputError(where, f"the shares add up to {total:g}", "let them add up to 1")
    return tuple(arms)


def _arm(name: str, given: object, choices: tuple[Sequence[str], str], where: str, equal_share: float) -> Arm:
    variants, key = choices
    if not isinstance(given, Mapping):
        raise InputError(where, f"expected keys and values, not {given!r}", "write {share: 0.5}")
    for word in given:
        if word not in ("share", key):
            raise InputError(where, f"unknown key {word!r}", nearest(str(word), ("share", key)))
    share, variant = given.get("share", equal_share), str(given.get(key, variants[0]))
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise InputError(f"{where}.share", f"{share!r} is no share", "give a number between 0 and 1")
    if variant not in variants:
        raise InputError(f"{where}.{key}", f"unknown {key} {variant!r}", nearest(variant, variants))
    return Arm(name, float(share), variant)


def assign(user: str, arms: Sequence[Arm], salt: str) -> Arm:
    """The arm of a user: always the same, whatever process answers; another experiment (`salt`) assigns anew.

    >>> two = [Arm("new", 0.5, "model"), Arm("old", 0.5, "popular")]
    >>> [assign(f"u{i}", two, "shop").name for i in range(4)]
    ['old', 'new', 'old', 'old']
    """
    point = int.from_bytes(hashlib.sha256(f"{salt}\0{user}".encode()).digest()[:8], "big") / 2**64
    for arm in arms:
        point -= arm.share
        if point < 0:
            return arm
    return arms[-1]
