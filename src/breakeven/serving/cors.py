"""Pages of other sites that may ask this service, where they are listed by `--allow-origin`; all others may not.

Cookies and passwords a browser remembers are never accepted from them: they send a key.
"""

from __future__ import annotations

from starlette.types import Message, Scope, Send

from breakeven.serving.origin import Checked, Hosts

#: What a listed page may send, and for how many seconds its browser need not ask again.
_ALLOWED = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, last-event-id, x-api-key, x-api-version"),
    (b"access-control-max-age", b"600"),
)


def listed(headers: Checked, hosts: Hosts) -> str | None:
    """The origin of a request where it is a listed one."""
    origin = headers.get(b"origin")
    return origin if origin in hosts.origins else None


def is_preflight(scope: Scope, headers: Checked) -> bool:
    """Whether a browser asks what it may send."""
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in headers


async def answer_preflight(origin: str, headers: Checked, send: Send) -> None:
    """Tell a browser what a page of a listed origin may send."""
    headers_sent = [*_headers(origin), *_ALLOWED]
    if headers.get(b"access-control-request-private-network") == "true":
        headers_sent.append((b"access-control-allow-private-network", b"true"))
    await send({"type": "http.response.start", "status": 204, "headers": headers_sent})
    await send({"type": "http.response.body", "body": b""})


def readable_by(origin: str, send: Send) -> Send:
    """`send`, with the headers that let a page of that origin read the answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent = [one for one in message["headers"] if one[0] != b"access-control-allow-origin"]
            message = {**message, "headers": [*sent, *_headers(origin)]}
        await send(message)

    return sending


def _headers(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]
