"""Results of a race: one fit (`Job`), what it gave (`Measured`), and the scores and comparisons made of them (`Board`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from breakeven import metrics
from breakeven.core.types import Array, Curve, Fold, Point, Route
from breakeven.gate import steps
from breakeven.metrics import ScoreScale, UnitLosses


@dataclass(frozen=True)
class Job:
    """One fit: which candidate, on how many rows, of which repeat; the seconds it may take (None: what it wants), and the
    share of a net's usual steps that it is to make.
    """

    candidate: str
    rows: int
    repeat: int
    allowed: float | None = field(default=None, compare=False)
    plan: float = field(default=1.0, compare=False)

    @property
    def key(self) -> str:
        """File-name-safe name."""
        plan = f"-plan{self.plan:g}" if self.plan < 1 else ""
        return f"{self.candidate}-{self.rows}-{self.repeat}{plan}"


@dataclass(frozen=True)
class Measured:
    """What a job gave: the prediction for its fold's validation rows, or the error that ended it.

    `share`: steps a net made of those it would have made in all the time it wanted; `plan`: the share it was to make;
    `epochs`: as many as all of them are (0: not known); `processor`: seconds of the processor that the fit took (0: not known).
    """

    prediction: Array | None
    seconds: float
    error: str | None = None
    share: float = 1.0
    plan: float = 1.0
    epochs: int = 0
    processor: float = 0.0


#: A candidate's predictions for validation units, by the repeat (fold) they belong to.
Predictions = Mapping[int, Array]
Run = Callable[[Sequence[Job]], Iterator[tuple[Job, Measured]]]
#: The board and candidates in; those that break a limit, and why, out.
Prune = Callable[["Board", Sequence[str]], Mapping[str, str]]


#: The prediction for a repeat's validation rows, and the repeat's number, in; its score by unit out.
Evaluate = Callable[[Array, int], UnitLosses]


@dataclass(frozen=True)
class Race:
    """Candidates and what they are compared by. The gate knows neither the truth nor the form of a prediction.

    Attributes
    ----------
    routes: candidates with their routes, in the order of the roster.
    folds: one per repeat; training units in the order in which sizes take them, and validation units.
    evaluate: a prediction for a repeat's validation units in, its score by unit out.
    rows: units that a fit on all of them sees.
    metric: name of the score, for texts.
    margin: smallest difference that matters, as the brief gives it.
    baseline: the candidate that a product must beat.
    scale: direction and bounds of the score.
    classes: number of classes, 0 where there are none.
    costly: fits take minutes (texts, images, rankings): sizes are fewer, larger and not repeated.
    paced: neural networks whose fits are held to a time limit in a costly race.
    drawn: those of them whose export takes no time to speak of; that of others loads and runs torch's exporter.
    students: candidates taught by a pretrained model: measured after the race, and offered only where they are proven better.
    unit: plural noun of a unit in texts.
    few: a quick look, which takes few sizes and repeats the last one alone.
    """

    routes: Mapping[str, Route]
    folds: tuple[Fold, ...]
    evaluate: Evaluate
    rows: int
    metric: str
    margin: float
    baseline: str
    scale: ScoreScale = field(default_factory=ScoreScale)
    classes: int = 0
    costly: bool = False
    paced: frozenset[str] = frozenset()
    drawn: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()
    unit: str = "rows"
    few: bool = False

    def margin_at(self, reference: float) -> float:
        """The smallest difference that matters beside a score, in the metric's units."""
        return self.scale.margin(self.margin, reference)


