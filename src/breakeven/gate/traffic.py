"""How a month's requests are spread over its hours: flat, bursty or growing. Servers are counted at the peak.

>>> hours(Traffic(1000, "flat")).shape, round(float(hours(Traffic(1000)).mean()), 6)
((12, 730), 1.0)
"""

from __future__ import annotations

import math

import numpy as np

from breakeven.core.types import Array, Traffic

#: Hours of a month, months that are looked ahead.
HOURS, MONTHS = 730, 12
SECONDS_A_MONTH = HOURS * 3600.0
#: A bursty month: the afternoon (AFTERNOON o'clock) against the mean of a day, the weekend against other days, and a burst
#: at that hour of every fourth day. Its busiest hour has four times the mean.
AFTERNOON, SWING, WEEKEND, BURST, BURST_EVERY = 14, 0.8, 0.6, 2.0, 96
#: Share of its capacity up to which a server is loaded in its busiest hour: beyond, waiting grows out of bounds.
BUSY = 0.7


def hours(traffic: Traffic) -> Array:
    """Requests in each hour (MONTHS, HOURS) as multiples of an average hour of the first month."""
    hour = np.arange(HOURS)
    shape = np.ones(HOURS)
    if traffic.profile != "flat":
        shape = 1 + SWING * np.cos(2 * np.pi * (hour % 24 - AFTERNOON) / 24)
        shape[hour // 24 % 7 >= 5] *= WEEKEND
        shape[hour % BURST_EVERY == AFTERNOON] *= BURST
    return np.asarray((1 + growth(traffic)) ** np.arange(MONTHS)[:, None] * (shape / shape.mean()))


def growth(traffic: Traffic) -> float:
    """By what share requests grow from month to month."""
    return traffic.growth_per_month if traffic.profile == "growing" else 0.0


def mean_requests(traffic: Traffic) -> float:
    """Requests a month on average over the months looked ahead."""
    return float(traffic.requests_per_month * hours(traffic).mean())


def servers(traffic: Traffic, per_second: float) -> float:
    """Servers on average over the months, each month as many as its busiest hour needs, at least one.

    `per_second` are the answers a second that one server can give.

    >>> servers(Traffic(1e6), 1000.0), servers(Traffic(1e9, "flat"), 100.0)
    (1.0, 6.0)
    """
    busiest = peaks(traffic) * traffic.requests_per_month
    return float(np.mean([max(1, math.ceil(p / capacity(per_second) - 1e-9)) for p in busiest]))


def peaks(traffic: Traffic) -> Array:
    """Requests a second in the busiest hour of each month (MONTHS,), for one request in the first month."""
    return np.asarray(hours(traffic).max(axis=1) / SECONDS_A_MONTH)


def capacity(per_second: float) -> float:
    """Requests a second with which a server is loaded that can answer `per_second`."""
    return per_second * BUSY
