"""The supervisor's figures: the evidence of some days as shares, times and dollars, each with a 90 % interval, beside the human baseline.

What was not declared is not compared: without `human` in the brief there are no dollars and no baseline.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from breakeven.core.types import Interval
from breakeven.metrics.intervals import Z90, wilson
from breakeven.scenarios.support import audit
from breakeven.scenarios.support.contact import ENDS
from breakeven.scenarios.support.evidence import Evidence, day_of, start_of
from breakeven.scenarios.support.settings import Settings

#: Fewest contacts of a language or topic for which figures are shown.
ENOUGH = 10


class Share(msgspec.Struct, frozen=True):
    """A share: `count` of `of`, with Wilson's interval; None where there is none to speak of."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None


class Wait(msgspec.Struct, frozen=True):
    """Seconds until the first answer over `count` contacts: the median and the ninth decile, with intervals of order statistics."""

    count: int
    median: Interval
    p90: Interval


class Group(msgspec.Struct, frozen=True):
    """A language or topic: its contacts, those finished without a person, those confirmed, those handed off."""

    name: str
    handled: int
    without_person: Share
    confirmed: Share
    handed_off: Share


class Baseline(msgspec.Struct, frozen=True):
    """What people alone were declared to take, and the change from it: -0.8 is 80 % less."""

    minutes_to_first_answer: float
    usd_per_contact: float
    faster: float | None
    cheaper: float | None


class Figures(msgspec.Struct, frozen=True):
    """The figures of some days; times are in seconds.

    Attributes
    ----------
    since, until: seconds since 1970.
    handled: contacts. open: not closed. unanswered: without any answer so far; they are in no waiting time.
    automation: finished without a person, whatever came of it, of all that are finished or went to a person.
    ends: of those finished without a person: confirmed, silent, unsolved (the customer said so), reopened. Only the first are resolutions.
    autonomous: resolutions without a person, of all finished. assisted: the bot answered and a person replied.
    durable: of resolutions at least seven days old, those not reopened; `undecided` are younger.
    handed_off: with `reasons` by count; `not_replied`: of these, in how many no person has replied. reopened: of the contacts that were ever closed.
    first_answer: whoever gave it; of the bot; of people, since each hand-off that they replied to.
    error: share of answers found wrong in the audit, over `checked` answers; `unmatched`: checks of answers too old to be known.
    depth: messages of a customer in a contact.
    usd_per_contact: None where no human baseline was declared. hours_saved: of people, by the declared minutes a contact.
    """

    since: float
    until: float
    handled: int
    open: int
    unanswered: int
    automation: Share
    ends: dict[str, Share]
    autonomous: Share
    assisted: Share
    durable: Share
    undecided: int
    handed_off: Share
    not_replied: Share
    reasons: dict[str, int]
    reopened: Share
    first_answer: dict[str, Wait]
    error: Interval
    checked: int
    unmatched: int
    depth: Interval
    usd_per_contact: Interval | None
    hours_saved: float | None
    baseline: Baseline | None
    languages: tuple[Group, ...] = ()
    topics: tuple[Group, ...] = ()


def figures(
    evidence: Evidence, settings: Settings, now: float, days: float | None = None, usd_per_message: float = 0.0
) -> Figures:
    """The figures at `now` of the contacts that began within the last `days` whole days, today among them; of all without `days`.

    `usd_per_message` is what the bot costs a customer's message.
    """
    evidence.settle(now)
    first = min(evidence.days, default=day_of(now)) if days is None else day_of(now) - math.ceil(days) + 1
    chosen = [day for number, day in sorted(evidence.days.items()) if number >= first]
    counts = sum((day.counts for day in chosen), Counter[str]())
    waits = {n: _wait([np.array(day.waits[n]) for day in chosen]) for n in ("first", "bot", "people")}
    since = start_of(first)
    checks = evidence.checks(since)
    dollars, base = _money(counts, settings, waits["first"], usd_per_message)
    minutes = settings.human.minutes_per_contact
    return Figures(
        since=since,
        until=now,
        handled=counts["handled"],
        open=counts["handled"] - counts["ended"],
        unanswered=counts["unanswered"],
        automation=share(counts["without_person"], counts["finished"]),
        ends={end: share(counts[f"end.{end}"], counts["without_person"]) for end in ENDS},
        autonomous=share(counts["end.confirmed"], counts["finished"]),
        assisted=share(counts["assisted"], counts["finished"]),
        durable=share(counts["durable"], counts["durable_decided"]),
        undecided=counts["resolved_first"] - counts["durable_decided"],
        handed_off=share(counts["handed_off"], counts["handled"]),
        not_replied=share(counts["not_replied"], counts["handed_off"]),
        reasons=_reasons(counts),
        reopened=share(counts["reopened"], counts["closed"]),
        first_answer=waits,
        error=audit.error([(wrong, weight) for _, wrong, weight in checks]),
        checked=len(checks),
        unmatched=evidence.unmatched_checks,
        depth=mean(counts["depth"], counts["depth2"], counts["handled"]),
        usd_per_contact=dollars,
        hours_saved=counts["end.confirmed"] * minutes / 60 if settings.declared else None,
        baseline=base,
        languages=_groups([day.groups for day in chosen], "language"),
        topics=_groups([day.groups for day in chosen], "topic"),
    )


