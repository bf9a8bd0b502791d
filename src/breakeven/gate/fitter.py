"""The part of a problem that travels to worker processes: what can be fitted, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from breakeven.core.types import Route
from breakeven.gate.results import Job, Measured, Race
from breakeven.models.settings import Settings, Space


class Fitter(Protocol):
    """The part of a problem that travels to worker processes: a few words, for it reads its units from disk."""

    @property
    def metric(self) -> str:
        """Name of the metric."""

    @property
    def candidates(self) -> Mapping[str, Route]:
        """Candidates that can run here, with their routes."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Candidates that cannot run here, with the reason."""

    def race(self) -> Race:
        """Folds, metric, margin and baseline."""

    def fit(self, job: Job, settings: Settings) -> Measured:
        """Fit a candidate on a job's units and predict its validation units. Errors are returned, not raised."""

    def space(self, candidate: str) -> Space | None:
        """The candidate's search space (Optuna trial -> settings), or None."""

    def changes(self, candidate: str) -> Settings:
        """Settings that change the candidate's training units, each with the value that leaves them as they are."""
