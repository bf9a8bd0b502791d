"""A date or time as people write it, taken apart and put on the clock: ISO, numbers in any order, names of months, zones."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from breakeven.features.values import DAY, NAN

#: Which part of a date comes first; and what numbers mean: seconds, milliseconds ... since 1970, YYYYMMDD, days of a sheet.
Order = Literal["year", "day", "month", "s", "ms", "us", "ns", "yyyymmdd", "excel"]
ORDERS: tuple[str, ...] = get_args(Order)
#: The orders of written dates.
DATED: tuple[Order, ...] = ("year", "day", "month")
UNITS: Mapping[str, float] = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
#: Day 0 of spreadsheets: 1900-01-01 is day 1, and the 29 February 1900 that never was is counted.
EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
#: Two-digit years from this one on are of the last century, as POSIX has it.
PIVOT = 69

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari января янв stycznia styczeń ocak ledna leden",
    "february feb februar février févr fév febrero fevrier febbraio fevereiro fev februari февраля фев lutego luty şubat února únor",
    "march mar märz mär mrz mars marzo março maart mrt марта мар marca marzec mart marts maret března březen",
    "april apr avril avr abril abr aprile апреля апр kwietnia kwiecień nisan dubna duben",
    "may mai mayo maggio mag maio mei мая май maja maj mayıs května květen",
    "june jun juni juin junio giugno giu junho июня июн czerwca czerwiec haziran června červen",
    "july jul juli juillet juil julio luglio lug julho июля июл lipca lipiec temmuz července červenec",
    "august aug août aout agosto ago augustus августа авг sierpnia sierpień ağustos augusti agustus srpna srpen",
    "september sep sept septembre septiembre settembre set setembro сентября сен сент września wrzesień eylül září",
    "october oct oktober okt octobre octubre ottobre ott outubro out октября окт października październik ekim října říjen",
    "november nov novembre noviembre novembro ноября ноя нояб listopada listopad kasım listopadu",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro декабря дек grudnia grudzień aralık desember prosince prosinec",
)
#: English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Polish, Turkish, Scandinavian, Czech, Indonesian.
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
#: Zone names that mean one offset wherever they are written, in hours.
ZONES = {
    **dict.fromkeys(("z", "utc", "gmt", "wet"), 0.0),
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "hst": -10,
    "bst": 1,
    "cet": 1,
    "mez": 1,
    "cest": 2,
    "mesz": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "jst": 9,
    "kst": 9,
    "sgt": 8,
    "hkt": 8,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
}
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_QUARTER = r"(?:q|t|qtr\.?|quarter|quartal|trimestre|trim\.?|trimestr)"
_WEEK = r"(?:w|wk|cw|kw|week|woche|semaine|semana)\.?"
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|"
    r"donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[ée]rcoles|"
    r"jueves|viernes|s[áa]bado|domingo)\.?,?\s+"
)
_CLOCK = (
    r"(?:[t\s,]+|,?\s+(?:at|um|à|alle|a las)\s+|(?<=日)\s*|(?<=\d):(?=\d\d:))(?P<half>上午|下午)?"
    r"(?:(?P<h>\d{1,2})(?:[:h时點点](?P<mi>\d{2})(?:[:分](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?秒?分?"
    r"|(?=\s*[ap]m))\s*(?P<ampm>[ap]\.?\s?m\.?)?(?:\s*uhr)?)"
    r"(?:\s*(?P<zone>z|[+-]\d{2}:?\d{2}(?:\[[a-z_/]+\])?|[+-]\d{2}|(?:utc|gmt)(?:[+-]\d{1,2}(?::?\d{2})?)?|[a-z]{3,4}|[a-z]+/[a-z_/]+|\[[a-z_/]+\]))?"
)
_DATES = tuple(
    (kind, re.compile(rf"(?:{_WEEKDAY})?{date}(?:{_CLOCK})?(?:\s*\([^)]*\))?"))
    for kind, date in (
        ("year", r"(?P<a>\d{4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,2})"),
        ("year", r"(?P<a>\d{4})\.\s?(?P<b>\d{1,2})\.\s?(?P<c>\d{1,2})\."),
        ("year", r"(?P<a>\d{4})년\s*(?P<b>\d{1,2})월(?:\s*(?P<c>\d{1,2})일)?"),
        ("year", r"(?P<a>\d{4})年\s*(?P<b>\d{1,2})月(?:\s*(?P<c>\d{1,2})[日号])?(?:\s*(?:星期|周)[一二三四五六日天])?"),
        ("numbers", r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{4}|'?\d{2})"),
        (
            "day",
            rf"(?P<a>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s/-]*(?:of\s+|de\s+)?(?P<b>{_NAME})\.?,?[\s/-]*(?:de\s+|del\s+)?(?P<c>\d{{4}}|'?\d{{2}})",
        ),
        ("month", rf"(?P<a>{_NAME})\.?[\s/-]*(?P<b>\d{{1,2}})(?:st|nd|rd|th)?,?[\s/-]+(?P<c>\d{{4}}|'\d{{2}})"),
        ("year", rf"(?P<a>\d{{4}})[\s/-]?(?P<b>{_NAME})[\s/-]?(?P<c>\d{{1,2}})"),
        ("month of year", rf"(?P<b>{_NAME})\.?[\s/-]*(?:de\s+)?(?P<a>\d{{4}}|'\d{{2}})"),
        ("quarter", rf"(?P<a>\d{{4}})(?:年第?)?[\s/-]*(?:{_QUARTER}\s*(?P<b>[1-4])|(?P<c>[1-4])\s*季度?)"),
        ("quarter", rf"{_QUARTER}\s*(?P<b>[1-4])[\s/,-]*(?P<a>\d{{4}}|'?\d{{2}})"),
        ("quarter", rf"(?P<b>[1-4])\.?(?:st|nd|rd|th)?\s*{_QUARTER}[\s/-]*(?P<a>\d{{4}}|'?\d{{2}})"),
        ("half", r"(?P<a>\d{4})[\s/-]*h(?P<b>[12])"),
        ("half", r"h(?P<b>[12])[\s/-]*(?P<a>\d{4})"),
        ("week", rf"(?P<a>\d{{4}})[\s/-]*{_WEEK}[\s-]*(?P<b>\d{{1,2}})"),
        ("week", rf"{_WEEK}\s*(?P<b>\d{{1,2}})[\s/,-]+(?P<a>\d{{4}})"),
        ("month of year", r"(?P<a>\d{4})(?P<sep>[-/.])(?P<b>\d{1,2})"),
        ("month of year", r"(?P<b>\d{1,2})(?P<sep>[/.])(?P<a>\d{4})"),
    )
)
NUMBERS = next(pattern for kind, pattern in _DATES if kind == "numbers")
#: `Fri Aug 19 05:30:00 2022`, as C's asctime and Unix's date write it.
_ASCTIME = re.compile(
    rf"(?:{_WEEKDAY})?(?P<b>{_NAME})\s+(?P<c>\d{{1,2}})\s+(?P<t>\d{{1,2}}:\d{{2}}:\d{{2}})(?P<z>\s+[a-z]{{3,4}})?\s+(?P<a>\d{{4}})"
)
#: Characters beyond which no cell is a time.
LONGEST = 64
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[t_]?(\d{2})(\d{2})(\d{2})?)?(z?)")
NUMERIC = re.compile(r"[+-]?\d+(?:\.\d*)?")


def fold(cell: str) -> str:
    """A cell trimmed, in lower case, full-width characters as plain ones."""
    plain = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    return plain.strip().lower()


def is_naive(text: str) -> bool:
    """Whether a cell has a time of day, but no zone."""
    if ":" not in text:
        return False
    match = next((match for _, pattern in _DATES if (match := pattern.fullmatch(text))), None)
    return match is not None and match["zone"] is None


def seconds(text: str, order: Order, zone: str) -> float:
    """Seconds since 1970 of a folded cell whose dates of three numbers have this order."""
    if len(text) > LONGEST:
        return NAN
    if text[:4].isdigit() and text[4:5] == "-":
        try:
            return stamp(datetime.fromisoformat(text.upper()), zone)
        except ValueError:
            pass
    try:
        return _by_parts(text, order, zone)
    except (ValueError, OverflowError, KeyError):
        return NAN


def _by_parts(text: str, order: Order, zone: str) -> float:
    for kind, pattern in _DATES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        year, month, day = _date(kind, match, order)
        return stamp(_at_clock(datetime(year, month, day), match), zone, match["zone"])
    if match := _ASCTIME.fullmatch(text):
        hour, minute, second = map(int, match["t"].split(":"))
        when = datetime(int(match["a"]), MONTHS[match["b"]], int(match["c"]), hour, minute, second)
        return stamp(when, zone, match["z"] and match["z"].strip())
    if NUMERIC.fullmatch(text) and order in (*UNITS, "excel", "yyyymmdd"):
        return from_number(float(text), order, zone)
    return from_compact(text, zone)


def _date(kind: str, match: re.Match[str], order: Order) -> tuple[int, int, int]:
    a, b = match["a"], match["b"]
    if kind == "month of year":
        return _year(a), MONTHS.get(b) or int(b), 1
    if kind == "week":
        monday = date.fromisocalendar(int(a), int(b), 1)
        return monday.year, monday.month, monday.day
    if kind == "half":
        return int(a), 6 * int(b) - 5, 1
    if kind == "quarter":
        return _year(a), 3 * int(b or match["c"]) - 2, 1
    c = match["c"]
    if kind == "year":
        return int(a), MONTHS.get(b) or int(b), int(c or 1)
    if kind == "day":
        return _year(c), MONTHS[b], int(a)
    if kind == "month":
        return _year(c), MONTHS[a], int(b)
    if order == "year":  # 26-04-13
        if len(c) > 2 or match["sep"] != "-":
            raise ValueError("the year is not first")
        return _year(a), int(b), int(c)
    return (_year(c), int(b), int(a)) if order == "day" else (_year(c), int(a), int(b))


def _year(text: str) -> int:
    plain = text.lstrip("'")
    return int(plain) if len(plain) == 4 else int(plain) + (1900 if int(plain) >= PIVOT else 2000)


def _at_clock(day: datetime, match: re.Match[str]) -> datetime:
    if match["h"] is None:
        return day
    hour, half = int(match["h"]), (match["ampm"] or "")[:1] or {"上午": "a", "下午": "p"}.get(match["half"] or "", "")
    if half:
        if not 1 <= hour <= 12 and not match["half"]:
            raise ValueError("no hour of twelve")
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or int(match["mi"] or 0) > 59 or int(match["s"] or 0) > 60:
        raise ValueError("no time of day")
    micro = int((match["f"] or "0").ljust(6, "0")[:6])
    # 24:00 is the end of the day.
    return day + timedelta(hours=hour, minutes=int(match["mi"] or 0), seconds=int(match["s"] or 0), microseconds=micro)


def from_compact(text: str, zone: str) -> float:
    """Seconds since 1970 of YYYYMMDD, with or without hhmm and seconds; NaN where it is no date."""
    match = _COMPACT.fullmatch(text)
    if match is None:
        return NAN
    parts = [int(part) for part in match.groups()[:6] if part]
    try:
        return stamp(datetime(*parts), zone, "z" if match[7] else None)  # type: ignore[arg-type]
    except ValueError:
        return NAN


def from_number(value: float, order: Order, zone: str) -> float:
    """Seconds since 1970 of a plain number; where texts were learned it is such seconds, as Unix and JSON clients have it."""
    if order in UNITS:
        return value / UNITS[order]
    if order == "excel":
        return from_excel(value, zone)
    if order == "yyyymmdd":
        if not math.isfinite(value) or value != math.floor(value):
            return NAN
        return from_compact(f"{value:.0f}01" if abs(value) < 1e6 else f"{value:.0f}", zone)
    return value


def from_excel(value: float, zone: str) -> float:
    """Seconds since 1970 of a spreadsheet's days."""
    if not math.isfinite(value) or abs(value) > 3e6:
        return NAN
    return stamp((EXCEL_EPOCH + timedelta(seconds=round(value * DAY))).replace(tzinfo=None), zone)


def stamp(when: datetime, zone: str, written: str | None = None) -> float:
    """Seconds since 1970 of a time, in the zone it carries, else in the one written beside it, else in the column's."""
    if when.tzinfo is None:
        local = when.replace(tzinfo=named_zone(zone))
        # CST is China's time in a column of that zone, and that of Chicago elsewhere.
        same = not written or written == (local.tzname() or "").lower()
        when = local if same else when.replace(tzinfo=_zone(written or ""))
    return when.timestamp()


@lru_cache(maxsize=256)
def _zone(written: str) -> tzinfo:
    """A zone as it is written beside a time, folded. Raises KeyError for a name that is not known."""
    text = written.strip("[]").partition("[")[0]
    if text in ZONES:
        return timezone(timedelta(hours=ZONES[text]))
    if match := re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
    return ZoneInfo("/".join("_".join(word.capitalize() for word in part.split("_")) for part in text.split("/")))


@lru_cache(maxsize=64)
def named_zone(name: str) -> tzinfo:
    """A zone of the IANA database. Raises KeyError for a name that is not known."""
    return UTC if name == "UTC" else ZoneInfo(name)
