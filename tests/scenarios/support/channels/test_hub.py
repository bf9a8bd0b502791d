"""Deliveries to answers: known again, in order, one customer at a time, and never lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Button
from breakeven.scenarios.support.channels import hub as hubs
from breakeven.scenarios.support.channels.channel import Forged, NotReadable
from breakeven.scenarios.support.channels.hub import Hub, NoChannel
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.transcript import Reply
from breakeven.serving.access import TooManyRequests
from tests.scenarios.support.channels.fakes import Network, Talk, no_wait
from tests.scenarios.support.channels.sending import NOW, OPTIONS, Sent, channel, sent, signed

#: The time of each recorded message, so that none is a week old.
TIMES = {
    "telegram": 1441645540.0,
    "whatsapp": 1603059210.0,
    "messenger": 1518479200.0,
    "webhook": NOW,
    "chatwoot": 1752161800.0,
}


def run(
    work: Callable[[Hub, Talk, Network], Awaitable[None]],
    kind: str,
    talk: Talk | None = None,
    at: float | None = None,
    **more: str,
) -> None:
    """Run something with a hub of one channel."""

    async def inner() -> None:
        talking, network = talk or Talk(), Network()
        hub = Hub([channel(kind, **more)], talking, network, lambda: at or TIMES.get(kind, NOW), sleep=no_wait)
        await work(hub, talking, network)
        await hub.close()
        assert network.closed

    asyncio.run(inner())


async def deliver(hub: Hub, given: Sent) -> bytes:
    """Deliver a request."""
    name = next(iter(hub.channels))
    return (await hub.receive(name, given.headers, given.query, given.body)).body


async def settle(hub: Hub) -> None:
    """Until everything is sent."""
    for one in hub.senders.values():
        while one.queued:
            await asyncio.sleep(0)


def webhook(*messages: dict[str, object]) -> Sent:
    """A delivery of our own webhook."""
    return signed("webhook", json.dumps({"messages": messages}).encode())


def message(name: str, text: str, at: float = NOW - 10, customer: str = "c7") -> dict[str, object]:
    """One message of it."""
    return {"id": name, "customer": customer, "text": text, "at": at}


def test_a_message_is_answered_once_however_often_it_is_delivered() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        for _ in range(3):
            await deliver(hub, sent("telegram_message", at=TIMES["telegram"]))
        await settle(hub)
        assert len(talk.got) == len(network.sent) == 1
        assert talk.got[0] == ("telegram", "1111111", "1111111/1365", "我的卡还没到 😀 & <b>where</b>?", 1441645532.0)
        assert hub.counts.of("duplicates", "telegram") == 2 and hub.counts.of("sent", "telegram", "sent") == 1

    run(work, "telegram")


def test_slacks_retries_of_a_message_and_its_mention_are_answered_once() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        given = sent("slack_message", at=1355517530.0)
        for retry in ("", "1", "2", "3"):
            retried = {"x-slack-retry-num": retry, "x-slack-retry-reason": "http_timeout"} if retry else {}
            await deliver(hub, Sent(given.body, {**given.headers, **retried}))
        await settle(hub)
        assert len(talk.got) == len(network.sent) == 1 and hub.counts.of("duplicates", "slack") == 3

    run(work, "slack", at=1355517530.0)


def test_deliveries_of_one_message_at_the_same_time_are_answered_once() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        given = webhook(message("m1", "hi"))
        await asyncio.gather(*(deliver(hub, given) for _ in range(5)))
        await settle(hub)
        assert len(talk.got) == len(network.sent) == 1

    run(work, "webhook", Talk(before=lambda text: asyncio.sleep(0.01)))


def test_a_message_that_could_not_be_kept_is_taken_when_it_comes_again() -> None:
    faults = [OSError("disk full")]

    def before(text: str) -> None:
        if faults:
            raise faults.pop()

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        given = webhook(message("m1", "hi"))
        with pytest.raises(OSError):
            await deliver(hub, given)
        await deliver(hub, given)
        assert len(talk.got) == 1 and hub.counts.of("duplicates", "webhook") == 0

    run(work, "webhook", Talk(before=before))


def test_a_message_that_is_not_accepted_does_not_come_again_and_again() -> None:
    def before(text: str) -> None:
        raise InputError("message", "it is too long", "send a shorter one")

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        assert await deliver(hub, webhook(message("m1", "hi"))) == b""
        assert hub.counts.of("refused", "webhook", "not accepted") == 1

    run(work, "webhook", Talk(before=before))


def test_messages_of_one_customer_wait_for_each_other_and_others_do_not() -> None:
    gate = asyncio.Event()

    def before(text: str) -> object:
        return gate.wait() if text == "slow" else None

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        first = asyncio.ensure_future(deliver(hub, webhook(message("m1", "slow"))))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(deliver(hub, webhook(message("m2", "fast"))))
        await deliver(hub, webhook(message("m3", "other", customer="c8")))
        assert [got[3] for got in talk.got] == ["other"]
        gate.set()
        await asyncio.gather(first, second)
        assert [got[3] for got in talk.got] == ["other", "slow", "fast"] and hub._turns == {}

    run(work, "webhook", Talk(before=before))


def test_late_messages_are_taken_with_their_own_time_and_counted() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await deliver(hub, webhook(message("m2", "second", NOW - 5)))
        await deliver(hub, webhook(message("m1", "first", NOW - 9), message("m3", "future", NOW + 9_000)))
        assert [(got[3], got[4]) for got in talk.got] == [("second", NOW - 5), ("first", NOW - 9), ("future", NOW)]
        assert hub.counts.of("late", "webhook") == 1

    run(work, "webhook")


def test_what_is_older_than_a_week_is_left_out() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await deliver(hub, webhook(message("m1", "old", NOW - 8 * 86_400)))
        assert talk.got == [] and hub.counts.of("ignored", "webhook", "older than a week") == 1

    run(work, "webhook")


@pytest.mark.parametrize("kind", OPTIONS)
def test_forged_and_unreadable_deliveries_are_counted_and_change_nothing(kind: str) -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        with pytest.raises(Forged):
            await deliver(hub, signed(kind, b"{}", secret="other"))
        with pytest.raises(NotReadable):
            await deliver(hub, signed(kind, b"\xff"))
        with pytest.raises(NoChannel):
            await hub.receive("nobody", {}, {}, b"")
        assert (hub.counts.of("refused", kind, "forged"), hub.counts.of("refused", kind, "unreadable")) == (1, 1)
        assert talk.got == [] and network.sent == []

    run(work, kind, at=NOW)


def test_a_flood_is_refused_and_counted() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        refused = 0
        for _ in range(hubs.PER_SECOND):
            with pytest.raises(Forged):
                await deliver(hub, signed("webhook", b"{}", secret="other"))
        for number in range(hubs.PER_SECOND + 20):
            try:
                await deliver(hub, webhook(message(f"m{number}", "x")))
            except TooManyRequests:
                refused += 1
        assert refused == 20 == hub.counts.of("refused", "webhook", "rate")

    run(work, "webhook")


def test_a_number_answers_a_numbered_choice_and_nothing_else() -> None:
    many = tuple(Button({"en": f"Topic {n}"}, send=f"about {n}") for n in range(1, 12))

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        for name, text in (("m1", "2"), ("m2", "card"), ("m3", " ２. "), ("m4", "2")):
            await deliver(hub, _whatsapp(name, text))
        assert [got[3] for got in talk.got] == ["2", "card", "about 2", "2"]

    talk = Talk(reply=lambda text: [Reply("Which?", "ai", many)] if text == "card" else [Reply("ok", "ai")])
    run(work, "whatsapp", talk)


def _whatsapp(name: str, text: str) -> Sent:
    document = json.loads(sent("whatsapp_text").body)
    document["entry"][0]["changes"][0]["value"]["messages"][0] |= {"id": name, "text": {"body": text}}
    return signed("whatsapp", json.dumps(document).encode())


def test_chatwoots_conversation_is_opened_after_the_notice_and_the_bot_stays_silent() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await deliver(hub, _chatwoot(1, "agent"))
        await deliver(hub, _chatwoot(2, "hello?"))  # written down before Chatwoot heard of the hand-over
        await settle(hub)
        said = [json.loads(one.body) for one in network.sent]
        assert [one.get("content") or one for one in said] == [
            "AI: A person will answer here.",
            {"status": "open"},
            {"status": "open"},
        ]
        assert talk.returned == []

    run(work, "chatwoot")


def test_chatwoots_conversation_that_was_given_back_is_answered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from breakeven.scenarios.support.channels import sender

    monkeypatch.setattr(sender, "GRACE", 0.0)

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await deliver(hub, _chatwoot(1, "agent"))
        await settle(hub)
        await asyncio.sleep(0.01)
        await deliver(hub, _chatwoot(2, "thanks"))
        await settle(hub)
        assert talk.returned == [("chatwoot", "3/13098")]
        assert json.loads(network.sent[-1].body)["content"] == "AI: you said thanks"

    run(work, "chatwoot")


def _chatwoot(number: int, text: str) -> Sent:
    document = json.loads(sent("chatwoot_message").body) | {"id": number, "content": text}
    return signed("chatwoot", json.dumps(document).encode(), at=TIMES["chatwoot"])


def _wechat(name: str, text: str) -> Sent:
    content = f"<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName><CreateTime>{NOW:.0f}</CreateTime><MsgType>text</MsgType>"
    return signed("wechat", f"{content}<Content>{text}</Content><MsgId>{name}</MsgId></xml>".encode())


def test_wechat_is_answered_in_its_own_request_and_several_replies_are_one() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        answer = (await deliver(hub, _wechat("1", "hi"))).decode()
        assert "AI: one\n\ntwo" in answer and network.sent == []
        assert await deliver(hub, _wechat("1", "hi")) == b"success"  # delivered again

    run(work, "wechat", Talk(reply=lambda text: [Reply("one", "ai"), Reply("two", "ai")]))


def test_wechat_is_told_in_time_and_sent_a_slow_reply_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "PASSIVE_SECONDS", 0.01)
    gate = asyncio.Event()

    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        network.answers = [(200, b'{"access_token": "abc", "expires_in": 7200}', 0.0)]
        assert await deliver(hub, _wechat("1", "hi")) == b"success"
        gate.set()
        await asyncio.sleep(0.01)
        await settle(hub)
        token, message_sent = network.sent
        assert token.address.endswith("/cgi-bin/stable_token") and message_sent.address.endswith(
            "send?access_token=abc"
        )
        assert json.loads(message_sent.body)["text"]["content"] == "AI: you said hi"

    run(work, "wechat", Talk(before=lambda text: gate.wait()))


def test_staff_write_later_and_what_cannot_be_sent_is_counted() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await hub.deliver(Conversation("c1", "1254459154682919", "messenger", 0.0), Reply("Ann here", "person"))
        await settle(hub)
        assert json.loads(network.sent[0].body)["message"]["text"] == "Ann here"
        await hub.deliver(Conversation("c2", "c", "web", 0.0), Reply("x", "person"))  # its stream shows it
        assert len(network.sent) == 1
        with pytest.raises(NoChannel):
            await hub.deliver(Conversation("c3", "c", "fax", 0.0), Reply("x", "person"))

    run(work, "messenger")


def test_counts_are_families_for_prometheus() -> None:
    async def work(hub: Hub, talk: Talk, network: Network) -> None:
        await deliver(hub, sent("slack_bot"))
        names = {metric.name: metric for metric in hub.counts.measured()}
        sample = names["breakeven_channel_ignored"].samples[0]
        assert sample.labels == {"channel": "slack", "kind": "message of a bot"} and sample.value == 1
        assert hub.summary() == {"slack": {"ignored message of a bot": 1, "queued": 0}}
        for number in range(200):
            hub.counts.add("ignored", "slack", f"kind {number}")
        assert hub.counts.of("ignored", "slack", "other") == 161

    run(work, "slack")
