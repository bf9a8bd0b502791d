"""Recorded deliveries of every platform: read as they are, and refused when forged, stale or broken."""

from __future__ import annotations

import itertools

import pytest

from breakeven.scenarios.support.channels.channel import Forged, NotReadable
from breakeven.scenarios.support.channels.wechat import parsed
from tests.scenarios.support.channels.sending import NOW, OPTIONS, SECRET, Sent, body, channel, sealed, sent, signed

#: What is in each recorded delivery: customer, id, text, time.
MESSAGES = {
    "telegram_message": ("1111111", "1111111/1365", "我的卡还没到 😀 & <b>where</b>?", 1441645532.0),
    "telegram_start": ("1111111", "1111111/1364", "你好", 1441645500.0),
    "telegram_edited": ("1111111", "1111111/1365/edit/1441646600", "Edited text", 1441646600.0),
    "telegram_press": ("1111111", "press/4382bfdwdsb323b2d9", "debit card", NOW),
    "slack_message": (
        "D024BE91L/U2147483697",
        "D024BE91L/1355517523.000005",
        "Where is my card & when? https://example.com",
        1355517523.000005,
    ),
    "slack_mention": (
        "C123ABC456/U123ABC456/1515449522.000016",
        "C123ABC456/1515449522.000016",
        "What is the hour of the pearl, ?",
        1515449522.000016,
    ),
    "slack_press": (
        "D024BE91L/U2147483697",
        "D024BE91L/U2147483697/1548426417.840180",
        "debit card",
        1548426417.84018,
    ),
    "whatsapp_text": ("16315551234", "wamid.ABGGFlCGg0cvAgo-sJQh43L5Pe4W", "Hello this is an answer", 1603059201.0),
    "whatsapp_button": (
        "16505551234",
        "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=",
        "cancel-button",
        1750096325.0,
    ),
    "whatsapp_username": (
        "US.13491208655302741918",
        "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
        "Does it come in another color?",
        1749416383.0,
    ),
    "messenger_text": (
        "1254459154682919",
        "mid.$cAAJdkrCd2ORnva8ErFhjGm0X_Q_c",
        "hello, world!",
        1518479195.308,
    ),
    "messenger_quick_reply": ("1254459154682919", "m_quick", "debit card", 1502905976.377),
    "messenger_postback": ("1254459154682919", "m_MESSAGE-ID", "Hello", 1527459824.0),
    "chatwoot_message": ("3/13098", "77287", "Where is my card?", 1752161782.262),
    "chatwoot_chosen": ("3/13098", "77293/chosen", "debit card", NOW),
    "wechat_text": ("oia2TjuEGTNoeX76QEjQNrcURxG8", "1234567890123456", "卡还没到 <b>&</b>", 1348831860.0),
    "webhook_message": ("c7", "m1", "Where is my card?", 1767225599.0),
}
IGNORED = {
    "telegram_group": {"message outside a private chat": 1},
    "slack_bot": {"message of a bot": 1},
    "whatsapp_status": {"status delivered": 1},
    "messenger_echo": {"echo": 1, "read": 1},
    "chatwoot_open": {"conversation is open": 1},
    "chatwoot_note": {"private note": 1},
    "chatwoot_own": {"message of the desk": 1},
    "wechat_subscribe": {"event subscribe": 1},
}
ALL = [*MESSAGES, *IGNORED, "slack_url_verification", "whatsapp_two_out_of_order", "webhook_two_out_of_order"]
#: Platforms whose signature covers the whole body.
WHOLE = ("slack", "whatsapp", "messenger", "chatwoot", "webhook")
#: Platforms that sign the time of sending.
TIMED = ("slack", "chatwoot", "webhook", "wechat")


def read(name: str, given: Sent, now: float = NOW):  # type: ignore[no-untyped-def]
    """What a channel makes of a request."""
    return channel(name.partition("_")[0]).incoming(given.headers, given.query, given.body, now)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_recorded_message_is_read(name: str) -> None:
    found = read(name, sent(name))
    assert [(m.customer, m.id, m.text, m.at) for m in found.messages] == [MESSAGES[name]] and found.ignored == {}


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_message_of_a_customer_is_counted(name: str) -> None:
    found = read(name, sent(name))
    assert not found.messages and found.ignored == IGNORED[name]


@pytest.mark.parametrize("name", ["whatsapp_two_out_of_order", "webhook_two_out_of_order"])
def test_messages_of_one_delivery_are_in_the_order_of_their_times(name: str) -> None:
    assert [m.text for m in read(name, sent(name)).messages] == ["first", "second"]


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_secret_is_refused(name: str) -> None:
    with pytest.raises(Forged):
        read(name, sent(name, secret="another"))


