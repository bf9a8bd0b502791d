"""Wordings of answers: which say what the company has written, and which say anything else."""

from __future__ import annotations

import pytest

from breakeven.scenarios.support.phrasing import is_grounded

ENGLISH = "You cannot get the $5,000.50 fee back; see https://bank.example/a?b=1, mail help@bank.example or call 400-123-4567 until 5 pm."
CHINESE = "我们早上9点开门，周末不营业。年费为100元，详见 https://bank.example/hours。"


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        f"Hello! {ENGLISH}",
        f"I'm sorry to hear that. {ENGLISH} Thank you!",
        ENGLISH.replace("the $5,000.50 fee", "$5,000.50 fee").replace("; see", ", and please see"),
    ],
)
def test_tone_is_free_in_english(text: str) -> None:
    assert is_grounded(text, ENGLISH)


@pytest.mark.parametrize(
    "text",
    [
        CHINESE,
        f"您好！{CHINESE}",
        f"很抱歉给您带来不便，{CHINESE}希望对您有帮助！",
        CHINESE.replace("开门", "开门哦").replace("９", "9"),
    ],
)
def test_tone_is_free_in_chinese(text: str) -> None:
    assert is_grounded(text, CHINESE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cannot", "can"),
        ("$5,000.50", "$5,000"),
        ("$5,000.50", "€5,000.50"),
        ("$5,000.50", "$5,000.50%"),
        ("bank.example/a", "evil.example/a"),
        ("a?b=1", "a?b=2"),
        ("help@bank", "help@evil"),
        ("400-123-4567", "400-123-4568"),
        ("until 5 pm", "until 6 pm"),
        (" until 5 pm", ""),
        ("until", "after"),
        ("or call", "and call"),
        ("fee", "fine"),
        ("You", "We"),
        ("fee back", "back fee"),
        (ENGLISH, f"{ENGLISH} Also see evil.example/x"),
        (ENGLISH, f"{ENGLISH} It is guaranteed."),
        (ENGLISH, f"You idiot. {ENGLISH}"),
        (ENGLISH, f"<b>{ENGLISH}</b>"),
        (ENGLISH, f"[{ENGLISH}](https://bank.example/a?b=1)"),
        (ENGLISH, f"{ENGLISH} {{opens}}"),
        (ENGLISH, f"{ENGLISH} &lt;script&gt;"),
        (ENGLISH, f"{ENGLISH} 😀"),
        (ENGLISH, f"{ENGLISH} Да."),
        (ENGLISH, ENGLISH + "\x07"),
        (ENGLISH, f"{ENGLISH}{' Thank you.' * 40}"),
        (ENGLISH, "Hello!"),
        (ENGLISH, " "),
        (ENGLISH, ""),
    ],
)
def test_nothing_else_is_said_in_english(old: str, new: str) -> None:
    assert old in ENGLISH and not is_grounded(ENGLISH.replace(old, new, 1), ENGLISH)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("不营业", "营业"),
        ("9点", "8点"),
        ("9点", "九点"),
        ("100元", "100美元"),
        ("年费", "月费"),
        ("周末不营业。", ""),
        ("早上", "晚上"),
        ("bank.example", "evil.example"),
        ("我们", "我们保证"),
        (CHINESE, f"{CHINESE}保本"),
    ],
)
def test_nothing_else_is_said_in_chinese(old: str, new: str) -> None:
    assert old in CHINESE and not is_grounded(CHINESE.replace(old, new, 1), CHINESE)


def test_an_answer_without_a_word_has_no_wording() -> None:
    assert not is_grounded("Hello!", "Hello!") and not is_grounded("...", "...")
