"""Chat logs as lines and as JSON, of several desks."""

from __future__ import annotations

import json

import pytest

from breakeven.core.errors import InputError
from tests.scenarios.support.sources.conftest import Read, asked, said

LINES = """Customer: hi, my card 4111 1111 1111 1111 is lost
Agent: sorry to hear
Customer: what now?
it is urgent

[2026-01-02 10:11:12] 客户：我的卡丢了
10:12 客服：好的
---
2026/1/3 9:00 Customer (web): fees?
"""


def test_lines_with_speakers(read: Read) -> None:
    material = read({"chat.txt": LINES}, "chat.txt")
    texts = ["hi, my card <card> is lost", "what now? it is urgent", "我的卡丢了", "fees?"]
    assert asked(material) == [(text, None) for text in texts]
    assert [q.line for q in material.questions] == [1, 3, 6, 9] and [q.language for q in material.questions] == [
        "en",
        "en",
        "zh",
        "en",
    ]
    units = [q.unit for q in material.questions]
    assert (
        units[0] == units[1]
        and len(set(units)) == 3
        and said(material, "chat log") == ["2 messages are not the customers'"]
    )


CHATWOOT = {"data": {"payload": [{"id": 5, "messages": [
    {"content": "<p>Where&#39;s my <b>card</b>?</p>", "message_type": 0, "sender": {"type": "contact", "id": 7}, "sender_type": "Contact"},
    {"content": "hello", "message_type": 1, "sender_type": "User"}, {"content": "assigned to Ann", "message_type": 2},
    {"content": "internal", "message_type": 1, "private": True}, {"content": "We are away", "message_type": 3, "sender_type": None},
    {"content": None, "message_type": 0}]}]}}  # fmt: skip
ZENDESK = {"tickets": [{"id": 1, "requester_id": 99, "description": "help me", "comments": [
    {"author_id": 99, "body": "help me"}, {"author_id": 1, "body": "ok"}, {"author_id": 99, "body": "thanks a lot"},
    {"author_id": 99, "body": "note", "public": False}]}]}  # fmt: skip
ZAMMAD = [{"id": 3, "customer_id": 12, "articles": [
    {"sender": "Customer", "body": "<div>refund?</div>", "content_type": "text/html", "internal": False},
    {"sender": "Agent", "body": "soon"}, {"sender": "System", "body": "x"}]}]  # fmt: skip
INTERCOM = {"conversations": [{"id": "9", "conversation_parts": {"conversation_parts": [
    {"author": {"type": "user", "id": "u"}, "body": "<p>closed?</p>"}, {"author": {"type": "admin", "id": "a"}, "body": "<p>no</p>"}]}}]}  # fmt: skip
OPENAI = {"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"},
                       {"role": "user", "content": [{"type": "text", "text": "limit"}]}]}  # fmt: skip


@pytest.mark.parametrize(
    ("export", "texts"),
    [
        (CHATWOOT, ["Where's my card?"]),
        (ZENDESK, ["help me", "thanks a lot"]),
        (ZAMMAD, ["refund?"]),
        (INTERCOM, ["closed?"]),
        (OPENAI, ["hello", "limit"]),
        ([{"dialogue": [{"speaker": "客户", "text": "在吗"}, {"speaker": "客服", "text": "在"}]}], ["在吗"]),
        (
            {
                "log": [
                    {"is_customer": True, "author": "x", "text": "yes"},
                    {"is_customer": False, "author": "y", "text": "no"},
                ]
            },
            ["yes"],
        ),
    ],
)
def test_exports_of_desks(read: Read, export: object, texts: list[str]) -> None:
    material = read({"c.json": export}, "c.json")
    assert asked(material) == [(text, None) for text in texts] and len({q.unit for q in material.questions}) == 1


def test_a_conversation_a_line(read: Read) -> None:
    lines = "\n".join(json.dumps({"messages": [{"role": "user", "content": text}]}) for text in ("one two", "three"))
    material = read({"c.jsonl": lines}, "c.jsonl")
    assert asked(material) == [("one two", None), ("three", None)] and len({q.unit for q in material.questions}) == 2


def test_a_message_a_line(read: Read) -> None:
    lines = '{"session": "a", "role": "user", "content": "hi there"}\n{"session": "a", "role": "assistant", "content": "yo"}\n'
    assert asked(read({"c.jsonl": lines}, "c.jsonl")) == [("hi there", None)]


def test_what_is_left_out_is_counted(read: Read) -> None:
    material = read({"c.json": CHATWOOT}, "c.json")
    assert said(material, "chat log") == ["4 messages are not the customers'", "1 messages have no text"]


def test_one_question_a_line(read: Read) -> None:
    material = read({"q.txt": "lost card\n\n卡丢了\n"}, "q.txt")
    assert asked(material) == [("lost card", None), ("卡丢了", None)] and said(material, "questions") == [
        "2 lines are taken as one question each"
    ]


def test_speakers_nobody_knows(read: Read) -> None:
    with pytest.raises(InputError, match=r"no message of a customer \(speakers are: 'Ann', 'Bob'\)"):
        read({"c.json": [{"messages": [{"from": "Ann", "text": "a"}, {"from": "Bob", "text": "b"}]}]}, "c.json")
    some = [{"messages": [{"from": "customer", "text": "a"}, {"from": "Bob", "text": "b"}]}]
    assert said(read({"c.json": some}, "c.json"), "unknown speakers") == [
        "1 messages are of speakers who may be customers or not: 'Bob'"
    ]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [("q.txt", "\n \n", "the file is empty"), ("q.json", "{", "not JSON"), ("q.json", "[]", "no rows")],
)
def test_bad_logs(read: Read, name: str, content: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read({name: content}, name)
