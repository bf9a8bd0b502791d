"""Several models' answers as one, shared by training and serving.

>>> Pool("mean", (0.75, 0.25)).joined([np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])]).tolist()
[[0.75, 0.25]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from breakeven.core.types import Array

TINY = 1e-9
How = Literal["mean", "powers"]


@dataclass(frozen=True)
class Pool:
    """One weight a model. "mean": the weighted sum of probabilities or values. "powers" (probabilities alone): their
    product, each to the power of its weight, which may make the whole surer than any model is.
    """

    how: How
    weights: tuple[float, ...]

    def joined(self, members: Sequence[Array]) -> Array:
        """Probabilities (n, classes) of sum 1, or values (n, 1), from each model's (n, classes) or (n,)."""
        if members[0].ndim == 1:
            return np.asarray(sum(w * m for w, m in zip(self.weights, members, strict=True)))[:, None]
        if self.how == "mean":
            out = np.asarray(sum(w * m for w, m in zip(self.weights, members, strict=True)))
        else:
            logs = sum(w * np.log(np.maximum(m, TINY)) for w, m in zip(self.weights, members, strict=True))
            out = np.exp(logs - np.max(logs, axis=1, keepdims=True))
        return np.asarray(out / out.sum(axis=1, keepdims=True))