@pytest.mark.parametrize("name", ALL)
def test_a_request_without_a_signature_is_refused(name: str) -> None:
    kept = {"content-type": sent(name).headers.get("content-type", "application/json")}
    with pytest.raises(Forged):
        read(name, Sent(body(name), kept))


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith(WHOLE)])
def test_any_flipped_bit_of_the_body_is_refused(name: str) -> None:
    genuine = sent(name)
    for place in range(0, len(genuine.body), max(1, len(genuine.body) // 25)):
        for bit in (0, 3, 7):
            changed = bytearray(genuine.body)
            changed[place] ^= 1 << bit
            with pytest.raises(Forged):
                read(name, Sent(bytes(changed), genuine.headers, genuine.query))


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith(TIMED)])
def test_a_copy_sent_later_is_refused(name: str) -> None:
    for later in (301, -301, 86_400):
        with pytest.raises(Forged, match="time"):
            read(name, sent(name), NOW + later)
    read(name, sent(name), NOW + 299)


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith(("slack", "chatwoot", "webhook"))])
def test_a_fresh_time_on_an_old_signature_is_refused(name: str) -> None:
    old = sent(name, at=NOW - 900)
    stamp = next(key for key in old.headers if key.endswith("timestamp"))
    with pytest.raises(Forged, match="signature is wrong"):
        read(name, Sent(old.body, {**old.headers, stamp: f"{NOW:.0f}"}, old.query))


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "9" * 30, "١٢٣"])
def test_strange_times_are_refused(kind: str, stamp: str) -> None:
    given = signed(kind, b"{}")
    headers = {key: stamp if key.endswith("timestamp") else value for key, value in given.headers.items()}
    query = {key: stamp if key == "timestamp" else value for key, value in given.query.items()}
    with pytest.raises(Forged):
        read(kind, Sent(b"{}", headers, query))


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("strange", ["é", "ä\x00é" * 400, "sha256=", "\ud800"])
def test_strange_signatures_are_refused(kind: str, strange: str) -> None:
    given = signed(kind, b"{}")
    headers = {key: strange if "signature" in key or "token" in key else value for key, value in given.headers.items()}
    with pytest.raises(Forged):
        read(kind, Sent(b"{}", headers, {**given.query, "signature": strange}))


BROKEN = {
    "empty": b"",
    "no json": b"{",
    "a list": b"[1, 2]",
    "a number": b"3",
    "invalid utf-8": b'{"event": "\xff\xfe"}',
    "half a surrogate": b'{"message": {"text": "\\ud800"}}',
    "twice the same key": b'{"message": 1, "message": 2}',
    "deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "nan": b'{"a": NaN}',
}


@pytest.mark.parametrize(("kind", "broken"), itertools.product(OPTIONS, BROKEN))
def test_broken_bodies_are_refused_in_one_line(kind: str, broken: str) -> None:
    with pytest.raises(NotReadable) as error:
        read(kind, signed(kind, BROKEN[broken]))
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


#: Bodies in which fields have other types than documented, or hold what nobody expects.
STRANGE = [
    b"{}",
    b'{"message": 5, "entry": {"a": 1}, "event": ["x"], "type": 7}',
    b'{"message": {"chat": {"id": true, "type": "private"}, "message_id": [], "text": {"a": 1}}}',
    b'{"entry": [1, null, {"changes": [null, {"value": 3}], "messaging": [[], {"sender": 4, "message": {"text": 1}}]}]}',
    b'{"type": "event_callback", "event": {"type": "message", "channel_type": "im", "text": null, "ts": 1e400}}'.replace(
        b"1e400", b"1e300"
    ),
    b'{"event": "message_created", "message_type": "incoming", "conversation": {"status": "pending", "id": "../../x"}, "content": "x",'
    b' "account": {"id": 1}, "id": 1}',
    b'{"object": "page", "entry": [{"changes": [{"value": {"messages": [{"type": "sticker"}],'
    b' "metadata": {"phone_number_id": "27681414235104944"}}}]}]}',
    b'{"a_type_of_the_year_2031": {"x": 1}}',
]


@pytest.mark.parametrize(
    ("kind", "number"), itertools.product([k for k in OPTIONS if k not in ("wechat", "webhook")], range(len(STRANGE)))
)
def test_unknown_types_and_fields_give_no_message_and_no_fault(kind: str, number: int) -> None:
    assert not read(kind, signed(kind, STRANGE[number])).messages


