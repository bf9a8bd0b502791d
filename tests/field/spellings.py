"""Formats in which people write numbers and times: each a function from a value to a cell, and what it keeps of the value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
FRENCH = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

#: Months of further languages, as they stand within a date.
OTHERS = {
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november december",
    "Czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
}


def grouped(value: float, decimal: str, thousands: str, digits: int = 2) -> str:
    """A number with marks of thousands."""
    return f"{value:,.{digits}f}".replace(",", "_").replace(".", decimal).replace("_", thousands)


def lakh(value: float) -> str:
    """Indian groups: 12,34,567.50."""
    whole, cents = f"{abs(value):.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    groups = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return ("-" if value < 0 else "") + ",".join([*groups, tail]) + "." + cents


def bracketed(value: float) -> str:
    """Accountants' brackets for negative numbers."""
    return f"({-value:,.2f})" if value < 0 else f"{value:,.2f}"


#: Values are hundredths, from -2,000,000 to 2,000,000; percent are hundredths of them.
NUMBERS: dict[str, Callable[[float], str]] = {
    "plain": lambda v: f"{v:.2f}",
    "english": lambda v: f"{v:,.2f}",
    "german": lambda v: grouped(v, ",", "."),
    "german without thousands": lambda v: f"{v:.2f}".replace(".", ","),
    "french, narrow space": lambda v: grouped(v, ",", "\u202f"),
    "french, no-break space": lambda v: grouped(v, ",", "\u00a0"),
    "spaces and points": lambda v: grouped(v, ".", " "),
    "swiss": lambda v: grouped(v, ".", "'"),
    "swiss, curly": lambda v: grouped(v, ".", "’"),
    "austrian apostrophe and comma": lambda v: grouped(v, ",", "'"),
    "lakh": lakh,
    "dollars": lambda v: f"${v:,.2f}".replace("$-", "-$"),
    "dollars, sign inside": lambda v: f"${v:,.2f}",
    "euros behind": lambda v: grouped(v, ",", ".") + " €",
    "code before": lambda v: f"EUR {v:.2f}",
    "code behind": lambda v: f"{v:,.2f} USD",
    "rupees": lambda v: "₹" + lakh(abs(v)) if v >= 0 else "-₹" + lakh(-v),
    "brackets": bracketed,
    "brackets, dollars": lambda v: f"(${-v:,.2f})" if v < 0 else f"${v:,.2f}",
    "trailing minus": lambda v: f"{-v:.2f}-" if v < 0 else f"{v:.2f}",
    "typographic minus": lambda v: f"{v:,.2f}".replace("-", "\u2212"),
    "full width": lambda v: f"{v:.2f}".translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－")),
    "Arabic digits": lambda v: f"{v:.2f}".translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")),
    "rounded": lambda v: f"~{v:.2f}" if v > 0 else f"{v:.2f}",
    "square metres": lambda v: f"{v:.2f} m²",
    "rupiah": lambda v: "Rp " + grouped(v, ",", "."),
    "francs": lambda v: "SFr. " + grouped(v, ".", "’"),
    "a month": lambda v: grouped(v, ",", ".") + " €/Monat",
    "credit and debit": lambda v: f"{abs(v):.2f} {'CR' if v >= 0 else 'DR'}",
    "thousands and millions": lambda v: f"{v / 1e6:.8f}M" if abs(v) > 1e6 else f"{v / 1e3:.5f}K",
    "kilograms": lambda v: f"{v:.2f} kg",
    "kilograms, comma": lambda v: grouped(v, ",", ".") + "kg",
    "days and day": lambda v: f"{v:.2f} days",
}
PERCENT: dict[str, Callable[[float], str]] = {
    "percent": lambda v: f"{v:.2f}%",
    "percent, space": lambda v: f"{v:.2f} %",
    "percent, comma": lambda v: f"{v:.2f} %".replace(".", ","),
}


def _named(months: list[str]) -> Callable[[datetime], str]:
    return lambda t: f"{t.day}. {months[t.month - 1]} {t.year}"


