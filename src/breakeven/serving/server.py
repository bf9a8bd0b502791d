"""The HTTP server: bare ASGI, so that a small model's answer is not dwarfed by what carries it.

A `Route` maps a parsed JSON body to a plain answer; everything else is the server's: body limit, bounded queue, errors
as 4xx that name the place, metrics, health, graceful stop. Bodies are parsed only as application/json, and what writes
is refused to foreign hosts and to pages of other sites (`origin`).
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from itertools import accumulate
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from breakeven.core.errors import BreakevenError, InputError, TooLarge, nearest
from breakeven.serving import origin
from breakeven.serving.origin import Hosts

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_BODY = 16 << 20
#: Threads that work on heavy requests side by side: onnxruntime leaves the interpreter free while it multiplies.
MOST_THREADS = 4
#: Heavy requests that may wait for them; the next one is told to come back.
QUEUE = 64
RETRY_SECONDS = 1
BUCKETS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
JSON, HTML, TEXT = b"application/json", b"text/html; charset=utf-8", b"text/plain; version=0.0.4; charset=utf-8"
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


@dataclass(frozen=True)
class Route:
    """One path. `answer` takes the parsed body (None for GET); `heavy` says whether it should leave the event loop.

    `flags` are switches that may stand in the query string as well as in the body. A path may hold names, `/v1/items/{item}`;
    with `whole` the answer takes a `Request` instead of the body. An answer may be awaited. `records` marks a GET that
    keeps something, so that it is refused to foreign hosts as a write is.
    """

    method: str
    path: str
    answer: Callable[[Any], Any]
    heavy: Callable[[Any], bool] | None = None
    flags: tuple[str, ...] = ()
    whole: bool = False
    records: bool = False


@dataclass(frozen=True)
class Request:
    """What was asked: names from the path, words of the query string (the last of each), headers that begin with x-, the body."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Raw:
    """An answer that is not JSON."""

    body: bytes
    kind: bytes = HTML


class Metrics:
    """What Prometheus reads of one server.

    Counts are plain lists kept by the event loop's one thread and turned into metric families when they are read:
    prometheus_client's own objects lock on every count, which took 2 of the 60 microseconds of an answer.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.waiting = Gauge("breakeven_queue_waiting", "Heavy requests waiting or in work", registry=self.registry)
        self._seen: dict[tuple[str, int], list[float]] = {}
        self.registry.register(self)

    def seen(self, path: str, status: int, seconds: float) -> None:
        """Count one answer: its bucket, and the sum of seconds at the end."""
        counts = self._seen.get((path, status))
        if counts is None:
            counts = self._seen[path, status] = [0.0] * (len(BUCKETS) + 2)
        counts[bisect_left(BUCKETS, seconds)] += 1
        counts[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """The families, as prometheus_client asks for them."""
        seconds = HistogramMetricFamily(
            "http_server_request_duration_seconds", "Time to answer", labels=["path", "status"]
        )
        requests = CounterMetricFamily("breakeven_requests", "Requests by path and status", labels=["path", "status"])
        for (path, status), counts in self._seen.items():
            upto = list(accumulate(counts[:-1]))
            edges = [*map(str, BUCKETS), "+Inf"]
            seconds.add_metric([path, str(status)], list(zip(edges, upto, strict=True)), counts[-1])
            requests.add_metric([path, str(status)], upto[-1])
        yield seconds
        yield requests

    def text(self) -> bytes:
        """The page Prometheus reads."""
        return generate_latest(self.registry)


class Server:
    """An ASGI application over a list of routes; `hosts` are the ones it accepts in the Host header of writes."""

    def __init__(
        self, routes: Sequence[Route], ready: Callable[[], bool] = lambda: True, hosts: Hosts | None = None
    ) -> None:
        self.metrics = Metrics()
        self._hosts = hosts or Hosts()
        self._ready = ready
        self._pool = ThreadPoolExecutor(threads(), thread_name_prefix="breakeven")
        self._heavy = 0
        own = [
            Route("GET", "/health/live", lambda _: {"live": True}),
            Route("GET", "/health/ready", self._health),
            Route("GET", "/metrics", lambda _: Raw(self.metrics.text(), TEXT)),
        ]
        self._routes: Mapping[tuple[str, str], Route] = {
            (r.method, r.path): r for r in [*own, *routes] if "{" not in r.path
        }
        self._paths = {path for _, path in self._routes}
        self._patterns = [(r, pattern(r.path)) for r in routes if "{" in r.path]

    def _health(self, _: Any) -> Any:
        if not self._ready():
            raise Busy("not ready")
        return {"ready": True}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; take part in start-up and shutdown."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        start = time.perf_counter()
        method, path = scope["method"], scope["path"]
        route, names = self._routes.get(("GET" if method == "HEAD" else method, path)), dict[str, str]()
        known = path if path in self._paths and "{" not in path else None
        if route is None and self._patterns:
            route, names, pattern_ = self._matching("GET" if method == "HEAD" else method, scope)
            known = known or pattern_
        if route is None:
            label, status = (known, 405) if known else ("(unknown)", 404)
            body = orjson.dumps(
                {
                    "error": f"{path}: {'method ' + method + ' is not allowed' if known else 'there is no such path'}; see /docs"
                }
            )
            kind, extra = JSON, list[tuple[bytes, bytes]]()
        else:
            label = route.path
            status, body, kind, extra = await self._answer(route, scope, receive, names)
        if method == "HEAD":
            body = b""
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *_SAFE, *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self.metrics.seen(label, status, time.perf_counter() - start)

    def _matching(self, method: str, scope: Scope) -> tuple[Route | None, dict[str, str], str | None]:
        """The route whose pattern fits the path, the names in it, and the pattern that fits for any method."""
        # Matched before %2F is decoded where the raw path is there, so that an id may hold a slash.
        raw = scope.get("raw_path")
        path = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
        if raw and scope.get("root_path"):  # mounted below a name
            path = "/" + path.lstrip("/").partition("/")[2]
        known = None
        for route, form in self._patterns:
            found = form.fullmatch(path)
            if found is not None and route.method == method:
                return route, {k: unquote(v) for k, v in found.groupdict().items()}, route.path
            known = known or (route.path if found is not None else None)
        return None, {}, known

    async def _answer(
        self, route: Route, scope: Scope, receive: Receive, names: Mapping[str, str]
    ) -> tuple[int, bytes, bytes, list[tuple[bytes, bytes]]]:
        try:
            payload: Any = None
            self._admit(route, scope["headers"])
            if route.method not in ("GET", "DELETE"):
                content = await read_body(scope, receive)
                if content:
                    origin.check_json(scope["headers"])
                payload = parse(content)
                if scope["query_string"] and route.flags and type(payload) is dict:
                    payload = {**payload, **flags(scope["query_string"], route.flags)}
            if route.whole:
                headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"] if k.startswith(b"x-")}
                query = words(scope["query_string"]) if scope["query_string"] else {}
                payload = Request(names, query, headers, payload)
            if route.heavy is not None and route.heavy(payload):
                result = await self._later(route, payload)
            else:
                result = route.answer(payload)
                if isawaitable(result):
                    result = await result
            if type(result) is Raw:
                return 200, result.body, result.kind, []
            return 200, orjson.dumps(result), JSON, []
        except Busy as error:
            return (
                503,
                orjson.dumps({"error": f"{error}; try again in {RETRY_SECONDS} s"}),
                JSON,
                [(b"retry-after", b"%d" % RETRY_SECONDS)],
            )
        except InputError as error:
            return error.status, orjson.dumps({"error": str(error)}), JSON, []
        except BreakevenError as error:
            return error.status, orjson.dumps({"error": str(error)}), JSON, []
        except Exception as error:  # the serving boundary: logged, counted, and never a stack trace to the caller
            import logging

            logging.getLogger("breakeven").exception("request to %s failed", route.path)
            return (
                500,
                orjson.dumps({"error": f"internal error ({type(error).__name__}); it is in the server's log"}),
                JSON,
                [],
            )

    def _admit(self, route: Route, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Raises ForeignRequest for a write by a foreign host or by a page of another site."""
        if origin.writes(route.method) or route.records:
            origin.check_host(headers, self._hosts)
        if origin.writes(route.method):
            origin.check_sender(headers, self._hosts)

    async def _later(self, route: Route, payload: Any) -> Any:
        """Heavy work in the threads for it, at most QUEUE of them in line."""
        if self._heavy >= QUEUE:
            raise Busy(f"{self._heavy} large requests are waiting")
        self._heavy += 1
        self.metrics.waiting.set(self._heavy)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, route.answer, payload)
        finally:
            self._heavy -= 1
            self.metrics.waiting.set(self._heavy)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._pool.shutdown(wait=True)
                await send({"type": "lifespan.shutdown.complete"})
                return


