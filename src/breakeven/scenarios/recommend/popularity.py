"""How popular items are by now: as `models.ranking.popular` counts them in training, kept up to date event by event.

Each person is one voice for an item: of their events the one that weighs most, halved for each half-life of its age. Instead of all
counts growing old, newer voices are louder; the order is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.ranking.histories import Histories, half_life
from breakeven.scenarios.recommend.growing import appended

#: The loudness of no voice.
SILENT = -math.inf
#: How many times (as a power of two) a voice may be as loud as one of the last event of the build before all are turned down.
LOUDEST = 60.0


class Popularity:
    """`scores` (items,) at the time of the last event of `seen`, from which they were counted; without `timed` nothing grows old."""

    def __init__(self, scores: Array, seen: Histories, timed: bool) -> None:
        self.scores = scores.astype(np.float64)
        self._last = float(seen.times.max()) if len(seen.times) else 0.0
        self._half_life = half_life(seen.times) if timed else math.inf
        self._turned_down = 0.0

    def loudness(self, weight: float, at: float) -> float:
        """A voice as a power of two, by the weight and time of its event."""
        return math.log2(weight) + (at - self._last) / self._half_life

    def change(self, before: Mapping[int, float], after: Mapping[int, float]) -> None:
        """One person's voices for items (item -> loudness) are others now."""
        for item in before.keys() | after.keys():
            self.change_one(item, before.get(item, SILENT), after.get(item, SILENT))

    def change_one(self, item: int, old: float, new: float) -> None:
        """One person's voice for an item is another one now."""
        if new - self._turned_down > LOUDEST:
            self.scores *= 2.0 ** (self._turned_down - new)
            self._turned_down = new
        heard = 2.0 ** (new - self._turned_down) - 2.0 ** (old - self._turned_down)
        self.scores[item] = max(0.0, self.scores[item] + heard)

    def add_item(self) -> None:
        """One more item, which nobody took yet."""
        self.scores = appended(self.scores, 0.0)
