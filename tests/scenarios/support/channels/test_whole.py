"""Channels over the real conversation: a delivery to a stored message, a hand-over, a reply of the staff back to the channel."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from breakeven.scenarios.support.channels.hub import Hub
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.transcript import RETURNED
from tests.scenarios.support.channels.fakes import Network, no_wait
from tests.scenarios.support.channels.sending import NOW, Sent, channel, sent, signed
from tests.scenarios.support.desk_service import Clock, conversations, served
from tests.serving.asgi import ask


async def settle(hub: Hub) -> None:
    """Until everything is sent."""
    while any(one.queued for one in hub.senders.values()):
        await asyncio.sleep(0)


def chatwoot(number: int, text: str) -> Sent:
    """A customer's message by Chatwoot."""
    document = json.loads(sent("chatwoot_message").body) | {"id": number, "content": text, "created_at": NOW}
    return signed("chatwoot", json.dumps(document).encode())


def telegram(number: int, text: str) -> Sent:
    """A customer's message by Telegram."""
    document = json.loads(sent("telegram_message").body)
    document["message"] |= {"message_id": number, "text": text, "date": int(NOW) - 60 + number}
    return signed("telegram", json.dumps(document).encode())


def test_from_a_delivery_to_the_staff_and_back(tmp_path: Path) -> None:
    async def work() -> None:
        talk, network = conversations(tmp_path, clock=Clock(NOW)), Network()
        hub = Hub([channel("telegram"), channel("chatwoot")], talk, network, lambda: NOW, sleep=no_wait)
        desk = Desk(talk)
        desk.outbound = hub.deliver

        async def heard(given: Sent, name: str = "telegram") -> list[str]:
            before = len(network.sent)
            await hub.receive(name, given.headers, given.query, given.body)
            await settle(hub)
            bodies = [json.loads(one.body) for one in network.sent[before:]]
            return [str(one.get("text") or one.get("content") or one["status"]) for one in bodies]

        assert "您好" in (await heard(telegram(0, "/start")))[0] and not desk.queue("waiting", None, 10).conversations
        assert (await heard(telegram(1, "When are you open?")))[0].startswith("AI: ")
        assert await heard(telegram(1, "When are you open?")) == []  # delivered again
        asked = await heard(telegram(2, "fee to transfer money"))
        assert "1. Fees" not in asked[0]  # they are buttons
        keyboard = json.loads(network.sent[-1].body)["reply_markup"]["inline_keyboard"]
        assert [row[0]["text"] for row in keyboard][:2] == ["Fees", "Transfer money"]
        assert "person" in (await heard(telegram(3, "agent")))[0]
        assert await heard(telegram(4, "hello?")) == []  # a person's now
        (waiting,) = desk.queue("waiting", None, 10).conversations
        await desk.take(waiting.conversation, "Ann")
        await desk.reply(waiting.conversation, "Ann", "Ann here", None)
        await desk.close_outbound()
        await settle(hub)
        last = json.loads(network.sent[-1].body)
        assert (last["chat_id"], last["text"]) == ("1111111", "Ann here")

        said = await heard(chatwoot(1, "agent"), "chatwoot")
        assert said[-1] == "open" and await heard(chatwoot(2, "are you there?"), "chatwoot") == ["open"]
        hub.senders["chatwoot"].handing.clear()  # some seconds later
        assert (await heard(chatwoot(3, "When are you open?"), "chatwoot"))[0].startswith("AI: ")
        state = next(one for one in talk.desk.queue("bot", 10) if one.channel == "chatwoot")
        assert RETURNED in [record.kind for record in await talk.records(state.id)]
        await hub.close()
        await talk.close()

    asyncio.run(work())


def test_a_service_shows_the_counts_of_its_channels_and_closes_them(tmp_path: Path) -> None:
    async def work() -> None:
        async with served(tmp_path) as desk:
            network = Network()
            hub = desk.service.channels = Hub([channel("slack")], desk.all, network, lambda: NOW, sleep=no_wait)
            given = sent("slack_bot")
            await hub.receive("slack", given.headers, given.query, given.body)
            _, said, _ = await ask(desk.app, "GET", "/metrics")
            assert b'breakeven_channel_ignored_total{channel="slack",kind="message of a bot"} 1.0' in said
            assert not network.closed
        assert network.closed

    asyncio.run(work())
