"""What any model must beat: the shares of the classes, or the mean."""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate


class Baseline(Candidate):
    """Answers every row with the training rows' class shares or mean."""

    name = "baseline"
    route = "traditional"
    view = "filled"

    def __init__(self, layout: Layout | None = None, classes: int = 0, seed: int = 0) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed

    def _fit(self, V: Array, y: Array) -> None:
        self.answer_ = np.bincount(y) / len(y) if self.classes else np.array([y.mean()])

    def _scores(self, V: Array) -> Array:
        return np.tile(self.answer_, (len(V), 1))

    def graph(self) -> bytes:
        """A constant; missing values are filled by the view, so nothing can turn it to NaN."""
        return onnx_graph.constant(self.answer_)
