"""Requests to an ASGI application without a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import unquote

from starlette.types import ASGIApp

LOCAL = ((b"host", b"localhost"), (b"content-type", b"application/json"))


async def ask(
    app: ASGIApp, method: str, path: str, headers: Sequence[tuple[bytes, bytes]] = LOCAL, body: bytes = b""
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer to one request; `path` is percent-encoded and may have a query."""
    sent: list[dict] = []
    waiting = [{"type": "http.request", "body": body}]

    async def receive() -> dict:
        return waiting.pop() if waiting else await asyncio.Event().wait()  # the client stays

    async def send(message: dict) -> None:
        sent.append(message)

    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "method": method,
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": list(headers),
    }
    await app(scope, receive, send)
    found = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), found


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """The application between start-up and shutdown, as a server takes it through both. Raises what either raises."""
    events: asyncio.Queue[dict] = asyncio.Queue()
    started = asyncio.Event()

    async def send(message: dict) -> None:
        if message["type"] == "lifespan.startup.complete":
            started.set()

    await events.put({"type": "lifespan.startup"})
    lifespan = asyncio.create_task(app({"type": "lifespan", "state": {}}, events.get, send))
    await asyncio.wait([lifespan, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        await events.put({"type": "lifespan.shutdown"})
        await lifespan
