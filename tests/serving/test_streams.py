"""Answers in pieces: sent as they come, closed when the client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn

from breakeven.serving.app import application
from breakeven.serving.endpoint import Endpoint, Plain, Service, Stream
from breakeven.serving.limits import Limits
from breakeven.serving.run import GRACE_SECONDS, configured, reserved
from breakeven.serving.streams import send_stream


class Pieces:
    """An endless stream that notes when it is closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self) -> AsyncIterator[bytes]:
        try:
            for n in range(10_000):
                yield b"data: %d\n\n" % n
                await asyncio.sleep(0)
        finally:
            self.closed = True


async def never() -> dict:
    return await asyncio.Event().wait()  # type: ignore[return-value]


def test_all_pieces_are_sent_and_then_the_end() -> None:
    async def two() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(send_stream(Stream(two()), ((b"cache-control", b"no-store"),), never, send))
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert (b"cache-control", b"no-store") in sent[0]["headers"]
    assert [(m["body"], m.get("more_body", False)) for m in sent[1:]] == [(b"a", True), (b"b", True), (b"", False)]


def test_the_pieces_are_closed_when_the_client_leaves() -> None:
    pieces, sent = Pieces(), list[bytes]()

    async def run() -> None:
        left = asyncio.Event()

        async def receive() -> dict:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            sent.append(message.get("body", b""))
            if len(sent) == 5:
                left.set()

        await send_stream(Stream(pieces()), (), receive, send)

    asyncio.run(run())
    assert pieces.closed and 5 <= len(sent) < 100


def test_what_goes_wrong_in_a_piece_is_raised() -> None:
    async def wrong() -> AsyncIterator[bytes]:
        yield b"a"
        raise RuntimeError("broken")

    async def send(message: dict) -> None:
        return None

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(send_stream(Stream(wrong()), (), never, send))


def test_head_is_answered_with_headers_alone() -> None:
    pieces, sent = Pieces(), list[dict]()

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(send_stream(Stream(pieces()), (), never, send, head_only=True))
    assert [m["type"] for m in sent] == ["http.response.start", "http.response.body"] and sent[1]["body"] == b""


class Endless(Service):
    """A service with a stream that does not end by itself."""

    name, description = "endless", "A test."

    def __init__(self) -> None:
        self.pieces = Pieces()

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint("GET", "/stream", self.stream, "A stream")]

    def stream(self, request: Plain) -> Stream:
        async def slowly() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"data: on\n\n"
                    await asyncio.sleep(0.02)
            finally:
                self.pieces.closed = True

        return Stream(slowly())


def test_a_server_that_stops_ends_its_streams_and_does_not_wait_for_them() -> None:
    """GRACE_SECONDS would be waited for otherwise, and the stream cut in its middle."""
    service, got = Endless(), list[bytes]()

    async def run() -> None:
        with reserved("127.0.0.1", 0) as listening:
            port = listening.getsockname()[1]
            server = uvicorn.Server(configured(application([service]), "127.0.0.1", port, Limits()))
            serving = asyncio.ensure_future(server.serve([listening]))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await reader.readuntil(b"data: on\n\n")
            server.should_exit = True
            got.append(await reader.read())
            writer.close()
            await asyncio.wait_for(serving, GRACE_SECONDS / 2)

    asyncio.run(run())
    assert got[0].endswith(b"0\r\n\r\n") and service.pieces.closed
