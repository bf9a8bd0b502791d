"""Answers to a form's questions, as people type them in English and Chinese."""

from __future__ import annotations

import datetime

import pytest

from breakeven.scenarios.support.answer_book import Slot, SlotKind
from breakeven.scenarios.support.slots import SENTENCES, Filled, check

TODAY = datetime.date(2026, 11, 30)  # a Monday


def value(kind: SlotKind, text: str, language: str = "en") -> str | None:
    return check(Slot("x", kind, {}, choices=("Visa", "Mastercard", "银联")), text, language, TODAY).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200.50 USD", "1200.50 USD"),
        ("$1,200", "1200 USD"),
        ("it was 99 dollars", "99 USD"),
        ("1.200,50 €", "1200.50 EUR"),
        ("12,5 EUR", "12.5 EUR"),
        ("1 200,50 euros", "1200.50 EUR"),
        ("１２００元", "1200 CNY"),
        ("￥1,200.00", "1200 CNY"),
        ("三千五", "3500"),
        ("两万三块", "23000 CNY"),
        ("一百零五元", "105 CNY"),
        ("3.5万", "35000"),
        ("5千块钱", "5000 CNY"),
        ("一千零五十块", "1050 CNY"),
        ("十二点五元", "12.5 CNY"),
        ("一万二千三百", "12300"),
        ("两千万", "20000000"),
        ("壹仟贰佰元", "1200 CNY"),
        ("三百五", "350"),
        ("a hundred pounds", "100 GBP"),
        ("two thousand five hundred dollars", "2500 USD"),
        ("twenty-five bucks", "25 USD"),
        ("1.5k", "1500"),
        ("HK$300", "300 HKD"),
        ("港币三百", "300 HKD"),
        ("I paid 50 dollars on 3 May", "50 USD"),
        ("大概两百美元吧", "200 USD"),
        ("150", "150"),
        ("0.99 usd", "0.99 USD"),
        ("1'000 CHF", "1000 CHF"),
    ],
)
def test_amounts(text: str, expected: str) -> None:
    assert value("amount", text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a lot", "between 5 and 7 dollars", "50-60元", "-5 USD", "50 USD or 60 EUR", "等一下", "万一呢", "3 4"],
)
def test_no_amount(text: str) -> None:
    found = check(Slot("x", "amount", {}), text, "zh", TODAY)
    assert found.value is None and found.problem in (SENTENCES["amount"][1], SENTENCES["empty"][1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("-3", "-3"),
        ("十二", "12"),
        ("about 7", "7"),
        ("twelve", "12"),
        ("1,234,567", "1234567"),
        ("零", "0"),
        ("3.14159", "3.14159"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    assert value("number", text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("today", "en", "2026-11-30"),
        ("Tomorrow please", "en", "2026-12-01"),
        ("the day after tomorrow", "en", "2026-12-02"),
        ("yesterday evening", "en", "2026-11-29"),
        ("next Friday", "en", "2026-12-11"),
        ("this friday", "en", "2026-12-04"),
        ("Friday", "en", "2026-12-04"),
        ("last Monday", "en", "2026-11-23"),
        ("on Monday", "en", "2026-11-30"),
        ("3 days ago", "en", "2026-11-27"),
        ("in two weeks", "en", "2026-12-14"),
        ("a month ago", "en", "2026-10-30"),
        ("2026-11-03", "en", "2026-11-03"),
        ("3 November 2026", "en", "2026-11-03"),
        ("Nov. 3rd", "en", "2026-11-03"),
        ("November 3, 2026", "en", "2026-11-03"),
        ("the 3rd of November", "en", "2026-11-03"),
        ("2 January", "en", "2027-01-02"),
        ("25/11/2026", "en", "2026-11-25"),
        ("11/25/2026", "en", "2026-11-25"),
        ("05/05/26", "en", "2026-05-05"),
        ("2026年11月3日", "zh", "2026-11-03"),
        ("11月3号", "zh", "2026-11-03"),
        ("二零二六年十一月三日", "zh", "2026-11-03"),
        ("１１月３日", "zh", "2026-11-03"),
        ("明天", "zh", "2026-12-01"),
        ("大后天吧", "zh", "2026-12-03"),
        ("前天晚上", "zh", "2026-11-28"),
        ("下周五", "zh", "2026-12-11"),
        ("周五", "zh", "2026-12-04"),
        ("上星期天", "zh", "2026-11-29"),
        ("这周三", "zh", "2026-12-02"),
        ("三天前", "zh", "2026-11-27"),
        ("两周后", "zh", "2026-12-14"),
        ("3天之后", "zh", "2026-12-03"),
        ("上个月15号", "zh", "2026-10-15"),
        ("去年12月1日", "zh", "2025-12-01"),
        ("11/3", "zh", "2026-11-03"),
        ("5号", "zh", "2026-11-05"),
        ("2026/11/3", "zh", "2026-11-03"),
        ("tomorrow", "zh", "2026-12-01"),
        ("2026.11.03", "zh", "2026-11-03"),
    ],
)
def test_dates(text: str, language: str, expected: str) -> None:
    assert value("date", text, language) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("03/11/2026", "order"),
        ("31 June 2026", "no day"),
        ("2026-13-40", "no day"),
        ("29 Feb 2025", "no day"),
        ("no idea", "date"),
        ("2026-11-03 or 2026-11-04", "date"),
        ("12 apples", "date"),
        ("monitor", "date"),
        ("99999999 days ago", "no day"),
    ],
)
def test_no_date(text: str, problem: str) -> None:
    assert check(Slot("x", "date", {}), text, "en", TODAY) == Filled(problem=SENTENCES[problem][0])


