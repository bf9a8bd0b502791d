"""Personal data by its shape: e-mail addresses, identity numbers, bank cards and accounts, phones, names; found, or masked.

Numbers with check digits count only if these are right: an order number of 16 digits is no card, one of 18 no identity number. Full-width
digits and signs, as Chinese keyboards write them, count as the others.

>>> mask("call 13812345678 or write to a.b@c.com"), mask("电话：０１０－６２７８１２３４，邮箱 a@b.cn")
('call <phone> or write to <e-mail>', '电话：<phone>，邮箱 <e-mail>')
>>> mask("My name is Ann Lee, order 4111111111111112 of 2026-11-03 over 1,200.50 USD")
'My name is <name>, order 4111111111111112 of 2026-11-03 over 1,200.50 USD'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from breakeven.core import personal_names

#: Full-width signs and their usual forms, one for one.
_NARROW = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
#: Words in front of a number that say what it is, whatever its digits; those that say it is nothing personal.
_CARD_WORD = re.compile(
    r"(?:卡号|帐号|账号|賬號|银行卡|信用卡|card(?: number| no\.?)?|account(?: number| no\.?)?)\s*(?:is|是|为|[:：#])?\s*$",
    re.IGNORECASE,
)
_ORDER_WORD = re.compile(
    r"(?:订单|订单号|單號|单号|流水号?|交易号|工单|编号|order|transaction|reference|ref|invoice|ticket|tracking|case)"
    r"(?: number| no\.?| id)?\s*(?:is|是|为|[:：#])?\s*#?$",
    re.IGNORECASE,
)
_AMOUNT_BEFORE, _AMOUNT_AFTER = (
    re.compile(r"(?:[$€£¥￥]|USD|EUR|CNY|RMB|HK\$)\s*$"),
    re.compile(r"\s*(?:元|块|美元|usd|eur|cny|rmb|dollars?)", re.IGNORECASE),
)


_DIGIT = re.compile(r"\d")
#: Lengths and first digits of the card networks: Visa, Mastercard, UnionPay and others; American Express; Diners Club.
_CARD_NUMBER = re.compile(r"[2-6]\d{15}|62\d{17}|3[47]\d{13}|3[068]\d{12}")


class Kind(NamedTuple):
    """What is written in place of a find, and where finds stand in a text of usual width, from first to last."""

    said: str
    spans: Callable[[str], Iterable[tuple[int, int]]]


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn): every second digit from the right is doubled, its digits are added.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    numbers = [int(c) for c in reversed(digits) if c.isdigit()]
    return sum(n if i % 2 == 0 else sum(divmod(2 * n, 10)) for i, n in enumerate(numbers)) % 10 == 0


def is_chinese_identity(number: str) -> bool:
    """Whether 18 characters are an identity number of GB 11643: a day that was, and the check character of ISO 7064 MOD 11-2.

    >>> is_chinese_identity("11010519491231002X"), is_chinese_identity("110105194912310021")
    (True, False)
    """
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(number[:17]))
    return 1850 < born.year < 2100 and "10X98765432"[total % 11] == number[17].upper()


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN of ISO 13616: with its first four characters moved behind, letters as 10 to 35, it leaves 1 by 97.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = text.replace(" ", "").upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_identity(text: str, match: re.Match[str]) -> bool:
    found = match["number"] or ""
    if len(found) == 18:
        return is_chinese_identity(found)
    area, group, serial = (*found.split("-"), "", "")[
        :3
    ]  # a US social security number; those of other kinds stand behind a word
    return not found or (area not in ("000", "666") and area < "900" and group != "00" and serial != "0000")


def _is_card(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 24) : match.start()]
    digits = re.sub(r"\D", "", match[0])
    if _CARD_WORD.search(before):
        return len(digits) >= 12 and len(set(digits)) > 1
    return (
        not _ORDER_WORD.search(before)
        and not _AMOUNT_BEFORE.search(before)
        and _CARD_NUMBER.fullmatch(digits) is not None
        and len(set(digits)) > 1
        and luhn(digits)
    )


def _is_phone(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 8]
    return not (_ORDER_WORD.search(before) or _AMOUNT_BEFORE.search(before) or _AMOUNT_AFTER.match(after))


def _spans(
    pattern: str, check: Callable[[str, re.Match[str]], bool] | None = None
) -> Callable[[str], Iterable[tuple[int, int]]]:
    """Where a pattern matches and its check, given the text and the match, holds."""
    compiled = re.compile(pattern)
    return lambda text: (m.span() for m in compiled.finditer(text) if check is None or check(text, m))


# Bounded, and begun at word boundaries only: a text of 100,000 letters is looked through once.
# ASCII on purpose: \w would take Chinese letters into an address.
_E_MAIL = r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}"
_IBAN = r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
_IDENTITY = (
    r"(?<![\dA-Za-z])(?P<number>\d{17}[\dXx]|\d{3}-\d{2}-\d{4})(?![\dA-Za-z])"
    r"|(?:(?<=护照)|(?<=护照号)|(?<=护照号码)|(?<=[Pp]assport)|(?<=[Pp]assport number)|(?<=SSN)|(?<=[Ss]ocial security number))"
    r"[ :：是]*(?!\s)[A-Z]{0,2}\d{7,9}(?!\d)"
)
_CARD = r"(?<![\d.,-])(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}|3\d{3}[ -]?\d{6}[ -]?\d{4,5})(?!\d|[.,]\d)"
#: Chinese landlines and mobiles, numbers with a country's code, American numbers, and shorter ones behind a word that says it.
_PHONE = (
    r"(?<![\d.])(?:0\d{2,3}[ -]\d{7,8}|0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|(?:\+?86[ -]?|0086[ -]?)?1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4}"
    r"|\+\d[\d ()-]{7,18}\d|(?<!\d )00[1-9]\d{0,2}[ -]\d[\d -]{5,12}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"
    r"|(?:(?<=电话)|(?<=手机)|(?<=手机号)|(?<=[Pp]hone )|(?<=[Tt]el )|(?<=[Cc]all me at )|(?<=[Cc]all me on ))[2-9]\d{2,3}[ -]?\d{4})(?!\d)"
)
#: By kind, in the order in which they are masked.
KINDS: Mapping[str, Kind] = {
    "e-mail addresses": Kind("<e-mail>", _spans(_E_MAIL)),
    "bank accounts": Kind("<iban>", _spans(_IBAN, lambda text, match: is_iban(match[0]))),
    "identity numbers": Kind("<identity>", _spans(_IDENTITY, _is_identity)),
    "bank cards": Kind("<card>", _spans(_CARD, _is_card)),
    "phone numbers": Kind("<phone>", _spans(_PHONE, _is_phone)),
    "names": Kind("<name>", personal_names.spans),
}


def holds(kind: str, text: str) -> bool:
    """Whether a text holds something of a kind.

    >>> holds("bank cards", "4111 1111 1111 1111"), holds("bank cards", "4111 1111 1111 1112")
    (True, False)
    """
    return any(True for _ in KINDS[kind].spans(text.translate(_NARROW)))


def mask(text: str) -> str:
    """A text with what looks personal replaced by what it was."""
    narrow = text if text.isascii() else text.translate(_NARROW)
    kinds = KINDS.values() if _DIGIT.search(narrow) else (KINDS["e-mail addresses"], KINDS["names"])
    for kind in kinds:
        for start, end in reversed(list(kind.spans(narrow))):
            text = text[:start] + kind.said + text[end:]
            narrow = narrow[:start] + kind.said + narrow[end:]
    return text


def is_personal(text: str) -> bool:
    """Whether a text holds personal data of any kind.

    >>> is_personal("u17"), is_personal("ann@example.org")
    (False, True)
    """
    return mask(text) != text
