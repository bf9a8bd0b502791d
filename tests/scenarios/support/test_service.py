"""The HTTP service of the desk: chat, history, the staff's endpoints, keys, and what is sent wrongly."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from breakeven.scenarios.support.chat_types import MAX_MESSAGE
from breakeven.serving import key_file
from breakeven.serving.scopes import SCOPES
from tests.scenarios.support.desk_service import Clock, served

LI, ANN = {"staff": "Li Wei"}, {"staff": "Ann"}


def test_a_conversation_from_the_first_message_to_its_end(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            first = await desk.say("when are you open?", customer="ann")
            key = first["conversation"]
            assert (first["decision"], first["topic"], first["status"]) == ("answer", "hours", "bot")
            assert first["replies"][0]["by"] == "ai" and "AI assistant" in first["replies"][0]["text"]
            assert first["replies"][0]["source"] == "faq.md#hours"
            second = await desk.say("转人工", conversation=key)
            assert (second["status"], second["decision"], second["language"]) == ("waiting", "handoff", "zh")
            assert (await desk.say("hello? 13812345678", conversation=key))["replies"] == []
            status, queue = await desk("GET", "/v1/desk/queue")
            assert status == 200 and queue["waiting"] == 1
            assert queue["conversations"][0]["last_text"] == "hello? <phone>"
            one = f"/v1/desk/conversations/{key}"
            assert (await desk("POST", f"{one}/take", LI))[1]["status"] == "person"
            packet = (await desk("GET", one))[1]
            assert packet["asked"] == ["when are you open?", "转人工", "hello? <phone>"]
            assert packet["answered"] == ["hours"] and "营业" not in packet["summary"]["en"]
            assert "转人工" not in packet["summary"]["en"]
            assert "when are you open?" in packet["summary"]["en"] and "客户要求人工客服" in packet["summary"]["zh"]
            assert (await desk("POST", f"{one}/reply", {**LI, "text": "Good day", "id": "r1"}))[0] == 200
            assert (await desk("POST", f"{one}/reply", {**LI, "text": "Good day", "id": "r1"}))[0] == 200
            status, seen = await desk("GET", f"/v1/chat/{key}?after={first['last']}")
            kinds = [(e["kind"], e.get("by")) for e in seen["entries"]]
            assert kinds == [("message", "customer"), ("reply", "ai"), ("handoff", None), ("message", "customer"),
                             ("taken", None), ("reply", "person")]  # fmt: skip
            assert "staff" not in json.dumps(seen)
            assert (await desk("POST", f"{one}/return", LI))[1]["status"] == "bot"
            assert (await desk.say("手续费多少", conversation=key))["topic"] == "fees"
            closed = await desk("POST", f"/v1/chat/{key}/close", {"solved": True})
            assert closed == (200, {"conversation": key, "status": "closed", "staff": None})

    asyncio.run(run())


def test_two_of_the_staff_take_the_same_conversation(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            key = (await desk.say("agent"))["conversation"]
            one = f"/v1/desk/conversations/{key}"
            took = await asyncio.gather(*(desk("POST", f"{one}/take", who) for who in (LI, ANN)))
            assert sorted(status for status, _ in took) == [200, 409]
            loser = next(answer for status, answer in took if status == 409)
            winner = next(answer for status, answer in took if status == 200)["staff"]
            assert winner in loser["error"]
            other = ANN if winner == "Li Wei" else LI
            for path, body in (("reply", {**other, "text": "hi"}), ("return", other), ("close", other)):
                status, answer = await desk("POST", f"{one}/{path}", body)
                assert status == 409 and winner in answer["error"], path
            assert (await desk("POST", f"{one}/take", {"staff": winner}))[0] == 200

    asyncio.run(run())


def test_deliveries_that_come_twice_are_stored_once_and_answered_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        first_id = "6f1a0c7e-1111-4d7f-9b6d-000000000001"
        async with served(tmp_path) as desk:
            twice = await asyncio.gather(*(desk.say("when are you open?", id=first_id) for _ in range(2)))
            assert twice[0]["conversation"] == twice[1]["conversation"] and twice[0]["replies"] == twice[1]["replies"]
            assert sorted(one["repeated"] for one in twice) == [False, True]
            key = twice[0]["conversation"]
            asked = await desk.say("open fee", conversation=key, id="m2")
            again = await desk.say("open fee", conversation=key, id="m2")
            assert again["repeated"] and again["replies"] == asked["replies"] and again["decision"] == "clarify"
            short = [await desk.say("fee", id="m1") for _ in range(2)]  # an id that others may have as well
            assert short[0]["conversation"] != short[1]["conversation"]
        async with served(tmp_path) as desk:  # after a start
            assert (await desk.say("when are you open?", id=first_id))["repeated"]
            for n in range(40):
                await desk.say("fee", conversation=key, id=f"n{n}")
            assert (await desk.say("open fee", conversation=key, id="m2"))["repeated"]
            entries = (await desk("GET", f"/v1/chat/{key}"))[1]["entries"]
            assert sum(e["kind"] == "message" for e in entries) == 42

    asyncio.run(run())


def test_messages_that_overtake_each_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            key = (await desk.say("I want to transfer money", time=100.0))["conversation"]
            late = await desk.say("fee", conversation=key, time=50.0)  # was said before the form asked anything
            assert late["decision"] == "answer" and late["topic"] == "fees"
            records = await desk.all.records(key)
            assert [bool((r.data or {}).get("late")) for r in records if r.kind == "$message"] == [False, True]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/chat", {"message": "hi", "conversation": "nobody-knows-this-one"}, 404, "no conversation"),
        ("/v1/chat", {"message": 7}, 422, "message"),
        ("/v1/chat", {"text": "hi"}, 422, "message"),
        ("/v1/chat", {"message": "x" * (MAX_MESSAGE + 1)}, 413, "characters"),
        ("/v1/chat", {"message": "hi", "id": "x" * 201}, 413, "id"),
        ("/v1/chat", {"message": "hi", "customer": "a\u0000b"}, 422, "NUL"),
        ("/v1/chat", {"message": "hi", "id": " "}, 422, "id"),
        ("/v1/chat", {"message": "hi", "channel": "whatsapp"}, 422, "channel"),
        ("/v1/desk/conversations/none/take", LI, 404, "no conversation"),
        ("/v1/feedback", {"outcomes": [{"question": "hi", "topic": "feees"}]}, 422, "did you mean 'fees'"),
        ("/v1/predict", {"rows": [{"q": "hi"}]}, 422, "question"),
        ("/v1/predict", {"rows": []}, 422, "rows"),
    ],
)
def test_wrong_requests(tmp_path: Path, path: str, body: object, status: int, said: str) -> None:
    async def run() -> tuple[int, Any]:
        async with served(tmp_path) as desk:
            return await desk("POST", path, body)

    found, answer = asyncio.run(run())
    assert found == status and said in answer["error"]


def test_a_reply_that_promises_too_much_is_refused_to_the_staff_as_well(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            key = (await desk.say("agent"))["conversation"]
            one = f"/v1/desk/conversations/{key}"
            assert (await desk("POST", f"{one}/reply", {**LI, "text": "hi"}))[0] == 409
            await desk("POST", f"{one}/take", LI)
            status, answer = await desk("POST", f"{one}/reply", {**LI, "text": "这款产品保本"})
            assert status == 422 and "保本" in answer["error"]

    asyncio.run(run())


def test_predictions_keep_nothing_and_labels_are_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            rows = [{"question": q} for q in ("几点营业", "loan", "profit", "fee open", "nonsense", "rates")]
            found = (await desk("POST", "/v1/predict", {"rows": rows}))[1]["predictions"]
            assert [one["decision"] for one in found] == [
                "answer", "handoff", "handoff", "clarify", "handoff", "handoff"
            ]  # fmt: skip
            assert found[0]["answer"] == "营业时间为9 am至18点。" and found[1]["answer"] is None
            assert [one["reason"] for one in found[1:3]] == ["topic for a person", "never to be promised"]
            assert desk.all.live.log.last == 0
            outcomes = [{"question": "my card 4111 1111 1111 1111 is gone", "topic": "lost_card"}]
            assert (await desk("POST", "/v1/feedback", {"outcomes": outcomes}))[1] == {"kept": 1, "in_all": 1}
            assert "4111" not in json.dumps([e.data for e in desk.all.live.log.read()])
            key = (await desk.say("nonsense"))["conversation"]
            named = await desk("POST", f"/v1/desk/conversations/{key}/topic", {**LI, "topic": "fees", "audit": 3})
            assert named[0] == 200 and named[1]["text"] == "nonsense"
            kept = [e for e in desk.all.live.log.read(kind="$topic") if e.item == key]
            assert kept[0].data["audit"] == 3 and kept[0].data["message"].startswith(f"{key}/")
            status, answer = await desk("POST", f"/v1/desk/conversations/{key}/topic", {**LI, "topic": "nothing"})
            assert status == 422 and "nothing" in answer["error"]

    asyncio.run(run())


def test_a_customer_is_exported_and_erased(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as desk:
            key = (await desk.say("agent", customer="ann"))["conversation"]
            other = (await desk.say("fee", customer="bob"))["conversation"]
            records = (await desk("GET", "/v1/desk/customers/ann"))[1]["records"]
            assert {r["conversation"] for r in records} == {key} and len(records) == 3
            assert (await desk("DELETE", "/v1/desk/customers/ann"))[1] == {"records": 3}
            assert (await desk("GET", f"/v1/chat/{key}"))[0] == 404
            assert (await desk("GET", "/v1/desk/queue"))[1]["waiting"] == 0
            assert (await desk("GET", f"/v1/chat/{other}"))[0] == 200
        async with served(tmp_path) as desk:
            assert (await desk("GET", f"/v1/chat/{key}"))[0] == 404

    asyncio.run(run())


def test_each_scope_of_keys(tmp_path: Path) -> None:
    async def run() -> None:
        keys = {scope: key_file.add(tmp_path, scope, scope) for scope in SCOPES}
        async with served(tmp_path, keys=True) as desk:
            said = await desk("POST", "/v1/chat", {"message": "agent"}, x_api_key=keys["chat"])
            key = said[1]["conversation"]
            wanted = {
                ("POST", "/v1/chat"): "chat",
                ("GET", f"/v1/chat/{key}"): "chat",
                ("POST", "/v1/predict"): "read",
                ("POST", "/v1/feedback"): "write",
                ("GET", "/v1/desk/queue"): "write",
                ("GET", "/v1/desk/topics"): "write",
                ("GET", f"/v1/desk/conversations/{key}"): "write",
                ("POST", f"/v1/desk/conversations/{key}/take"): "write",
                ("GET", "/v1/desk/customers/ann"): "admin",
                ("DELETE", "/v1/desk/customers/ann"): "admin",
            }
            for (method, path), needed in wanted.items():
                for scope in SCOPES:
                    body = None if method == "GET" else {}
                    status = (await desk(method, path, body, x_api_key=keys[scope]))[0]
                    allowed = SCOPES.index(scope) >= SCOPES.index(needed)  # type: ignore[arg-type]
                    assert (status != 403) == allowed, (method, path, scope)

    asyncio.run(run())


def test_silent_conversations_of_the_bot_are_closed(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        async with served(tmp_path, clock=clock) as desk:
            key, waits = (await desk.say("fee"))["conversation"], (await desk.say("agent"))["conversation"]
            clock.at += 2 * 86_400
            fresh = (await desk.say("fee"))["conversation"]
            assert await desk.all.close_silent() == 1
            found = [(await desk("GET", f"/v1/chat/{one}"))[1]["status"] for one in (key, waits, fresh)]
            assert found == ["closed", "waiting", "bot"]
            assert (await desk.all.records(key))[-1].data == {"by": "silence", "staff": None, "confirmed": None}

    asyncio.run(run())
