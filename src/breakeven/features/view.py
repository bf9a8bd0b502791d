"""What one model reads of a table's numbers, categories and times, fitted on its training rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from breakeven.core.types import Array, Layout


@dataclass(frozen=True)
class View:
    """What one model reads, fitted on its training rows.

    - raw: the base matrix (boosted trees take missing values and level numbers as they are).
    - filled: the same with missing numbers at the median beside a flag column, missing levels as -1 (for forests).
    - dense: numbers standardised, missing as 0 with a flag column, categories one column a level.
    - mixed: numbers centred at the median, scaled by the quartiles and softly clipped, missing as 0 with a flag column;
      categories as level + 1, 0 for missing or unseen (for embeddings).
    """

    kind: Literal["raw", "filled", "dense", "mixed"]
    numbers: tuple[int, ...] = ()
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    flags: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()
    clip: float = field(default=0.0)

    @classmethod
    def fit(cls, kind: Literal["raw", "filled", "dense", "mixed"], X: Array, layout: Layout) -> View:
        """Learn centre and scale of each number from X (n, p)."""
        if kind == "raw":
            # A table alone is read as it stands, which is faster than picking columns.
            return cls("raw", tuple(layout.table) if len(layout.table) < len(layout.names) else ())
        numbers = layout.numbers
        block = X[:, numbers]
        known = np.isfinite(block)
        filled = np.where(known, block, np.nan)
        centre, scale = _standard(filled) if kind == "dense" else _robust(filled)
        if kind == "filled":
            scale = np.ones_like(scale)
        flags = [j for i, j in enumerate(numbers) if not known[:, i].all()]
        # Soft clip at 3 scales, as in RealMLP (Holzmueller et al. 2024): x / sqrt(1 + (x / 3)^2).
        clip = 3.0 if kind == "mixed" else 0.0
        levels = tuple(layout.levels[j] for j in layout.categories)
        return cls(
            kind,
            tuple(numbers),
            tuple(centre.tolist()),
            tuple(scale.tolist()),
            tuple(flags),
            tuple(layout.categories),
            levels,
            clip,
        )

    @property
    def width(self) -> int:
        """Columns of the view (0 for raw: as many as the base matrix)."""
        codes = sum(self.levels) if self.kind == "dense" else len(self.categories)
        return len(self.numbers) + len(self.flags) + codes

    @cached_property
    def _arrays(self) -> tuple[Array, Array, Array, Array, Array]:
        return (
            np.array(self.numbers, dtype=int),
            np.array(self.centre),
            np.array(self.scale),
            np.array(self.flags, dtype=int),
            np.array(self.categories, dtype=int),
        )

    def apply(self, X: Array) -> Array:
        """Base matrix (n, p) -> (n, width) float32."""
        if self.kind == "raw":
            return (X[:, list(self.numbers)] if self.numbers else X).astype(np.float32)
        numbers, centre, scale, flags, categories = self._arrays
        z = (X[:, numbers] - centre) / scale
        if self.kind == "filled":
            known = np.where(np.isnan(z), centre, X[:, numbers])
            codes = np.nan_to_num(X[:, categories], nan=-1.0)
            return np.concatenate([known, np.isnan(X[:, flags]), codes], axis=1, dtype=np.float32, casting="unsafe")
        if self.clip:
            z = z / np.sqrt(1 + (z / self.clip) ** 2)
        parts = [np.nan_to_num(z, nan=0.0), np.isnan(X[:, flags])]
        if self.kind == "mixed":
            parts.append(np.nan_to_num(X[:, categories] + 1, nan=0.0))
        else:
            parts += [X[:, [j]] == np.arange(k) for j, k in zip(categories, self.levels, strict=True)]
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="unsafe")


def _standard(block: Array) -> tuple[Array, Array]:
    count = np.maximum(np.isfinite(block).sum(axis=0), 1)
    mean = np.nansum(block, axis=0) / count
    spread = np.sqrt(np.nansum((block - mean) ** 2, axis=0) / count)
    return mean, np.where(spread > 0, spread, 1.0)


def _of_sorted(block: Array, share: float) -> Array:
    """A quantile (p,) of each column of sorted numbers (n, p) with NaN at the end, as np.nanquantile has it."""
    last, columns = np.isfinite(block).sum(axis=0) - 1, np.arange(block.shape[1])
    below = np.floor(last * share).astype(int)
    t = last * share - below
    a, b = block[below, columns], block[np.minimum(below + 1, last), columns]
    return np.asarray(np.where(t >= 0.5, b - (b - a) * (1 - t), a + (b - a) * t))


def _robust(block: Array) -> tuple[Array, Array]:
    """Median and quartile range; the half range where the quartiles coincide (mostly one value)."""
    if not block.shape[1]:
        return np.zeros(0), np.ones(0)
    empty = ~np.isfinite(block).any(axis=0)
    safe = np.where(empty, 0.0, block)
    safe.sort(axis=0)  # all columns at once: a call of nanquantile for each of 5,000 takes a quarter of a second
    low, q1, middle, q3, high = (_of_sorted(safe, share) for share in (0, 0.25, 0.5, 0.75, 1))
    # 0.5: a quartile range of 1 gives values of about +-1, as a unit normal divided by 1.35 would.
    scale = np.where(q3 > q1, (q3 - q1) / 1.35, (high - low) / 2)
    return middle, np.where(scale > 0, scale, 1.0)
