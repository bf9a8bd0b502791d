"""Gradient-boosted trees on numbers beside texts and images brought to a few dimensions (latent semantic analysis)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array
from breakeven.models import onnx_graph
from breakeven.models.mixed.features import Blocks, Drawing, Featured
from breakeven.models.tabular.boosting import Boosting

if TYPE_CHECKING:
    from scipy import sparse

#: Dimensions to which n-grams, and gradients of images, are reduced.
DIMENSIONS = 64
#: Rows on which the reduction is fitted.
LEARN_ROWS = 6_000
#: Trees of all classes at the most.
MOST_TREES = 1_500
#: Rounds at the least.
FEWEST_ROUNDS = 12


class FeatureBoosting(Featured, Boosting):
    """As `Boosting`; n-grams and gradients by their leading singular vectors (Deerwester et al. 1990)."""

    name = "feature_boosting"
    route = "traditional"
    table = "raw"

    def _fit(self, V: Blocks, y: Array) -> None:
        self._note_widths(V)
        self.bases_ = {}
        if self.hog_width_:
            self.bases_["i"] = self._basis(np.concatenate(V.dense[self._table() :], axis=1))
        if V.grams:
            from scipy import sparse

            self.bases_["t"] = self._basis(sparse.hstack(V.grams, format="csr"))
        rounds, classes = self.rounds, len(self.present_) if self.classes else 1
        # Every round grows a tree a class: with many classes fewer rounds, for the same number of trees.
        self.rounds = int(np.clip(rounds, 1, max(FEWEST_ROUNDS, MOST_TREES // classes)))
        super()._fit(self._narrow(V), y)
        self.rounds = rounds

    def _table(self) -> int:
        return int(self.reader_.table is not None)

    def _basis(self, block: Array | sparse.csr_matrix) -> Array:
        """(d, k): leading right singular vectors, times the square root of k for values of about 1."""
        from sklearn.utils.extmath import randomized_svd

        pick = np.random.default_rng(self.seed).permutation(block.shape[0])[:LEARN_ROWS]
        count = max(1, min(DIMENSIONS, min(len(pick), block.shape[1]) - 1))
        _, _, basis = randomized_svd(block[pick], count, n_iter=3, random_state=self.seed)
        return np.asarray(basis.T * np.sqrt(count), dtype=np.float32)

    def _narrow(self, V: Blocks) -> Array:
        """What the trees see (n, width)."""
        parts = list(V.dense[: self._table()])
        if "i" in self.bases_:
            parts.append(np.concatenate(V.dense[self._table() :], axis=1) @ self.bases_["i"])
        at = 0
        summed = np.zeros((len(V.grams[0].indptr) - 1, self.bases_["t"].shape[1]), np.float32) if V.grams else None
        for block in V.grams:
            summed += block @ self.bases_["t"][at : at + block.shape[1]]
            at += block.shape[1]
        return np.concatenate([*parts, *([summed] if summed is not None else [])], axis=1, dtype=np.float32)

    def _scores(self, V: Blocks) -> Array:
        return super()._scores(self._narrow(V))

    def graph(self) -> bytes:
        """The projections in front of the trees that onnxmltools draws."""
        from onnx import TensorProto

        draw = Drawing(self)
        parts = []
        if self.reader_.table is not None:
            parts.append(draw.given("x", TensorProto.FLOAT, ["n", self.reader_.table.width]))
        parts += [draw.project(basis, f"narrow_{kind}", only=kind) for kind, basis in self.bases_.items()]
        draw.node("Concat", parts, "joined", axis=1)
        return onnx_graph.in_front(draw.nodes, draw.constants, draw.inputs, "joined", super().graph())
