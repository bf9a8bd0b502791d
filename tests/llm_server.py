"""A server that keeps the chat completions protocol, and refuses, delays, overcharges and answers nonsense where a test says so."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conftest import WORDS

CLASSES = ("refund", "delivery", "login")


def events(text: str) -> Iterator[bytes]:
    """A reply as server-sent events, three characters at a time."""
    yield b": a comment\n\n"
    for i in range(0, len(text), 3):
        piece = json.dumps({"choices": [{"index": 0, "delta": {"content": text[i : i + 3]}}]})
        yield f"data: {piece}\n\n".encode()
    yield b'data: {"choices": [], "usage": {"prompt_tokens": 9}}\n\ndata: [DONE]\n\n'


class Model:
    """What the server does next; every request it got."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer: Callable[[dict[str, Any]], str] = self.honest
        self.status: list[int] = []
        self.delay = 0.0
        self.usage: dict[str, int] | None = None
        self.raw: bytes | None = None
        self.refuses: Callable[[dict[str, Any]], str | None] = lambda body: None
        self.headers: dict[str, str] = {}
        self.message: dict[str, Any] = {}
        self.pieces: Callable[[str], Iterator[bytes]] | None = events

    @staticmethod
    def honest(body: dict[str, Any]) -> str:
        words = set(body["messages"][-1]["content"].split())
        return CLASSES[max(range(3), key=lambda k: len(words & set(WORDS[k])))]


@contextmanager
def serving() -> Iterator[tuple[Model, str]]:
    """A server and its address."""
    held = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            held.seen.append(body)
            held.keys.append(self.headers["authorization"])
            time.sleep(held.delay)
            status = held.status.pop(0) if held.status else 200
            usage = held.usage or {"prompt_tokens": 100, "completion_tokens": 2}
            plain = {
                "choices": [{"message": {"role": "assistant", "content": held.answer(body), **held.message}}],
                "usage": usage,
            }
            out = held.raw if held.raw is not None else json.dumps(plain).encode()
            why = held.refuses(body)
            if body.get("stream") and held.pieces is not None and status == 200 and not why and held.raw is None:
                self._stream(held.pieces(str(plain["choices"][0]["message"]["content"])))
                return
            if status != 200 or why:
                status = 400 if why else status
                out = json.dumps({"error": {"message": why or "no"}}).encode()
            self.send_response(status if self.path == "/v1/chat/completions" else 404)
            self.send_header("content-length", str(len(out)))
            for name, value in held.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(out)

        def _stream(self, pieces: Iterator[bytes]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            with contextlib.suppress(OSError):  # who asked may have left
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
