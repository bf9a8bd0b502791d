"""The brief's minutes: shares of short builds, a minute of long ones."""

from __future__ import annotations

import pytest

from breakeven.gate import run_context
from breakeven.gate.run_context import Clock


@pytest.mark.parametrize(("minutes", "fits"), [(1, 51), (5, 255), (10, 540), (60, 3540)])
def test_the_report_is_kept_fifteen_hundredths_or_a_minute(
    monkeypatch: pytest.MonkeyPatch, minutes: float, fits: float
) -> None:
    monkeypatch.setattr(run_context.time, "monotonic", lambda: 100.0)
    clock = Clock(100.0, minutes)
    assert clock.race() == pytest.approx(0.6 * 60 * minutes)
    assert clock.fits() == pytest.approx(fits)
    assert clock.race() < clock.tuning() <= clock.fits() < clock.left()


def test_what_is_told_is_what_has_passed_and_what_the_race_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_context.time, "monotonic", lambda: 150.0)
    assert Clock(100.0, 2).told() == pytest.approx((50.0, 22.0))
    assert Clock(0.0, 2).told() == (150.0, 0.0)
