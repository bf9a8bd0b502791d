"""Whether stored arrays are what their reader takes them for: a number beside an array is memory of somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np

from breakeven.core.types import Array

#: Whole numbers that can be counted with, those of any size, floating ones, and yes or no, by numpy's names. Unsigned numbers
#: of 64 bits become floating ones beside signed ones, and short ones begin anew from 0.
Kind: TypeAlias = Literal["whole", "code", "float", "flag"]
_SIGNED = ("int32", "int64")
KINDS: Mapping[Kind, tuple[str, ...]] = {
    "whole": _SIGNED,
    "code": (*_SIGNED, "int8", "int16", "uint8", "uint16", "uint32"),
    "float": ("float16", "float32", "float64"),
    "flag": ("bool",),
}


def named(
    arrays: Mapping[str, Array],
    name: str,
    kind: Kind,
    shape: tuple[int | None, ...],
    finite: bool = True,
) -> Array:
    """The array of a name, its kind and shape as they should be (None: any length). Raises ValueError.

    >>> named({"a": np.zeros((2, 3))}, "a", "float", (None, 3)).shape
    (2, 3)
    """
    found = arrays.get(name)
    if found is None:
        raise ValueError(f"there is no array {name[:60]!r}")
    if found.dtype.name not in KINDS[kind]:
        raise ValueError(f"the array {name[:60]!r} is of {found.dtype}")
    if found.ndim != len(shape) or any(
        want is not None and has != want for has, want in zip(found.shape, shape, strict=True)
    ):
        wanted = " x ".join("any" if n is None else f"{n:,}" for n in shape)
        raise ValueError(f"the array {name[:60]!r} is of shape {found.shape}, not {wanted}")
    if finite and kind == "float" and not np.isfinite(found).all():
        raise ValueError(f"the array {name[:60]!r} has a number that is none")
    return found


def places(
    arrays: Mapping[str, Array], name: str, shape: tuple[int | None, ...], most: int, kind: Kind = "whole"
) -> Array:
    """An array of numbers from 0 to below `most`. Raises ValueError."""
    found = named(arrays, name, kind, shape)
    if found.size and not (found.min() >= 0 and found.max() < most):
        raise ValueError(f"the array {name[:60]!r} has numbers outside 0 to {most - 1:,}")
    return found


def rows(arrays: Mapping[str, Array], name: str, count: int, length: int) -> Array:
    """Where each of `count` rows starts in `length` values, and where the last ends (count + 1,). Raises ValueError."""
    found = named(arrays, name, "whole", (count + 1,))
    if found[0] != 0 or found[-1] != length or bool((found[1:] < found[:-1]).any()):
        raise ValueError(f"the array {name[:60]!r} does not rise from 0 to {length:,}")
    return found
