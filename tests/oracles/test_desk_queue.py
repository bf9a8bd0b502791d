"""The desk's queue against Erlang's formula C, and against a slow twin that keeps a calendar of events and a line of people waiting."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np
import pytest

from breakeven.scenarios.support.queue_simulation import (
    HOUR,
    Desk,
    arrivals,
    erlang_c,
    opened,
    queue,
    simulate,
    worked,
)

ALWAYS = Desk(contacts_per_day=1, minutes_per_contact=1, staff=1, opens=0.0, closes=24.0, hours=(1.0,) * 24)


def slowly(came: list[float], seconds: list[float], desk: Desk) -> list[float]:
    """Begin times by events: somebody comes, somebody is finished, the desk opens."""
    starts, line, busy = [math.nan] * len(came), deque[int](), list[float]()
    ahead = deque(range(len(came)))
    now = 0.0
    while ahead or line:
        is_open = opened(now, desk) == now
        busy = [end for end in busy if end > now]
        while line and is_open and len(busy) < desk.staff:
            one = line.popleft()
            starts[one] = now
            busy.append(now + seconds[one])
            busy = [end for end in busy if end > now]
        events = [came[ahead[0]]] if ahead else []
        if line:
            events += [min(busy)] if busy and is_open else []
            events += [] if is_open else [opened(now, desk)]
            events += [opened(now + HOUR * (24 - now / HOUR % 24), desk)] if not events else []
        if not events:
            break
        now = min(events)
        while ahead and came[ahead[0]] <= now:
            line.append(ahead.popleft())
    return starts


@pytest.mark.parametrize(("staff", "opens", "closes"), [(1, 0.0, 24.0), (3, 9.0, 18.0), (2, 8.5, 12.25), (4, 0.0, 1.0)])
def test_begin_times_equal_those_of_a_calendar(staff: int, opens: float, closes: float) -> None:
    desk = Desk(contacts_per_day=60, minutes_per_contact=7, staff=staff, opens=opens, closes=closes)
    chance = np.random.default_rng(staff)
    came = arrivals(chance, desk, 6)
    seconds = worked(chance, desk, len(came)) * 60
    assert queue(came, seconds, desk) == pytest.approx(slowly(came.tolist(), seconds.tolist(), desk))


def waits_mean(staff: int, load: float, seconds: float) -> float:
    """Mean seconds of waiting in M/M/c, of all contacts."""
    return erlang_c(staff, load) * seconds / (staff - load)


@pytest.mark.parametrize(("staff", "load"), [(1, 0.6), (3, 2.2), (5, 3.5)])
def test_waits_are_those_of_erlang(staff: int, load: float) -> None:
    minutes = 6.0
    desk = replace(ALWAYS, contacts_per_day=load * 1440 / minutes, minutes_per_contact=minutes, staff=staff)
    assert desk.load == pytest.approx(load)
    means, waited = [], []
    for seed in range(20):
        chance = np.random.default_rng(seed)
        came = arrivals(chance, desk, 40)
        waits = (queue(came, worked(chance, desk, len(came)) * 60, desk) - came)[len(came) // 20 :]
        means.append(waits.mean())
        waited.append((waits > 1e-6).mean())
    for found, expected in ((means, waits_mean(staff, load, 60 * minutes)), (waited, erlang_c(staff, load))):
        error = 4 * np.std(found, ddof=1) / math.sqrt(len(found))
        assert abs(np.mean(found) - expected) < error < 0.2 * expected


def test_the_mean_of_constant_working_times_is_half_as_long() -> None:
    """M/D/1 waits half of M/M/1 (Pollaczek and Khinchine)."""
    desk = replace(ALWAYS, contacts_per_day=144, minutes_per_contact=7, spread=0.0)
    means = []
    for seed in range(30):
        chance = np.random.default_rng(seed)
        came = arrivals(chance, desk, 60)
        means.append((queue(came, worked(chance, desk, len(came)) * 60, desk) - came)[400:].mean())
    expected = waits_mean(1, desk.load, 420) / 2
    assert np.mean(means) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("load", [0.0, 0.5, 3.9])
def test_the_recursion_is_erlangs_sum(load: float) -> None:
    staff = 4
    terms = [load**k / math.factorial(k) for k in range(staff)]
    last = load**staff / math.factorial(staff) * staff / (staff - load)
    assert erlang_c(staff, load) == pytest.approx(last / (sum(terms) + last))


def test_a_simulated_day_has_as_many_contacts_as_it_should() -> None:
    desk = Desk(contacts_per_day=200, minutes_per_contact=1, staff=3)
    found = simulate(desk, 0, days=101)
    assert found.contacts == pytest.approx(200 * 100, rel=0.03)
