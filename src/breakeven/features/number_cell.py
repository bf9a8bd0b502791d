"""A number as people write it, taken apart: digits with their marks, sign, currency, percent, unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: Currencies as they stand beside a number: ISO 4217 codes and what people write instead of a sign.
CURRENCIES = frozenset(
    (
        *(
            "usd",
            "eur",
            "gbp",
            "jpy",
            "cny",
            "rmb",
            "chf",
            "cad",
            "aud",
            "nzd",
            "hkd",
            "sgd",
            "twd",
            "krw",
            "inr",
            "brl",
        ),
        *(
            "mxn",
            "rub",
            "try",
            "pln",
            "czk",
            "huf",
            "ron",
            "bgn",
            "sek",
            "nok",
            "dkk",
            "isk",
            "zar",
            "ngn",
            "aed",
            "sar",
        ),
        *("ils", "thb", "idr", "myr", "php", "vnd", "uah", "clp", "cop", "ars"),
        *("us$", "a$", "c$", "au$", "ca$", "nz$", "hk$", "nt$", "s$", "r$", "rs", "rs.", "kr", "kr.", "zł", "kč", "ft"),
        *(
            "lei",
            "лв",
            "руб",
            "руб.",
            "р.",
            "fr",
            "fr.",
            "sfr",
            "dm",
            "tl",
            "euro",
            "euros",
            "dollar",
            "dollars",
            "yuan",
        ),
        *(
            "rp",
            "đ",
            "rm",
            "ksh",
            "tsh",
            "nrs",
            "npr",
            "pkr",
            "bdt",
            "lkr",
            "egp",
            "mad",
            "kes",
            "ghs",
            "pen",
            "s/",
            "dkr",
            "skr",
        ),
        *("元", "円", "圆", "人民币", "块", "원"),
    )
)
#: What is read as an apostrophe, and what as a minus sign.
_SIGNS = {
    **dict.fromkeys(map(ord, "’ʼ´`‘′"), "'"),
    **dict.fromkeys(map(ord, "−‒–﹣"), "-"),
    ord("٫"): ".",
    ord("٬"): ",",
}
_CELL = re.compile(
    r"(?P<before>(?:[^\W\d_]+\.|[^\d.,])*)(?P<number>(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+(?![\d.,]))?)"
    r"(?P<after>\D*?(?:(?:m|ft|in|yd)\^?[23])?)",
    re.ASCII,
)
#: A unit: a word, with a power of a length behind it (`kg/m2`), or what money is paid for (`€/month`).
_UNIT = re.compile(r"[^\W\d_][^\d_]{0,14}(?:\^?[23])?|[°µ][^\d_]{0,14}|\"|''?|[$€£¥₹]?\s*/\s*[^\W\d_][^\d_]{0,14}")
#: Words and signs before a number that is rounded.
_ABOUT = re.compile(r"(?:~|≈|(?:ca|approx)\.?|circa|约|約)\s*", re.IGNORECASE)
#: What stands for no cents: `12,-` `12.--` `1,500/-`.
_NO_CENTS = re.compile(r"(?P<digits>.*\d)(?:[.,]\s*--?|\s*/-)(?P<after>\D*)")
#: Ends of ordinal numbers are one unit: 1st, 2nd, 3rd, 4th.
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
#: Characters beyond which no cell is a number.
LONGEST = 64
#: Percent, and the powers of ten that Chinese, Japanese and Korean numbers carry as a character.
_POWERS = {"%": 1e-2, "‰": 1e-3, "万": 1e4, "萬": 1e4, "만": 1e4, "亿": 1e8, "億": 1e8, "억": 1e8}


@dataclass(frozen=True)
class NumberCell:
    """A cell taken apart: its digits with their marks, the factor of its sign, percent or myriad, and what it is of."""

    cell: str
    digits: str
    factor: float
    unit: str
    currency: str
    count: int = 1


def split(cell: str) -> NumberCell | None:
    """The parts of a cell; None if it holds no number, or more than one."""
    if len(cell) > LONGEST:
        return None
    plain = _plain(cell)
    if "-" in plain and (bare := _NO_CENTS.fullmatch(plain)):
        plain = bare["digits"] + bare["after"]
    match = _CELL.fullmatch(plain)
    if match is None:
        return None
    before, number, after = match["before"].strip(), match["number"], match["after"].strip()
    before = _ABOUT.sub("", before)
    digits = number.strip(" '")
    if number.endswith("'"):  # feet, not thousands
        after = "'" + after
    before, after, factor = _without_sign(before, after)
    for text, power in _POWERS.items():
        if after.startswith(text):
            after, factor = after.removeprefix(text).strip(), factor * power
    money = [text for text in (before, after) if is_currency(text)]
    rest = [text for text in (before, after) if text and not is_currency(text)]
    unit = rest[0] if rest else ""
    if not factor or len(money) > 1 or len(rest) > 1:
        return None
    if unit and (unit != after or digits[-1] in ".," or not _UNIT.fullmatch(unit)):  # 12.png is a file
        return None
    return NumberCell(cell, digits, factor, unit, money[0].lower() if money else "")


def _plain(cell: str) -> str:
    """A cell trimmed, with the digits and signs of ASCII whatever the script they are written in."""
    if cell.isascii():
        return cell.strip()
    text = unicodedata.normalize("NFKC", cell.translate(_SIGNS)).translate(_SIGNS).strip()
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def _without_sign(before: str, after: str) -> tuple[str, str, float]:
    """The text before and after a number without its sign, and the sign: 1, -1, or 0 where there is more than one."""
    signs = list[float]()
    if "(" in before and ")" in after:
        before, after = before.replace("(", "", 1), after.replace(")", "", 1)
        signs.append(-1.0)
    texts = []
    for text in (before, after):
        for mark, sign in (("-", -1.0), ("+", 1.0)):
            if text.startswith(mark) or text.endswith(mark):
                text = text.removeprefix(mark) if text.startswith(mark) else text.removesuffix(mark)
                signs.append(sign)
        texts.append(text.strip())
    return texts[0], texts[1], (signs[0] if len(signs) == 1 else float(not signs))


def is_currency(text: str) -> bool:
    """Whether a text beside a number is a currency: any sign of Unicode's class Sc, an ISO code, or a usual short form.

    >>> is_currency("₹"), is_currency("EUR"), is_currency("kg")
    (True, True, False)
    """
    return (
        (len(text) == 1 and unicodedata.category(text) == "Sc")
        or text.lower() in CURRENCIES
        or text.lower().rstrip(".") in CURRENCIES
    )


def singular(unit: str) -> str:
    """What a unit is compared by: without the plural's s, the abbreviation's point, and case: `Years` is `year`."""
    text = unit.rstrip(".").casefold()
    if text in _ORDINALS:
        return "th"
    return text[:-1] if len(text) > 2 and text.endswith("s") else text
