"""From an ASGI request to an answer: the checks every endpoint shares, its handler, and errors as replies."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import NamedTuple, Protocol

import msgspec
from starlette.types import Message, Receive, Scope, Send

from breakeven.core.errors import BreakevenError, InputError
from breakeven.report import speech
from breakeven.report.words import Language
from breakeven.serving import body, decode, origin, streams
from breakeven.serving.access import Access, Refused
from breakeven.serving.endpoint import Content, Endpoint, Request, Stream, never
from breakeven.serving.metrics import Metrics
from breakeven.serving.workers import Busy, Workers

JSON = b"application/json"
#: Seconds after which a client is asked to try again.
RETRY_SECONDS = 1
#: Bytes of a body that is parsed on the event loop, in about a millisecond; larger ones go to a worker thread.
MAX_INLINE_BODY = 64 << 10
#: The status under which requests are counted whose client left before the body was whole.
DISCONNECTED = 499
#: Headers of every answer: a browser takes it for what its type says, gives it to no page of another site, and nobody keeps
#: Name of the ASGI extension `AtOnce`.
AT_ONCE = "breakeven.at_once"
#: it for somebody else.
EVERY_ANSWER = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
#: Headers of answers that pages of every site may use, in the place of those above.
PUBLIC = ((b"cross-origin-resource-policy", b"cross-origin"), (b"access-control-allow-origin", b"*"))
#: Headers of answers that a browser may show as a page: other sites neither learn their addresses, nor frame them, nor hold
#: their windows.
PAGES = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

_encode = msgspec.json.Encoder().encode


class ErrorReply(msgspec.Struct, omit_defaults=True):
    """The body of every 4xx and 5xx: one line that names place, fault and remedy, and the three apart where there are."""

    error: str
    where: str | None = None
    what: str | None = None
    remedy: str | None = None


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of an endpoint that has none."""


class Reply(NamedTuple):
    """An answer before it is sent."""

    status: int
    body: bytes
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class AtOnce(Protocol):
    """The ASGI extension by which a server takes an answer in one piece."""

    def is_behind(self, send: Send) -> bool:
        """Whether what is sent reaches the server unchanged."""

    async def __call__(self, reply: Reply) -> None:
        """Send the answer."""


class _Received(NamedTuple):
    """A request as it came in, admitted and whole."""

    scope: Scope
    headers: origin.Checked
    body: bytes


