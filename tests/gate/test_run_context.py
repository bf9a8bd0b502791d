"""The brief's minutes: shares of short builds, a minute of long ones."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from breakeven.core.progress import Silent
from breakeven.core.store import Log
from breakeven.core.types import Need
from breakeven.gate import run_context
from breakeven.gate.run_context import Clock, RunContext, race_progress


@pytest.mark.parametrize(("minutes", "fits"), [(1, 51), (5, 255), (10, 540), (60, 3540)])
def test_the_report_is_kept_fifteen_hundredths_or_a_minute(
    monkeypatch: pytest.MonkeyPatch, minutes: float, fits: float
) -> None:
    monkeypatch.setattr(run_context.time, "monotonic", lambda: 100.0)
    clock = Clock(100.0, minutes)
    assert clock.race() == pytest.approx(0.6 * 60 * minutes)
    assert clock.fits() == pytest.approx(fits)
    assert clock.race() < clock.tuning() <= clock.fits() < clock.left()


def test_progress_follows_the_sizes_or_the_minutes_whichever_are_further(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps = list[float]()

    class Steps(Silent):
        def step(self, done: float, total: float, what: str) -> None:
            assert "size 1 of 2, racing: mlp" in what
            steps.append(done / total)

    for now in (101.0, 150.0, 200.0):  # 72 seconds of 2 minutes are the race's
        monkeypatch.setattr(run_context.time, "monotonic", lambda now=now: now)
        context = RunContext(
            Need("n", "predict", "", None, tmp_path), tmp_path, Log(tmp_path / "l"), Clock(100.0, 2), Steps()
        )
        race_progress(context, [500, 2_500])(1, 2, ["mlp"])
    assert steps == pytest.approx([2_000 / 6_000, 50 / 72, 1.0])


def test_the_fit_after_the_sealed_test_keeps_the_time_that_it_takes() -> None:
    clock = Clock(time.monotonic(), 1.0, kept=0.1)
    assert clock.keeping(12.0).tuning() == pytest.approx(42, abs=1)
    assert clock.keeping(1.0).kept == 0.1, "never less than the share that was kept from the beginning"
    assert clock.keeping(1e9).kept == 0.5, "never so much that nothing is left to be tuned"
    assert Clock(time.monotonic(), 1.0).keeping(12.0).kept == 0, "a brief with 'final: twin' needs none"


@pytest.mark.parametrize(("slowness", "race", "fits"), [(1.0, 36.0, 51.0), (3.0, 36.0, 42.0), (8.0, 22.5, 30.0)])
def test_exports_and_the_report_have_their_time_by_how_slow_the_machine_is(
    monkeypatch: pytest.MonkeyPatch, slowness: float, race: float, fits: float
) -> None:
    """Six seconds on a quiet machine; never more than half of the minutes are reserved."""
    monkeypatch.setattr(run_context.time, "monotonic", lambda: 100.0)
    clock = Clock(100.0, 1.0).reserving(6.0 * slowness)
    assert clock.race() == pytest.approx(race)
    assert clock.fits() == pytest.approx(fits)
    assert clock.tuning() <= clock.fits() <= clock.left() - clock.reserved
