"""A finalist: a candidate as a priced product folder, with the settings that tuning gave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from breakeven.core.types import Route
from breakeven.gate.choose import Costs
from breakeven.gate.results import Predictions
from breakeven.models.settings import Settings


@dataclass(frozen=True)
class Tuned:
    """What tuning came to.

    Attributes
    ----------
    note: why these settings, in words.
    settings: to be fitted with; empty where the defaults stay.
    validation: predictions by these settings, where they beat the defaults.
    search: the figures for verdict.json; None where nothing was tried.
    """

    note: str
    settings: Settings = field(default_factory=dict)
    validation: Predictions | None = None
    search: Mapping[str, object] | None = None

    def refused(self, why: str) -> Tuned:
        """The defaults instead, though the search was made."""
        search = None if self.search is None else {**self.search, "taken": False}
        return Tuned(f"the defaults stay: {why}", search=search)


#: Why a candidate's defaults are used where the policy does not tune finalists.
DEFAULTS = Tuned("the defaults")


@dataclass(frozen=True)
class Finalist:
    """A candidate as a priced product folder; `why_not` says why it cannot be offered.

    `share`: steps its last fit made of the usual ones. One that is not `measured`, for it did not make those of its plan,
    has no folder: nothing of it is priced, or answers the sealed units, and its validation score stands alone.
    """

    candidate: str
    route: Route
    folder: Path | None
    costs: Costs | None
    why_not: str | None = None
    tuned: Tuned = DEFAULTS
    share: float = 1.0
    measured: bool = True

    @property
    def train_seconds(self) -> float | None:
        """Seconds of its fit."""
        return None if self.costs is None else self.costs.train_seconds


#: Per route the finalists that were made: the last one may be offered if any may.
Finalists = Mapping[Route, Sequence[Finalist]]


def offered(finalists: Finalists) -> dict[Route, Finalist]:
    """The finalist of each route that keeps the limits."""
    return {route: found[-1] for route, found in finalists.items() if found and found[-1].why_not is None}
