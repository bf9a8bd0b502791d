"""Columns that grow by one value after another while they are served."""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array

#: Values for which there is room at the least.
FEWEST = 64


def appended(column: Array, value: float) -> Array:
    """A column (n,) with one more value (n + 1,). It is a view of an array with room for more, so that n values take O(n) in all.

    >>> column = np.zeros(0)
    >>> for value in (3.0, 1.0): column = appended(column, value)
    >>> column.tolist()
    [3.0, 1.0]
    """
    n, room = len(column), column.base
    if room is None or len(room) <= n or room.dtype != column.dtype:
        room = np.empty(max(2 * n, FEWEST), dtype=column.dtype)
        room[:n] = column
    room[n] = value
    return np.asarray(room[: n + 1])
