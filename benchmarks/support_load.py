"""What a customer waits for the desk's answer: messages at a fixed rate over HTTP, each one on disk before it is answered.

Conversations of several messages in English and Chinese: questions, clarifying questions, forms with corrections, hand-overs and messages
after them. The models are a stand-in that takes 0.3 ms of processor time, as the linear stage does. Before it begins, 10,000 conversations
are open. Measured with the log on disk and, to tell the service from the disk, in memory.

    python benchmarks/support_load.py [--rate 300] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import machine
import openloop
import orjson

from breakeven.scenarios.support.conversations import _new_id

HERE = Path(__file__).resolve().parent
#: Conversations that are open before the measurement begins.
OPEN = 10_000
#: What customers say, one conversation a line.
SCRIPTS = (
    ("hello", "topic_1 please", "and topic_2 ?", "thanks"),
    ("topic_3 or topic_4", "the second one", "bye"),
    ("topic_7 now", "50", "no, 500 not 50", "tomorrow", "anyone there?"),
    ("请问 topic_5 怎么办", "谢谢", "topic_6 呢", "转人工", "你好"),
    ("what is this", "hello?", "my card 4111 1111 1111 1111"),
    ("topic_8 ", "agent please", "are you there", "please hurry"),
)


def conversations(count: int, seed: int) -> Iterator[list[dict[str, Any]]]:
    """Bodies of POST /v1/chat, one conversation at a time. A first message's id gives the conversation's own."""
    chance = random.Random(seed)
    for n in range(count):
        first = str(uuid.UUID(int=chance.getrandbits(128)))
        key = _new_id(first)
        lines = SCRIPTS[chance.randrange(len(SCRIPTS))]
        yield [
            {"message": text, "id": f"{first}-{i}" if i else first, "customer": f"customer {n}"}
            | ({"conversation": key} if i else {})
            for i, text in enumerate(lines)
        ]


def requests(count: int, seed: int, together: int) -> list[bytes]:
    """Requests of many conversations, so many of which are under way at a time: each waits for the answer before it goes on."""
    waiting, out = conversations(count, seed), list[bytes]()
    under_way = [next(waiting) for _ in range(min(together, count))]
    while under_way:
        rest = []
        for one in under_way:
            out.append(openloop.request("POST", "/v1/chat", orjson.dumps(one[0])))
            following = one[1:] or next(waiting, [])
            if following:
                rest.append(following)
        under_way = rest
    return out


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process of the desk, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(HERE / "served_desk.py"), str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def memory_mib(process: int) -> float:
    """Memory of a process that is in the machine's."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def disk(folder: Path) -> dict[str, float]:
    """Milliseconds (median, 99 %) of the disk alone: 4 kB written and forced out, one after another."""
    taken = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(500):
            begun = time.perf_counter()
            file.write(bytes(4_096))
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
            time.sleep(1 / 300)
    return openloop.told(taken)


def processors() -> tuple[float, float]:
    """Seconds that all cores have worked since the machine's start, and all seconds."""
    ticks = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def fill(port: int) -> None:
    """Open conversations, as fast as the desk takes them."""
    firsts = [openloop.request("POST", "/v1/chat", orjson.dumps(one[0])) for one in conversations(OPEN, 7)]
    asyncio.run(openloop.at_rate(port, firsts, 2_000, 64))


def measure(place: Path, rate: float, seconds: float) -> dict[str, Any]:
    """The desk with its log in a folder: what the disk alone takes, what customers wait, memory."""
    with tempfile.TemporaryDirectory(dir=place) as temporary, serving(Path(temporary)) as (port, process):
        memory = {"empty": memory_mib(process)}
        fill(port)
        memory["open"] = memory_mib(process)
        wanted, warm = int(rate * seconds), int(rate * 3)
        sent = requests((wanted + warm) // 3, 1, int(rate))[: wanted + warm]
        asyncio.run(openloop.at_rate(port, sent[:warm], rate, 32))
        alone, worked = disk(Path(temporary)), processors()
        taken = asyncio.run(openloop.at_rate(port, sent[warm:], rate, 32))
        now = processors()
        return {
            "messages": len(taken),
            **openloop.told(taken),
            "disk_alone": alone,
            "memory_mib": {**memory, "after": memory_mib(process)},
            "processors_busy": round((now[0] - worked[0]) / (now[1] - worked[1]), 2),
        }


def main() -> None:
    """Measure, and write benchmarks/results/support_load.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--print", action="store_true", help="print the result without writing it")
    given = parser.parse_args()
    real_time = os.sched_getscheduler(0) == os.SCHED_FIFO
    result = {
        "asked": {"rate": 300, "p99_ms": 15},
        "rate": given.rate,
        "model_ms": 0.3,
        "open_before": OPEN,
        "scheduling": "SCHED_FIFO" if real_time else "usual",
        "on_disk": measure(HERE, given.rate, given.seconds),
        "in_memory": measure(Path("/dev/shm"), given.rate, given.seconds),
    }
    if given.print:
        print(result)
    else:
        machine.save("support_load", result)


if __name__ == "__main__":
    main()
