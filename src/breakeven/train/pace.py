"""A net's steps held to its allowance: shown less of the rows rather than fewer rows, the rate's schedule run through all
the same; and, only then, on as many threads as are faster at the moment.

A run that is well within its allowance is the same as one without, whatever the clock says.
"""

from __future__ import annotations

import time

import torch

from breakeven.train import allowance
from breakeven.train.workers import cores

#: Share of the allowance after which it is known whether the steps fit in.
KNOWN = 0.1
#: Steps that are timed together, and every how many of those the other number of threads is tried.
TIMED, TRY = 6, 8


class Pace:
    """Where in its schedule of `total` steps a run is."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.place = total, 0, 0
        self.allowed, self.start = allowance.left(), time.perf_counter()
        self.threads: Threads | None = None

    def step(self) -> int:
        """A step was made: its place in the schedule, beyond the steps made where time runs faster than they do."""
        self.done += 1
        passed = time.perf_counter() - self.start
        place = self.done
        if (
            self.allowed is not None
            and passed > KNOWN * self.allowed
            and passed * self.total > self.allowed * self.done
        ):
            place = int(self.total * passed / max(self.allowed, 1e-9))
            self.threads = self.threads or Threads()
        if self.threads:
            self.threads.timed()
        self.place = min(max(self.place, place), self.total)
        return self.place

    @property
    def over(self) -> bool:
        """Whether the schedule has been run through."""
        return self.place >= self.total

    @property
    def share(self) -> float:
        """Steps made of those planned."""
        return self.done / self.total


class Threads:
    """One thread or as many as there are cores: measured, and again every so often, since other processes come and go."""

    def __init__(self) -> None:
        self.most, self.now = cores(), 1
        self.seconds: dict[int, float] = {}
        self.steps = self.blocks = 0
        self.start = time.perf_counter()

    def timed(self) -> None:
        """Another step was made."""
        self.steps += 1
        if self.most == 1 or self.steps < TIMED:
            return
        now = time.perf_counter()
        self.seconds[self.now] = now - self.start
        self.steps, self.start, self.blocks = 0, now, self.blocks + 1
        other = self.most if self.now == 1 else 1
        best = min(self.seconds, key=lambda k: self.seconds[k])
        self.now = other if other not in self.seconds or self.blocks % TRY == 0 else best
        torch.set_num_threads(self.now)
