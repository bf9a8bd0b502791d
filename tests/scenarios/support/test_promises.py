"""Phrases that no reply may hold."""

from __future__ import annotations

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.promises import DEFAULTS, broken, never_of

NEVER = never_of((), "product.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "Our fund has guaranteed returns.",
        "GUARANTEED\u3000RETURNS",
        "It is 100% safe!",
        "It is 100 % safe",
        "Completely risk-free, really",
        "Don't worry, it is risk free",
        "ｒｉｓｋ　ｆｒｅｅ",
        "本产品保本保息",
        "这个 稳 赚 不 赔",
        "零風險，放心買",
        "不用担心保本问题",
        "不仅保本，还有高收益",
        "没有风险",
        "100％安全",
    ],
)
def test_promises_are_found(text: str) -> None:
    assert broken(text, NEVER) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Returns are not guaranteed.",
        "It is not risk free.",
        "We never offer guaranteed returns",
        "Investing has risks.",
        "投资有风险，本产品不保本。",
        "非保本浮动收益",
        "不承诺保本保息",
        "我们不保证收益",
        "钱包退款3天到账",
        "Risk: free cards are limited",
    ],
)
def test_denials_and_other_words_are_none(text: str) -> None:
    assert broken(text, NEVER) is None


def test_the_longest_phrase_is_named() -> None:
    assert broken("稳赚不赔", NEVER) == "稳赚不赔"


def test_a_company_adds_its_own_and_switches_defaults_off_by_name() -> None:
    never = never_of(["within an hour", "-no risk"], "product.yaml")
    assert broken("We answer WITHIN an  hour", never) == "within an hour"
    assert broken("risk free", never) is None and broken("保本", never) == "保本"
    assert never_of(["-all"], "x") == ()


def test_a_word_within_another_is_no_phrase() -> None:
    assert broken("The asterisk freed us", ["risk free"]) is None and broken("nobody", ["no"]) is None


@pytest.mark.parametrize(
    ("phrase", "what"), [("-no riks", "did you mean 'no risk'"), ("", "holds no word"), ("!!", "holds no word")]
)
def test_bad_phrases(phrase: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        never_of([phrase], "product.yaml, support.never")


def test_every_default_is_found_in_itself() -> None:
    assert all(broken(phrase, [phrase]) == phrase for phrases in DEFAULTS.values() for phrase in phrases)
