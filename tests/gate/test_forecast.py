"""Forecasts on curves whose truth is known, and on curves that are odd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven.gate import forecast
from breakeven.gate.curve_features import Seen

ROWS = 64.0 * 2 ** np.arange(8)


def power(c: float, a: float, b: float, noise: float = 0.004) -> Seen:
    return Seen(ROWS, c + a * ROWS**-b, np.full(8, noise))


def test_bands_widen_with_distance_and_hold_the_value() -> None:
    value, half = forecast.forecast(power(0.1, 2, 0.6), ROWS[-1] * np.array([1.5, 2, 4, 10]))
    assert (np.diff(half) >= 0).all()
    assert half[-1] > half[0]
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
    p = [forecast.p_large([trad], [s], at) for s in (behind, closing, ahead)]
    assert p[0] < 0.2
    assert p[0] < p[1] < p[2]
    assert p[2] > 0.8


def test_a_duel_turned_round_is_its_opposite() -> None:
    a, b = power(0.1, 2, 0.6), power(0.15, 1.0, 0.5)
    for at in ROWS[-1] * np.array([1.0, 2.0, 3.0, 16.0, 40.0]):
        assert forecast.p_large([a], [b], at) == pytest.approx(1 - forecast.p_large([b], [a], at))


def test_routes_of_several_curves_are_judged_where_both_were_measured() -> None:
    trad = [power(0.2, 1, 0.5), power(0.25, 1, 0.5), Seen(ROWS[:3], np.full(3, 0.9), np.full(3, 0.01))]
    large = [Seen(ROWS[:6], power(0.05, 1, 0.5).error[:6], np.full(6, 0.004), "net")]
    p = forecast.chances(trad, large, ROWS[-1] * np.array([1.0, 4.0]))
    assert (p > 0.8).all()
    assert (forecast.chances([], large, ROWS[-2:]) == 0.5).all()


def test_chances_between_doublings_are_drawn_straight() -> None:
    a, b = power(0.1, 2, 0.6), power(0.12, 1.0, 0.5)
    p = forecast.chances([a], [b], ROWS[-1] * 2.0 ** np.array([1.0, 1.5, 2.0]))
    assert min(p[0], p[2]) <= p[1] <= max(p[0], p[2])


def test_forecasts_of_many_are_those_of_each() -> None:
    curves = [power(0.1, 2, 0.6), power(0.2, 1, 0.4), Seen(ROWS[:4], np.full(4, 0.3), np.full(4, 0.01))]
    rows = np.array([100.0, 9_000.0, 1e6])
    value, half = forecast.forecasts(curves, rows)
    for k, curve in enumerate(curves):
        one = forecast.forecast(curve, rows)
        # Sums in another order may fall on the other side of a split.
        assert one[0] == pytest.approx(value[k], abs=2e-3)
        assert one[1] == pytest.approx(half[k], abs=5e-3)


def test_without_the_learned_file_it_still_forecasts(monkeypatch) -> None:
    monkeypatch.setattr(forecast, "learned", lambda: None)
    value, half = forecast.forecast(power(0.1, 2, 0.6), ROWS[-1:] * 4)
    assert abs(value[0] - (0.1 + 2 * (ROWS[-1] * 4) ** -0.6)) < half[0]
    now, later = forecast.chances([power(0.1, 2, 0.6)], [power(0.2, 2, 0.6)], ROWS[-1] * np.array([1.0, 8.0]))
    assert now < later < 0.5


def test_what_was_learned_is_shipped_and_is_no_pickle() -> None:
    assert forecast.learned() is not None
    path = Path(forecast.__file__).with_name("forecast.npz")
    assert path.stat().st_size < 1_500_000
    with np.load(path, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
