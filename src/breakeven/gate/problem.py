"""What a scenario brings to the selection: a `Problem` with its `Fitter`, and a `Policy`.

The selection knows candidates, units, predictions and losses. It knows neither features nor file formats: how a
candidate becomes a product folder, how that is timed and what is drawn from it is the problem's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, Self, runtime_checkable

from breakeven.core.errors import ExportError
from breakeven.core.types import Array, Route
from breakeven.gate.finalist import Finalists
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.fitter import Fitter
from breakeven.gate.results import Board, Predictions
from breakeven.gate.run_context import RunContext
from breakeven.models.settings import Settings, Space
from breakeven.runtime.ensemble import How
from breakeven.scale.executor import Workers

#: Errors of a product that cannot be made or proved, among them those of third-party converters.
PACKAGING_ERRORS = (ExportError, NotImplementedError, RuntimeError, ValueError, TypeError)


@dataclass(frozen=True)
class TuningPolicy:
    """How settings are searched and when they are taken.

    Attributes
    ----------
    candidates: whose settings: the chosen candidate's, or each route's finalist's before the choice.
    trials: trials per unit of the brief's effort.
    repeats: folds on which settings are judged (None: all on which the candidate raced).
    first_look_rows: trials see a third of the training units first where that third has at least so many.
    first_look_seconds: and where a fit takes at least so many seconds.
    time_share: share of the time left for tuning that one search may take.
    refits: fits with the new settings still to come; slower settings are refused where the minutes leave no room
        for them (0: not checked).
    """

    candidates: Literal["winner", "finalists"] = "winner"
    trials: int = 12
    repeats: int | None = None
    first_look_rows: int = 200
    first_look_seconds: float = 0.0
    time_share: float = 1.0
    refits: int = 0


@dataclass(frozen=True)
class Policy:
    """Where scenarios differ for a reason.

    Attributes
    ----------
    tuning: how settings are searched.
    refit_on_everything: the product is fitted once more on all units, the sealed ones among them. Finalists then
        leave time for that and are fitted on all open units; otherwise they may take fewer, or hold a fold out.
    full_population: measure close candidates on all units where the race stopped before, and not the cheap ones alone.
    ensembles: close candidates may answer together, where the problem can join them.
    check_limits_early: drop expensive candidates whose first product breaks a limit of the brief.
    """

    tuning: TuningPolicy = field(default_factory=TuningPolicy)
    refit_on_everything: bool = False
    full_population: bool = False
    ensembles: bool = True
    check_limits_early: bool = True


@dataclass(frozen=True)
class Recipe:
    """How a product is fitted.

    Attributes
    ----------
    settings: the candidate's settings; empty for its defaults.
    rows: how many of the open units it sees (None: all).
    seconds: the time a neural network may take (None: as much as it plans).
    plan: share of its usual steps that a neural network is to make.
    holdout: leave out the first fold's validation units and predict them.
    everything: take the sealed units, too.
    again: another seed than the first time.
    like: a product folder whose calibration is kept, for no units are left to calibrate by.
    reuse: a product folder whose fitted model is published again, instead of a fit.
    """

    settings: Settings = field(default_factory=dict)
    rows: int | None = None
    seconds: float | None = None
    plan: float = 1.0
    holdout: bool = False
    everything: bool = False
    again: bool = False
    like: Path | None = None
    reuse: Path | None = None


@dataclass(frozen=True)
class Packaged:
    """What packaging took: seconds of the fit, units seen, share of the usual steps made and planned, holdout predictions, and as many
    epochs as the usual steps are (0: not known).
    """

    seconds: float
    rows: int
    share: float = 1.0
    plan: float = 1.0
    prediction: Array | None = None
    epochs: int = 0


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a usual answer; answers a second of one server at its slowest, usually and at its fastest."""

    usual_ms: float
    per_second: tuple[float, float, float]


class FitterDefaults:
    """A fitter's parts that simple problems leave as they are: nothing missing, nothing to tune."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Every candidate can run."""
        return {}

    def space(self, candidate: str) -> Space | None:
        """No candidate has a search space."""
        return None

    def changes(self, candidate: str) -> Settings:
        """No setting changes training units."""
        return {}


class Problem(Protocol):
    """What a scenario implements to be selected for."""

    @property
    def fitter(self) -> Fitter:
        """The part that workers receive."""

    @property
    def policy(self) -> Policy:
        """How this scenario's selection differs from others'."""

    def prepare(self, workers: Workers, seconds: float, progress: Callable[[str], None]) -> Problem:
        """The same problem with what all fits share computed once, within `seconds`."""

    def package(self, candidate: str, recipe: Recipe, folder: Path, validation: Predictions) -> Packaged:
        """Fit in a process of its own and publish to `folder`; a folder that is finished is kept.

        `validation` holds predictions by the same settings for validation units, for calibration.
        Raises one of PACKAGING_ERRORS where no product can be made.
        """

    def time(self, folder: Path) -> Timing:
        """Time a published product's answers."""

    def column_kinds(self) -> Mapping[str, Sequence[str]]:
        """Names of columns by kind, for the ablation of kinds; empty where there is none."""

    def measure_finalists(
        self, context: RunContext, runner: FitRunner, board: Board, finalists: Finalists
    ) -> Mapping[str, object]:
        """The scenario's own measurements of finalists, made after the choice and before the winner's last fits."""


class ProblemDefaults:
    """A problem's parts that simple scenarios leave as they are."""

    @property
    def policy(self) -> Policy:
        """The usual policy."""
        return Policy()

    def prepare(self, workers: Workers, seconds: float, progress: Callable[[str], None]) -> Self:
        """Nothing is shared between fits."""
        return self

    def column_kinds(self) -> Mapping[str, Sequence[str]]:
        """No ablation of kinds of columns."""
        return {}

    def measure_finalists(
        self, context: RunContext, runner: FitRunner, board: Board, finalists: Finalists
    ) -> Mapping[str, object]:
        """Nothing beyond the selection's own measurements."""
        return {}


@dataclass(frozen=True)
class JointAnswer:
    """One way to join members: its name, a weight each, and the joint predictions of validation units.

    Each unit is answered by weights that it had no part in.
    """

    way: str
    how: How
    weights: tuple[float, ...]
    predictions: Predictions


@dataclass(frozen=True)
class Member:
    """One part of an ensemble: a candidate, its route, its weight and its product folder."""

    candidate: str
    route: Route
    weight: float
    folder: Path


@runtime_checkable
class EnsembleProblem(Problem, Protocol):
    """A problem whose candidates may answer together."""

    def calibrated(self, predictions: Predictions) -> Predictions:
        """Predictions as a product would answer them, calibrated by themselves."""

    def bag(self, candidate: str, copies: int, settings: Settings) -> Settings | None:
        """Settings of so many copies of a candidate that answer by their mean; None where that is not worth measuring."""

    def join(self, members: Sequence[Predictions]) -> Sequence[JointAnswer]:
        """Every way to join calibrated members."""

    def package_ensemble(self, candidate: str, members: Sequence[Member], joint: JointAnswer, folder: Path) -> Packaged:
        """Publish members, joined like `joint`, as one product in `folder`; it goes by the winning candidate's name."""
