"""Forecasts and crossings on curves whose truth is known, and on curves that are odd."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.gate import forecast
from breakeven.gate.forecast import Seen

ROWS = 64.0 * 2 ** np.arange(8)


def power(c: float, a: float, b: float, noise: float = 0.004) -> Seen:
    return Seen(ROWS, c + a * ROWS**-b, np.full(8, noise))


def test_bands_widen_with_distance_and_hold_the_value() -> None:
    value, half = forecast.forecast(power(0.1, 2, 0.6), ROWS[-1] * np.array([1.5, 2, 4, 10]))
    assert (np.diff(half) > 0).all()
    truth = 0.1 + 2 * (ROWS[-1] * np.array([1.5, 2, 4, 10])) ** -0.6
    assert (np.abs(value - truth) <= half).all()


def test_inside_the_data_the_measured_points_are_given_back() -> None:
    seen = power(0.1, 2, 0.6)
    assert forecast.forecast(seen, ROWS[[2, 7]])[0] == pytest.approx(seen.error[[2, 7]])


def test_two_sizes_are_a_last_value_with_a_band() -> None:
    seen = Seen(ROWS[:2], np.array([0.3, 0.25]), np.array([0.01, 0.01]))
    value, half = forecast.forecast(seen, np.array([1000.0]))
    assert 0.2 < value[0] <= 0.25
    assert half[0] > 0.01


@pytest.mark.parametrize("shape", ["constant", "rising", "zero"])
def test_odd_curves_have_finite_bands(shape: str) -> None:
    error = {"constant": np.full(8, 0.2), "rising": 0.2 + 0.01 * np.arange(8), "zero": np.zeros(8)}[shape]
    value, half = forecast.forecast(Seen(ROWS, error, np.full(8, 0.01)), ROWS[-1:] * 4)
    assert np.isfinite(value).all()
    assert (half > 0).all()


def test_peaks_and_falls_are_named() -> None:
    bump = power(0.1, 2, 0.6).error.copy()
    bump[3] += 0.2
    assert forecast.ill_behaved(Seen(ROWS, bump, np.full(8, 0.004))) == "peaks"
    back = power(0.1, 2, 0.6).error.copy()
    back[-1] += 0.1
    assert forecast.ill_behaved(Seen(ROWS, back, np.full(8, 0.004))) == "falls back"
    assert forecast.ill_behaved(power(0.1, 2, 0.6)) is None


def test_p_large_follows_the_lead_and_its_slope() -> None:
    trad = power(0.2, 1, 0.5)
    behind = Seen(ROWS, trad.error + 0.08, trad.noise)
    ahead = Seen(ROWS, trad.error - 0.08, trad.noise)
    closing = Seen(ROWS, trad.error + np.linspace(0.2, 0.01, 8), trad.noise)
    at = ROWS[-1] * 4
    p = [forecast.p_large(trad, s, at) for s in (behind, closing, ahead)]
    assert p[0] < 0.2
    assert p[0] < p[1] < p[2]
    assert p[2] > 0.8


def test_a_crossing_within_the_data_is_found() -> None:
    trad, large = power(0.2, 0.2, 0.5), power(0.05, 2.0, 0.35)
    lead = trad.error - large.error
    assert lead[0] < 0 < lead[-1]
    where, p_none = forecast.crossing(trad, large)
    truth = float(np.interp(0, lead, np.log(ROWS)))
    assert abs(np.log(where.value) - truth) < 0.35
    assert where.low < where.value < where.high
    assert p_none > 0.5


def test_a_wide_lead_that_grows_does_not_cross() -> None:
    where, p_none = forecast.crossing(power(0.05, 2.0, 0.6), Seen(ROWS, power(0.3, 2.0, 0.5).error, np.full(8, 0.004)))
    assert where.value is None
    assert p_none > 0.7


def test_without_the_learned_file_it_still_forecasts(monkeypatch) -> None:
    monkeypatch.setattr(forecast, "learned", lambda: forecast.FALLBACK)
    value, half = forecast.forecast(power(0.1, 2, 0.6), ROWS[-1:] * 4)
    assert abs(value[0] - (0.1 + 2 * (ROWS[-1] * 4) ** -0.6)) < half[0]
    assert 0 <= forecast.p_large(power(0.1, 2, 0.6), power(0.2, 2, 0.6), 1e5) <= 1


def test_the_shipped_numbers_are_the_learned_ones() -> None:
    assert forecast.learned()["source"].startswith("LCDB")
