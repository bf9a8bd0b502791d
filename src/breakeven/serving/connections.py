"""uvicorn's HTTP protocol with bounds: on headers, on the time a client may take, on connections and on bytes held.

uvicorn reads a header without end, waits for ever for the rest of a request or for an answer to be taken, and counts
connections that never send a byte. What is refused here is answered in JSON like every other refusal.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from breakeven.serving.door import Door
from breakeven.serving.limits import DRAIN_SECONDS, MAX_HEAD, MAX_HEADERS
from breakeven.serving.responder import AT_ONCE, RETRY_SECONDS, Reply, language_of, messages, refusal

if TYPE_CHECKING:
    from starlette.types import Send
    from uvicorn import Config
    from uvicorn.server import ServerState

#: What a connection does: receives a request's head, then its body; is answered; waits for the next request; or drops the
#: rest of a body that was refused.
Phase: TypeAlias = Literal["head", "body", "work", "idle", "drain"]
_VERSIONS = frozenset({"1.1", "1.0"})
_RETRY = ((b"retry-after", b"%d" % RETRY_SECONDS),)


class _AtOnce:
    """Writes an answer, head and body, in one piece.

    uvicorn looks at each header of each answer by two expressions, and writes twice: a fifth of the time of a small answer.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def is_behind(self, send: Send) -> bool:
        """Whether `send` is the connection's own, which nothing was put around."""
        return getattr(send, "__self__", None) is self._cycle

    async def __call__(self, reply: Reply) -> None:
        """Send the answer to the request of this cycle. Raises RuntimeError where one was begun before."""
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        if cycle.response_started:
            raise RuntimeError("an answer was begun before")
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        head = _head(reply.status, reply.media_type, reply.headers)
        ends = b"\r\n\r\n" if cycle.keep_alive else b"\r\nconnection: close\r\n\r\n"
        body = b"" if cycle.scope["method"] == "HEAD" else reply.body
        cycle.transport.write(b"%b%d%b%b" % (head, len(reply.body), ends, body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


@lru_cache(maxsize=256)
def _head(status: int, media_type: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Status line and headers up to the length, which comes last. Raises RuntimeError for what cannot be a header."""
    found = messages(Reply(status, b"", media_type, headers), "GET")[0]["headers"]
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    for name, value in found:
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
            raise RuntimeError("Invalid HTTP header")
        if name != b"content-length":
            lines.append(name + b": " + value)
    return b"\r\n".join((*lines, b"content-length: "))


class _Refusal(NamedTuple):
    """Why a request is refused, in English, before it is known in which language that is answered."""

    status: int
    message: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _Refused(Exception):
    """The head of a request is over a limit; `why` says which."""

    def __init__(self, why: _Refusal) -> None:
        self.why = why


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `door` is what all connections of the server share: the limits and what is taken of them."""

    def __init__(
        self,
        door: Door[BoundedProtocol],
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._door, self.phase, self.address, self.is_known = door, "head", "", False
        #: When the phase began, and since when the client does not take an answer, as the door's clock says.
        self._since, self._unread_since = 0.0, 0.0
        self.unread, self._closing_since = 0, 0.0
        #: Bytes that the parser may hold: of a head, or since a body's last piece; whether a head has begun; bytes just received.
        self._unparsed, self._has_begun, self._piece = 0, False, 0
        self._received, self._held = 0, 0
        self._last_words: Reply | None = None

    phase: Phase

    # What the event loop calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection in, or refuse it."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._since = self._door.started(self.loop)
        full = self._door.admit(self)
        if full is not None:
            self._refuse(_too_many(self.address) if full == "client" else _busy("all connections are in use"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and what it held."""
        self._release()
        self.resume_writing()
        self._door.leave(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: an answer in pieces, which may go on for long, ends here, and its client comes again."""
        cycle = self.cycle
        if cycle is not None and cycle.chunked_encoding and cycle.response_started and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.write(b"0\r\n\r\n")
            self.transport.close()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Parse what came in. A request that is malformed or over a limit is refused, and the connection closed."""
        if self._last_words is not None or self.parser is None:
            return
        if self.phase == "idle":
            self.phase, self._since = "head", self._door.now
        self._piece = len(data)
        self._unparsed += self._piece
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self._door.leave(self)
                self.handle_websocket_upgrade()
            elif self.cycle is not None:  # it is answered as if nothing else had been asked for (RFC 9110, 7.8)
                self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            cause = error.__context__
            malformed = "the request is not HTTP/1.1; correct its request line, headers or chunks"
            self._refuse(cause.why if isinstance(cause, _Refused) else _Refusal(400, malformed))
        else:
            if self._unparsed > MAX_HEAD:
                self._refuse(_too_long(self._unparsed))

    def pause_writing(self) -> None:
        """The client takes its answer more slowly than it is written."""
        super().pause_writing()
        self._unread_since, self.unread = self._door.now, self.transport.get_write_buffer_size()
        self._door.wait(self)
        if not self._door.hold(self.unread):
            self._door.shed()

    def resume_writing(self) -> None:
        """The client has taken most of its answer."""
        super().resume_writing()
        self._door.hold(-self.unread)
        self.unread = 0
        if self.phase == "work":
            self._door.work(self)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """The first byte of a request is there."""
        super().on_message_begin()
        self._has_begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. A field behind the chunks of a body (a trailer) is none, and no check has seen it (RFC 9110, 6.5.1)."""
        if self._has_begun:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Check the head of a request, then begin to answer it. Raises _Refused."""
        # A head is never longer than what came since the last one ended: mostly there is nothing to add up.
        if self._unparsed + self._piece > MAX_HEAD or len(self.headers) > MAX_HEADERS:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > MAX_HEAD or len(self.headers) > MAX_HEADERS:
                raise _Refused(_head_refused(len(self.url), size, len(self.headers)))
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            raise _Refused(_Refusal(505, f"HTTP/{version} is not spoken here; use HTTP/1.1"))
        self.phase, self._since, self._received = "body", self._door.now, 0
        self._unparsed, self._has_begun = 0, False
        super().on_headers_complete()
        self.scope["extensions"] = {AT_ONCE: _AtOnce(self.cycle)}  # type: ignore[dict-item]

    def on_body(self, body: bytes) -> None:
        """Keep a piece of a body for its request, within the bytes that all may take."""
        self._unparsed = 0
        if self.phase != "body" or self.cycle.response_complete:  # it was refused: the rest is dropped
            return
        size = len(body)
        self._received += size
        self._held += size
        if self._door.hold(size):
            super().on_body(body)
        else:
            self._release()
            self._refuse(_busy("the bodies of other requests fill the memory set aside for them"))

    def on_message_complete(self) -> None:
        """The request is whole: from here on the client waits for the server."""
        super().on_message_complete()
        self._unparsed = 0
        if self.cycle is not None and self.cycle.response_complete:
            self._wait_for_next()
        else:
            self.phase = "work"
            self._door.work(self)

    # What the application's answers call.

    def on_response_complete(self) -> None:
        """The answer is written, though perhaps not taken yet."""
        # uvicorn's own steps but its timer, which is made and cancelled for every request: the door looks after idle connections.
        self.server_state.total_requests += 1
        self.is_known = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._since = self._door.now
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._release()
        if self._last_words is not None:
            self._say(self._last_words)
        elif self.phase == "body":
            self.phase, self._since = "drain", self._door.now
            self._door.wait(self)
        elif self.phase == "work":
            self._wait_for_next()

    # What the door calls.

    def evict(self) -> None:
        """Make room for another connection."""
        if self.phase == "idle" or (self.phase == "head" and not self._has_begun) or self.unread:
            self._end()
        else:
            self._refuse(_busy("others need the connection"))

    def check(self, now: float) -> None:
        """End the connection where its client has taken too long."""
        limits = self._door.limits
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > limits.seconds_for(self.unread):
                self.transport.abort()
        elif self.unread:
            if now - self._unread_since > limits.seconds_for(self.unread):
                self._end()
        elif self.phase in ("drain", "idle"):
            if now - self._since > (DRAIN_SECONDS if self.phase == "drain" else limits.idle_seconds):
                self._end()
        elif self._is_awaited and now - self._since > limits.seconds_for(self._received):
            self._out_of_time(now - self._since)

    @property
    def _is_awaited(self) -> bool:
        """Whether the server waits for the rest of a request."""
        return self.phase in ("head", "body") and not self.flow.read_paused

    def _out_of_time(self, waited: float) -> None:
        if self.phase == "head" and not self._has_begun:  # it never asked for anything
            self._end()
            return
        what = "headers" if self.phase == "head" else "body"
        self._refuse(_Refusal(408, f"{what}: not complete after {waited:.0f} s; send the request faster"))

    def _wait_for_next(self) -> None:
        self.phase, self._since, self._received = "idle", self._door.now, 0
        if self._has_begun:  # the next request came with the last one, in part
            self.phase = "head"
        self._door.wait(self)

    def _release(self) -> None:
        if self._held:
            self._door.hold(-self._held)
            self._held = 0

    def _refuse(self, why: _Refusal) -> None:
        """Answer why and end the connection, in the language of the headers that came; answers to earlier requests go first."""
        if self._last_words is not None:
            return
        if self.phase == "drain":  # it was answered already
            self._end()
            return
        reply = refusal(*why, language_of({"headers": self.headers or ()}))
        self._last_words = reply
        self._door.count(reply.status)
        if self.cycle is None or self.cycle.response_complete:
            self._say(reply)
        elif self.phase == "body" and not self.cycle.response_started and not self.pipeline:
            self.cycle.disconnected = True  # the application is told that no more comes
            self.cycle.message_event.set()
            self._say(reply)
        else:
            self.flow.pause_reading()

    def _say(self, reply: Reply) -> None:
        if not self.transport.is_closing():
            self.transport.write(_wire(reply))
        self._end()

    def _end(self) -> None:
        """Close the connection; it makes room for another at once."""
        self._door.leave(self)
        if self.unread:
            self.transport.abort()
        else:
            self.transport.close()


def _busy(why: str) -> _Refusal:
    return _Refusal(503, f"{why}; try again in {RETRY_SECONDS} s", _RETRY)


def _too_many(address: str) -> _Refusal:
    what = f"too many requests of {address} are being answered"
    return _Refusal(429, f"{what}; send fewer at a time, or try again in {RETRY_SECONDS} s", _RETRY)


def _too_long(size: int) -> _Refusal:
    return _Refusal(431, f"headers: more than {size:,} bytes are over the limit of {MAX_HEAD:,}; send fewer")


def _head_refused(url: int, size: int, count: int) -> _Refusal:
    if url > MAX_HEAD:
        return _Refusal(414, f"path and query: {url:,} bytes are over the limit of {MAX_HEAD:,}; send a shorter one")
    if count > MAX_HEADERS:
        return _Refusal(431, f"headers: {count:,} are over the limit of {MAX_HEADERS}; send fewer")
    return _Refusal(431, f"headers: {size:,} bytes are over the limit of {MAX_HEAD:,}; send shorter ones")


def _wire(reply: Reply) -> bytes:
    """A refusal as it is sent on a connection that is closed after it."""
    head, content = messages(reply, "GET")
    lines = [b"HTTP/1.1 %d %s" % (reply.status, HTTPStatus(reply.status).phrase.encode())]
    lines += [name + b": " + value for name, value in (*head["headers"], (b"connection", b"close"))]
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(content["body"])
