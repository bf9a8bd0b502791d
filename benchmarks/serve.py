"""Served over HTTP: our server beside LitServe and BentoML on the same ONNX file, and beside its own empty reply.

    python benchmarks/serve.py --peers .venv-peers/bin/python

A LightGBM model of 200 trees on 20 columns; one process each, the server on core 0, wrk with 32 connections on core 1 (one
core for both where there is one). Validation and metrics are on in ours. Five rounds, the servers taking turns in each; a
ratio is the median over rounds, with the lowest and the highest. Needs wrk (Debian: wrk).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from machine import save

from breakeven import pipeline
from breakeven.runtime.predictor import load
from breakeven.scenarios.registry import load_brief

SECONDS, CONNECTIONS, ROUNDS, COLUMNS = 5, 32, 5, 20

LITSERVE = """
import numpy as np, onnxruntime as ort, litserve as ls
class API(ls.LitAPI):
    def setup(self, device):
        options = ort.SessionOptions(); options.intra_op_num_threads = 1
        self.session = ort.InferenceSession({model!r}, options)
    def decode_request(self, request): return np.array([request["row"]], dtype=np.float32)
    def predict(self, x): return self.session.run(None, {{"x": x}})[0]
    def encode_response(self, output): return {{"probabilities": output[0].tolist()}}
if __name__ == "__main__":
    ls.LitServer(API(), accelerator="cpu").run(port={port}, host="127.0.0.1", generate_client_file=False, log_level="error")
"""
BENTOML = """
import bentoml, numpy as np, onnxruntime as ort
@bentoml.service(workers=1)
class Service:
    def __init__(self):
        options = ort.SessionOptions(); options.intra_op_num_threads = 1
        self.session = ort.InferenceSession({model!r}, options)
    @bentoml.api
    def predict(self, row: list[float]) -> dict:
        return {{"probabilities": self.session.run(None, {{"x": np.array([row], dtype=np.float32)}})[0][0].tolist()}}
"""


def make_product(folder: Path) -> Path:
    """A product of exactly 200 boosted trees on 20 numbers."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, COLUMNS)).round(4)
    y = np.where(X[:, 0] * X[:, 1] + X[:, 2] + 0.3 * rng.normal(size=3000) > 0, "yes", "no")
    lines = [",".join([f"c{i}" for i in range(COLUMNS)] + ["y"])] + [
        ",".join([*map(str, row), t]) for row, t in zip(X, y, strict=True)
    ]
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    (folder / "product.yaml").write_text("name: trees\nscenario: predict\ndata: data.csv\ntarget: y\neffort: 1\n")
    from breakeven.models.tabular.boosting import Boosting
    from breakeven.models.training import tune

    Boosting.__init__.__defaults__ = tuple(200 if d == 150 else d for d in Boosting.__init__.__defaults__ or ())
    tune.search = lambda *_: None  # the trees as they are, so that there are 200
    pipeline.build(load_brief(folder), names=["baseline", "boosting"])
    return folder


@contextmanager
def running(command: list[str], port: int, cwd: Path, core: int | None = 0) -> Iterator[int]:
    """A server pinned to a core (None: to none), ended with all it started."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "BENTOML_DO_NOT_TRACK": "1"}
    pinned = ["taskset", "-c", str(core), *command] if core is not None and shutil.which("taskset") else command
    process = subprocess.Popen(
        pinned, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(2)
        yield process.pid
    finally:
        ours = session(process.pid)
        os.killpg(process.pid, 15)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for pid in {*ours, *session(process.pid)}:  # LitServe leaves a worker spinning that outlives its parent
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait()
        time.sleep(1)


def session(leader: int) -> set[int]:
    """Every process that the server we started has started."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == leader:
                    found.add(int(entry.name))
    return found


