"""A client that sends the bytes it is told, well-formed or not, and reads what comes back."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

#: Seconds that a server may take to answer or to end a connection.
PATIENCE = 20.0


class Answer(NamedTuple):
    """One answer: its status, headers by names in lower case, and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The error of an answer in JSON."""
        return str(json.loads(self.body)["error"])


def opened(port: int, data: bytes = b"", buffer: int | None = None) -> socket.socket:
    """A connection on which `data` has been sent; `buffer` is the size of what it receives unread."""
    connection = socket.socket()
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(PATIENCE)
    connection.connect(("127.0.0.1", port))
    if data:
        sent(connection, data)
    return connection


def sent(connection: socket.socket, data: bytes) -> None:
    """Send as much as the server takes; it may close the connection meanwhile."""
    with contextlib.suppress(OSError):
        connection.sendall(data)


def received(connection: socket.socket) -> bytes:
    """Everything until the server closes the connection. A server that keeps it open fails the test (TimeoutError)."""
    out = bytearray()
    with connection:
        try:
            while piece := connection.recv(1 << 16):
                out += piece
        except ConnectionError:  # the server closed it with some of ours unread
            pass
    return bytes(out)


def exchanged(port: int, data: bytes) -> list[Answer]:
    """All answers to `data`, until the server closes the connection."""
    return answers(received(opened(port, data)))


def answers(text: bytes) -> list[Answer]:
    """The answers in what a server sent."""
    out = list[Answer]()
    while text:
        head, found, text = text.partition(b"\r\n\r\n")
        assert found, head
        status, *lines = head.decode().split("\r\n")
        version, code, *_ = status.split(" ")
        assert version == "HTTP/1.1", status
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if code == "100":
            continue
        length = int(headers["content-length"])
        out.append(Answer(int(code), headers, text[:length]))
        text = text[length:]
    return out


def request(
    method: str = "GET",
    path: str = "/health/live",
    body: bytes = b"",
    headers: Sequence[tuple[str, str]] = (),
    **own: Any,
) -> bytes:
    """A request after which the connection is closed; `own` are headers in place of the usual ones, None for none at all."""
    usual = {
        "host": "localhost",
        "connection": "close",
        "content_type": "application/json",
        "content_length": len(body),
    }
    given = [(name.replace("_", "-"), value) for name, value in {**usual, **own}.items() if value is not None]
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (*given, *headers))]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def live(port: int) -> bool:
    """Whether another client is answered."""
    return [a.status for a in exchanged(port, request())] == [200]
