"""Answers that are written in one piece are those that ASGI's two messages give."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Message

from breakeven.serving.connections import _head
from breakeven.serving.responder import JSON, Reply, messages, send_reply
from tests.hostile.products import copied, serving
from tests.hostile.raw import answers, received, request


@pytest.fixture(scope="module")
def port(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(copied(built, tmp_path_factory.mktemp("at-once"))) as found:
        yield found


def test_answers_on_one_connection_keep_their_order_and_length(port: int) -> None:
    sent = [
        request("GET", "/health/live", connection="keep-alive"),
        request("POST", "/v1/predict", b"{", connection="keep-alive"),
        request("GET", "/nowhere", connection="keep-alive"),
        request("GET", "/health/live"),
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"".join(sent))
        found = answers(received(connection))
    assert [a.status for a in found] == [200, 400, 404, 200]
    assert ["connection" in a.headers for a in found] == [False, False, False, True]
    assert all(a.headers["x-content-type-options"] == "nosniff" for a in found)


def test_head_is_answered_with_the_length_alone(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request("HEAD", "/"))
        head, _, body = received(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK") and not body
    assert int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]) > 1_000


def test_the_head_holds_every_header_once() -> None:
    headers = ((b"retry-after", b"1"), (b"content-security-policy", b"default-src 'none'"))
    lines = _head(503, b"text/html; charset=utf-8", headers).split(b"\r\n")
    told = messages(Reply(503, b"", b"text/html; charset=utf-8", headers), "GET")[0]["headers"]
    names = [name for name, _ in told if name != b"content-length"]
    assert lines[0] == b"HTTP/1.1 503 Service Unavailable" and lines[-1] == b"content-length: "
    assert [line.partition(b": ")[0] for line in lines[1:-1]] == names


def test_a_header_with_a_line_break_is_never_written() -> None:
    with pytest.raises(RuntimeError, match="header"):
        _head(200, JSON, ((b"x", b"a\r\nset-cookie: b"),))


async def _sent(extension: object) -> list[Message]:
    found = list[Message]()

    async def send(message: Message) -> None:
        found.append(message)

    await send_reply(Reply(200, b"{}"), {"method": "GET", "extensions": {"breakeven.at_once": extension}}, send)
    return found


def test_whoever_changes_what_is_sent_is_given_asgis_messages() -> None:
    import asyncio

    class Never:
        def is_behind(self, send: object) -> bool:
            return False

    assert [m["type"] for m in asyncio.run(_sent(Never()))] == ["http.response.start", "http.response.body"]
