"""Answers in pieces: sent as they come, closed when the client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from breakeven.serving.endpoint import Stream
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
