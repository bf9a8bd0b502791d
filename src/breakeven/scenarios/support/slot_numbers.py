"""Numbers and amounts of money in a sentence, in digits and in words, English and Chinese.

>>> number_in("三千五"), number_in("twenty-five"), number_in("1.5k"), number_in("1.200,50")
('3500', '25', '1500', '1200.50')
>>> amount_in("我转了两万三块钱"), amount_in("€ 99"), amount_in("between 5 and 7 dollars")
('23000 CNY', '99 EUR', None)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

#: Currency codes by the signs and words that people write, longest first where one holds another.
CURRENCIES: Mapping[str, str] = {
    "us$": "USD", "usd": "USD", "dollars": "USD", "dollar": "USD", "bucks": "USD", "美元": "USD", "美金": "USD", "hk$": "HKD", "hkd": "HKD",
    "港币": "HKD", "港元": "HKD", "s$": "SGD", "sgd": "SGD", "新币": "SGD", "a$": "AUD", "aud": "AUD", "c$": "CAD", "cad": "CAD", "chf": "CHF",
    "jpy": "JPY", "yen": "JPY", "日元": "JPY", "twd": "TWD", "台币": "TWD", "krw": "KRW", "inr": "INR", "₹": "INR", "euros": "EUR", "euro": "EUR",
    "eur": "EUR", "€": "EUR", "欧元": "EUR", "pounds": "GBP", "pound": "GBP", "quid": "GBP", "gbp": "GBP", "£": "GBP", "英镑": "GBP",
    "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "块钱": "CNY", "元": "CNY", "块": "CNY", "¥": "CNY", "$": "USD",
}  # fmt: skip
_CURRENCY = re.compile("|".join(re.escape(name) if not name.isalpha() or not name.isascii() else rf"(?<![a-z]){name}(?![a-z])"
                                for name in sorted(CURRENCIES, key=len, reverse=True)), re.I)  # fmt: skip
_DIGITS, _STEPS = "零一二三四五六七八九", {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_SAME = str.maketrans({"〇": "零", "两": "二", "俩": "二", "壹": "一", "贰": "二", "叁": "三", "肆": "四", "伍": "五", "陆": "六", "柒": "七",
                       "捌": "八", "玖": "九", "拾": "十", "佰": "百", "仟": "千", "萬": "万", "億": "亿",
                       "貳": "二", "參": "三"})  # fmt: skip
_HAN = re.compile("[零一二三四五六七八九十百千万亿]+(?:点[零一二三四五六七八九]+)?")
_DIGIT_NUMBER = re.compile(
    r"(?<![\d.,])[-−]?\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?(?:\s*(k|thousand|m|million|千|万|亿|百)(?![a-z]))?(?!\d|[.,]\d|st\b|nd\b|rd\b|th\b)",
    re.I,
)
_SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "million": 1_000_000,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "亿": 100_000_000,
}
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_WORDS = {
    **{word: i for i, word in enumerate(_ONES.split())},
    **{
        word: 10 * i
        for i, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
    },
}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ENGLISH = re.compile(
    rf"\b(?:an? )?(?:{'|'.join((*_WORDS, *_LARGE))})(?:(?:[ -]|,? and )(?:{'|'.join((*_WORDS, *_LARGE))}))*\b", re.I
)
#: What stands between the ends of a range, and between two of a list.
_JOINED = re.compile(r"\s*(?:and|to|or|-|–|~|～|至|到|和|或)\s*", re.I)
#: Chinese words that hold a numeral without counting anything.
_NO_NUMBER = re.compile("一下|一点|一些|一样|一起|一直|一定|万一|有一个|千万别|十分|一共|总共")


def number_in(said: str) -> str | None:
    """The one number of a sentence as plain digits; None where there is none, or more than one."""
    found = _numbers(said)
    return _plain(found[0][1]) if len(found) == 1 else None


def amount_in(said: str) -> str | None:
    """The one amount of a sentence, with its currency where it was said; None where there is none, more than one, or one below zero.

    Of several numbers the one with a currency is taken.
    """
    found = _numbers(said)
    marks = list(_CURRENCY.finditer(said))
    if any(_JOINED.fullmatch(said[a[1] : b[0]]) for (a, _), (b, _) in pairwise(found)):
        return None
    if len(found) > 1:
        found = [one for one in found if any(_beside(said, one[0], mark.span()) for mark in marks)]
    codes = {CURRENCIES[mark[0].lower()] for mark in marks}
    if len(found) != 1 or found[0][1] < 0 or len(codes) > 1:
        return None
    return " ".join((_plain(found[0][1]), *codes))


def _beside(said: str, number: tuple[int, int], mark: tuple[int, int]) -> bool:
    gap = said[mark[1] : number[0]] if mark[1] <= number[0] else said[number[1] : mark[0]]
    return not gap.strip()


def _numbers(said: str) -> list[tuple[tuple[int, int], Decimal]]:
    """Where numbers stand in a text, and what they are."""
    found = [(m.span(), _digits(m)) for m in _DIGIT_NUMBER.finditer(said)]
    plain = _NO_NUMBER.sub(lambda m: "_" * len(m[0]), said.translate(_SAME))
    found += [(m.span(), chinese(m[0])) for m in _HAN.finditer(plain) if not _taken(m.span(), found)]
    found += [(m.span(), _english(m[0])) for m in _ENGLISH.finditer(said) if not _taken(m.span(), found)]
    return sorted(found)


def _taken(span: tuple[int, int], found: list[tuple[tuple[int, int], Decimal]]) -> bool:
    return any(start < span[1] and span[0] < end for (start, end), _ in found)


def _digits(match: re.Match[str]) -> Decimal:
    scale = match[1]
    text = (match[0][: match.start(1) - match.start()] if scale else match[0]).strip().replace("−", "-")
    comma, dot = text.rfind(","), text.rfind(".")
    if comma > dot and (
        dot >= 0 or len(text) - comma != 4
    ):  # a decimal comma: behind a dot, or not before three digits
        text = text.replace(".", "").replace(",", ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    number = Decimal(re.sub(r"[,' ]", "", text))
    return number * _SCALES[scale.lower()] if scale else number


def chinese(numeral: str) -> Decimal:
    """The value of a Chinese numeral, also as it is said in short (三千五 is 3,500).

    >>> [int(chinese(n)) for n in ("一百零五", "十二", "两万三".translate(_SAME), "二零二六", "三亿")]
    [105, 12, 23000, 2026, 300000000]
    """
    integer, _, part = numeral.partition("点")
    if all(c in _DIGITS for c in integer):
        value = int("".join(str(_DIGITS.index(c)) for c in integer))
    else:
        value = _steps(integer)
    return Decimal(f"{value}.{''.join(str(_DIGITS.index(c)) for c in part)}") if part else Decimal(value)


def _steps(integer: str) -> int:
    total, section, digit, last, zero = 0, 0, 0, 1, False
    for c in integer:
        if c in _DIGITS:
            digit, zero = _DIGITS.index(c), c == "零" or (zero and last == 1)
            continue
        last, zero = _STEPS[c], False
        if last >= 10_000:
            total, section = (total + section + digit) * last if last > 10_000 else total + (section + digit) * last, 0
        else:
            section += (digit or 1) * last
        digit = 0
    if digit and last > 10 and "零" not in integer[-2:]:  # 三千五: the step below is left out
        digit *= last // 10
    return total + section + digit


def _english(words: str) -> Decimal:
    total, part = 0, 0
    for word in re.findall("[a-z]+", words.lower()):
        if word in ("a", "an"):
            part = 1
        elif word in _WORDS:
            part += _WORDS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _LARGE:
            total, part = total + max(part, 1) * _LARGE[word], 0
    return Decimal(total + part)


def _plain(number: Decimal) -> str:
    """Without an exponent, and without zeros behind the second decimal; of a whole number without decimals."""
    if number == number.to_integral_value():
        return str(int(number))
    text = f"{number:f}"
    integer, _, part = text.partition(".")
    return f"{integer}.{part.rstrip('0')}" if len(part) > 2 else text
