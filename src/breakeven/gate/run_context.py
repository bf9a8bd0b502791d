"""What surrounds one run of a selection: the brief, the build's folder, its log, the minutes, and where progress goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from breakeven.core import store
from breakeven.core.progress import Progress
from breakeven.core.types import Need

#: Share of the brief's minutes by which encoding must end.
ENCODE_UNTIL = 0.3
#: Share of the brief's minutes by which the race must end.
RACE_UNTIL = 0.6
#: Share of the brief's minutes by which tuning must end; export and report take the rest.
TUNE_UNTIL = 0.85
#: Seconds kept for the sealed test and the report, which take no share of a long build.
REPORTING = 60.0
#: Seconds between the last fit of tuning and a fit after the sealed test: an ensemble's export, the test, what runs over.
BETWEEN = 6.0
#: Largest share of the minutes that is kept for the fit after the sealed test, and for exports and the report.
MOST_KEPT, MOST_RESERVED = 0.5, 0.5
#: The race ends this many times the reserved seconds before the end: the best are measured on all rows between.
BEFORE = 1.25
#: Fixed cost of a fit in training rows: a fit takes about as long as its rows and this many more.
FIXED_COST_ROWS = 1_500


@dataclass(frozen=True)
class Clock:
    """The brief's minutes, running since a moment of `time.monotonic`; `kept` is the share of them that a fit after the sealed
    test takes, for which all else ends earlier; `reserved`: seconds at their end in which no fit is begun, for exports and report.
    """

    started: float
    minutes: float
    kept: float = 0.0
    reserved: float = 0.0

    def left(self, share: float = 1.0) -> float:
        """Seconds until a share of the minutes is over; negative afterwards."""
        return self.started + self.minutes * 60 * share - time.monotonic()

    def race(self) -> float:
        """Seconds left for the race."""
        return min(self.left(RACE_UNTIL * (1 - self.kept)), self.left() - BEFORE * self.reserved)

    def tuning(self) -> float:
        """Seconds left for tuning."""
        return min(self.left(TUNE_UNTIL * (1 - self.kept)), self.left() - self.reserved)

    def fits(self) -> float:
        """Seconds left for the finalists' fits on all open units."""
        return max(self.tuning(), min(self.left(1 - self.kept) - REPORTING, self.left() - self.reserved))

    def keeping(self, seconds: float) -> Clock:
        """The clock with at least so many seconds kept for the fit after the sealed test, where any are.

        >>> clock = Clock(time.monotonic(), 1.0, kept=0.1)
        >>> round(clock.tuning()), round(clock.keeping(12.0).tuning()), round(clock.keeping(1.0).tuning())
        (46, 42, 46)
        """
        ends = 1 - (seconds + BETWEEN) / (60 * self.minutes)
        kept = min(max(self.kept, 1 - ends / TUNE_UNTIL), MOST_KEPT)
        return replace(self, kept=kept) if self.kept else self

    def reserving(self, seconds: float) -> Clock:
        """The clock with so many seconds reserved at the end, or as many as may be.

        >>> clock = Clock(time.monotonic(), 1.0)
        >>> round(clock.race()), round(clock.reserving(9.0).race()), round(clock.reserving(27.0).race())
        (36, 36, 26)
        """
        return replace(self, reserved=min(seconds, MOST_RESERVED * 60 * self.minutes))

    def passed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


@dataclass(frozen=True)
class RunContext:
    """One run's surroundings. `folder` is the build's; `work` in it keeps what lets an interrupted run go on."""

    brief: Need
    folder: Path
    log: store.Log
    clock: Clock
    progress: Progress

    @property
    def work(self) -> Path:
        """Where a run keeps its fits, finalists and searches."""
        return self.folder / "work"


def race_progress(context: RunContext, sizes: Sequence[int]) -> Callable[[int, int, list[str]], None]:
    """A callback that reports the race's progress: sizes done, sizes planned, candidates still racing."""
    weights = [FIXED_COST_ROWS + n for n in sizes]

    def step(done: int, total: int, live: list[str]) -> None:
        context.log.write("size measured", done=done, total=total, live=live)
        passed, left = context.clock.passed(), max(context.clock.race(), 0.0)
        # The race also ends when its minutes are used up.
        share = max(sum(weights[:done]) / sum(weights), passed / (passed + left))
        context.progress.step(share, 1.0, f"size {done} of {total}, racing: {', '.join(live)}")

    return step
