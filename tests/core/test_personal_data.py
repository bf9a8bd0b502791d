"""What the shared masker takes for personal data, in English and in Chinese."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from breakeven.core.personal_data import KINDS, holds, is_personal, mask

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cs-clinc150"
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
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN <iban> please"),
    ("GB29NWBK60161331926819", "<iban>"),
    ("passport E12345678, 护照号：G87654321", "passport<identity>, 护照号<identity>"),
    ("Amex 3782 822463 10005", "Amex <card>"),
    ("card number 4111 1111 1111 1112 does not work", "card number <card> does not work"),
    ("card 5500005555555559 and 6212345678901232", "card <card> and <card>"),
    ("010-62781234, 02112345678, 0086-13812345678, +86 13812345678", "<phone>, <phone>, <phone>, <phone>"),
    ("my phone 5551234", "my phone <phone>"),
    ("My name is John Smith and my card is lost", "My name is <name> and my card is lost"),
    ("my name is john smith i lost it", "my name is <name> i lost it"),
    ("Hi, this is Ann speaking", "Hi, this is <name> speaking"),
    ("I'm Mary-Jane O'Neil, a customer", "I'm <name>, a customer"),
    ("ask Mr. Smith or Dr Lee Wong", "ask Mr. <name> or Dr <name>"),
    ("Name: Peter J. Parker", "Name: <name>"),
    ("Please help. Kind regards, Anna Bell", "Please help. Kind regards, <name>"),
    ("你好，我叫张伟，卡丢了", "你好，我叫<name>，卡丢了"),
    ("本人李小明的卡被盗刷", "本人<name>的卡被盗刷"),
    ("姓名：欧阳修文 手机13812345678", "姓名：<name> 手机<phone>"),
    ("收款人：王五，金额500元", "收款人：<name>，金额500元"),
    ("我是李娜。", "我是<name>。"),
    ("我是王女士", "我是<name>女士"),
    ("请联系陈先生", "请联系<name>先生"),
    ("我姓刘，想问下", "我姓<name>，想问下"),
    ("收件人张霞，19967047815", "收件人<name>，<phone>"),
    ("寄到朝阳路1号 刘少俊13068780267", "寄到朝阳路1号 <name><phone>"),
    ("戶名：陳大文", "戶名：<name>"),
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked and is_personal(text) and not is_personal(masked)


UNTOUCHED = [
    "", "order 12345 of 2026-01-02", "3.14159", "价格１２８元", "u17", "v2.0.1", "2026-11-28T12:00:00Z", "第100号",
    "order 4111111111111111", "订单号4111111111111111", "订单4111111111111112", "transaction 13812345678", "流水号13812345678",
    "ref 1234567890123456", "617703107086070939怎么还没发货", "110105194912310021", "110105199913310024", "金额13800000000元",
    "$1,234,567.89", "1.234.567,89 EUR", "from 2026-11-03 to 2026-12-03", "2026年11月3日下午3点", "0000000000000000", "000-12-3456", "999-12-3456",
    "DE88 3704 0044 0532 0130 00", "INV2026110300012345", "IP 192.168.100.200", "0012345678", "rate 4.9%", "room 415 on floor 26",
    "my name is misspelled on the card", "my name is not shown", "this is American Express", "this is Visa", "I am Not Happy", "I'm sorry, I lost it",
    "This is ridiculous!", "Dr. and Mr. are titles", "name of the bank: unknown", "I am on hold", "best rate", "regards",
    "我是高级会员", "我是金卡用户", "我是黄金会员。", "我叫客服", "姓名不对", "姓名写错了怎么改", "户名是什么",
    "名字是错的", "收款人是谁", "余额多少", "时间太久", "我是马上要用",
    "本人卡丢了", "本人任何时候都可以", "张数不对", "王者荣耀充值", "联系客服", "转人工", "我姓名写错了",
    "钱先生效吗", "总经理在吗", "这是何时的", "发给钱",
]  # fmt: skip


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text and not any(holds(kind, text) for kind in KINDS)


def test_a_card_number_in_full_width_digits_has_its_check_digit() -> None:
    assert holds("bank cards", "４１１１ １１１１ １１１１ １１１１") and not holds(
        "bank cards", "４１１１ １１１１ １１１１ １１１２"
    )


def test_a_mask_says_what_was_there_and_the_sentence_stays() -> None:
    said = "我叫张伟，身份证11010519491231002X，卡号4111 1111 1111 1111，请打13812345678，转500元到 a@b.cn"
    assert mask(said) == "我叫<name>，身份证<identity>，卡号<card>，请打<phone>，转500元到 <e-mail>"


def test_masking_again_changes_nothing() -> None:
    assert all(mask(mask(text)) == mask(text) for text, _ in PERSONAL)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("我叫张伟", "names"), ("GB29NWBK60161331926819", "bank accounts"), ("a@b.cn", "e-mail addresses")],
)
def test_each_kind_is_told(text: str, kind: str) -> None:
    assert [k for k in KINDS if holds(k, text)] == [kind]


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a@", "a@a.", "A1B2", "+1 ", "(", "王", "我叫", "my name is ", "Aa ", "I am Aa "]
)
def test_a_hundred_kilobytes_are_looked_through_once(piece: str) -> None:
    assert (
        len(mask(piece * (100_000 // len(piece)))) > 1_000
    )  # takes minutes where each place is looked at from each other


def test_a_text_of_many_digits_is_masked_in_time() -> None:
    assert (
        mask("1 " * 50_000) == "1 " * 50_000
        and mask("9" * 100_000) == "9" * 100_000
        and mask("A1 " * 30_000) == "A1 " * 30_000
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data/cs-clinc150 is absent")
def test_questions_that_name_nobody_stay() -> None:
    with gzip.open(SHARED / "data_full.json.gz") as file:
        topics = json.load(file)["train"]
    changed = [
        text
        for text, topic in topics
        if topic not in ("change_user_name", "user_name", "change_ai_name", "what_is_your_name") and is_personal(text)
    ]
    assert changed == []