@dataclass(frozen=True)
class Shared:
    """What the endpoints of one product share."""

    metrics: Metrics
    workers: Workers
    hosts: origin.Hosts
    access: Access
    #: Headers of every answer that is no error.
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Responder:
    """The ASGI application of one endpoint."""

    def __init__(self, endpoint: Endpoint, shared: Shared) -> None:
        self.endpoint, self._shared = endpoint, shared
        self._writes = origin.writes(endpoint.method) or endpoint.records
        self._needed = endpoint.needed
        self._is_async = iscoroutinefunction(endpoint.handler)
        self._headers = shared.headers
        if endpoint.public:
            kept = b"public, max-age=%d" % endpoint.public
            self._headers = (*shared.headers, *PUBLIC, (b"cache-control", kept))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and count it."""
        start, endpoint = time.perf_counter(), self.endpoint
        try:
            headers = self._admitted(scope)
            received = b""
            if endpoint.request is not None:
                received = await body.read(scope["headers"], receive, endpoint.max_body)
            result = await self._result(_Received(scope, headers, received))
            if type(result) is Stream:
                headers_sent = (*EVERY_ANSWER, *self._shared.headers)
                await streams.send_stream(result, headers_sent, receive, send, scope["method"] == "HEAD")
                self._shared.metrics.record(endpoint.path, 200, time.perf_counter() - start)
                return
            if type(result) is Content:
                policy = (b"content-security-policy", result.policy)
                reply = Reply(200, result.body, result.media_type, (policy, *self._headers))
            else:
                reply = Reply(200, _encode(result), JSON, self._headers)
        except body.Disconnected:
            self._shared.metrics.record(endpoint.path, DISCONNECTED, time.perf_counter() - start)
            return
        except Refused as error:
            refused = await self._shared.access.slowed(error, scope)
            reply = error_reply(refused, endpoint.path, language_of(scope))
        except Exception as error:  # the serving boundary: nothing that a request causes may end the connection
            reply = error_reply(error, endpoint.path, language_of(scope))
        await send_reply(reply, scope, send)
        self._shared.metrics.record(endpoint.path, reply.status, time.perf_counter() - start)

    async def _result(self, given: _Received) -> object:
        """What the handler makes of a request. Large bodies are parsed by a thread, as all that heavy requests ask for is done."""
        endpoint = self.endpoint
        if len(given.body) <= MAX_INLINE_BODY:
            request = self._request(given)
        else:
            request, result = await self._shared.workers.run(self._large, given)
            if result is not None:
                return result
        if endpoint.heavy is not never and endpoint.heavy(request):
            return await self._shared.workers.run(endpoint.handler, request)
        result = endpoint.handler(request)
        return await result if self._is_async else result  # type: ignore[misc]

    def _large(self, given: _Received) -> tuple[Request[object, object], object]:
        """A request with a large body, and the answer where it is heavy: else many parsed bodies would wait side by side."""
        request = self._request(given)
        return request, self.endpoint.handler(request) if self.endpoint.heavy(request) else None

    def _admitted(self, scope: Scope) -> origin.Checked:
        """The headers that tell where a request comes from, which its body's type is read from as well.

        Raises ForeignRequest for a page of another site, except where it leads here by a link, and Refused for want of a key.
        """
        headers = origin.headers_of(scope)
        if self._writes or not (self.endpoint.public or origin.is_visit(headers)):
            origin.check_sender(headers, self._shared.hosts)
        self._shared.access.check(self._needed, headers)
        return headers

    def _request(self, given: _Received) -> Request[object, object]:
        """The request, decoded and checked. Raises InputError."""
        scope, endpoint = given.scope, self.endpoint
        content: object = None
        query: object = None
        if endpoint.request is bytes:
            content = given.body
        elif endpoint.request is not None:
            if given.body:
                origin.check_json(given.headers)
            parsed = body.parse(given.body, endpoint.max_text)
            content = decode.decode_body(endpoint.shorthand(parsed) if endpoint.shorthand else parsed, endpoint.request)
        if endpoint.query is not None:
            query = decode.decode_query(scope["query_string"], endpoint.query)
        elif endpoint.response is not None and scope["query_string"]:  # pages are linked to with all kinds of keys
            decode.decode_query(scope["query_string"], NoQuery)
        return Request(content, query, scope.get("path_params") or {}, scope["headers"])


async def send_reply(reply: Reply, scope: Scope, send: Send) -> None:
    """Send an answer: at once where the server can and nobody stands between, else in ASGI's two messages."""
    at_once: AtOnce | None = scope.get("extensions", {}).get(AT_ONCE)
    if at_once is not None and at_once.is_behind(send):
        await at_once(reply)
        return
    for message in messages(reply, scope["method"]):
        await send(message)


def messages(reply: Reply, method: str) -> tuple[Message, Message]:
    """An answer as ASGI sends it; to HEAD its headers alone."""
    length = b"%d" % len(reply.body)
    own = {name for name, _ in reply.headers}
    usual = (one for one in EVERY_ANSWER if one[0] not in own)
    headers = [(b"content-type", reply.media_type), (b"content-length", length), *usual, *reply.headers]
    if reply.media_type != JSON:
        headers += PAGES
    return (
        {"type": "http.response.start", "status": reply.status, "headers": headers},
        {"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body},
    )


def error_reply(error: Exception, path: str, language: Language = "en") -> Reply:
    """An error as its answer: 503 with Retry-After for Busy, the error's own status, or 500 without a trace.

    The message is in the language; `where`, `what` and `remedy` stay English, for programs.
    """
    if isinstance(error, Busy):
        message = speech.said(f"{error}; try again in {RETRY_SECONDS} s", language)
        return Reply(503, _encode(ErrorReply(message)), headers=((b"retry-after", b"%d" % RETRY_SECONDS),))
    if isinstance(error, InputError):
        headers = error.headers if isinstance(error, Refused) else ()
        return Reply(
            error.status,
            _encode(ErrorReply(speech.error(error, language), error.where, error.what, error.remedy)),
            headers=headers,
        )
    if isinstance(error, BreakevenError):
        return Reply(error.status, _encode(ErrorReply(speech.error(error, language))))
    logging.getLogger("breakeven").error("request to %s failed", path, exc_info=error)
    message = f"internal error ({type(error).__name__}); it is in the server's log"
    return Reply(500, _encode(ErrorReply(speech.said(message, language))))


def refusal(
    status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = (), language: Language = "en"
) -> Reply:
    """An error that no exception stands for: an unknown path, a method that is not allowed."""
    return Reply(status, _encode(ErrorReply(speech.said(message, language))), headers=headers)


def language_of(scope: Scope) -> Language:
    """The language that the sender of a request reads errors in, by Accept-Language."""
    found = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return speech.accepted(found.decode("latin-1"))
