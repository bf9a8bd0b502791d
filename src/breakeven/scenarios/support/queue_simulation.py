"""What waiting and money a desk costs with and without the product: a discrete-event simulation of its queue.

Contacts come at random (Poisson) at rates that change by the hour. A share is answered by the bot at once; the others wait for the next of
so many people, first come, first served, within the desk's hours. Some of those that the bot answered come back to a person. With
exponential times, a rate that does not change and a desk that never closes this is the queue M/M/c, whose waits Erlang's formula C gives:
a test holds the simulation to it.

>>> desk = Desk(contacts_per_day=240, minutes_per_contact=6, staff=2, opens=0, closes=24, hours=(1.0,) * 24)
>>> round(erlang_c(2, desk.load), 3)
0.333
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.scenarios.support.settings import Human

DAY, HOUR = 86_400.0, 3_600.0
#: How many contacts come in each hour of a day, relative to each other: few at night, most before and after noon.
OFFICE = (1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 13, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 2)
#: Days simulated; the first is left out of what is counted, while the queue fills.
DAYS = 120


@dataclass(frozen=True)
class Desk:
    """A desk and what is assumed of its customers. Times are in the unit that the name says; shares are between 0 and 1.

    Attributes
    ----------
    contacts_per_day: mean number. hours: 24 weights of the hours of a day.
    staff: people at a time, from `opens` to `closes` (hours of the day).
    minutes_per_contact: mean working time of a person on a contact; `spread` is its standard deviation over its mean (1: exponential).
    minutes_to_write: from when a person takes a contact to their first answer; part of no queue.
    usd_per_hour: of one person. usd_per_message: of the bot.
    automation: share that the bot answers. clarified: share of these in which it first asks back, which takes `seconds_to_clarify`.
    bot_seconds: until the bot's answer. returning: share of bot-answered contacts that come back to a person, the next day at the same hour.
    harder: how much longer a person works on what the bot hands over, as a factor of `minutes_per_contact`: easy questions are gone.
    """

    contacts_per_day: float
    minutes_per_contact: float
    staff: int
    opens: float = 9.0
    closes: float = 18.0
    hours: tuple[float, ...] = OFFICE
    spread: float = 1.0
    minutes_to_write: float = 0.0
    usd_per_hour: float = 0.0
    usd_per_message: float = 0.0
    automation: float = 0.0
    clarified: float = 0.0
    seconds_to_clarify: float = 30.0
    bot_seconds: float = 1.0
    returning: float = 0.0
    harder: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no desk can be. Raises InputError naming the value."""
        for name in ("automation", "clarified", "returning"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"desk, {name}", f"{getattr(self, name)} is no share", "give a number from 0 to 1")
        for name in ("contacts_per_day", "minutes_per_contact", "staff", "harder"):
            if not getattr(self, name) > 0:
                raise InputError(f"desk, {name}", f"{getattr(self, name)} is not above 0", "give a positive number")
        if not 0 <= self.opens < self.closes <= 24:
            raise InputError(
                "desk, opens and closes", f"{self.opens} to {self.closes}", "give hours of one day, 0 to 24"
            )
        if len(self.hours) != 24 or min(self.hours) < 0 or sum(self.hours) <= 0:
            raise InputError("desk, hours", f"{len(self.hours)} weights", "give 24 weights, none below 0, not all 0")

    @property
    def load(self) -> float:
        """Erlangs offered to people: working time that comes in, per time that the desk is open."""
        people = 1 - self.automation * (1 - self.returning)
        factor = self.harder if self.automation else 1.0
        return self.contacts_per_day * people * self.minutes_per_contact * factor / ((self.closes - self.opens) * 60)


@dataclass(frozen=True)
class Outcome:
    """A simulated desk. Seconds until the first answer: of all, and of those who waited for a person. `occupancy`: share of time people work.

    `steady`: people can do what comes in; without that waits grow from day to day, and those shown mean nothing.
    """

    median: float
    p90: float
    people_p90: float
    usd_per_contact: float
    occupancy: float
    contacts: int
    steady: bool


