"""The position of a training run in its learning rate schedule, under a time budget.

A run that would exceed its budget skips positions of the schedule: it makes fewer steps, and the rate still falls to its end. Only
such a run tries several threads. A run well within its budget is the same as one without, whatever the clock says.
"""

from __future__ import annotations

import os
import time
from collections import deque

import torch

from breakeven.models.training import step_budget

#: Steps over which the time of a step is averaged.
RECENT = 10
#: First steps, which are left out since they prepare kernels.
PREPARING = 2
#: Steps timed together.
TIMED = 6
#: Steps timed together of a trial with another number of threads, after a first one that prepares kernels for it.
TRIED = 2
#: Blocks of timed steps before the first trial.
TRY = 4
#: Blocks between trials at the most, while trials do not help.
MOST_TRY = 32
#: Threads tried at the most.
MOST_THREADS = 4


class ScheduleProgress:
    """Steps made (`done`) and position (`place`) in a schedule of `total` steps."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.place, self.base = total, 0, 0, 0
        self.allowed, self.start = step_budget.left(), time.perf_counter()
        self.ends = deque[float](maxlen=RECENT + 1)
        self.threads: Threads | None = None

    def resume(self, done: int, place: int) -> None:
        """Continue a run that was killed; the rest of the schedule has the full time budget."""
        self.done, self.place, self.base = done, place, place

    def step(self) -> int:
        """Record a step; returns the position in the schedule, ahead of the steps made where the rest would take too long."""
        self.done += 1
        now = time.perf_counter()
        place = self.done
        if self.allowed is not None:
            if self.done >= PREPARING:
                self.ends.append(now)
            if self._behind(now):
                share = (now - self.start) / self.allowed if self.allowed > 0 else 1.0
                place = self.base + int((self.total - self.base) * share)
                self.threads = self.threads or Threads()
            if self.threads:
                self.threads.timed(now)
        self.place = min(max(self.place, place), self.total)
        return self.place

    def _behind(self, now: float) -> bool:
        """Whether the remaining steps, at the speed of the recent ones, would exceed the budget; always so at its end."""
        assert self.allowed is not None
        passed = now - self.start
        if passed >= self.allowed:
            return True
        if len(self.ends) <= RECENT:
            return False
        each = (self.ends[-1] - self.ends[0]) / RECENT
        return passed + (self.total - self.done) * each > self.allowed

    @property
    def over(self) -> bool:
        """Whether the end of the schedule is reached."""
        return self.place >= self.total

    @property
    def share(self) -> float:
        """Steps made as a share of the steps planned."""
        return self.done / self.total


class Threads:
    """Choice between one thread and several by timing; repeated, since the load of the machine changes."""

    def __init__(self) -> None:
        self.most, self.now = (
            min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, MOST_THREADS),
            1,
        )
        self.seconds: dict[int, float] = {}
        self.steps = self.blocks = 0
        self.wait, self.trying = TRY, False
        self.start = time.perf_counter()

    def timed(self, now: float) -> None:
        """Record a step that ended at `now` (seconds)."""
        self.steps += 1
        if self.trying and self.steps == 0:
            self.start = now
        if self.most == 1 or self.steps < (TRIED if self.trying else TIMED):
            return
        self.seconds[self.now] = (now - self.start) / self.steps
        self.steps, self.start = 0, now
        best = min(self.seconds, key=lambda k: self.seconds[k])
        if self.trying:
            self.wait = TRY if best == self.now else min(2 * self.wait, MOST_TRY)
            self.trying, self.blocks = False, 0
        else:
            self.blocks += 1
            self.trying = self.blocks >= self.wait or len(self.seconds) == 1
        self.steps = -1 if self.trying else 0
        self.now = (self.most if best == 1 else 1) if self.trying else best
        torch.set_num_threads(self.now)
