"""A reader, or a part of one, as plain data: what a product folder keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec

from breakeven.core.types import Array
from breakeven.features.view import View
from breakeven.features.wanted import Wanted

Plain = TypeVar("Plain")
PartKind: TypeAlias = Literal["grams", "tokens", "pixels", "hog", "pieces", "given"]


class PartSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a reader: its kind, its column, the column's place in the base matrix, and how its inputs' names start.

    `longest` and `pad` are of word pieces, `wanted` of a finished model.
    """

    kind: PartKind
    column: str
    place: int
    key: str
    longest: int = 0
    pad: int = 0
    wanted: tuple[Wanted, ...] = ()


class ReaderSettings(msgspec.Struct, frozen=True):
    """The table's view and the parts of a reader."""

    table: View | None = None
    parts: tuple[PartSettings, ...] = ()


@dataclass(frozen=True)
class Packed(Generic[Plain]):
    """Settings, named arrays and named text files."""

    plain: Plain
    arrays: dict[str, Array] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
