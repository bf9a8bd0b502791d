"""Where routes cross, on curves whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.gate.crossing import Lead, crossing, lead_of, trend
from breakeven.gate.curve_features import Seen

ROWS = 64.0 * 2 ** np.arange(8)


def power(c: float, a: float, b: float, noise: float = 0.004) -> Seen:
    return Seen(ROWS, c + a * ROWS**-b, np.full(8, noise))


def test_a_crossing_within_the_data_is_found() -> None:
    trad, large = power(0.2, 0.2, 0.5), power(0.05, 2.0, 0.35)
    lead = trad.error - large.error
    assert lead[0] < 0 < lead[-1]
    told = crossing([trad], [large])
    truth = float(np.interp(0, lead, np.log(ROWS)))
    assert abs(np.log(told.crossed.value) - truth) < 0.35
    assert told.crossed.low < told.crossed.value < told.crossed.high
    assert told.p_none > 0.5 and told.rows.value is None  # what lies behind is not what lies ahead


def test_a_wide_lead_that_grows_does_not_cross() -> None:
    behind = Seen(ROWS, power(0.3, 2.0, 0.5).error, np.full(8, 0.004))
    told = crossing([power(0.05, 2.0, 0.6)], [behind])
    assert told.rows.value is None and told.crossed is None
    assert told.p_none > 0.7


def test_a_place_is_given_where_a_crossing_is_likelier_than_none() -> None:
    trad, places = power(0.2, 1.0, 0.5, 0.002), []
    for end in (0.213, 0.22, 0.23, 0.25, 0.3):  # ever farther behind the traditional curve, which ends at 0.211
        told = crossing([trad], [power(0.05, (end - 0.05) * ROWS[-1] ** 0.3, 0.3, 0.002)])
        assert (told.rows.value is not None) == (told.p_none <= 0.5)
        assert told.rows.value is None or ROWS[-1] <= told.rows.low < told.rows.value < told.rows.high
        places.append(told.rows.value)
    assert places[0] and places[-1] is None


@pytest.mark.parametrize(
    ("before", "after", "within"), [(0.004, 0.03, False), (0.03, 0.004, False), (0.03, 0.03, True)]
)
def test_a_lead_within_its_noise_is_none(before: float, after: float, within: bool) -> None:
    base = 0.2 + 0.1 * (ROWS / ROWS[0]) ** -0.3
    gap = np.where(np.arange(8) < 3, before, -after)  # the large route ahead at three sizes, then behind
    noise = np.full(8, 0.004)
    told = crossing([Seen(ROWS, base, noise)], [Seen(ROWS, base - gap, noise)])
    assert (told.crossed is not None) == within
    assert not within or ROWS[2] < told.crossed.value < ROWS[3]


def test_a_blip_after_the_lead_was_lost_moves_nothing() -> None:
    base, noise = 0.2 + 0.1 * (ROWS / ROWS[0]) ** -0.3, np.full(8, 0.004)
    gap = np.where(np.arange(8) < 3, 0.03, -0.03)
    gap[6] = 0.0001
    where = crossing([Seen(ROWS, base, noise)], [Seen(ROWS, base - gap, noise)]).crossed
    assert ROWS[2] < where.value < ROWS[3] and where.high <= ROWS[4]


def test_a_lead_that_shrinks_steadily_is_told_near_its_line() -> None:
    lead = Lead(ROWS, np.linspace(-0.16, -0.02, 8), np.full(8, 0.001))  # nought one doubling on
    chance = trend(lead, np.linspace(0, 4, 41))
    assert chance[0] < 0.05
    assert 0.4 < chance[10] < 0.6
    assert (np.diff(chance) >= 0).all()
    steady = trend(Lead(ROWS, np.full(8, -0.16), np.full(8, 0.001)), np.linspace(0, 4, 41))
    assert steady[10] < 0.01


def test_without_a_size_in_common_nothing_crosses() -> None:
    trad, large = power(0.2, 0.2, 0.5), power(0.05, 2.0, 0.35)
    apart = Seen(large.rows + 1, large.error, large.noise)
    assert lead_of([trad], [apart]) is None
    assert lead_of([], [large]) is None
    told = crossing([], [large])
    assert told.rows.value is None
    assert told.p_none == 1.0


def test_one_size_is_enough_for_a_place_with_a_wide_band() -> None:
    trad, large = (Seen(np.array([500.0]), np.array([e]), np.array([0.01])) for e in (0.2, 0.2))
    told = crossing([trad], [large])
    assert 0 <= told.p_none <= 1
    assert told.rows.value is None or told.rows.high / told.rows.low > 4
