"""Others while hostile clients hang on: 1,100 that stay silent and 400 that send a byte a second; and what the bounds cost.

    python benchmarks/hostile.py

The product of benchmarks/serve.py. The hostile clients are a process of their own and come back whenever they are let go. Another
client asks for one prediction at a time, each on a new connection, then all on one. The bounds' cost: requests a second of wrk, and
microseconds of the server's own processor time a request, beside uvicorn's protocol without bounds, the two taking turns; of
each the round that was disturbed least counts. Needs wrk (Debian: wrk).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from machine import save
from serve import make_product, running, wrk

from breakeven.runtime.predictor import load

SILENT, SLOW, PORT, SECONDS, ROUNDS = 1_100, 400, 8934, 20.0, 5
#: The server with uvicorn's own protocol in place of ours.
PLAIN = """
import sys
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from breakeven import cli
from breakeven.serving import connections
class Plain(HttpToolsProtocol):
    def __init__(self, door, config, server_state, app_state, _loop=None):
        super().__init__(config, server_state, app_state, _loop)
connections.BoundedProtocol = Plain
sys.exit(cli.main(["serve", sys.argv[1], "--port", sys.argv[2]]))
"""


async def hang_on(first: bytes, drips: bool, let_go: list[int]) -> None:
    """One hostile client: begins a request (or none), goes on byte by byte (or not), and comes back when it is let go."""
    await asyncio.sleep(random.random() * 5)
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.write(first)
            end = asyncio.create_task(reader.read())
            while not end.done():
                await asyncio.wait([end], timeout=1.0)
                if drips and not end.done():
                    writer.write(b"a")
            end.exception()  # a reset is one way of being let go
            writer.close()
        let_go[0] += 1
        await asyncio.sleep(1.0)


async def attack() -> None:
    """All hostile clients, until the process is ended; every second a line says how often they were let go."""
    let_go = [0]
    header = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nX-A: "
    body = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
    clients = [hang_on(b"", False, let_go) for _ in range(SILENT)]
    clients += [hang_on(first, True, let_go) for first in (header, body) for _ in range(SLOW // 2)]
    tasks = [asyncio.create_task(client) for client in clients]
    while tasks:
        await asyncio.sleep(1.0)
        print(let_go[0], flush=True)


@contextmanager
def attacked() -> Iterator[subprocess.Popen[str]]:
    """The hostile clients, a process pinned beside the measuring one."""
    process = subprocess.Popen([sys.executable, __file__, "attack"], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def measured(body: bytes, is_kept: bool) -> dict[str, Any]:
    """Milliseconds of one prediction after another, on one connection or on a new one each."""
    times, failed = list[float](), 0
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            connection.request("POST", "/v1/predict", body, {"content-type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            failed += reply.status != 200
        except OSError:
            failed += 1
            connection.close()
        times.append((time.perf_counter() - start) * 1e3)
        if not is_kept:
            connection.close()
        time.sleep(0.005)
    connection.close()
    times.sort()
    return {
        "requests": len(times),
        "failed": failed,
        "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(0.99 * len(times))], 2),
        "max_ms": round(times[-1], 1),
    }


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1e3, 1)


def bounded(folder: Path) -> list[str]:
    return [sys.executable, "-m", "breakeven", "serve", str(folder), "--port", str(PORT)]


def others(folder: Path, body: bytes) -> dict[str, Any]:
    """What another client meets without and with the hostile ones."""
    out: dict[str, Any] = {}
    with running(bounded(folder), PORT, folder) as pid:
        out["quiet"] = {"new_connections": measured(body, False), "one_connection": measured(body, True)}
        before = memory_mb(pid)
        with attacked() as hostile:
            time.sleep(8)
            out["attacked"] = {"new_connections": measured(body, False), "one_connection": measured(body, True)}
            out["memory_mb"] = {"before": before, "during": memory_mb(pid)}
            hostile.terminate()
            said = hostile.communicate()[0].split()
            out["let_go"] = int(said[-1])
    return out


def cost(folder: Path, body: bytes) -> dict[str, Any]:
    """Rates and processor time a request with and without the bounds."""
    commands = {"bounded": bounded(folder), "uvicorn": [sys.executable, "-c", PLAIN, str(folder), str(PORT)]}
    rounds: dict[str, dict[str, list[dict[str, float]]]] = {name: {"empty": [], "predict": []} for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            with running(command, PORT, folder) as pid:
                for what, path, sent in (("empty", "/health/live", []), ("predict", "/v1/predict", [body])):
                    start = cpu_seconds(pid)
                    found = wrk(f"http://127.0.0.1:{PORT}{path}", sent, folder)
                    used = (cpu_seconds(pid) - start) / (found["per_second"] * 5) * 1e6
                    rounds[name][what].append({**found, "cpu_us": round(used, 1)})
    ratios = {
        f"{what}_{key}": round(best(r[key] for r in rounds["bounded"][what]) / best(r[key] for r in rounds["uvicorn"][what]), 3)
        for what in ("empty", "predict")
        for key, best in (("per_second", max), ("cpu_us", min))
    }  # fmt: skip
    return {"bounded_over_uvicorn": ratios, "rounds": rounds}


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = make_product(Path(place))
        body = json.dumps({"rows": [dict(load(folder).about.sample)]}).encode()
        save(
            "hostile",
            {
                "silent": SILENT,
                "slow": SLOW,
                "load_average": [round(x, 1) for x in os.getloadavg()],
                "note": "other work ran on the same cores" if os.getloadavg()[2] > len(os.sched_getaffinity(0)) else "",
                "others": others(folder, body),
                "cost": cost(folder, body),
            },
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["attack"]:
        asyncio.run(attack())
    else:
        main()