@pytest.mark.parametrize("missing", ["id", "customer", "text"])
def test_our_own_webhook_says_what_is_missing(missing: str) -> None:
    given = {"id": '"id": "m"', "customer": '"customer": "c"', "text": '"text": "t"'}
    content = "{" + ", ".join(text for key, text in given.items() if key != missing) + "}"
    with pytest.raises(NotReadable, match=missing):
        read("webhook", signed("webhook", content.encode()))


def test_slack_is_answered_its_challenge_and_refused_a_form_without_payload() -> None:
    found = read("slack", sent("slack_url_verification"))
    assert found.answer is not None and found.answer.body.startswith(b"3eZbrw1aBm2rZg")
    with pytest.raises(NotReadable, match="payload"):
        read("slack", signed("slack", b"a=1", is_form=True))


def test_slacks_own_example_of_a_signature() -> None:
    content = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signed("slack", content, at=1531420618).headers["x-slack-signature"] == expected
    with pytest.raises(NotReadable, match="payload"):  # the signature is good, the form is no press of a button
        read("slack", signed("slack", content, at=1531420618, is_form=True), now=1531420618)


@pytest.mark.parametrize("kind", ["whatsapp", "messenger"])
def test_metas_subscription_needs_the_token(kind: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "meatyhamhock"}
    assert channel(kind).challenge(asked).body == b"1158201444"
    for change in ({"hub.verify_token": "other"}, {"hub.verify_token": ""}, {"hub.mode": "x"}):
        with pytest.raises(Forged):
            channel(kind).challenge({**asked, **change})


def test_wechats_question_needs_the_signature() -> None:
    asked = {**signed("wechat", b"").query, "echostr": "5838479218127813673"}
    assert channel("wechat").challenge(asked).body == b"5838479218127813673"
    with pytest.raises(Forged):
        channel("wechat").challenge({**asked, "nonce": "1"})
    for kind in ("telegram", "slack", "chatwoot", "webhook"):
        with pytest.raises(Forged):
            channel(kind).challenge(asked)


def test_wechats_safe_mode() -> None:
    wechat, given = channel("wechat", aes_env="AES"), sealed(body("wechat_text"))
    found = wechat.incoming({}, given.query, given.body, NOW)
    assert found.messages[0].text == "卡还没到 <b>&</b>"
    with pytest.raises(Forged, match="not encrypted"):  # plain bodies are not signed
        plain = sent("wechat_text")
        wechat.incoming({}, plain.query, plain.body, NOW)
    with pytest.raises(Forged, match="another account"):
        other = sealed(body("wechat_text"), app_id="wx1")
        wechat.incoming({}, other.query, other.body, NOW)
    with pytest.raises(Forged):
        wechat.incoming({}, {**given.query, "msg_signature": "0" * 40}, given.body, NOW)
    with pytest.raises(NotReadable, match="encrypted"):
        channel("wechat").incoming({}, given.query, given.body, NOW)


@pytest.mark.parametrize("sealed_text", ["", "AAAA", "!!!", "A" * 44, "A" * 64])
def test_what_cannot_be_decrypted_is_refused(sealed_text: str) -> None:
    import hashlib

    given = signed("wechat", f"<xml><Encrypt>{sealed_text}</Encrypt></xml>".encode())
    parts = sorted((SECRET, given.query["timestamp"], given.query["nonce"], sealed_text))
    query = {**given.query, "encrypt_type": "aes", "msg_signature": hashlib.sha1("".join(parts).encode()).hexdigest()}
    with pytest.raises((NotReadable, Forged)):
        channel("wechat", aes_env="AES").incoming({}, query, given.body, NOW)


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        b'<xml><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Content>&e;</Content></xml>',
        b"<xml><Content><![CDATA[open</xml>",
        b"<xml><Content>open</xml>",
        b"<xml a='1'></xml>",
        b"<xml>text</xml>",
        b"<xml><A x='1'>b</A></xml>",
        b"\xff<xml></xml>",
        b"",
    ],
)
def test_xml_beyond_wechats_own_is_refused(content: bytes) -> None:
    with pytest.raises(NotReadable):
        parsed(content)


def test_xml_keeps_entities_text_and_leaves_nested_fields_out() -> None:
    content = (
        b"<xml><A>&lt;b&gt; &amp;amp; &xxe;</A><B><C>1</C></B><D><![CDATA[a]]]]><![CDATA[>b]]></D><A>second</A></xml>"
    )
    assert parsed(content) == {"A": "<b> &amp; &xxe;", "B": "", "D": "a]]>b"}


def test_hostile_xml_takes_no_longer_than_its_length() -> None:
    for content in (b"<xml>" + b"<A><![CDATA[" * 60_000 + b"</xml>", b"<xml>" + b"<A>" * 200_000 + b"</xml>"):
        with pytest.raises(NotReadable):
            parsed(content)
