"""Copies of one model, each fitted without a part of the rows, that answer by their mean.

Averaging takes away what a model owes to the draw of its rows and seeds (Breiman 1996, Parmanto et al. 1996): much for boosted trees
and nets, nothing for lines, and forests are averages already.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Reader
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate
from breakeven.models.training.step_budget import left, within

#: What copies share with the bag, so that all read a row alike.
SHARED = ("media_", "reader_", "rows_", "present_", "classes_")


class Bag(Candidate):
    """`count` copies of `inner`, of which each leaves out another part of the rows and draws by another seed.

    >>> from breakeven.models.tabular.boosting import Boosting
    >>> bag = Bag(Boosting(classes=2, rounds=5), 3).fit(np.arange(60.0).reshape(30, 2), np.arange(30) % 2)
    >>> len(bag.copies_), bag.scores(np.zeros((4, 2))).shape
    (3, (4, 2))
    """

    def __init__(self, inner: Candidate, count: int) -> None:
        self.inner, self.count = inner, count

    @property
    def layout(self) -> Layout | None:  # type: ignore[override]
        """That of the model."""
        return self.inner.layout

    @property
    def classes(self) -> int:  # type: ignore[override]
        """Those of the model."""
        return self.inner.classes

    def _look(self, X: Array, layout: Layout) -> Reader:
        return self.inner._look(X, layout)

    def _fit(self, V: Array, y: Array) -> None:
        part = parts(y, self.count, bool(self.classes), self.inner.seed)
        self.copies_ = list[Candidate]()
        for k in range(self.count):
            copy: Candidate = clone(self.inner).set_params(seed=self.inner.seed + k)
            for name in SHARED:
                if hasattr(self, name):
                    setattr(copy, name, getattr(self, name))
            time_left = left()
            with within(None if time_left is None else time_left / (self.count - k)):
                copy._fit(V[part != k], y[part != k])
            self.copies_.append(copy)

    def _scores(self, V: Array) -> Array:
        return np.asarray(np.mean([np.asarray(copy._scores(V)) for copy in self.copies_], axis=0))

    def graph(self) -> bytes:
        """The copies' graphs side by side, and their mean."""
        return onnx_graph.mean([copy.graph() for copy in self.copies_])


def parts(y: Array, count: int, classes: bool, seed: int) -> Array:
    """The part (n,) of each row, of `count` parts in which each class has nearly its share; -1 for the only row of a class,
    which no copy leaves out.

    >>> part = parts(np.array([0, 0, 0, 0, 1, 1, 2]), 2, True, 0)
    >>> np.bincount(part[:4]).tolist(), sorted(part[4:6].tolist()), int(part[6])
    ([2, 2], [0, 1], -1)
    """
    order = np.random.default_rng([seed, 19]).permutation(len(y))
    if classes:
        order = order[np.argsort(y[order], kind="stable")]
    part = np.empty(len(y), dtype=int)
    part[order] = np.arange(len(y)) % count
    if classes:
        part[np.bincount(y)[y] == 1] = -1
    return part