def share(count: int, of: int) -> Share:
    """A share with its interval.

    >>> found = share(8, 10)
    >>> found.value, round(found.low or 0, 2), round(found.high or 0, 2)
    (0.8, 0.54, 0.93)
    """
    if of <= 0:
        return Share(count, 0, None, None, None)
    low, high = wilson(count / of, of)
    return Share(count, of, count / of, max(low, 0.0), min(high, 1.0))


def quantile(ordered: np.ndarray, q: float) -> Interval:
    """A quantile with the interval of order statistics, which holds for any distribution (Hahn and Meeker 1991, 5.2, in its normal form).

    >>> quantile(np.arange(101.0), 0.5)
    Interval(value=50.0, low=42.0, high=58.0)
    """
    n = len(ordered)
    if not n:
        return Interval(None, None, None)
    half = Z90 * math.sqrt(n * q * (1 - q))
    low, high = math.floor(n * q - half), math.ceil(n * q + half) - 1
    ends = [None if not 0 <= index < n else float(ordered[index]) for index in (low, high)]
    return Interval(float(np.quantile(ordered, q)), *ends)


def mean(total: float, squares: float, n: int) -> Interval:
    """A mean with its normal interval, from sums."""
    if n <= 0:
        return Interval(None, None, None)
    value = total / n
    if n == 1:
        return Interval(value, None, None)
    half = Z90 * math.sqrt(max(squares - n * value**2, 0.0) / (n - 1) / n)
    return Interval(value, value - half, value + half)


def _wait(parts: Sequence[np.ndarray]) -> Wait:
    ordered = np.sort(np.concatenate(parts)) if parts else np.zeros(0)
    return Wait(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9))


def _reasons(counts: Counter[str]) -> dict[str, int]:
    found = {name.removeprefix("reason."): n for name, n in counts.items() if name.startswith("reason.") and n}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _money(
    counts: Counter[str], settings: Settings, first: Wait, usd: float
) -> tuple[Interval | None, Baseline | None]:
    """Dollars a contact: the declared price for each that went to a person, the bot's for every message. None where nothing was declared."""
    human, finished = settings.human, counts["finished"]
    if not settings.declared:
        return None, None
    cost = Interval(None, None, None)
    if finished:
        people = share(finished - counts["without_person"], finished)
        bot = usd * counts["depth"] / max(counts["handled"], 1)
        ends = (people.value, people.low, people.high)
        cost = Interval(*(human.usd_per_contact * end + bot for end in ends if end is not None))
    minutes = None if first.median.value is None else first.median.value / 60
    return cost, Baseline(
        human.minutes_to_first_answer,
        human.usd_per_contact,
        None if minutes is None else minutes / human.minutes_to_first_answer - 1,
        None if cost.value is None else cost.value / human.usd_per_contact - 1,
    )


def _groups(days: Sequence[dict[tuple[str, str], Counter[str]]], kind: str) -> tuple[Group, ...]:
    """Groups with enough contacts, the largest first."""
    sums = dict[str, Counter[str]]()
    for groups in days:
        for (of, name), counts in groups.items():
            if of == kind:
                sums.setdefault(name, Counter()).update(counts)
    order = sorted((name for name, c in sums.items() if c["handled"] >= ENOUGH), key=lambda n: (-sums[n]["handled"], n))
    return tuple(
        Group(
            name,
            sums[name]["handled"],
            share(sums[name]["without_person"], sums[name]["finished"]),
            share(sums[name]["end.confirmed"], sums[name]["finished"]),
            share(sums[name]["handed_off"], sums[name]["handled"]),
        )
        for name in order
    )
