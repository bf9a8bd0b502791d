"""A user's estimator as it enters the race."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from breakeven.core.types import Route

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class Own:
    """An estimator of the user's, and the route it stands for."""

    route: Route
    estimator: BaseEstimator
