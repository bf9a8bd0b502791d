"""One input of a finished model: which columns it takes, as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.features.media import Media


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