def wrk(url: str, bodies: Sequence[bytes], folder: Path) -> dict[str, float]:
    """Requests a second, p50 and p99 in milliseconds, and replies that were not 2xx; the bodies are sent in turn."""
    script = folder / "wrk.lua"
    if not bodies:
        script.write_text('wrk.method = "GET"\n')
    else:
        (folder / "bodies.jsonl").write_bytes(b"\n".join(bodies))
        script.write_text(
            f'bodies = {{}}; for line in io.lines("{folder}/bodies.jsonl") do bodies[#bodies + 1] = line end; i = 0\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
            'request = function() i = i % #bodies + 1; return wrk.format("POST", nil, nil, bodies[i]) end\n'
        )
    pinned = ["taskset", "-c", "1"] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
    out = subprocess.run([*pinned, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(script), url],
                         check=True, capture_output=True, text=True).stdout  # fmt: skip
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert found, out
    times = {
        m[0]: float(m[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[m[2]]
        for m in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", out)
    }
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "per_second": float(found[1]),
        "p50_ms": times["50"],
        "p99_ms": times["99"],
        "failed": int(failed[1]) if failed else 0,
    }


def check(url: str, body: bytes, expected: float) -> None:
    """The same row must give the same probability everywhere, or the race is not one."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        text = reply.read()
    numbers = [float(x) for x in re.findall(rb"\d\.\d+(?:[eE]-?\d+)?", text)]
    assert any(abs(x - expected) < 1e-4 for x in numbers), (url, text)


def servers(folder: Path, model: str, peers: str) -> dict[str, tuple[list[str], int, list[tuple[str, str, bytes]]]]:
    """Name -> (command, port, [(measurement, path, body)])."""
    product = load(folder)
    row = dict(product.about.sample)
    ours, theirs = orjson.dumps({"rows": [row]}), orjson.dumps({"row": list(row.values())})
    (folder / "lit.py").write_text(LITSERVE.format(model=model, port=8932))
    (folder / "bento.py").write_text(BENTOML.format(model=model))
    return {
        "breakeven": ([sys.executable, "-m", "breakeven", "serve", str(folder), "--port", "8931"], 8931,
                      [("empty", "/health/live", b""), ("breakeven", "/v1/predict", ours)]),
        "litserve": ([peers, "lit.py"], 8932, [("litserve", "/predict", theirs)]),
        "bentoml": ([peers, "-m", "bentoml", "serve", "bento:Service", "--port", "8933", "--host", "127.0.0.1"], 8933,
                    [("bentoml", "/predict", theirs)]),
    }  # fmt: skip


def ratios(rounds: list[dict[str, Any]], over: str) -> dict[str, float]:
    found = [r["breakeven"]["per_second"] / r[over]["per_second"] for r in rounds]
    return {"median": round(statistics.median(found), 2), "low": round(min(found), 2), "high": round(max(found), 2)}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--peers", default=".venv-peers/bin/python")
    peers = str(Path(options.parse_args().peers).absolute())
    with tempfile.TemporaryDirectory() as place:
        folder = make_product(Path(place))
        product = load(folder)
        model = str(product.folder / "model.onnx")
        raw = product.session.run(None, product.reader.inputs(*product.encode([product.about.sample])))[0]
        rounds: list[dict[str, Any]] = []
        for _ in range(ROUNDS):
            one: dict[str, Any] = {}
            for command, port, measured in servers(folder, model, peers).values():
                with running(command, port, folder):
                    for name, path, body in measured:
                        url = f"http://127.0.0.1:{port}{path}"
                        if body:
                            calibrated = product.decoder.calibrated(raw)[0, 0] if name == "breakeven" else raw[0, 0]
                            check(url, body, float(calibrated))
                        one[name] = wrk(url, [body] if body else [], folder)
            rounds.append(one)
            print({k: round(v["per_second"]) for k, v in one.items()}, flush=True)
    versions = subprocess.run(
        [peers, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    save("serve", {
        "trees": 200, "columns": COLUMNS, "connections": CONNECTIONS, "seconds": SECONDS,
        "peers": [line for line in versions.splitlines() if line.lower().startswith(("litserve", "bentoml", "onnxruntime", "uvicorn", "fastapi"))],
        "over_empty": ratios(rounds, "empty"), "over_litserve": ratios(rounds, "litserve"), "over_bentoml": ratios(rounds, "bentoml"),
        "rounds": rounds,
    })  # fmt: skip


if __name__ == "__main__":
    main()
