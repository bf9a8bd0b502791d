"""The same 40 HTTP probes against our server, BentoML, LitServe and MLflow's server.

    python benchmarks/probes.py --peers .venv-probes/bin/python [--only SERVER ...]

Each server answers the same small table model in a process of its own, as its documentation starts it, with nothing but the
port set. A probe sends bytes and looks at the answer: what is expected is a refusal in the 400s (any, where several are
right), a closed connection, or that other clients are still answered. gorse is not among them: it is a Go program, and no
package of it installs with pip.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from machine import save
from serve import running

#: Seconds after which an unfinished request must have been ended.
PATIENCE = 45.0
#: Seconds in which a complete request must be answered.
ANSWERED = 15.0
REFUSED = range(400, 500)
COLUMNS = 4

BENTOML = """
import bentoml, numpy as np
@bentoml.service(workers=1)
class Service:
    @bentoml.api
    def predict(self, row: list[float]) -> dict:
        return {"probability": float(1 / (1 + np.exp(-np.sum(row))))}
"""
LITSERVE = """
import numpy as np, litserve as ls
class API(ls.LitAPI):
    def setup(self, device): pass
    def decode_request(self, request): return np.array(request["row"], dtype=float)
    def predict(self, row): return float(1 / (1 + np.exp(-row.sum())))
    def encode_response(self, output): return {"probability": output}
if __name__ == "__main__":
    ls.LitServer(API(), accelerator="cpu").run(port=%d, host="127.0.0.1", generate_client_file=False, log_level="error")
