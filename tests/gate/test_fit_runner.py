"""How slow the machine is, by what its fits took, also of those that were made before the build was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from breakeven.core.store import Ledger
from breakeven.gate.fit_runner import SLOWEST, FitRunner
from breakeven.gate.results import Job, Measured
from breakeven.scale.executor import Workers


class Fits:
    """Takes three times its processor seconds; the first fit imports from a slow disk, and the smallest say nothing."""

    def fit(self, job: Job, settings: Any) -> Measured:
        processor = {24: 0.001, 48: 0.1}.get(job.rows, 1.0)
        times = {24: 500.0, 48: 40.0}.get(job.rows, 3.0)
        return Measured(np.zeros(2), times * processor, processor=processor)


JOBS = [Job("linear", rows, 0) for rows in (24, 48, 96, 192, 384)]


def test_the_middle_of_the_fits_says_how_slow_the_machine_is(tmp_path: Path) -> None:
    runner = FitRunner(Fits(), Workers(1), Ledger(tmp_path))  # type: ignore[arg-type]
    assert runner.slowness() == 1
    list(runner.run(JOBS))
    assert runner.slowness() == pytest.approx(3.0)
    again = FitRunner(Fits(), Workers(1), Ledger(tmp_path))  # type: ignore[arg-type]
    list(again.run(JOBS))
    assert again.slowness() == pytest.approx(3.0), "what the ledger holds says it as well"


def test_a_machine_is_never_taken_for_faster_or_much_slower_than_it_is() -> None:
    for ratios, found in (([0.4, 0.5], 1.0), ([99.0], SLOWEST)):
        assert FitRunner(None, None, None, ratios).slowness() == found  # type: ignore[arg-type]