@dataclass
class Board:
    """All that was measured, and the comparisons made from it; `seconds`: what the race had when it began.

    `beyond`: sizes beyond the race, of finalists fitted on all rows but those of the first fold's validation. `last`: share
    of its usual steps that a net made in its last fit, where that is less than all. `plans`: share of its usual steps that a
    net makes at all sizes, where the minutes do not carry all; `starved`: nets that made too few at the first size for any.
    `untimely`: candidates that left the race since the minutes did not carry all their fits.
    """

    race: Race
    results: dict[Job, Measured] = field(default_factory=dict)
    eliminated: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    stopped: str | None = None
    seconds: float = math.inf
    beyond: list[int] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)
    plans: dict[str, float] = field(default_factory=dict)
    untimely: set[str] = field(default_factory=set)
    starved: set[str] = field(default_factory=set)
    _losses: dict[Job, tuple[Measured, UnitLosses]] = field(default_factory=dict, repr=False)
    _points: dict[tuple[str, int], tuple[list[UnitLosses], Point]] = field(default_factory=dict, repr=False)

    def repeats(self, candidate: str, rows: int) -> list[int]:
        """Repeats of a candidate at a size that were measured: they gave a prediction, of a net with all steps of its plan."""
        fits = {r: self.results[Job(candidate, rows, r)] for r in self.fits(candidate, rows)}
        return [r for r, fit in fits.items() if steps.not_measured(fit.share, fit.plan) is None]

    def plan(self, candidate: str) -> float:
        """The share of its usual steps that a candidate's fits are to make."""
        return self.plans.get(candidate, 1.0)

    def epochs(self, candidate: str) -> int:
        """The epochs that a candidate usually makes, as its fits said; 0 where they are not known."""
        return max((fit.epochs for job, fit in self.results.items() if job.candidate == candidate), default=0)

    def fits(self, candidate: str, rows: int) -> list[int]:
        """Repeats of a candidate at a size that gave a prediction, with however few steps: what they took is known."""
        return [r for r in range(len(self.race.folds)) if self._prediction(candidate, rows, r) is not None]

    def _share(self, candidate: str, rows: int, repeat: int) -> float:
        return self.results[Job(candidate, rows, repeat)].share

    def _prediction(self, candidate: str, rows: int, repeat: int) -> Array | None:
        found = self.results.get(Job(candidate, rows, repeat))
        return None if found is None else found.prediction

    def losses(self, candidate: str, rows: int, repeat: int) -> UnitLosses:
        """The score of one fit by unit, kept until the job has another result. Raises KeyError where nothing was measured."""
        job = Job(candidate, rows, repeat)
        measured = self.results[job]
        kept = self._losses.get(job)
        if kept is None or kept[0] is not measured:
            if measured.prediction is None:
                raise KeyError(job.key)
            kept = measured, self.race.evaluate(measured.prediction, repeat)
            self._losses[job] = kept
        return kept[1]

    def point(self, candidate: str, rows: int) -> Point | None:
        """Mean score at a size with its 90 % interval, or None where nothing was measured."""
        measured = [self.losses(candidate, rows, r) for r in self.repeats(candidate, rows)]
        if not measured:
            return None
        kept = self._points.get((candidate, rows))
        if (
            kept is None
            or len(kept[0]) != len(measured)
            or any(a is not b for a, b in zip(kept[0], measured, strict=True))
        ):
            score, error = metrics.pooled(measured)
            half = metrics.Z90 * error
            seconds = self.seconds_of(candidate, rows)
            kept = measured, Point(rows, score, score - half, score + half, seconds, len(measured))
            self._points[candidate, rows] = kept
        return kept[1]

    def seconds_of(self, candidate: str, rows: int) -> float:
        """Fewest seconds of the fits that `share` speaks of, for the first one in each process also imports; 0 where none
        gave a prediction.
        """
        some = self.repeats(candidate, rows) or self.fits(candidate, rows)
        seconds = [self.results[Job(candidate, rows, r)].seconds for r in some]
        return min(seconds, default=0.0)

    def share(self, candidate: str, rows: int) -> float:
        """Steps made of the usual ones at a size, the least of its measured repeats; of all its fits where none was."""
        some = self.repeats(candidate, rows) or self.fits(candidate, rows)
        return min((self._share(candidate, rows, r) for r in some), default=1.0)

    def shortened(self) -> dict[str, float]:
        """Nets that the brief's minutes cut short, and the share of their steps they made: at their largest size, or in
        their last fit where that is less.
        """
        cut = {c: self.share(c, rows) for c in self.race.routes if (rows := self.last_size(c))}
        found = {c: min(cut.get(c, 1.0), self.last.get(c, 1.0)) for c in self.race.routes}
        return {c: share for c, share in found.items() if share < 1}

    def difference(self, large: str, traditional: str, rows: int) -> tuple[float, float] | None:
        """Paired: the first minus the second, positive when the first is better, and its standard error over units."""
        both = sorted(set(self.repeats(large, rows)) & set(self.repeats(traditional, rows)))
        gaps = [
            metrics.paired(
                self.losses(large, rows, r), self.losses(traditional, rows, r), self.race.scale.higher_is_better
            )
            for r in both
        ]
        return metrics.pooled(gaps) if gaps else None

    def standings(self, candidates: Iterable[str], rows: int) -> dict[str, float]:
        """Scores at a size that can be compared, higher when better, of those that were measured there.

        Repeats differ in how hard their validation units are. Who was measured on fewer of them is therefore taken to be as far
        from the best of those measured on most as on the repeats that both have.
        """
        sign = self.race.scale.sign
        points = {c: p for c in candidates if (p := self.point(c, rows)) is not None}
        most = max((p.repeats for p in points.values()), default=0)
        best = max(
            (c for c, p in points.items() if p.repeats == most), key=lambda c: sign * points[c].score, default=None
        )
        found = {}
        for c, point in points.items():
            gap = self.difference(c, best, rows) if best is not None and point.repeats < most else None
            found[c] = sign * point.score if gap is None or best is None else sign * points[best].score + gap[0]
        return found

    def leader(self, candidates: Iterable[str], rows: int) -> str | None:
        """The best of some candidates at a size; the earlier in the roster when equal."""
        found = self.standings(candidates, rows)
        return max(found, key=lambda c: found[c]) if found else None

    def first_fitted(self, candidates: Iterable[str], rows: int) -> str | None:
        """The leader at a size; where no candidate was measured, the first in the roster that was fitted with too few steps."""
        some = list(candidates)
        return self.leader(some, rows) or next((c for c in some if self.fits(c, rows)), None)

    def last_size(self, candidate: str) -> int | None:
        """The largest size at which a candidate was measured."""
        return max((s for s in self.sizes if self.repeats(candidate, s)), default=None)

    def raced_size(self, candidate: str) -> int | None:
        """The largest size of the race itself at which a candidate was measured."""
        return max((s for s in self.sizes if s not in self.beyond and self.repeats(candidate, s)), default=None)

    def of_route(self, route: Route) -> list[str]:
        """Candidates of a route that are still in the race, the baseline apart."""
        race = self.race
        return [
            c
            for c, r in race.routes.items()
            if r == route and c != race.baseline and c not in self.eliminated and c not in self.failed
        ]

    def curves(self) -> list[Curve]:
        """One curve a candidate, in the order of the roster."""
        out = []
        for name, route in self.race.routes.items():
            points = tuple(p for s in self.sizes if (p := self.point(name, s)) is not None)
            out.append(Curve(name, route, points, (), self.eliminated.get(name), self.failed.get(name)))
        return out