def simulate(desk: Desk, seed: int, days: int = DAYS) -> Outcome:
    """Run a desk for some days. The same seed brings the same contacts to every desk."""
    chance = np.random.default_rng(seed)
    at = arrivals(chance, desk, days)
    n = len(at)
    u, v, back = (chance.random(n) for _ in range(3))
    work = worked(chance, desk, n)
    bot = u < desk.automation
    comes_back = bot & (back < desk.returning)
    came = np.concatenate([at[~bot] + desk.bot_seconds * (desk.automation > 0), at[comes_back] + DAY])
    minutes = np.concatenate([work[~bot], work[comes_back]]) * (desk.harder if desk.automation else 1.0)
    order = np.argsort(came, kind="stable")
    starts = np.empty(len(came))
    starts[order] = queue(came[order], minutes[order] * 60, desk)
    first = np.full(n, desk.bot_seconds) + np.where(v < desk.clarified, desk.seconds_to_clarify + desk.bot_seconds, 0.0)
    first[~bot] = starts[: int((~bot).sum())] - at[~bot] + 60 * desk.minutes_to_write
    counted = at >= DAY
    people = first[counted & ~bot]
    hours = desk.staff * (desk.closes - desk.opens)
    usd = desk.usd_per_hour * hours / desk.contacts_per_day + desk.usd_per_message * (1 + desk.clarified)
    return Outcome(
        *_quantiles(first[counted]),
        people_p90=_quantiles(people)[1],
        usd_per_contact=usd,
        occupancy=min(desk.load / desk.staff, 1.0),
        contacts=int(counted.sum()),
        steady=desk.load < desk.staff,
    )


def arrivals(chance: np.random.Generator, desk: Desk, days: int) -> Array:
    """Times at which contacts come, in order: a Poisson number in each hour, anywhere in it."""
    weights = np.array(desk.hours) / sum(desk.hours)
    counts = chance.poisson(np.tile(weights * desk.contacts_per_day, days))
    return np.sort((np.repeat(np.arange(24 * days), counts) + chance.random(counts.sum())) * HOUR)


def worked(chance: np.random.Generator, desk: Desk, n: int) -> Array:
    """Working minutes of n contacts: gamma with the desk's mean and spread."""
    if desk.spread <= 0:
        return np.full(n, desk.minutes_per_contact)
    shape = 1 / desk.spread**2
    return chance.gamma(shape, desk.minutes_per_contact / shape, n)


def queue(came: Array, seconds: Array, desk: Desk) -> Array:
    """When a person begins with each contact (n,), in the order in which they came (n,): the next who is free (Kiefer and Wolfowitz 1955).

    What was begun before the desk closes is finished; what waits then is begun when it opens.
    """
    free = [0.0] * desk.staff
    starts = np.empty(len(came))
    for i, (at, work) in enumerate(zip(came.tolist(), seconds.tolist(), strict=True)):
        start = opened(max(at, free[0]), desk)
        starts[i] = start
        heapq.heapreplace(free, start + work)
    return starts


def opened(at: float, desk: Desk) -> float:
    """The first moment from `at` on at which the desk is open.

    >>> desk = Desk(contacts_per_day=1, minutes_per_contact=1, staff=1)
    >>> [opened(hour * HOUR, desk) / HOUR for hour in (3.0, 12.0, 18.0)]
    [9.0, 12.0, 33.0]
    """
    day, hour = divmod(at / HOUR, 24)
    if hour < desk.opens:
        return (24 * day + desk.opens) * HOUR
    return at if hour < desk.closes else (24 * (day + 1) + desk.opens) * HOUR


def erlang_c(staff: int, load: float) -> float:
    """The probability of waiting in the queue M/M/c at a load in Erlangs (Erlang 1917), by the recursion of formula B.

    >>> round(erlang_c(1, 0.5), 6), erlang_c(2, 2.0)
    (0.5, 1.0)
    """
    if load >= staff:
        return 1.0
    blocked = 1.0
    for c in range(1, staff + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked / (1 - load / staff * (1 - blocked))


def human_only(human: Human, seed: int = 0) -> tuple[Desk, float]:
    """The declared desk of people alone, and the median seconds that its queue alone makes customers wait.

    The hours around noon are the desk's; what one person costs an hour follows from the declared dollars a contact. Writing takes what the
    declared median has beyond the queue's, nothing where the queue alone takes longer: then the declared figures do not fit each other.
    """
    opens = max(0.0, 13.5 - human.hours_per_day / 2)
    closes = min(24.0, opens + human.hours_per_day)
    within = tuple(w if opens - 1 < hour < closes else 0.0 for hour, w in enumerate(OFFICE))
    hourly = human.usd_per_contact * human.contacts_per_day / (human.staff * human.hours_per_day)
    desk = Desk(
        contacts_per_day=human.contacts_per_day,
        minutes_per_contact=human.minutes_per_contact,
        staff=human.staff,
        opens=opens,
        closes=closes,
        hours=within,
        usd_per_hour=hourly,
    )
    waits = simulate(desk, seed).median
    return replace(desk, minutes_to_write=max(0.0, human.minutes_to_first_answer - waits / 60)), waits


def _quantiles(seconds: Array) -> tuple[float, float]:
    if not len(seconds):
        return 0.0, 0.0
    return float(np.quantile(seconds, 0.5)), float(np.quantile(seconds, 0.9))
