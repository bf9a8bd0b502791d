"""What a customer answers to a form's question, checked and in one spelling; else a sentence that says what is wrong with it.

Answers are read as people type them, in English and Chinese: `1,200.50 USD`, `三千五`, `next Friday`, `2026年11月3日`. The checks need the
answer as it was typed: one whose personal data are masked holds no card number any more. Of a card the last four digits alone are kept.

>>> from breakeven.scenarios.support.answer_book import Slot
>>> day = datetime.date(2026, 11, 30)
>>> check(Slot("sum", "amount", {}), "about $1,200.5 I think", "en", day).value
'1200.5 USD'
>>> check(Slot("day", "date", {}), "明天", "zh", day).value
'2026-12-01'
>>> check(Slot("card", "card", {}), "4111 1111 1111 1112", "en", day).problem
'That card number has a digit wrong. Please check it, or give the last four digits.'
"""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping

import msgspec

from breakeven.core.personal_data import luhn
from breakeven.scenarios.support.answer_book import Slot, SlotKind
from breakeven.scenarios.support.slot_dates import date_in
from breakeven.scenarios.support.slot_numbers import amount_in, number_in

#: Longest answer that is read, in characters.
MOST = 1_000
#: How alike a misspelt choice must be.
ALIKE = 0.82


class Filled(msgspec.Struct, frozen=True, omit_defaults=True):
    """A checked answer: its `value` in one spelling, or the `problem` as a sentence to the customer.

    Both are None where an optional question is skipped.
    """

    value: str | None = None
    problem: str | None = None


_EMAIL = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"(?:\+|00)?\(?\d[\d ().-]{5,20}\d")
_DIGITS = re.compile(r"\d(?:[ -]?\d)*")
_SKIP = re.compile(
    r"(skip|none|no|n/?a|don'?t know|i don'?t know|not sure|跳过|没有|无|不知道|不清楚|不记得了?|略过?)[.!。！]?", re.I
)
_ORDINAL = re.compile(
    r"(?:the |option |number |no\.? ?)?([1-9]\d?|first|second|third|fourth|last)(?: one)?|第?([一二三四五六七八九]|[1-9])个?|(最后一?个)",
    re.I,
)
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "last": 0,
    **{c: i for i, c in enumerate("一二三四五六七八九", 1)},
}

#: Problems in English and Chinese.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "empty": ("I did not get an answer. Please type it.", "没有收到内容，请再输入一次。"),
    "long": ("That is too long. Please say it in fewer than 1,000 characters.", "内容太长了，请控制在1000字以内。"),
    "number": ("Please give one number, such as 12.", "请输入一个数字，例如 12。"),
    "amount": ("Please give one amount, such as 120.50 USD.", "请输入一个金额，例如 120.50 元。"),
    "date": ("Please give one date, such as 3 November 2026.", "请输入一个日期，例如 2026年11月3日。"),
    "order": (
        "That date can be read in two ways. Please write the month as a word, such as 3 November 2026.",
        "这个日期有两种读法，请写成 2026年11月3日 这样的形式。",
    ),
    "no day": ("There is no such day in the calendar. Please check the date.", "日历上没有这一天，请检查日期。"),
    "card": ("Please give the card number, or its last four digits.", "请输入卡号，或卡号后四位。"),
    "check digit": (
        "That card number has a digit wrong. Please check it, or give the last four digits.",
        "卡号有误，请检查后重新输入，或只输入后四位。",
    ),
    "phone": (
        "Please give a phone number, with the country's code if it is abroad.",
        "请输入电话号码，境外号码请加国家代码。",
    ),
    "email": ("Please give an e-mail address, such as name@example.com.", "请输入邮箱地址，例如 name@example.com。"),
    "choice": ("Please choose one of: {choices}.", "请从以下选项中选择：{choices}。"),
    "pattern": ("That does not have the form that is needed. Please check it.", "格式不正确，请检查后重新输入。"),
}