def test_of_a_card_only_the_last_four_digits_are_kept() -> None:
    assert (
        value("card", "4111 1111 1111 1111")
        == value("card", "it ends in 1111")
        == value("card", "４１１１１１１１１１１１１１１１")
        == "**** 1111"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("4111 1111 1111 1112", "check digit"),
        ("my card", "card"),
        ("123", "card"),
        ("1234 and 4111111111111111", "card"),
        ("<card>", "card"),
    ],
)
def test_no_card(text: str, problem: str) -> None:
    assert check(Slot("x", "card", {}), text, "en", TODAY).problem == SENTENCES[problem][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 1234 5678", "13812345678"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0086-13812345678", "+8613812345678"),
        ("(415) 555-2671", "4155552671"),
        ("010-62781234", "01062781234"),
        ("我的号码是１３８１２３４５６７８", "13812345678"),
        ("12345", None),
        ("0000000000", None),
        ("none of your business", None),
        ("13812345678 or 13912345678", None),
    ],
)
def test_phones(text: str, expected: str | None) -> None:
    assert value("phone", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann.Lee@Example.ORG", "Ann.Lee@example.org"),
        ("it is a+b@c.co.uk, thanks", "a+b@c.co.uk"),
        ("邮箱：ａ＠ｂ．ｃｎ", "a@b.cn"),
        ("a@b", None),
        ("a at b.com", None),
        ("a@b.com and c@d.com", None),
    ],
)
def test_addresses(text: str, expected: str | None) -> None:
    assert value("email", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("visa", "Visa"),
        ("VISA!", "Visa"),
        ("my mastercard", "Mastercard"),
        ("mastrcard", "Mastercard"),
        ("银联卡", "银联"),
        ("2", "Mastercard"),
        ("第一个", "Visa"),
        ("the last one", "银联"),
        ("visa or mastercard", None),
        ("visage", None),
        ("9", None),
        ("cash", None),
    ],
)
def test_choices(text: str, expected: str | None) -> None:
    assert value("choice", text) == expected


def test_a_choice_is_asked_for_again_with_the_choices_in_the_customers_language() -> None:
    slot = Slot("x", "choice", {}, choices=("储蓄卡", "信用卡"))
    assert check(slot, "都不是", "zh", TODAY).problem == "请从以下选项中选择：储蓄卡、信用卡。"
    assert check(slot, "cash", "en", TODAY).problem == "Please choose one of: 储蓄卡, 信用卡."


def test_a_pattern_must_match_the_whole_value() -> None:
    slot = Slot("order", "text", {}, pattern=r"[A-Z]{2}\d{6}")
    assert check(slot, " AB123456 ", "en", TODAY).value == "AB123456"
    assert check(slot, "AB1234567", "en", TODAY).problem == SENTENCES["pattern"][0]


def test_an_optional_question_can_be_skipped_and_another_cannot() -> None:
    optional, needed = Slot("x", "date", {}, optional=True), Slot("x", "date", {})
    assert check(optional, "skip", "en", TODAY) == check(optional, "不知道", "zh", TODAY) == Filled()
    assert check(needed, "skip", "en", TODAY).problem is not None


def test_a_text_is_bounded() -> None:
    assert value("text", " the shop was closed ") == "the shop was closed"
    assert check(Slot("x", "text", {}), "长" * 1_001, "zh", TODAY).problem == SENTENCES["long"][1]