def _spoken(months: str) -> Callable[[datetime], str]:
    return lambda t: f"{t.day} {months.split()[t.month - 1]} {t.year}"


#: Format -> (spelling, the unit to which it keeps a moment, in seconds: 86400 for days).
TIMES: dict[str, tuple[Callable[[datetime], str], int]] = {
    "ISO day": (lambda t: f"{t:%Y-%m-%d}", 86400),
    "ISO": (lambda t: t.isoformat(), 1),
    "ISO, Z": (lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}", 1),
    "ISO, offset": (lambda t: t.astimezone(ZoneInfo("Asia/Shanghai")).isoformat(), 1),
    "slashes, year first": (lambda t: f"{t:%Y/%m/%d %H:%M:%S}", 1),
    "slashes, day first": (lambda t: f"{t:%d/%m/%Y}", 86400),
    "slashes, month first": (lambda t: f"{t:%m/%d/%Y}", 86400),
    "short, day first": (lambda t: f"{t.day}/{t.month}/{t:%y}", 86400),
    "short, month first": (lambda t: f"{t:%m/%d/%y %H:%M}", 60),
    "dashes, day first": (lambda t: f"{t:%d-%m-%Y %H:%M}", 60),
    "points": (lambda t: f"{t:%d.%m.%Y %H:%M:%S}", 1),
    "points, short": (lambda t: f"{t:%d.%m.%y}", 86400),
    "month's name": (lambda t: f"{t:%d-%b-%Y}", 86400),
    "month's name first": (lambda t: f"{ENGLISH[t.month - 1]} {t.day}, {t.year}", 86400),
    "German": (_named(GERMAN), 86400),
    "French": (lambda t: f"{t.day} {FRENCH[t.month - 1]} {t.year}", 86400),
    "Chinese": (lambda t: f"{t.year}年{t.month}月{t.day}日", 86400),
    "AM and PM": (lambda t: f"{t:%m/%d/%Y %I:%M %p}", 60),
    "named zone": (lambda t: f"{t:%Y-%m-%d %H:%M:%S} UTC", 1),
    "American zone": (lambda t: f"{t - timedelta(hours=5):%Y-%m-%d %H:%M:%S} EST", 1),
    "mail": (lambda t: f"{t:%a, %d %b %Y %H:%M:%S} GMT", 1),
    "asctime": (lambda t: f"{t:%a %b %d %H:%M:%S %Y}", 1),
    **{name: (_spoken(months), 86400) for name, months in OTHERS.items()},
    "Java's zone": (lambda t: f"{t:%Y-%m-%dT%H:%M:%S}+00:00[Etc/UTC]", 1),
    "a clock after at": (lambda t: f"{t:%b %d, %Y} at {t:%I:%M %p}", 60),
    "Korean": (lambda t: f"{t.year}년 {t.month}월 {t.day}일", 86400),
    "Hungarian": (lambda t: f"{t:%Y.%m.%d.}", 86400),
    "Spanish AM and PM": (lambda t: f"{t:%d/%m/%Y %I:%M:%S} {t:%p}".replace("AM", "a. m.").replace("PM", "p. m."), 1),
    "a web server's log": (lambda t: f"{t:%d/%b/%Y:%H:%M:%S} +0000", 1),
    "names of files": (lambda t: f"{t:%Y%m%d_%H%M%S}", 1),
    "eight digits": (lambda t: f"{t:%Y%m%d}", 86400),
    "seconds": (lambda t: str(int(t.timestamp())), 1),
    "milliseconds": (lambda t: str(int(t.timestamp()) * 1000), 1),
    "microseconds": (lambda t: str(int(t.timestamp()) * 10**6), 1),
    "nanoseconds": (lambda t: str(int(t.timestamp()) * 10**9), 1),
    "spreadsheet": (lambda t: str((t - datetime(1899, 12, 30, tzinfo=UTC)).days), 86400),
}
