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


async def _one(port: int, bodies: Sequence[bytes], due: Sequence[float], start: float, out: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body, at in zip(bodies, due, strict=True):
        await asyncio.sleep(max(0.0, start + at - time.perf_counter()))
        head = f"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        status = await reader.readline()
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
        assert b" 200 " in status, status
        out.append(time.perf_counter() - start - at)
    writer.close()


async def _all(port: int, bodies: Sequence[bytes], rate: float, connections: int) -> list[float]:
    start, out = time.perf_counter() + 0.5, list[float]()
    due = [i / rate for i in range(len(bodies))]
    parts = [(bodies[k::connections], due[k::connections]) for k in range(connections)]
    await asyncio.gather(*(_one(port, b, d, start, out) for b, d in parts))
    return out


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a `breakeven serve` of a product, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "breakeven", "serve", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
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
    bodies = [orjson.dumps({"rows": [sent[i % len(sent)]]}) for i in range(int(rate * seconds))]
    with serving(folder) as port:
        asyncio.run(_all(port, bodies[: int(rate * 2)], rate, connections))  # warm
        taken = np.array(asyncio.run(_all(port, bodies, rate, connections))) * 1000
    return {
        "rate": rate,
        "p50_ms": round(float(np.median(taken)), 2),
        "p99_ms": round(float(np.quantile(taken, 0.99)), 2),
    }
