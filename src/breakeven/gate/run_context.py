"""What a scenario's flow is given: the brief, its folder, the log, the brief's minutes, and who is told of progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breakeven.core import store
from breakeven.core.progress import Progress
from breakeven.core.types import Need

#: Shares of the brief's minutes by which encoding, measuring and tuning must end; the rest is for export and report.
ENCODE_UNTIL, MEASURE_UNTIL, TUNE_UNTIL = 0.3, 0.6, 0.85
#: Opening the sealed rows and the report take seconds, not a share: of long builds no more than these are kept for them.
REPORTING = 60.0


@dataclass(frozen=True)
class Clock:
    """The brief's minutes, running since a moment of `time.monotonic`."""

    started: float
    minutes: float

    def left(self, share: float = 1.0) -> float:
        """Seconds until a share of the minutes is over."""
        return self.started + self.minutes * 60 * share - time.monotonic()

    def race(self) -> float:
        """Seconds left for measuring."""
        return self.left(MEASURE_UNTIL)

    def tuning(self) -> float:
        """Seconds left for tuning."""
        return self.left(TUNE_UNTIL)

    def fits(self) -> float:
        """Seconds left for finalists' fits on all rows."""
        return max(self.tuning(), self.left() - REPORTING)

    def told(self) -> tuple[float, float]:
        """Seconds passed, and seconds left for measuring."""
        return time.monotonic() - self.started, max(self.race(), 0.0)


@dataclass(frozen=True)
class Setting:
    """One run's surroundings. `folder` is the build's, with `work` in it for what is kept between attempts."""

    brief: Need
    folder: Path
    log: store.Log
    clock: Clock
    say: Progress

    @property
    def work(self) -> Path:
        """Where work is kept."""
        return self.folder / "work"


def stepper(say: Progress, log: store.Log, sizes: Sequence[int], clock: Callable[[], tuple[float, float]]) -> Any:
    """Tells the race's progress; `clock` gives the seconds passed and those the race has left."""
    # A fit costs about as much as its rows and a fixed start worth some 1,500 rows.
    weights = [1_500 + n for n in sizes]

    def step(done: int, total: int, live: list[str]) -> None:
        log.write("size measured", done=done, total=total, live=live)
        passed, left = clock()
        share = max(
            sum(weights[:done]) / sum(weights), passed / (passed + left)
        )  # it stops when its minutes are used up
        say.step(share, 1.0, f"size {done} of {total}, racing: {', '.join(live)}")

    return step
