"""Requests at a fixed rate, whether or not earlier ones were answered: what a service's users would wait.

Times count from when a request was due, so a server that falls behind cannot hide it (no coordinated omission).
"""

from __future__ import annotations

import asyncio
import base64
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the line."""
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _one(port: int, requests: Sequence[bytes], due: Sequence[float], start: float, out: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one, at in zip(requests, due, strict=True):
        await asyncio.sleep(max(0.0, start + at - time.perf_counter()))
        writer.write(one)
        status = await reader.readline()
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
        assert b" 200 " in status, status
        out.append(time.perf_counter() - start - at)
    writer.close()


async def at_rate(port: int, requests: Sequence[bytes], rate: float, connections: int) -> list[float]:
    """Seconds each request took from when it was due, sent at so many a second over so many connections."""
    start, out = time.perf_counter() + 0.5, list[float]()
    due = [i / rate for i in range(len(requests))]
    parts = [(requests[k::connections], due[k::connections]) for k in range(connections)]
    await asyncio.gather(*(_one(port, b, d, start, out) for b, d in parts))
    return out


@contextmanager
def serving(folder: Path, seconds: float = 20) -> Iterator[int]:
    """The port of a `breakeven serve` of a product, ended with the block; it has so many seconds to begin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "breakeven", "serve", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(int(seconds * 10)):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(15)


def served(
    folder: Path, rows: Sequence[dict[str, Any]], rate: float, seconds: float = 15, connections: int = 32
) -> dict[str, Any]:
    """Milliseconds (median, 99 %) of a product served by one process at a rate of requests a second."""
    sent = [
        {k: base64.b64encode(v.read_bytes()).decode() if isinstance(v, Path) else v for k, v in r.items()} for r in rows
    ]
    requests = [
        request("POST", "/v1/predict", orjson.dumps({"rows": [sent[i % len(sent)]]}))
        for i in range(int(rate * seconds))
    ]
    with serving(folder) as port:
        asyncio.run(at_rate(port, requests[: int(rate * 2)], rate, connections))  # warm
        return {"rate": rate, **told(asyncio.run(at_rate(port, requests, rate, connections)))}


def told(taken: Sequence[float]) -> dict[str, float]:
    """Milliseconds (median, 99 %) of seconds."""
    half, most = np.quantile(np.array(taken) * 1000, [0.5, 0.99])
    return {"p50_ms": round(float(half), 2), "p99_ms": round(float(most), 2)}
