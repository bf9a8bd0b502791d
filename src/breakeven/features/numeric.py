"""What a finished model reads: columns as the model's own inputs name and type them, unscaled.

>>> given = Given("", -1, "given", (Wanted("age", "number", "float32", (0,)), Wanted("plan", "category", "str", (1,), ("free", "paid"))))
>>> {name: values.tolist() for name, values in given.inputs(np.array([[31.0, 1.0]]), Memory()).items()}
{'age': [[31.0]], 'plan': [['paid']]}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.features.media import Media, Memory
from breakeven.features.packed import Packed

__all__ = ["Given", "Memory", "Wanted"]


@dataclass(frozen=True)
class Wanted:
    """One input of a model: its name, what its columns are, its numpy type ("str" for texts), where they are in the base
    matrix; the levels of a category and the text column's name.
    """

    name: str
    kind: Literal["number", "category", "text"]
    dtype: str
    places: tuple[int, ...]
    levels: tuple[str, ...] = ()
    column: str = ""

    def values(self, X: Array, media: Media) -> Array:
        """The input (n, columns) of rows (n, p). Raises InputError for a missing value where whole numbers are wanted."""
        if self.kind == "text":
            return np.array(media.texts(self.column, X[:, self.places[0]]), dtype=object)[:, None]
        block = X[:, list(self.places)]
        if self.dtype == "str":
            names = np.array([*self.levels, ""], dtype=object)
            return np.asarray(names[np.where(np.isnan(block), len(self.levels), block).astype(int)])
        if not self.dtype.startswith("float") and np.isnan(block).any():
            raise InputError(
                f"column {self.column or self.name}",
                "the value is missing, and the model takes whole numbers",
                "give one, or let the model take floats",
            )
        return block.astype(self.dtype)


@dataclass(frozen=True)
class Given:
    """All inputs of a finished model, in place of the readers of models fitted here."""

    kind: ClassVar[str] = "given"
    column: str
    place: int
    key: str
    wanted: tuple[Wanted, ...]

    def inputs(self, X: Array, media: Media) -> dict[str, Array]:
        """Named inputs of the base matrix (n, p)."""
        return {one.name: one.values(X, media) for one in self.wanted}

    def pack(self) -> Packed:
        """As plain data."""
        return Packed(
            {"column": self.column, "place": self.place, "key": self.key, "wanted": [asdict(w) for w in self.wanted]}
        )

    @classmethod
    def unpack(cls, packed: Packed) -> Given:
        """Back from plain data."""
        plain: dict[str, Any] = packed.plain
        wanted = []
        for entry in plain["wanted"]:
            own: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
            wanted.append(Wanted(**own))
        return cls(plain["column"], plain["place"], plain["key"], tuple(wanted))
