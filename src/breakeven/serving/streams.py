"""An answer in pieces: sent as they come, until they end or the client leaves."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, cast

from starlette.types import Receive, Send

from breakeven.serving.endpoint import Headers, Stream


async def send_stream(stream: Stream, headers: Headers, receive: Receive, send: Send, head_only: bool = False) -> None:
    """Send the pieces of a stream. Where the client leaves, or the sending is cancelled, the pieces are closed."""
    sending = asyncio.ensure_future(_send(stream, headers, send, head_only))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
    if not sending.cancelled() and (error := sending.exception()) is not None:
        raise error


async def _send(stream: Stream, headers: Headers, send: Send, head_only: bool) -> None:
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": [(b"content-type", stream.media_type), *headers]})
    async with aclosing(cast("Any", stream.pieces)) as pieces:
        if not head_only:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
