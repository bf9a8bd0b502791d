"""What more data would buy: never a loss, in rows of the table, and silent where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.gate import outlook
from breakeven.gate.results import Board, Job
from tests.gate.test_race import N, race, runner

SIZES = [100, 200, 400, 800, 1600, 3000]


def board(share, sizes=SIZES) -> Board:
    one = race()
    jobs = [Job(name, rows, r) for name in ("baseline", "good") for rows in sizes for r in range(3)]
    found = dict(runner(one, {"baseline": lambda _: 0.5, "good": share}, [])(jobs))
    return Board(one, found, sizes=list(sizes))


@pytest.mark.parametrize("share", [lambda n: 0.9 - n**-0.5, lambda n: 0.9, lambda n: 0.9 - n / 30_000])
def test_more_rows_never_cost_and_larger_tables_never_buy_less(share) -> None:
    found = outlook.more_data(board(share), "good", N, N + 750)
    assert [m.rows for m in found] == [
        2 * (N + 750),
        4 * (N + 750),
        10 * (N + 750),
    ]  # the user's table, not its training part
    told = np.array([(m.low, m.gain, m.high) for m in found if m.gain is not None]).reshape(-1, 3)
    assert (np.diff(np.vstack([np.zeros(3), told]), axis=0) >= 0).all()
    assert (np.diff(told, axis=1) >= 0).all()


def test_a_steep_curve_is_told_to_gain() -> None:
    found = outlook.more_data(board(lambda n: 1 - 3 * n**-0.5), "good", N, N)
    assert found[0].low > 0 and found[0].gain == pytest.approx(3 * (N**-0.5 - (2 * N) ** -0.5), rel=0.6)


def test_two_sizes_say_nothing() -> None:
    found = outlook.more_data(board(lambda n: 0.9, [1600, 3000]), "good", N, N)
    assert [(m.gain, m.low, m.high) for m in found] == [(None, None, None)] * 3


def test_a_band_wider_than_any_curve_says_nothing() -> None:
    times, value = np.array([1.0, 2, 4]), np.array([0.1, 0.09, 0.08])
    narrow, wide = (outlook.gains(value, half * times, times) for half in (0.005, 0.05))
    assert np.isfinite(narrow).all() and np.isnan(wide).all()
    assert np.isnan(outlook.gains(np.zeros(3), 0.01 * times, times)).all()  # no error is left to save


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.floats(0, 0.2))
def test_gains_are_ordered(errors: list[float], half: float) -> None:
    told = outlook.gains(np.array(errors), half * np.arange(1.0, 5), np.array([1.0, 2, 4, 10]))
    told = told[np.isfinite(told).all(axis=1)]
    assert (np.diff(told, axis=0) >= 0).all() and (told >= 0).all() and (told <= errors[0]).all()
    assert (told[:, 1] <= told[:, 0]).all() and (told[:, 0] <= told[:, 2]).all()


def test_forecasts_do_not_fall_as_rows_grow() -> None:
    curves = outlook.with_forecasts(board(lambda n: 0.9 - n / 30_000), N)
    ahead = [a.score for a in next(c for c in curves if c.candidate == "good").forecast]
    assert len(ahead) == len(outlook.TIMES) and (np.diff(ahead) >= 0).all()


def test_what_was_not_measured_reaches_nothing() -> None:
    assert outlook.reach(board(lambda n: 0.9), "never raced", N) == -np.inf
