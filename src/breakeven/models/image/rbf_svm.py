"""A support vector machine with an RBF kernel on gradients, colour and numbers, by landmarks (Nystroem)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Hog, Reader
from breakeven.models.mixed.features import Blocks, Drawing, Featured, scale_of, softmax
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial

#: Rows on which the scale of the margins is fitted.
SCALE_ROWS = 3_000
#: Share of those rows on which it is scored.
SCALE_SHARE = 0.25
#: Times the system is made a little more positive before it is given up.
TRIES = 4


class RbfSvm(Featured):
    """`landmarks` rows stand for all (Williams and Seeger 2001); least squares on -1 and 1 gives the weights.

    `gamma` is in units of 1 / (mean squared distance between rows); `ridge` is added to the normal equations.
    """

    name = "rbf_svm"
    route = "traditional"

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        landmarks: int = 3_000,
        gamma: float = 1.0,
        ridge: float = 1e-2,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.landmarks, self.gamma, self.ridge = landmarks, gamma, ridge

    def _look(self, X: Array, layout: Layout) -> Reader:
        reader = super()._look(X, layout)
        return Reader(reader.table, tuple(p for p in reader.parts if isinstance(p, Hog)))

    def _fit(self, V: Blocks, y: Array) -> None:
        self._note_widths(V)
        X = V.joined.astype(np.float32)
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(len(X))
        self.landmarks_ = X[order[: self.landmarks]]
        self.gamma_ = self.gamma / _mean_square_distance(X[order[:2_000]])
        Y = (
            y[:, None].astype(float)
            if not self.classes
            else np.where(y[:, None] == np.arange(len(self.present_)), 1.0, -1.0)
        )
        self.centre_: Array
        self.centre_, spread = (Y.mean(axis=0), Y.std() or 1.0) if not self.classes else (np.zeros(Y.shape[1]), 1.0)
        self.scale_ = self._scale(X, y, order) if self.classes else None
        self.weights_ = self._solve(X, (Y - self.centre_) / spread) * spread

    def _scale(self, X: Array, y: Array, order: Array) -> float:
        some = order[:SCALE_ROWS]
        cut = int(len(some) * SCALE_SHARE)
        if cut < 2:
            return 2.0
        Y = np.where(y[some[cut:], None] == np.arange(len(self.present_)), 1.0, -1.0)
        return scale_of(self._kernel(X[some[:cut]]) @ self._solve(X[some[cut:]], Y), y[some[:cut]])[0]

    def _solve(self, X: Array, Y: Array) -> Array:
        """Weights (m, k) of the kernel with each landmark: (K'K + ridge n Kmm) w = K'Y, block by block of rows."""
        among = self._kernel(self.landmarks_).astype(float)
        left = self.ridge * len(X) / 1000 * among
        right = np.zeros((len(among), Y.shape[1]))
        for i in range(0, len(X), 4096):
            K = self._kernel(X[i : i + 4096]).astype(float)  # products of float32 would not stay positive
            left += K.T @ K
            right += K.T @ Y[i : i + 4096]
        # What float32 distances leave uncertain, so that the system stays positive.
        left[np.diag_indices(len(left))] += 1e-6 * np.trace(left) / len(left)
        from scipy.linalg import solve

        for _ in range(TRIES):
            try:
                return np.asarray(solve(left, right, assume_a="pos"))
            except np.linalg.LinAlgError:
                left[np.diag_indices(len(left))] *= 1 + 1e-4
        raise ArithmeticError("the landmarks are too alike to be told apart")

    def _kernel(self, X: Array) -> Array:
        """exp(-gamma |x - c|^2) of rows (n, d) with every landmark: (n, m)."""
        L = self.landmarks_
        square = (X**2).sum(axis=1)[:, None] + (L**2).sum(axis=1) - 2 * X @ L.T
        return np.asarray(np.exp(-self.gamma_ * np.maximum(square, 0)))

    def _scores(self, V: Blocks) -> Array:
        X = V.joined.astype(np.float32)
        parts = [self._kernel(X[i : i + 4096]) @ self.weights_ for i in range(0, max(len(X), 1), 4096)]
        margins = np.concatenate(parts) + self.centre_
        return margins if self.scale_ is None else softmax(margins * self.scale_)

    def graph(self) -> bytes:
        """Drawn by hand: distances to the landmarks as one matrix product."""
        L, draw = self.landmarks_.astype(np.float32), Drawing(self)
        products = draw.project(-2.0 * L.T, "products")
        at, squares = 0, []
        for key, width in self.widths:
            source = "x" if key == "x" else f"{key}_hog"
            squares.append(draw.node("ReduceSumSquare", [source], f"{key}_square", axes=[1], keepdims=1))
            at += width
        own = draw.constant("own", (L**2).sum(axis=1))
        distance = draw.node("Sum", [products, own, *squares], "distance")
        positive = draw.node("Relu", [distance], "positive")
        kernel = draw.node(
            "Exp",
            [draw.node("Mul", [positive, draw.constant("gamma", np.array([-self.gamma_], dtype=np.float32))], "power")],
            "kernel",
        )
        margins = draw.node("MatMul", [kernel, draw.constant("weights", self.weights_.astype(np.float32))], "margins")
        centre = draw.constant("centre", np.asarray(self.centre_, dtype=np.float32))
        found = draw.node("Add", [margins, centre], "scores" if self.scale_ is None else "centred")
        if self.scale_ is not None:
            heated = draw.node(
                "Mul", [found, draw.constant("scale", np.array([self.scale_], dtype=np.float32))], "heated"
            )
            draw.node("Softmax", [heated], "scores", axis=1)
        return draw.finish()

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Kernel width and regularisation."""
        return {
            "gamma": trial.suggest_float("gamma", 0.2, 5.0, log=True),
            "ridge": trial.suggest_float("ridge", 1e-4, 1.0, log=True),
        }


def _mean_square_distance(X: Array) -> float:
    """Mean of |x - z|^2 over pairs of rows: twice the summed variance."""
    return float(2 * X.var(axis=0).sum()) or 1.0
