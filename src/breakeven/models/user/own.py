"""A user's estimator among the candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakeven.core.types import Route

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

#: Names of the candidates that learn from a teacher (`taught`).
STUDENTS = ("taught_boosting", "taught_tabm")


@dataclass(frozen=True)
class Own:
    """A user's estimator and its route."""

    route: Route
    estimator: BaseEstimator
