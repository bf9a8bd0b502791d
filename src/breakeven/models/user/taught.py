"""Students: boosted trees and TabM that learn from the truth and from a teacher's soft labels, half of each.

They race as every candidate does and learn, in each fit, from labels of their own training rows alone. One is offered only
where it is proven better than the best that was not taught (`gate.students`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from breakeven.core.types import Array, Layout
from breakeven.models.base import Candidate
from breakeven.models.tabular.boosting import Boosting
from breakeven.models.tabular.tabm import TabM
from breakeven.models.user.teacher import FOLDS, Teacher, lesson

#: Share of a target that is the teacher's; the rest is the truth (Hinton et al. 2015).
TAUGHT = 0.5
#: Probability below which a class is no part of a row's target for trees.
LEAST = 0.02
#: Fewest rows that are taught: below, a teacher of four fifths of them has nothing to say.
FEWEST = 4 * FOLDS


class _Taught(Candidate):
    """What both students share: the lesson is made before the fit, from the rows as the teacher reads them."""

    lesson_: Array | None

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        teacher: Teacher | None = None,
        lessons: str = "",
    ) -> None:
        super().__init__(layout, classes, seed)  # type: ignore[call-arg]  # of the student, next in line
        self.teacher, self.lessons = teacher, lessons

    def fit(self, X: Array, y: Array) -> Self:
        """Fit on X (n, p), y (n,) and the teacher's labels of them."""
        X, y = np.asarray(X, dtype=float), np.asarray(y)
        return super().fit(X, self._learn(X, y))

    def _learn(self, X: Array, y: Array) -> Array:
        """Make the lesson; returns what y (n,) is to be learned: values drawn to the teacher's, classes as they are."""
        assert self.teacher is not None
        self.lesson_ = None
        present = np.unique(y)
        if len(y) < FEWEST or (self.classes and len(present) < 2):
            return y
        places = np.searchsorted(present, y) if self.classes else y
        answers = lesson(
            self.teacher, X, places, len(present) if self.classes else 0, self.seed, Path(self.lessons)
        ).answers
        if not self.classes:
            return np.asarray((1 - TAUGHT) * y + TAUGHT * answers)
        self.lesson_ = (1 - TAUGHT) * np.eye(len(present))[places] + TAUGHT * answers
        return y


class TaughtBoosting(_Taught, Boosting):
    """Boosted trees; a row stands once for each class that its target may be, weighed by it."""

    name = "taught_boosting"

    def _fit(self, V: Array, y: Array) -> None:
        if self.lesson_ is None:
            super()._fit(V, y)
            return
        rows, classes = np.nonzero(self.lesson_ >= LEAST)
        self._grow(V[rows], classes, self.lesson_[rows, classes], len(rows) / len(V))


class TaughtTabM(_Taught, TabM):
    """TabM whose truth is the target's probabilities."""

    name = "taught_tabm"

    def _truth(self, y: Array) -> Tensor:
        if self.lesson_ is None:
            return super()._truth(y)
        return torch.tensor(self.lesson_, dtype=torch.float32)