def check(slot: Slot, text: str, language: str, today: datetime.date) -> Filled:
    """What an answer is worth: its value in one spelling, or a problem. `today` is the day that `tomorrow` is counted from.

    Values: dates as 2026-11-03; numbers as 1200.5; amounts with the currency's code where it was said; cards as `**** 1111`; phones as
    digits, with `+` where the country was given; a choice as it stands in the book. Sentences are Chinese for "zh", else English.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if slot.optional and (not said or _SKIP.fullmatch(said)):
        return Filled()
    if not said or len(said) > MOST:
        return Filled(problem=_sentence("long" if said else "empty", language))
    if slot.kind == "choice":
        value = choice_in(said, slot.choices)
        return Filled(value, None if value else _sentence("choice", language, _listed(slot.choices, language)))
    value, problem = _CHECKS[slot.kind](said, language, today)
    if value is not None and slot.pattern is not None and not re.fullmatch(slot.pattern, value):
        value, problem = None, "pattern"
    return Filled(value, None if value is not None else _sentence(problem, language))


def choice_in(said: str, choices: tuple[str, ...]) -> str | None:
    """The choice that is meant: by its words, by a part of a sentence, by its place, or misspelt; None where none or two are.

    >>> [choice_in(said, ("Visa", "Mastercard")) for said in ("the second", "it's a visa card", "mastrcard", "visa or mastercard")]
    ['Mastercard', 'Visa', 'Mastercard', None]
    """
    plain = {c: unicodedata.normalize("NFKC", c).casefold().strip() for c in choices}
    low = said.casefold().strip(" .!?。！？")
    same = [c for c in choices if plain[c] == low]
    held = same or [c for c in choices if _holds(low, plain[c])]
    held = [c for c in held if not any(plain[c] != plain[d] and plain[c] in plain[d] for d in held)]
    if len(held) == 1:
        return held[0]
    ordinal = _ORDINAL.fullmatch(low)
    if ordinal and not held:
        word = next(part for part in ordinal.groups() if part)
        number = int(word) if word.isdecimal() else _ORDINALS.get(word.lower(), 0)
        return choices[number - 1] if number <= len(choices) else None
    close = difflib.get_close_matches(low, plain.values(), n=2, cutoff=ALIKE)
    return next(c for c in choices if plain[c] == close[0]) if len(close) == 1 and not held else None


def _holds(text: str, part: str) -> bool:
    """Whether a text names a choice: Latin words as whole words."""
    if not part.isascii():
        return part in text
    return re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.ASCII) is not None


def _listed(choices: tuple[str, ...], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(choices)


def _sentence(name: str, language: str, choices: str = "") -> str:
    english, chinese = SENTENCES[name]
    return (chinese if language == "zh" else english).replace("{choices}", choices)


def _text(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    return said, ""


def _number(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    return number_in(said), "number"


def _amount(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    return amount_in(said), "amount"


def _date(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    return date_in(said, language, today)


def _card(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    found = [re.sub(r"\D", "", m) for m in _DIGITS.findall(said)]
    if len(found) != 1 or not (len(found[0]) == 4 or 12 <= len(found[0]) <= 19):
        return None, "card"
    return (f"**** {found[0][-4:]}", "") if len(found[0]) == 4 or luhn(found[0]) else (None, "check digit")


def _phone(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    found = _PHONE.findall(said)
    if len(found) != 1:
        return None, "phone"
    digits = re.sub(r"\D", "", found[0])
    abroad = found[0].startswith(("+", "00"))
    digits = digits.removeprefix("00") if abroad and not found[0].startswith("+") else digits
    if not 7 <= len(digits) <= 15 or len(set(digits)) == 1:
        return None, "phone"
    return ("+" if abroad else "") + digits, ""


def _email(said: str, language: str, today: datetime.date) -> tuple[str | None, str]:
    found = _EMAIL.findall(said)
    if len(found) != 1:
        return None, "email"
    name, _, host = found[0].rstrip(".").partition("@")
    return f"{name}@{host.lower()}", ""


_CHECKS: Mapping[SlotKind, Callable[[str, str, datetime.date], tuple[str | None, str]]] = {
    "text": _text,
    "number": _number,
    "amount": _amount,
    "date": _date,
    "card": _card,
    "phone": _phone,
    "email": _email,
}
