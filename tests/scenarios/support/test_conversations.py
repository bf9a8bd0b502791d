"""Conversations over a log: channels, starts, memory, streams, failures of models and of the disk."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.online.event import Event
from breakeven.scenarios.support import chat_stream
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.conversations import REOPENED_WITHIN
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.transcript import Reply
from breakeven.scenarios.support.understood import Understood
from breakeven.serving.workers import Busy
from tests.scenarios.support.desk_books import Words, heard
from tests.scenarios.support.desk_service import Clock, conversations, served
from tests.scenarios.support.silences import broken_silences

BELL, PAGE = "bell\u0000ring", "<script>alert(1)</script><b>bold</b>"


def test_a_channels_customer_has_one_conversation_that_goes_on(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        live = conversations(tmp_path, clock=clock)
        first = await live.receive("telegram", "4711", "m1", "open fee", 100.0)
        second = await live.receive("telegram", "4711", "m2", "2", 101.0)
        assert second.conversation == first.conversation and second.topic == "fees"
        other = await live.receive("slack", "4711", "m1", "2", 101.0)
        assert other.conversation != first.conversation
        again = await live.receive("telegram", "4711", "m2", "2", 101.0)
        assert again.repeated and again.replies == second.replies
        await live.receive("telegram", "4711", "m3", "bye", 102.0)
        await live.close()
        live = conversations(tmp_path, clock=clock)
        late = await live.receive("telegram", "4711", "m2", "2", 101.0)
        assert late.repeated and late.status == "closed" and late.replies == second.replies
        fourth = await live.receive("telegram", "4711", "m4", "fee", 200.0)
        assert fourth.conversation == first.conversation and fourth.status == "bot"
        await live.receive("telegram", "4711", "m5", "bye", 201.0)
        clock.at += REOPENED_WITHIN + 1
        fifth = await live.receive("telegram", "4711", "m6", "fee", 300.0)
        assert fifth.conversation != first.conversation
        with pytest.raises(InputError, match="web"):
            await live.receive("web", "4711", "m7", "fee", 300.0)
        await live.close()

    asyncio.run(run())


def test_a_page_cannot_get_into_a_channels_conversation(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        page = await live.chat("fee", customer="4711", channel="app")
        real = await live.receive("telegram", "4711", "m1", "fee", 1.0)
        assert page.conversation != real.conversation
        await live.close()

    asyncio.run(run())


def test_another_desk_gives_a_conversation_back(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        await live.give_back("chatwoot", "7")  # of whom nothing is known
        assert (await live.receive("chatwoot", "7", "m1", "agent", 1.0)).status == "waiting"
        await live.give_back("chatwoot", "7")
        assert (await live.receive("chatwoot", "7", "m2", "fee", 2.0)).topic == "fees"
        await live.close()

    asyncio.run(run())


def test_messages_that_come_at_once_are_answered_one_after_another(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        key = (await live.chat("transfer money")).conversation
        texts = ("50", "agent", "fee", "tomorrow", "fee", "open fee", "hello")
        got = await asyncio.gather(*(live.chat(text, key) for text in texts))
        records = await live.records(key)
        assert broken_silences(records) == []
        assert [(r.data or {})["text"] for r in records if r.kind == "$message"][1:] == list(texts)
        assert [g.decision for g in got] == ["form", "handoff", *["silent"] * 5]
        await live.close()

    asyncio.run(run())


def test_a_start_finds_everything_again_also_without_an_end(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        keys = [(await live.chat(text)).conversation for text in ("transfer money", "agent", "fee")]
        await live.chat("50", keys[0])
        before = {key: json.dumps(_plain(live.desk.find(key)), sort_keys=True) for key in keys}
        live.live.log.close()  # as a process that is killed: no snapshot is saved
        again = conversations(tmp_path)
        assert {key: json.dumps(_plain(again.desk.find(key)), sort_keys=True) for key in keys} == before
        assert (await again.chat("tomorrow", keys[0])).replies[0].text == "Any note?"
        await again.close()
        third = conversations(tmp_path)  # from a snapshot
        assert third.live.rows_read == 0 and third.desk.counts()["waiting"] == 1
        assert (await third.chat("skip", keys[0])).replies[0].text.startswith("50 on")
        await third.close()

    asyncio.run(run())


def _plain(state: Conversation | None) -> dict[str, object]:
    assert state is not None
    return {name: getattr(state, name) for name in ("id", "status", "number", "topic", "messages", "language", "ids")}


def test_memory_is_bounded_and_what_was_let_go_is_read_again(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path, most=50)
        waiting = [(await live.chat("agent")).conversation for _ in range(60)]
        keys = [(await live.chat("transfer money")).conversation for _ in range(120)]
        assert len(live.desk._idle) == 50 and all(live.desk.find(key) for key in waiting)
        assert live.desk.find(keys[0]) is None
        assert (await live.chat("50", keys[0])).replies[0].text == "On which date?"
        live.live.log.close()  # killed: the next start reads from the snapshot of the start before, which knew nothing
        again = conversations(tmp_path, most=50)
        assert len(again.desk._idle) == 50 and again.desk.counts()["waiting"] == 60
        await again.close()
        third = conversations(tmp_path, most=50)
        assert (await third.chat("80", keys[1])).replies[0].text == "On which date?"
        third.live.log.close()  # killed: the snapshot does not have keys[1], the log goes on in its middle
        fourth = conversations(tmp_path, most=50)
        assert fourth.desk.partial == set()
        found = fourth.desk.find(keys[1])
        assert found is not None and found.pending is not None and found.pending.filled == {"amount": "80"}
        await fourth.close()

    asyncio.run(run())


class Slow(Words):
    """Models that take a while, and some that never come to an end."""

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        time.sleep(5.0 if "never" in texts[0] else 0.05)
        return [heard(text) for text in texts]


def test_slow_models_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("breakeven.scenarios.support.listener.MODEL_SECONDS", 0.3)

    async def run() -> None:
        live = conversations(tmp_path, Slow())
        slow = asyncio.ensure_future(live.chat("fee, never"))
        await asyncio.sleep(0)
        assert (await live.chat("agent")).status == "waiting"
        assert (await slow).status == "waiting"
        state = live.desk.find((await slow).conversation)
        assert state is not None and state.reason == "service failed" and live.listener.failed == 1
        await live.close()

    asyncio.run(run())


def test_models_that_fail_give_the_customer_to_a_person(tmp_path: Path) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        got = await live.chat("please crash")
        assert got.status == "waiting" and "our side" in got.replies[0].text and live.listener.failed == 1
        await live.receive("slack", "U1", "m1", "fee", 1.0)
        key = (await live.receive("slack", "U1", "m2", "crash", 2.0)).conversation
        await Desk(live).give_back(key, "Li")
        assert (await live.chat("and the fee?", key)).decision == "answer"  # the message before it does no harm
        await live.close()

    asyncio.run(run())


def test_a_full_disk_is_said_and_nothing_half_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        live = conversations(tmp_path)
        key = (await live.chat("fee")).conversation
        before = live.live.log.last

        def full(events: Sequence[Event]) -> list[bool]:
            raise OSError("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(live.live.log, "append", full)
            with pytest.raises(Busy, match="full"):
                await live.chat("agent", key)
        state = live.desk.find(key)
        assert live.live.log.last == before and state is not None and state.status == "bot"
        assert (await live.chat("agent", key)).status == "waiting"
        await live.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "😀👍🏽", "x" * 100_000, PAGE, BELL, "‮evil", "'; drop table events; --", "{opens} {0} %s", "\ud800"],
)
def test_any_text_is_kept_as_text_and_read_again(tmp_path: Path, text: str) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            body = json.dumps({"message": text})
            status, answer = await desk("POST", "/v1/chat", json.loads(body))
            if text == "\ud800":  # no text at all
                assert status in (400, 422)
                return
            assert status == 200 and answer["replies"]
            await desk.say("agent", conversation=answer["conversation"])
            entries = (await desk("GET", f"/v1/chat/{answer['conversation']}"))[1]["entries"]
            packet = (await desk("GET", f"/v1/desk/conversations/{answer['conversation']}"))[1]
            assert entries[0].get("text", "") == text[:4_000] == packet["entries"][0].get("text", "")
        async with served(tmp_path) as desk:
            assert desk.all.live.unreadable_rows == 0
            assert (await desk("GET", f"/v1/chat/{answer['conversation']}"))[1]["entries"][0].get("text", "") == text[
                :4_000
            ]

    asyncio.run(run())


def test_staffs_replies_are_told_to_the_channel(tmp_path: Path) -> None:
    async def run() -> None:
        live, sent = conversations(tmp_path), list[tuple[str, str, Reply]]()
        desk = Desk(live)

        async def outbound(state: Conversation, reply: Reply) -> None:
            if reply.text == "broken":
                raise RuntimeError("the channel is down")
            sent.append((state.channel, state.customer, reply))

        desk.outbound = outbound
        key = (await live.receive("slack", "U1", "m1", "agent", 1.0)).conversation
        await desk.take(key, "Li")
        for id in ("r1", "r1", "r2"):
            await desk.reply(key, "Li", "Good day", id)
        await desk.reply(key, "Li", "broken", None)
        await desk.close_outbound()
        assert sent == [("slack", "U1", Reply("Good day", "person"))] * 2 and desk.unsent == 1
        await live.close()

    asyncio.run(run())


def test_the_queue_puts_risk_and_long_waits_first(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        live = conversations(tmp_path, clock=clock)
        said = []
        for text, minutes in (("agent", 40), ("agent", 20), ("agent, my card was stolen!", 5), ("转人工，我要投诉", 1)):
            said.append((await live.chat(text, customer=f"13812345678 {text}")).conversation)
            clock.at += 60.0 * (minutes - {40: 20, 20: 5, 5: 1, 1: 0}[minutes])
        queue = Desk(live).queue("waiting", None, 10)
        assert [one.conversation for one in queue.conversations] == [said[0], said[2], said[3], said[1]]
        assert [one.risk for one in queue.conversations] == ["normal", "high", "high", "normal"]
        assert "138" not in queue.conversations[0].customer and queue.waiting == 4
        assert len(Desk(live).queue("waiting", None, 2).conversations) == 2
        await live.close()

    asyncio.run(run())


def test_a_stream_tells_what_is_new_and_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_stream, "STREAM_SECONDS", 0.4)
    monkeypatch.setattr(chat_stream, "ALIVE_SECONDS", 0.1)

    async def run() -> None:
        live = conversations(tmp_path)
        streams = chat_stream.Streams(live)
        key = (await live.chat("fee")).conversation
        got = list[bytes]()

        async def read(after: int) -> None:
            async for piece in streams.of(key, after):
                got.append(piece)

        reading = asyncio.ensure_future(read(1))
        await asyncio.sleep(0.05)
        await live.chat("agent", key)
        await reading
        ids = [int(p.split(b"\n")[0][4:]) for p in got if p.startswith(b"id: ")]
        assert ids == [2, 3, 4, 5] and b": alive\n\n" in got and got[0].startswith(b"retry: ")
        assert b"event: handoff" in got[-1] or any(b"event: handoff" in p for p in got)
        got.clear()
        await read(ids[-1])
        assert not any(p.startswith(b"id: ") for p in got) and not streams._waiting
        streams.close()
        await read(0)
        await live.close()

    asyncio.run(run())


def test_silent_conversations_that_memory_let_go_are_closed_as_well(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        live = conversations(tmp_path, clock=clock, most=5)
        keys = [(await live.chat("fee", customer=f"c{n}")).conversation for n in range(20)]
        await live.chat("bye", keys[3])
        await Desk(live).erase("c2")
        assert live.desk.counts()["bot"] == 19
        await live.close()
        live = conversations(tmp_path, clock=clock, most=5)
        clock.at += 2 * 86_400
        assert await live.close_silent() == 18 and await live.close_silent() == 0
        for key in (keys[0], keys[-1]):
            assert (await live.records(key))[-1].data == {"by": "silence", "staff": None, "confirmed": None}
        await live.close()

    asyncio.run(run())
