"""A user's estimator as it enters the race."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from breakeven.core.types import Route


@dataclass(frozen=True)
class Own:
    """An estimator of the user's, and the route it stands for."""

    route: Route
    estimator: Any
