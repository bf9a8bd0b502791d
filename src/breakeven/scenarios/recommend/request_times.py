"""Times as clients send them: numbers, and dates as people write them."""

from __future__ import annotations

import math

from breakeven.core.errors import InputError
from breakeven.core.fields import described
from breakeven.features.time_format import TimeFormat
from breakeven.online.event import CLOCK_SKEW, MILLISECONDS, now

#: Seconds or milliseconds since 1970, or a date as people write it.
Time = str | float
#: Most characters of a date, as people write it.
MAX_TIME = 100


def seconds(where: str, value: Time | None, zone: str = "UTC") -> float:
    """Seconds since 1970: now where no time is given; a number (seconds or milliseconds) or a date as people write it.

    Raises InputError for what is no time, or lies more than a day ahead.
    """
    if value is None:
        return now()
    at = any_time(where, value, zone)
    if at > now() + CLOCK_SKEW:
        raise InputError(where, f"{described(value)} is in the future", "check the clock or the time zone")
    return at


def any_time(where: str, value: Time, zone: str = "UTC") -> float:
    """The same for a time that may lie ahead."""
    if isinstance(value, str):
        # Year first alone: a single 03/04/2026 does not say which is the day. Digits are seconds, as in a file.
        digits = value.strip().replace(".", "", 1).isdigit() and len(value.strip()) != 8
        at = math.nan if len(value) > MAX_TIME else float(value) if digits else TimeFormat(zone=zone).parse(value)
    else:
        at = float(value)
    at = at / 1000 if at > MILLISECONDS else at
    if not math.isfinite(at) or at < 0:
        raise InputError(where, f"{described(value)} is no time", "send seconds since 1970 or 2026-11-26T12:00:00Z")
    return at
