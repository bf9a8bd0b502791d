"""What a product offers over HTTP: endpoints with the types of their bodies, queries and answers, and the service that has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import msgspec
from prometheus_client.core import Metric
from starlette.routing import BaseRoute

from breakeven.serving.keys import KeyRing
from breakeven.serving.scopes import BY_METHOD, Needed

HTML = b"text/html; charset=utf-8"
#: The format of Prometheus's text exposition.
METRICS_TEXT = b"text/plain; version=0.0.4; charset=utf-8"
#: Server-sent events.
EVENT_STREAM = b"text/event-stream; charset=utf-8"

#: A Content-Security-Policy under which nothing runs, nothing is loaded, and no page frames the answer.
NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

#: Most characters of a text in a body, as in a cell of a file.
MAX_TEXT = 1_000_000
#: Most bytes of a body.
MAX_BODY = 16 << 20

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
B = TypeVar("B", covariant=True)
Q = TypeVar("Q", covariant=True)
#: Header names in lower case and values, as ASGI gives them.
Headers = Sequence[tuple[bytes, bytes]]


class Request(Generic[B, Q]):
    """One request: its body and query, decoded by the endpoint's types (None where it has none), path parameters and headers."""

    __slots__ = ("body", "headers", "path", "query")

    def __init__(self, body: B, query: Q, path: Mapping[str, str], headers: Headers = ()) -> None:
        self.body, self.query, self.path, self.headers = body, query, path, headers

    def header(self, name: bytes) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), None)


#: A request without a body and without a query.
Plain = Request[None, None]


@dataclass(frozen=True)
class Content:
    """An answer that is not JSON. `policy` says what a browser may do for it; without one it runs and loads nothing."""

    body: bytes
    media_type: bytes = HTML
    policy: bytes = NOTHING


@dataclass(frozen=True)
class Stream:
    """An answer in pieces, sent as they come until they end or the client leaves; `pieces` is closed then."""

    pieces: AsyncIterator[bytes]
    media_type: bytes = EVENT_STREAM


class Ready(msgspec.Struct, omit_defaults=True):
    """The answer of /health/ready; `unreadable_rows` counts stored rows that were left out because they cannot be read.

    `newer_build` names a build that was finished since; it is served after the next start.
    """

    ready: Literal[True]
    unreadable_rows: int = 0
    newer_build: str | None = None


class AnyQuery(msgspec.Struct, frozen=True):
    """A query that is not looked at, such as a probe's or a monitor's."""


class Live(msgspec.Struct):
    """The answer of /health/live."""

    live: Literal[True]


def never(request: Request[object, object]) -> bool:
    """No request of the endpoint leaves the event loop."""
    return False


def always(request: Request[object, object]) -> bool:
    """Every request of the endpoint is answered by a worker thread."""
    return True


@dataclass(frozen=True)
class Endpoint:
    """One path and method, the function that answers it, and the types that check it and describe it in OpenAPI.

    `handler` takes a `Request` of the types `request` (body) and `query`, and returns, or is awaited for, an instance of
    `response`, plain data, `Content`, or a `Stream`. A path may hold parameters, as in `/v1/items/{item}`.

    `scope` is that of the keys which may call it: by default GET is "read", DELETE is "admin", the others are "write". What answers
    without keeping anything is "read", what shows or lists what is known of people is "admin", health is "open".
    `shorthand` turns other accepted forms of the parsed body into the one that `request` describes. `heavy` says which
    requests a worker thread answers; their handler must be a plain function. `records` marks a GET that keeps something,
    so that it is refused to foreign hosts as a write is. `hot` endpoints are found before Starlette's router; their only
    parameter, if any, is the last segment. `max_text` is the longest text of a body, in characters, `max_body` its most bytes.
    A `request` of `bytes` is the body as it came, of any type: a signature over it is checked before anything is parsed.
    `public` marks what pages of every site may use, such as a script that they include; it shows nothing of anybody, and is kept for
    `public` seconds by browsers.
    `described_request` and `described_response` stand in the description where the product knows more than the type.
    """

    method: Method
    path: str
    handler: Callable[[Request[Any, Any]], object | Awaitable[object]]
    summary: str
    request: Any = None
    query: type[msgspec.Struct] | None = None
    response: Any = None
    example: object = None
    scope: Needed | None = None
    shorthand: Callable[[object], object] | None = None
    heavy: Callable[[Request[Any, Any]], bool] = never
    records: bool = False
    hot: bool = False
    max_text: int = MAX_TEXT
    max_body: int = MAX_BODY
    public: int = 0
    described_request: Any = field(default=None, compare=False)
    described_response: Any = field(default=None, compare=False)

    @property
    def needed(self) -> Needed:
        """What is asked of who calls it."""
        return self.scope or BY_METHOD[self.method]

    @property
    def parameters(self) -> list[str]:
        """Names of the path's parameters, in order."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


class Service:
    """A product being served. A scenario's own gives `endpoints`, and releases in `close` what it opened."""

    #: The product's name: its path where several are served, and the title of its description.
    name: str
    #: One sentence for the description.
    description: str
    version: str = "1"
    #: The keys of those who may call it; without any it answers this machine alone.
    keys: KeyRing | None = None
    #: The folder of the build that is served, where it is one of several of a product.
    build: Path | None = None

    def endpoints(self) -> Sequence[Endpoint]:
        """All endpoints besides health, metrics and the description, which every service has."""
        raise NotImplementedError

    def routes(self) -> Sequence[BaseRoute]:
        """Routes of Starlette's own kinds beside the endpoints: WebSockets, streams, forms with files, static files.

        They are guarded as endpoints are: by host and origin, and by the size of a body.
        """
        return ()

    def scripts(self) -> Mapping[str, Content]:
        """Scripts of the service's own pages by name: files beside those that every page has."""
        return {}

    def measured(self) -> Iterable[Metric]:
        """What /metrics shows beside the counts of requests."""
        return ()

    def ready(self) -> Ready:
        """The answer of /health/ready. Raises Busy while the service cannot answer as it should."""
        return Ready(True)

    async def start(self) -> None:
        """Called once on the event loop before the first request."""

    async def close(self) -> None:
        """Called once after the last request: write what is still in memory, close files and connections."""
