"""What the shared masker takes for personal data, in English and in Chinese."""

from __future__ import annotations

import pytest

from breakeven.core.personal_data import KINDS, holds, is_personal, mask

PERSONAL = [
    ("write to ann.lee+x@mail.example.org.", "write to <e-mail>."),
    ("call (415) 555-2671 or +44 20 7946 0958", "call <phone> or <phone>"),
    ("SSN 078-05-1120, card 4111 1111 1111 1111", "SSN <identity>, card <card>"),
    ("我的手机是13812345678，邮箱是a.b@qq.com", "我的手机是<phone>，邮箱是<e-mail>"),
    ("身份证11010519491231002X", "身份证<identity>"),
    ("身份证１１０１０５１９４９１２３１００２Ｘ", "身份证<identity>"),
    ("电话０１０－６２７８１２３４", "电话<phone>"),
    ("座机 0755-12345678 转 3", "座机 <phone> 转 3"),
    ("卡号６２２２０２０２００１１２２３３４４５", "卡号<card>"),
    ("邮箱：ａ＠ｂ．ｃｎ", "邮箱：<e-mail>"),
    ("138 1234 5678", "<phone>"),
    ("１３８　１２３４　５６７８", "<phone>"),
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked and is_personal(text) and not is_personal(masked)


@pytest.mark.parametrize(
    "text",
    ["", "order 12345 of 2026-01-02", "3.14159", "价格１２８元", "u17", "v2.0.1", "2026-11-28T12:00:00Z", "第100号"],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text and not any(holds(kind, text) for kind in KINDS)


def test_a_card_number_in_full_width_digits_has_its_check_digit() -> None:
    assert holds("bank cards", "４１１１ １１１１ １１１１ １１１１") and not holds(
        "bank cards", "４１１１ １１１１ １１１１ １１１２"
    )
