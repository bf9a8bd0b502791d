"""What a finished model reads: columns as the model's own inputs name and type them, unscaled.

>>> import numpy as np
>>> given = Given("", -1, "given", (Wanted("age", "number", "float32", (0,)), Wanted("plan", "category", "str", (1,), ("free", "paid"))))
>>> {name: values.tolist() for name, values in given.inputs(np.array([[31.0, 1.0]]), Memory()).items()}
{'age': [[31.0]], 'plan': [['paid']]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from breakeven.core.types import Array
from breakeven.features.media import Media, Memory
from breakeven.features.packed import Packed, PartKind, PartSettings
from breakeven.features.wanted import Wanted

__all__ = ["Given", "Memory", "Wanted"]


@dataclass(frozen=True)
class Given:
    """All inputs of a finished model, in place of the readers of models fitted here."""

    kind: ClassVar[PartKind] = "given"
    column: str
    place: int
    key: str
    wanted: tuple[Wanted, ...]

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Named inputs of the base matrix (n, p)."""
        return {one.name: one.values(X, media) for one in self.wanted}

    def pack(self) -> Packed[PartSettings]:
        """As plain data."""
        return Packed(PartSettings(self.kind, self.column, self.place, self.key, wanted=self.wanted))

    @classmethod
    def unpack(cls, packed: Packed[PartSettings]) -> Given:
        """Back from plain data."""
        plain = packed.plain
        return cls(plain.column, plain.place, plain.key, plain.wanted)
