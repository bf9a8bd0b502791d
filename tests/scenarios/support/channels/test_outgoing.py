"""Replies in the form of each channel: limits, buttons, marks, secrets kept out of what is shown."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from breakeven.scenarios.support.answer_book import Button
from breakeven.scenarios.support.channels import texts
from breakeven.scenarios.support.channels.channel import OutgoingRequest
from breakeven.scenarios.support.transcript import Reply
from tests.scenarios.support.channels.sending import ENVIRONMENT, NOW, OPTIONS, body, channel, digest, sealed, sent

CUSTOMERS = {"chatwoot": "3/13098", "slack": "D024BE91L/U2147483697"}
#: The most that each channel takes, and how it measures.
LIMITS = {
    "telegram": (4096, texts.utf16),
    "slack": (3000, texts.characters),
    "whatsapp": (4096, texts.characters),
    "messenger": (2000, texts.characters),
    "wechat": (2048, texts.utf8),
    "chatwoot": (4000, texts.characters),
}
CHOICE = Reply(
    "Which card?",
    "ai",
    (
        Button({"en": "Debit", "zh": "借记卡"}, send="debit card"),
        Button({"en": "Credit", "zh": "信用卡"}, send="credit card"),
        Button({"en": "Fees", "zh": "费用"}, url="https://example.com/fees"),
    ),
)


def written(kind: str, reply: Reply, customer: str = "") -> list[dict[str, Any]]:
    """The bodies that a channel sends."""
    return [json.loads(r.body) for r in channel(kind).outgoing(reply, customer or CUSTOMERS.get(kind, "1111111"))]


def text_of(kind: str, sent_body: dict[str, Any]) -> str:
    """The text of a body."""
    if kind == "whatsapp":
        return (
            (sent_body.get("text") or sent_body.get("interactive"))["body"]
            if "text" in sent_body
            else sent_body["interactive"]["body"]["text"]
        )
    return {
        "telegram": lambda: sent_body["text"],
        "slack": lambda: sent_body["text"],
        "messenger": lambda: sent_body["message"]["text"],
        "wechat": lambda: sent_body["text"]["content"],
        "chatwoot": lambda: sent_body["content"],
    }[kind]()


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("text", ["word " * 3000, "很长的一句话。" * 1500, "😀👍🏽" * 2500, "x" * 9000, "&<>" * 2500])
@pytest.mark.parametrize("buttons", [(), CHOICE.buttons])
def test_long_texts_are_split_within_the_limit_and_nothing_is_lost(
    kind: str, text: str, buttons: tuple[Button, ...]
) -> None:
    most, size = LIMITS[kind]
    pieces = [text_of(kind, one) for one in written(kind, Reply(text, "person", buttons))]
    assert len(pieces) > 1 and all(0 < size(piece) <= most for piece in pieces)
    whole = "".join(pieces).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    assert "".join(text.split()) in "".join(whole.split())
    assert not any(piece.startswith("\U0001f3fd") for piece in pieces)  # a skin tone stays with its hand


@pytest.mark.parametrize("kind", LIMITS)
def test_an_ai_says_so_in_the_language_of_its_reply_and_people_do_not(kind: str) -> None:
    assert (
        text_of(kind, written(kind, Reply("We open at 9.", "ai", source="faq.md"))[0])
        == "AI: We open at 9.\n(Source: faq.md)"
    )
    assert text_of(kind, written(kind, Reply("九点开门。", "ai"))[0]) == "AI：九点开门。"
    assert text_of(kind, written(kind, Reply("Hello, Ann here.", "person"))[0]) == "Hello, Ann here."


def test_buttons_of_telegram() -> None:
    keyboard = written("telegram", CHOICE)[0]["reply_markup"]["inline_keyboard"]
    assert keyboard == [
        [{"text": "Debit", "callback_data": "debit card"}],
        [{"text": "Credit", "callback_data": "credit card"}],
        [{"text": "Fees", "url": "https://example.com/fees"}],
    ]


def test_buttons_of_slack() -> None:
    blocks = written("slack", CHOICE)[0]["blocks"]
    assert [one.get("value") or one.get("url") for one in blocks[1]["elements"]] == [
        "debit card",
        "credit card",
        "https://example.com/fees",
    ]
    thread = written("slack", CHOICE, "C1/U1/1515449522.000016")[0]
    assert (thread["channel"], thread["thread_ts"]) == ("C1", "1515449522.000016")


def test_buttons_of_whatsapp_by_their_number_and_length() -> None:
    shown = written("whatsapp", CHOICE)[0]["interactive"]
    assert shown["type"] == "button" and shown["body"]["text"].endswith("Fees: https://example.com/fees")
    assert [one["reply"] for one in shown["action"]["buttons"]] == [
        {"id": "debit card", "title": "Debit"},
        {"id": "credit card", "title": "Credit"},
    ]
    five = tuple(Button({"en": f"Choice {n}"}, send=f"c{n}") for n in range(5))
    rows = written("whatsapp", Reply("Which?", "ai", five))[0]["interactive"]["action"]["sections"][0]["rows"]
    assert [row["id"] for row in rows] == ["c0", "c1", "c2", "c3", "c4"]
    for odd in (five[:1] * 2, tuple(Button({"en": "x" * 25 + str(n)}, send="c") for n in range(2)), five * 3):
        plain = written("whatsapp", Reply("Which?", "ai", odd))[0]
        assert plain["type"] == "text" and "\n2. " in plain["text"]["body"]


def test_whatsapp_writes_to_a_phone_number_or_to_the_id_of_a_username() -> None:
    known = written("whatsapp", Reply("Hi", "person"), "16315551234")[0]
    assert known["to"] == "16315551234" and "recipient" not in known
    hidden = written("whatsapp", Reply("Hi", "person"), "US.13491208655302741918")[0]
    assert hidden["recipient"] == "US.13491208655302741918" and "to" not in hidden


def test_buttons_of_messenger_and_chatwoot() -> None:
    message = written("messenger", CHOICE)[0]["message"]
    assert [(q["title"], q["payload"]) for q in message["quick_replies"]] == [
        ("Debit", "debit card"),
        ("Credit", "credit card"),
    ]
    shown = written("chatwoot", CHOICE)[0]
    assert shown["content_type"] == "input_select" and shown["content_attributes"]["items"][1] == {
        "title": "Credit",
        "value": "credit card",
    }


def test_buttons_of_wechat_are_numbered_in_the_language_of_the_reply() -> None:
    asked = Reply("您指的是哪张卡？", "ai", CHOICE.buttons)
    assert text_of("wechat", written("wechat", asked)[0]) == (
        "AI：您指的是哪张卡？\n费用: https://example.com/fees\n1. 借记卡\n2. 信用卡"
    )
    single = Reply("Anything else?", "ai", CHOICE.buttons[:1])
    assert text_of("wechat", written("wechat", single)[0]).endswith("\n- Debit")


LONG = tuple(Button({"en": f"{'long ' * 16}{n}"}, send=f"{'say ' * 600}{n}") for n in range(2))


@pytest.mark.parametrize("kind", ["telegram", "slack", "whatsapp", "messenger", "wechat"])
def test_buttons_that_do_not_fit_become_numbered_lines(kind: str) -> None:
    reply = Reply("Which?", "ai", LONG)
    assert channel(kind).numbers(reply) and "\n2. long" in text_of(kind, written(kind, reply)[-1])


def test_wechat_answers_in_the_request_itself() -> None:
    found = channel("wechat").incoming({}, sent("wechat_text").query, body("wechat_text"), NOW)
    assert found.passive is not None
    answer = found.passive(Reply("a ]]> b", "person"))
    assert answer is not None
    text = answer.body.decode()
    assert (
        "<ToUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]>" in text
        and "<FromUserName><![CDATA[gh_7f083739789a]]>" in text
    )
    assert "<![CDATA[a ]]]]><![CDATA[> b]]>" in text
    assert found.passive(Reply("长" * 2000, "person")) is None  # it is sent by the interface


def test_wechat_without_the_apps_secret_cuts_what_it_cannot_send() -> None:
    from breakeven.scenarios.support.channels.settings import ChannelSettings, opened

    lone = opened(ChannelSettings("wechat", "wechat", {"secret_env": "SECRET", "app_id": "wx1"}), ENVIRONMENT)
    found = lone.incoming({}, sent("wechat_text").query, body("wechat_text"), NOW)
    assert found.passive is not None and lone.outgoing(CHOICE, "o") == ()
    answer = found.passive(Reply("长" * 2000, "person"))
    assert answer is not None and "…]]>" in answer.body.decode()


def test_wechat_answers_sealed_messages_sealed() -> None:
    wechat, given = channel("wechat", aes_env="AES"), sealed(body("wechat_text"))
    found = wechat.incoming({}, given.query, given.body, NOW)
    assert found.passive is not None
    answer = found.passive(Reply("Hello", "person"))
    assert answer is not None and b"<Encrypt>" in answer.body and b"Hello" not in answer.body


def test_chatwoot_is_told_to_open_the_conversation() -> None:
    (request,) = channel("chatwoot").hand_over("3/13098")
    assert request.address == "https://desk.example/api/v1/accounts/3/conversations/13098/toggle_status"
    assert json.loads(request.body) == {"status": "open"} and request.hands_over


def test_replies_to_our_webhook_are_signed_when_they_are_sent() -> None:
    webhook = channel("webhook")
    (request,) = webhook.outgoing(CHOICE, "c7")
    signed = asyncio.run(webhook.authorised(request, None))  # type: ignore[arg-type]
    stamp = signed.headers["x-breakeven-timestamp"]
    mac = digest(ENVIRONMENT["SECRET"], f"{stamp}.".encode() + signed.body)
    assert signed.headers["x-breakeven-signature"] == f"sha256={mac}"
    said = json.loads(signed.body)
    assert (said["customer"], said["by"], len(said["id"])) == ("c7", "ai", 24)
    assert said["buttons"][2] == {"label": "Fees", "url": "https://example.com/fees"}


@pytest.mark.parametrize("kind", OPTIONS)
def test_nothing_that_is_shown_of_a_request_holds_a_secret(kind: str) -> None:
    requests = channel(kind).outgoing(CHOICE, CUSTOMERS.get(kind, "1111111"))
    assert requests and all(isinstance(one, OutgoingRequest) for one in requests)
    assert not any(value in repr((requests, vars(channel(kind)))) for value in ENVIRONMENT.values())


@pytest.mark.parametrize(
    ("kind", "status", "said", "outcome"),
    [
        ("telegram", 200, b"{}", "sent"),
        ("telegram", 429, b"{}", "again"),
        ("telegram", 403, b"{}", "failed"),
        ("slack", 200, b'{"ok": true}', "sent"),
        ("slack", 200, b'{"ok": false, "error": "ratelimited"}', "again"),
        ("slack", 200, b'{"ok": false, "error": "channel_not_found"}', "failed"),
        ("slack", 200, b"<html>", "again"),
        ("slack", 503, b"", "again"),
        ("wechat", 200, b'{"errcode": 0, "errmsg": "ok"}', "sent"),
        ("wechat", 200, b'{"errcode": 45015}', "failed"),
        ("wechat", 200, b'{"errcode": 42001}', "again"),
        ("wechat", 200, b"busy", "again"),
        ("wechat", 500, b"", "again"),
    ],
)
def test_what_became_of_a_request(kind: str, status: int, said: bytes, outcome: str) -> None:
    assert channel(kind).outcome(status, said) == outcome
