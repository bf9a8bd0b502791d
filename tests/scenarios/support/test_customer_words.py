"""Words by which customers ask for a person, chat, swear, give up and correct: found where they are meant, and not in ordinary questions."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from breakeven.scenarios.support import customer_words
from breakeven.scenarios.support.customer_words import folded

CLINC = Path(__file__).parents[4] / "shared" / "data" / "cs-clinc150" / "data_full.json.gz"


@pytest.mark.parametrize(
    "text",
    [
        *("agent", "AGENT!!", "human please", "Can I speak to someone?", "I want to talk to a real person", "get me a manager"),
        *("representative", "operator", "I don't want a bot, give me a human!", "live chat", "I need to talk to somebody now"),
        *("人工", "转人工", "我要人工客服", "找客服", "有没有真人啊", "能不能帮我转接人工服务", "我的卡丢了怎么办，人工", "联系客服", "让我跟真人说"),
    ],
)  # fmt: skip
def test_who_asks_for_a_person(text: str) -> None:
    assert customer_words.wants_person(folded(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "real estate agent loan",
            "is there an agent fee",
            "human error on my statement",
            "has my supervisor approved it",
        ),
        *("are you human?", "am i talking to a human or a bot", "I want one of your cards", "I need help with my card"),
        *(
            "I don't need an agent",
            "人工智能是什么",
            "不要人工",
            "别转人工了",
            "客服电话是多少",
            "人工费多少",
            "你是真人吗",
        ),
    ],
)
def test_who_does_not(text: str) -> None:
    assert not customer_words.wants_person(folded(text))


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        *(("Hello there!", "greeting"), ("hi, good morning", "greeting"), ("您好，在吗？", "greeting"), ("在不在", "greeting")),
        *(("thanks a lot", "thanks"), ("ok great thank you!", "thanks"), ("好的，谢谢您", "thanks"), ("嗯嗯 知道了", "thanks")),
        *(("bye", "bye"), ("have a nice day", "bye"), ("再见", "bye"), ("没问题了，拜拜", "bye")),
        *(("are you a robot?", "who"), ("who are you", "who"), ("你是机器人吗？", "who"), ("你是谁", "who")),
        *(("hi where is my card", None), ("thanks but it is wrong", None), ("你好我的卡丢了", None), ("东西收到了", None), ("", None)),
    ],
)  # fmt: skip
def test_small_talk(text: str, talk: str | None) -> None:
    assert customer_words.small_talk(folded(text)) == talk


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            ("no, 500 not 50", ("", "500", "50")),
            ("sorry, 500", ("", "500", "")),
            ("not 50 but 500", ("", "500", "50")),
        ),
        *(("actually make it 300", ("", "300", "")), ("change the date to friday", ("date", "friday", ""))),
        *(("改成500", ("", "500", "")), ("不对，是5000", ("", "5000", "")), ("不是50，而是500", ("", "500", "50"))),
        *(("把金额改成８００元", ("金额", "800元", "")), ("yesterday", None), ("不", None), ("500", None)),
    ],
)
def test_corrections(text: str, meant: tuple[str, str, str] | None) -> None:
    assert customer_words.corrected(folded(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "a" * 4_000,
        "ok " * 1_300,
        "no " * 1_300,
        "哦" * 4_000,
        "hi" * 2_000,
        "ignore " * 500,
        "不是" * 2_000,
        " ." * 2_000,
    ],
)
@pytest.mark.timeout(30)
def test_no_text_takes_for_ever(text: str) -> None:
    """Expressions that try all ways would take minutes."""
    said = folded(text)
    for one in (text, said[:200], said[:40]):
        for read in (customer_words.wants_person, customer_words.small_talk, customer_words.is_rude, customer_words.is_risky,
                     customer_words.cancels, customer_words.says_neither, customer_words.commands_bot, customer_words.is_question,
                     customer_words.goes_on, customer_words.corrected, customer_words.says_yes):  # fmt: skip
            read(one)


@pytest.mark.skipif(not CLINC.is_file(), reason="../shared/data/cs-clinc150 is absent")
def test_ordinary_questions_are_left_to_the_models() -> None:
    """Of 23,700 questions on 150 topics: what is taken before any model reads it must be rare, and about what it is taken for."""
    parts = json.loads(gzip.decompress(CLINC.read_bytes()))
    rows = [(folded(text), topic) for part in parts.values() for text, topic in part]
    persons = Counter(topic for text, topic in rows if customer_words.wants_person(text))
    talk = Counter(topic for text, topic in rows if customer_words.small_talk(text))
    assert len(rows) > 23_000
    assert sum(persons.values()) < 45
    chat = {
        "greeting",
        "thank_you",
        "goodbye",
        "are_you_a_bot",
        "who_made_you",
        "what_is_your_name",
        "yes",
        "are_you_ok",
    }
    assert sum(count for topic, count in talk.items() if topic not in chat) <= 3, talk
    assert sum(customer_words.is_rude(text) or customer_words.commands_bot(text) for text, _ in rows) < 10
