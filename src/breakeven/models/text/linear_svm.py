"""A linear support vector machine on n-grams, gradients and numbers; ridge regression for values."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models.mixed.features import Blocks, Featured, linear_graph, scale_of, softmax
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial
    from scipy import sparse

#: Rows on which the scale of the margins is fitted.
SCALE_ROWS = 3_000
#: Share of those rows on which it is scored.
SCALE_SHARE = 0.25
#: Regularisations tried on such rows where none is set: noisy labels want the first, many clean classes the last.
STRENGTHS = (0.1, 0.3, 1.0, 3.0)


def settle(X: Array | sparse.csr_matrix, y: Array, strength: float, seed: int) -> tuple[float, float]:
    """The regularisation strength (the one given, or with 0 the best of STRENGTHS on held-out rows) and the scale of its margins.

    From a part of the rows, fitted on another part; y are class numbers (n,).
    """
    order = np.random.default_rng(seed).permutation(len(y))[:SCALE_ROWS]
    cut = int(len(order) * SCALE_SHARE)
    seen = np.unique(y[order[cut:]])
    judged = order[:cut][np.isin(y[order[:cut]], seen)]
    if len(seen) < 2 or len(judged) < 2:
        return strength or 1.0, 2.0
    truth, results = np.searchsorted(seen, y[order[cut:]]), []
    for one in (strength,) if strength else STRENGTHS:
        weights, bias = separate(X[order[cut:]], truth, len(seen), one, seed)
        margins = np.asarray(X[judged] @ weights + bias)
        scale, loss = scale_of(margins, np.searchsorted(seen, y[judged]))
        results.append((loss, one, scale))
    _, best, scale = min(results)
    return best, scale


def separate(X: Array | sparse.csr_matrix, y: Array, classes: int, strength: float, seed: int) -> tuple[Array, Array]:
    """Weights (d, classes) and bias (classes,): hinge loss on sparse rows, least squares on dense ones."""
    if isinstance(X, np.ndarray):
        return least_squares(X, np.where(y[:, None] == np.arange(classes), 1.0, -1.0), strength, seed)
    from sklearn.svm import LinearSVC

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged to the last digit
        model = LinearSVC(C=strength, random_state=seed, max_iter=300, tol=1e-3).fit(X, y)
    if classes > 2:
        return model.coef_.T, model.intercept_
    return np.column_stack([-model.coef_[0], model.coef_[0]]), np.array([-model.intercept_[0], model.intercept_[0]])


def least_squares(X: Array | sparse.csr_matrix, Y: Array, strength: float, seed: int) -> tuple[Array, Array]:
    """Ridge regression of Y (n, k): weights (d, k) and bias (k,)."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0 / strength, random_state=seed).fit(X, Y)
    return np.asarray(model.coef_).reshape(Y.shape[1], -1).T, np.asarray(model.intercept_).reshape(-1)


class LinearSvm(Featured):
    """`strength` is the inverse of the regularisation (scikit-learn's C); 0: chosen on held-out rows (`settle`).

    With n-grams: hinge loss, one class against the rest. With gradients and numbers alone: least squares on -1 and 1
    (Suykens and Vandewalle 1999), which has a closed form; the hinge took 100 times as long on 60,000 images.
    """

    name = "linear_svm"
    route = "traditional"

    def __init__(self, layout: Layout | None = None, classes: int = 0, seed: int = 0, strength: float = 0.0) -> None:
        self.layout, self.classes, self.seed, self.strength = layout, classes, seed, strength

    def _fit(self, V: Blocks, y: Array) -> None:
        self._note_widths(V)
        X = V.joined
        self.scale_: float | None = None
        if not self.classes:
            self.weights_, self.bias_ = least_squares(X, y[:, None].astype(float), self.strength or 1.0, self.seed)
            return
        strength, self.scale_ = settle(X, y, self.strength, self.seed)
        self.weights_, self.bias_ = separate(X, y, len(self.present_), strength, self.seed)

    def _margins(self, V: Blocks) -> Array:
        return np.asarray(V.joined @ self.weights_ + self.bias_)

    def _scores(self, V: Blocks) -> Array:
        margins = self._margins(V)
        return margins if self.scale_ is None else softmax(margins * self.scale_)

    def graph(self) -> bytes:
        """Drawn by hand: n-grams as rows gathered and summed, never as a dense row."""
        return linear_graph(self, self.weights_, self.bias_, self.scale_)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Regularisation over three decades."""
        return {"strength": trial.suggest_float("strength", 0.03, 30.0, log=True)}
