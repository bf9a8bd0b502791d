"""The texts of support's part of the report, and how its shares and times are written."""

from __future__ import annotations

from breakeven.core.types import Interval
from breakeven.core.verdict import Text
from breakeven.report import figures, labels

SAY = labels.of("breakeven.scenarios.support", "report")
#: Shares below this are written with a decimal, so that 0.6 % and 1.4 % are not the same.
SMALL = 0.1
UNKNOWN = Text(en="–", zh="–")


def share(value: float | None) -> Text:
    """A share in per cent, with a decimal where it is small; never nothing of what can happen.

    >>> share(0.344).en, share(0.006).en, share(0.0).zh, share(None).en
    ('34 %', '0.6 %', '不到 0.1%', '–')
    """
    if value is None:
        return UNKNOWN
    if value >= SMALL:
        return figures.share(value)
    if value < 0.0005:
        return Text(en="less than 0.1 %", zh="不到 0.1%")
    return Text(en=f"{100 * value:.1f} %", zh=f"{100 * value:.1f}%")


def tenths(value: float | None) -> Text:
    """The share that is answered, with a decimal, so that it never seems to be another number than the one rounded down.

    >>> tenths(0.786).zh
    '78.6%'
    """
    return UNKNOWN if value is None else Text(en=f"{100 * value:.1f} %", zh=f"{100 * value:.1f}%")


def between(found: Interval | None) -> Text:
    """The interval of a share; empty where there is none.

    >>> between(Interval(0.78, 0.76, 0.8)).en, between(Interval(0.006, 0.002, 0.013)).zh, between(None).en
    ('76 to 80 %', '0.2% 至 1.3%', '')
    """
    if found is None or found.low is None or found.high is None:
        return Text(en="", zh="")
    if found.high >= SMALL:
        return figures.points(found.low, found.high)
    low, high = figures.tenths(found.low), figures.tenths(found.high)
    return Text(en=f"{low} to {high} %", zh=f"{low}% 至 {high}%")


def budget(value: float) -> Text:
    """An allowed share as people say it.

    >>> budget(0.01).en, budget(0.005).en, budget(0.03).zh
    ('1 in 100', '1 in 200', '每 100 个 3 个')
    """
    one_in = 1 / value
    if abs(one_in - round(one_in)) < 0.01 * one_in and round(one_in) % 5 == 0:
        return SAY("promise.one_in", n=f"{round(one_in):,}")
    return SAY("promise.in_hundred", n=f"{100 * value:g}")


def time(seconds: float) -> Text:
    """A waiting time as people say it.

    >>> time(1.0).en, time(540.0).zh, time(9000.0).en
    ('1 s', '9 分钟', '2.5 h')
    """
    if seconds < 90:
        return SAY("desk.seconds", n=figures.number(seconds, 2))
    if seconds < 5400:
        return SAY("desk.minutes", n=figures.number(seconds / 60, 2))
    return SAY("desk.hours", n=figures.number(seconds / 3600, 2))


def percent(value: float | None) -> Text:
    """A change in whole per cent.

    >>> percent(0.336).en, percent(None).en
    ('34 %', '–')
    """
    return UNKNOWN if value is None else Text(en=f"{100 * value:z.0f} %", zh=f"{100 * value:z.0f}%")