def pattern(path: str) -> re.Pattern[str]:
    """A path with names as a regular expression.

    >>> pattern("/v1/items/{item}/similar").fullmatch("/v1/items/a%2Fb/similar")["item"]
    'a%2Fb'
    """
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def threads() -> int:
    """As many as cores this process may use, at most MOST_THREADS."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST_THREADS)


@lru_cache(maxsize=1_000)
def words(query: bytes) -> Mapping[str, str]:
    """The words of a query string, of each name the last."""
    return MappingProxyType(dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)))


def flags(query: bytes, known: tuple[str, ...]) -> dict[str, bool]:
    """Switches of a query string, `?explain=1`, as keys of the body. Raises InputError for another key or value."""
    out = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            raise InputError("query", f"unknown key {name!r}", nearest(name, known))
        if value.lower() not in ("1", "0", "true", "false", ""):
            raise InputError(f"query, {name}", f"expected 1 or 0, got {value[:20]!r}", "send ?explain=1")
        out[name] = value.lower() in ("1", "true", "")
    return out


class Busy(Exception):
    """The queue is full, or the server is not ready."""


class NotJson(InputError):
    """The body cannot be read as JSON."""

    status = 400


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises TooLarge as soon as its announced or its real length is over the limit."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > MAX_BODY:
            raise _too_large(int(value))
    pieces, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_BODY:
            raise _too_large(size)
    return b"".join(pieces)


def _too_large(size: int) -> TooLarge:
    return TooLarge(
        "body", f"{size / 1e6:.1f} MB is over the limit of {MAX_BODY / 1e6:.0f} MB", "send fewer rows at a time"
    )


def parse(body: bytes) -> Any:
    """JSON, strictly: NaN, infinity and nesting deeper than 1,024 are refused with their place."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"body, line {error.lineno}, column {error.colno}", f"not JSON ({error.msg})",
                      "send a JSON object; NaN is written null") from None  # fmt: skip


class Mounted:
    """Several servers under one address, each below its name; `/` is the first one's list of all."""

    def __init__(self, servers: Mapping[str, Server], index: Server) -> None:
        self.servers, self.index = servers, index

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the server its first path part names."""
        if scope["type"] == "http":
            name, _, rest = scope["path"].lstrip("/").partition("/")
            server = self.servers.get(name)
            if server is not None:
                await server({**scope, "path": "/" + rest, "root_path": f"/{name}"}, receive, send)
                return
        await self.index(scope, receive, send)