"""
MLFLOW = """
import mlflow, numpy as np
from sklearn.linear_model import LogisticRegression
X = np.random.default_rng(0).normal(size=(200, 4))
mlflow.sklearn.save_model(LogisticRegression().fit(X, X.sum(axis=1) > 0), "model", input_example=X[:1])
"""


@dataclass(frozen=True)
class Server:
    """How a server is started, where it predicts, a good body, and how one value is written into such a body."""

    command: Sequence[str]
    port: int
    path: str
    body: Callable[[str], bytes]
    alive: str

    @property
    def good(self) -> bytes:
        """A body that is answered with 200."""
        return self.body("0.5")


@dataclass(frozen=True)
class Reply:
    """What came back: the status (None: the connection was closed without one), and all bytes."""

    status: int | None
    text: bytes

    def header(self, name: str) -> str | None:
        """The value of a header."""
        for line in self.text.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.encode():
                return value.strip().decode("latin-1")
        return None


Probe = Callable[[Server], bool]
PROBES: dict[str, Probe] = {}


def probe(name: str) -> Callable[[Probe], Probe]:
    """Add a probe under what it does and what is expected."""

    def add(one: Probe) -> Probe:
        PROBES[name] = one
        return one

    return add


def exchange(server: Server, data: bytes | Iterator[bytes], seconds: float = ANSWERED) -> Reply:
    """Send, and read until the connection is closed, an answer is complete, or no time is left (TimeoutError)."""
    out, end = b"", time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        with suppress(ConnectionError):
            for piece in [data] if isinstance(data, bytes) else data:
                connection.sendall(piece)
        with suppress(ConnectionError):
            while not _complete(out):
                connection.settimeout(max(0.01, end - time.monotonic()))
                piece = connection.recv(1 << 16)
                if not piece:
                    break
                out += piece
    first = out.split(b"\r\n")[0].split(b" ")
    return Reply(int(first[1]) if len(first) > 1 and first[1].isdigit() else None, out)


def _complete(out: bytes) -> bool:
    head, found, body = out.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
    return bool(found) and (len(body) >= length if length is not None else body.endswith(b"0\r\n\r\n"))


def request(server: Server, body: bytes = b"", method: str = "POST", path: str = "", **headers: object) -> bytes:
    """A request that ends its connection; a header given as None is left out."""
    usual: dict[str, object] = {
        "host": f"127.0.0.1:{server.port}",
        "connection": "close",
        "content_type": "application/json",
        "content_length": len(body),
    }
    lines = [f"{k.replace('_', '-')}: {v}" for k, v in {**usual, **headers}.items() if v is not None]
    return "\r\n".join([f"{method} {path or server.path} HTTP/1.1", *lines]).encode() + b"\r\n\r\n" + body


def answered(server: Server) -> bool:
    """Whether another client is answered within two seconds."""
    with suppress(OSError):
        return exchange(server, request(server, method="GET", path=server.alive), 2.0).status == 200
    return False


def refused(server: Server, data: bytes | Iterator[bytes], *also: int | None) -> bool:
    """Whether a request was refused in the 400s (or as `also` says), and others are still answered."""
    return exchange(server, data).status in {*REFUSED, *also} and answered(server)


def _typed(kind: str | None) -> Probe:
    return lambda s: refused(s, request(s, s.good, content_type=kind))


for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
    PROBES[f"a body of content type {kind}: refused"] = _typed(kind)
PROBES["a body of content type application/x-python-pickle: refused"] = _typed("application/x-python-pickle")


def _valued(value: str) -> Probe:
    return lambda s: refused(s, request(s, s.body(value)))


for title, value in {
    "a body that is not JSON": "0.5,,",
    "a value nested 900 deep": "[" * 900 + "]" * 900,
    "a value nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
    "a whole number of 5,000 digits": "9" * 5_000,
    "NaN as a number": "NaN",
    "1e999 as a number": "1e999",
    "a text of 1 MB as a number": f'"{"x" * 1_000_000}"',
}.items():
    PROBES[f"{title}: refused"] = _valued(value)


@probe("a body without content: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, b""))


@probe("a key twice in one object: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good[:-1] + b"," + s.good[1:]))


@probe("a key that nobody asked for: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good[:-1] + b',"__class__":"os.system"}'))


@probe("bytes that are not UTF-8: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good.replace(b"0.5", b'"\xff\xfe"')))


@probe("a body of 64 MB: refused before it is all taken")
def _(s: Server) -> bool:
    return refused(s, _pieces(request(s, b"", content_length=64 << 20), 64), None)


@probe("a body of 64 MB in chunks: refused")
def _(s: Server) -> bool:
    head = request(s, b"", content_length=None, transfer_encoding="chunked")
    return refused(s, _pieces(head, 64, chunked=True), None)


@probe("a body announced as a terabyte: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good, content_length=10**12))


def _pieces(head: bytes, megabytes: int, chunked: bool = False) -> Iterator[bytes]:
    yield head
    piece = b" " * (1 << 20)
    for _ in range(megabytes):
        yield b"100000\r\n" + piece + b"\r\n" if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


def _headed(**headers: object) -> Probe:
    return lambda s: refused(s, request(s, s.good, **headers))


PROBES["the Host of another site (DNS rebinding): refused"] = _headed(host="evil.example")
PROBES["the Origin of another site on a POST: refused"] = _headed(origin="http://evil.example")
PROBES["Sec-Fetch-Site: cross-site on a POST: refused"] = _headed(sec_fetch_site="cross-site")


@probe("a header of 1 MB: refused or closed")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good, x_long="x" * (1 << 20)), None)


@probe("2,000 headers: refused or closed")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good, **{f"x_{k}": k for k in range(2_000)}), None)


@probe("a path of 1 MB: refused or closed")
def _(s: Server) -> bool:
    return refused(s, request(s, method="GET", path="/" + "x" * (1 << 20)), None)


@probe("one header without end, 32 MB: closed before it is all taken")
def _(s: Server) -> bool:
    head = f"POST {s.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ".encode()
    taken = 0
    with socket.create_connection(("127.0.0.1", s.port), timeout=5) as connection, suppress(ConnectionError):
        connection.sendall(head)
        for _ in range(32):
            connection.sendall(b"x" * (1 << 20))
            taken += 1
    return taken < 32 and answered(s)


@probe("Content-Length and Transfer-Encoding at once: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, b"0\r\n\r\n", transfer_encoding="chunked", content_length=5), None)


@probe("two lengths of one body: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good).replace(b"content-length: ", b"content-length: 3\r\ncontent-length: "), None)


@probe("a chunk of negative size: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, b"-1\r\nx\r\n", content_length=None, transfer_encoding="chunked"), None)


@probe("/../../etc/passwd: not found")
def _(s: Server) -> bool:
    return refused(s, request(s, method="GET", path="/../../../../etc/passwd"))


@probe("/..%2f..%2fetc%2fpasswd: not found")
def _(s: Server) -> bool:
    return refused(s, request(s, method="GET", path="/..%2f..%2f..%2f..%2fetc%2fpasswd"))


@probe("GET where POST is: 405 with Allow")
def _(s: Server) -> bool:
    reply = exchange(s, request(s, method="GET"))
    return reply.status == 405 and "POST" in (reply.header("allow") or "")


@probe("an unknown method: refused")
def _(s: Server) -> bool:
    return refused(s, request(s, s.good, method="FROBNICATE"), 501)


@probe("a request line of HTTP/0.9: refused or closed")
def _(s: Server) -> bool:
    return refused(s, b"GET /\r\n\r\n", None, 505)


@probe("answers say nosniff")
def _(s: Server) -> bool:
    return exchange(s, request(s, s.good)).header("x-content-type-options") == "nosniff"


@probe("an answer to another site allows it nothing (CORS)")
def _(s: Server) -> bool:
    asked = request(s, method="OPTIONS", origin="http://evil.example", access_control_request_method="POST")
    return exchange(s, asked).header("access-control-allow-origin") is None


@probe("errors show no trace of the program")
def _(s: Server) -> bool:
    texts = [exchange(s, request(s, s.body(value))).text for value in ('"x"', "[[[1]]]", "null", "0.5,,")]
    return not any(word in text for text in texts for word in (b"Traceback", b'File \\"', b"site-packages", b".py"))


@probe("100 requests without the end of their headers: closed within 45 s")
def _(s: Server) -> bool:
    return _ended(s, request(s, s.good).partition(b"content-type")[0])


@probe("100 requests without the end of their bodies: closed within 45 s")
def _(s: Server) -> bool:
    return _ended(s, request(s, s.good)[:-3])


@probe("1,100 silent connections: others are answered")
def _(s: Server) -> bool:
    silent = []
    with suppress(OSError):
        for _ in range(1_100):
            silent.append(socket.create_connection(("127.0.0.1", s.port), timeout=2))
    time.sleep(2)
    found = len(silent) == 1_100 and all(answered(s) for _ in range(5))
    for connection in silent:
        connection.close()
    return found


def _ended(server: Server, half: bytes) -> bool:
    """Whether 100 connections with half a request are all ended by the server in time, and others answered meanwhile."""
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(100)]
    for connection in held:
        connection.sendall(half)
    fine, end = answered(server), time.monotonic() + PATIENCE
    for connection in held:
        with connection, suppress(ConnectionError):
            connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                while connection.recv(1 << 16):
                    pass
            except TimeoutError:
                fine = False
    return fine


def measured(server: Server) -> dict[str, str]:
    """Every probe by name: ok, or how it failed."""
    found = {}
    for name, one in PROBES.items():
        try:
            found[name] = "ok" if one(server) else "not as expected"
        except TimeoutError:
            found[name] = "no answer"
        except OSError as error:
            found[name] = f"no connection ({error.strerror})"
        print(f"{found[name]:>16}  {name}", flush=True)
    return found


def product(folder: Path) -> Path:
    """A small product of our own on four numbers."""
    import numpy as np

    from breakeven import pipeline
    from breakeven.scenarios.registry import load_brief

    X = np.random.default_rng(0).normal(size=(400, COLUMNS)).round(3)
    lines = ["a,b,c,d,y", *(",".join([*map(str, row), "yes" if row.sum() > 0 else "no"]) for row in X)]
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    (folder / "product.yaml").write_text("name: probed\nscenario: predict\ndata: data.csv\ntarget: y\neffort: 1\n")
    pipeline.build(load_brief(folder), names=["baseline", "linear"])
    return folder


def servers(folder: Path, peers: str) -> dict[str, Server]:
    """All servers by name."""
    (folder / "bento.py").write_text(BENTOML)
    (folder / "lit.py").write_text(LITSERVE % 8952)
    (folder / "save.py").write_text(MLFLOW)

    def list_of(value: str) -> bytes:
        return f'{{"row":[0.1,0.2,0.3,{value}]}}'.encode()

    ours = [sys.executable, "-m", "breakeven", "serve", str(folder), "--port", "8951"]
    bento = [peers, "-m", "bentoml", "serve", "bento:Service", "--port", "8953", "--host", "127.0.0.1"]
    mlflow = [peers, "-m", "mlflow", "models", "serve", "-m", "model", "--env-manager", "local", "-p", "8954"]
    return {
        "breakeven": Server(
            ours,
            8951,
            "/v1/predict",
            lambda v: f'{{"rows":[{{"a":0.1,"b":0.2,"c":0.3,"d":{v}}}]}}'.encode(),
            "/health/live",
        ),
        "litserve": Server([peers, "lit.py"], 8952, "/predict", list_of, "/health"),
        "bentoml": Server(bento, 8953, "/predict", list_of, "/livez"),
        "mlflow": Server(mlflow, 8954, "/invocations", lambda v: f'{{"inputs":[[0.1,0.2,0.3,{v}]]}}'.encode(), "/ping"),
    }


@contextmanager
def started(server: Server, folder: Path) -> Iterator[None]:
    """A server that answers a good request."""
    with running(list(server.command), server.port, folder, core=None):
        for _ in range(120):
            with suppress(OSError):
                if exchange(server, request(server, server.good)).status == 200:
                    break
            time.sleep(1)
        else:
            raise SystemExit(f"{server.command[0]} does not answer a good request")
        yield


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--peers", default=".venv-probes/bin/python")
    options.add_argument("--only", nargs="*", default=[])
    given = options.parse_args()
    peers = str(Path(given.peers).absolute())
    os.environ["PATH"] = f"{Path(peers).parent}:{os.environ['PATH']}"  # MLflow starts uvicorn by its name
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = product(Path(place))
        all_of_them = servers(folder, peers)
        subprocess.run([peers, "save.py"], cwd=folder, check=True, capture_output=True)
        for name, server in all_of_them.items():
            if given.only and name not in given.only:
                continue
            print(name, flush=True)
            with started(server, folder):
                found[name] = measured(server)
    frozen = subprocess.run([peers, "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True)
    versions = {p["name"].lower(): p["version"] for p in json.loads(frozen.stdout)}
    save(
        "probes",
        {
            "probes": len(PROBES),
            "as_expected": {name: sum(v == "ok" for v in one.values()) for name, one in found.items()},
            "peers": {name: versions[name] for name in ("litserve", "bentoml", "mlflow")},
            "results": {name: {server: one[name] for server, one in found.items()} for name in PROBES},
        },
    )


if __name__ == "__main__":
    main()
