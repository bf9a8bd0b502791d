"""The desk's process is killed with -9 at random moments while customers and staff use it: is anything lost that was acknowledged?

Customers send messages over HTTP and, as every careful client does, send one again (by its id) until it is acknowledged; staff take some of
the conversations, reply, give them back or close them, and the customer writes again. At the end the log is opened as at a start. In it must
be every message that was acknowledged, once, with the replies that the customer was shown; and in no conversation may the bot have said a
word between a hand-over and its end, nor handed over without saying so.

    python benchmarks/support_kills.py [--conversations 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from breakeven.online.event import Event
from breakeven.online.logs import open_log
from breakeven.scenarios.support.conversations import _new_id
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED, TAKEN

HERE = Path(__file__).resolve().parent
#: Seconds that the desk runs before it is killed, at the least and at the most.
SHORTEST, LONGEST = 0.05, 1.5
#: Conversations under way at a time.
TOGETHER = 64
#: Seconds until a client gives up; it is never reached unless the desk does not come back.
GIVE_UP = 120.0
#: What customers say; a line that begins with @ is what the staff do.
SCRIPTS = (
    ("hello", "topic_1 please", "and topic_2 ?", "bye", "topic_3"),
    ("topic_3 or topic_4", "the second one", "topic_5", "thanks"),
    ("topic_7 now", "50", "no, 500 not 50", "tomorrow", "anyone there?", "@take", "topic_1", "@return", "topic_2"),
    ("请问 topic_5 怎么办", "转人工", "你好", "@take", "@reply", "谢谢", "@close", "topic_6", "转人工"),
    ("what is this", "hello?", "@take", "topic_1", "@close", "you idiot", "topic_8", "topic_9"),
    ("you idiot", "wtf", "topic_8", "@close", "topic_8", "agent", "@return", "topic_8 or topic_9", "neither"),
    ("topic_19", "@close", "topic_19", "@take", "@reply", "topic_1"),
)


class Desk:
    """The served desk, which is killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kills, self.starts = folder, 0, list[float]()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        begun = time.perf_counter()
        command = [sys.executable, str(HERE / "served_desk.py"), str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "DATABASE_URL": ""})
        while self.process.poll() is None and time.perf_counter() - begun < GIVE_UP:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    self.starts.append(time.perf_counter() - begun)
                    return
            time.sleep(0.02)
        raise RuntimeError("the desk did not start")

    def kill(self) -> None:
        """End it as a lost machine does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1


class Client:
    """Sends requests until they are acknowledged, and notes what was."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.random = desk, random.Random(seed)
        #: Of each message that was acknowledged: its conversation, and the texts that the customer was shown.
        self.acknowledged: dict[str, tuple[str, list[str]]] = {}
        self.statuses, self.again = Counter[int](), 0

    async def ask(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer of a POST, sent again where the desk was killed or is not there."""
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError, IndexError):
                return await self._once(path, orjson.dumps(body))
            self.again += 1
            await asyncio.sleep(0.02 + 0.05 * self.random.random())
        raise RuntimeError("no answer")

    async def _once(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.desk.port)
        try:
            head = (
                f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.read()
            head_sent, _, content = answer.partition(b"\r\n\r\n")
            return int(head_sent.split()[1]), orjson.loads(content)
        finally:
            writer.close()

    async def converse(self, number: int) -> None:
        """One conversation from its first line to its last."""
        first = str(uuid.UUID(int=self.random.getrandbits(128)))
        key = _new_id(first)
        for i, line in enumerate(SCRIPTS[self.random.randrange(len(SCRIPTS))]):
            if line.startswith("@"):
                await self._staff(key, line[1:], f"{first}-{i}")
                continue
            body = {"message": line, "id": f"{first}-{i}" if i else first, "customer": f"c{number}"}
            status, answer = await self.ask("/v1/chat", body | ({"conversation": key} if i else {}))
            self.statuses[status] += 1
            if status == 200:
                shown = [reply["text"] for reply in answer["replies"]]
                self.acknowledged[f"{key}/{body['id']}"] = (key, shown)

    async def _staff(self, key: str, what: str, id: str) -> None:
        body: dict[str, Any] = {"staff": "Li"}
        if what == "reply":
            body |= {"text": "I am looking into it.", "id": id}
        status, _ = await self.ask(f"/v1/desk/conversations/{key}/{what}", body)
        # 409 where a first try had been done before the desk was killed.
        self.statuses[status] += 1


async def simulate(desk: Desk, client: Client, conversations: int, kills: int | None = None) -> None:
    """Hold the conversations while the desk is killed again and again: until they are held, at most `kills` times."""
    numbers, done = iter(range(conversations)), asyncio.Event()

    async def customers() -> None:
        for number in numbers:
            await client.converse(number)

    async def killer() -> None:
        while not done.is_set() and (kills is None or desk.kills < kills):
            await asyncio.sleep(client.random.uniform(SHORTEST, LONGEST))
            if not done.is_set():
                await asyncio.to_thread(desk.kill)
                await asyncio.to_thread(desk.start)

    killing = asyncio.create_task(killer())
    try:
        await asyncio.gather(*(customers() for _ in range(TOGETHER)))
    finally:
        done.set()
        await killing


def wrongs(folder: Path, acknowledged: dict[str, tuple[str, list[str]]]) -> dict[str, Any]:
    """What the log says: acknowledged messages that are lost or twice, replies that differ, words of the bot after a hand-over."""
    by_conversation, messages = defaultdict[str, list[Event]](list), Counter[str]()
    replies = defaultdict[str, list[str]](list)
    with contextlib.closing(open_log(folder, "desk", CHECKS, url="")) as log:
        for event in log.read():
            by_conversation[event.item].append(event)
            if event.kind == MESSAGE and event.id:
                messages[event.id] += 1
            elif event.kind == REPLY and event.data and event.data["by"] == "ai":
                replies[event.data["to"]].append(event.data["text"])
        unreadable = log.unreadable.count
    spoke, unsaid = 0, 0
    for records in by_conversation.values():
        after, silent = silences(records)
        spoke += after
        unsaid += silent
    return {
        "lost_messages": sum(id not in messages for id in acknowledged),
        "messages_twice": sum(count > 1 for count in messages.values()),
        "replies_that_differ": sum(replies[id] != shown for id, (_, shown) in acknowledged.items()),
        "bot_messages_after_hand_over": spoke,
        "hand_overs_without_notice": unsaid,
        "unreadable_rows": unreadable,
    } | {
        "messages": sum(messages.values()),
        "hand_overs": sum(e.kind == HANDOFF for r in by_conversation.values() for e in r),
    }


def silences(records: Iterable[Event]) -> tuple[int, int]:
    """Words of the bot between a hand-over and its end, and hand-overs that the customer was not told of."""
    silent, told, spoke, unsaid = False, False, 0, 0
    for event in records:
        if event.kind == MESSAGE:
            told = False
        elif event.kind == REPLY and (event.data or {})["by"] == "ai":
            spoke, told = spoke + silent, True
        elif event.kind in (HANDOFF, TAKEN):
            unsaid += event.kind == HANDOFF and not told
            silent = True
        elif event.kind in (RETURNED, CLOSED):
            silent = False
    return spoke, unsaid


def run(folder: Path, conversations: int, seed: int, kills: int | None = None) -> dict[str, Any]:
    """Simulate and check. What is wrong has a count above 0 under `wrong`."""
    desk = Desk(folder)
    client = Client(desk, seed)
    desk.start()
    begun = time.perf_counter()
    try:
        asyncio.run(simulate(desk, client, conversations, kills))
    finally:
        if desk.process.poll() is None:
            desk.kill()
            desk.kills -= 1  # the last one interrupts nothing
    found = wrongs(folder, client.acknowledged)
    counts = {name: found.pop(name) for name in ("messages", "hand_overs")}
    starts = sorted(desk.starts)
    return {
        "conversations": conversations,
        "kills": desk.kills,
        "acknowledged_messages": len(client.acknowledged),
        **counts,
        "sent_again": client.again,
        "answers_by_status": {str(status): count for status, count in sorted(client.statuses.items())},
        "wrong": found,
        "seconds_to_start": {"median": round(starts[len(starts) // 2], 2), "longest": round(starts[-1], 2)},
        "seconds": round(time.perf_counter() - begun, 1),
    }


def main() -> int:
    """Run, write benchmarks/results/support_kills.json. Returns 1 where something is wrong."""
    import machine

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="print the result without writing it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=HERE) as temporary:
        result = run(Path(temporary), given.conversations, given.seed)
    if given.print:
        print(result)
    else:
        machine.save("support_kills", result)
    return int(any(result["wrong"].values()))


if __name__ == "__main__":
    sys.exit(main())
