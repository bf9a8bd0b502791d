"""Endpoints as Starlette routes: one route a path, with all methods of it, matched before %2F is decoded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

from starlette.routing import BaseRoute, Match, Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from breakeven.core.errors import InputError
from breakeven.serving import origin
from breakeven.serving.access import Refused
from breakeven.serving.body import MAX_PLACE
from breakeven.serving.endpoint import MAX_BODY
from breakeven.serving.responder import Reply, Responder, Shared, error_reply, language_of, refusal, send_reply
from breakeven.serving.scopes import Needed

#: The path under which requests to unknown paths are counted.
UNKNOWN_PATH = "(unknown)"


class PathRoute(BaseRoute):
    """All endpoints of one path."""

    def __init__(self, path: str, responders: Iterable[Responder], shared: Shared) -> None:
        self.path, self._shared = path, shared
        self.by_method: dict[str, Responder] = {r.endpoint.method: r for r in responders}
        if "GET" in self.by_method:
            self.by_method["HEAD"] = self.by_method["GET"]
        self._pattern = pattern(path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for the path, whatever the method; path parameters are decoded."""
        found = self._pattern.fullmatch(raw_path(scope)) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        return Match.FULL, {"path_params": {name: unquote(value) for name, value in found.groupdict().items()}}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the method's endpoint, or 405 with Allow."""
        responder = self.by_method.get(scope["method"])
        if responder is not None:
            await responder(scope, receive, send)
            return
        message = f"{shown_path(scope)}: method {scope['method']} is not allowed; see /docs"
        allow = ((b"allow", ", ".join(sorted(self.by_method)).encode()),)
        await refuse(refusal(405, message, allow, language_of(scope)), self.path, self._shared, scope, send)


class NotFound:
    """The ASGI application of every other path: 404, counted under one name."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        message = f"{shown_path(scope)}: there is no such path; see /docs"
        reply = refusal(404, message, language=language_of(scope))
        await refuse(reply, UNKNOWN_PATH, self._shared, scope, send)


async def refuse(reply: Reply, path: str, shared: Shared, scope: Scope, send: Send) -> None:
    """Send a refusal, to whoever may know that much: others are told that they need a key; counted under `path`."""
    start = time.perf_counter()
    error = await turned_away(shared, scope, "read", writes=False)
    if error is not None:
        reply = error_reply(error, path, language_of(scope))
    await send_reply(reply, scope, send)
    shared.metrics.record(path, reply.status, time.perf_counter() - start)


async def turned_away(shared: Shared, scope: Scope, needed: Needed, writes: bool) -> InputError | None:
    """Why the sender of a request may not do what it `needed` a key for; None where it may. A wrong key has to wait."""
    headers = origin.headers_of(scope)
    try:
        if writes or not origin.is_visit(headers):
            origin.check_sender(headers, shared.hosts)
        shared.access.check(needed, headers)
    except Refused as error:
        return await shared.access.slowed(error, scope)
    except origin.ForeignRequest as error:
        return error
    return None


class Guard:
    """Starlette's own routes behind the checks of sender and key that every endpoint has."""

    def __init__(self, app: ASGIApp, shared: Shared) -> None:
        self._app, self._shared = app, shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless it comes from a page of another site or its key does not do; a WebSocket writes."""
        is_socket = scope["type"] == "websocket"
        writes = is_socket or origin.writes(scope["method"])
        error = await turned_away(self._shared, scope, "write" if writes else "read", writes)
        if error is None:
            await self._app(scope, receive, send)
        elif is_socket:
            await WebSocketClose(reason=str(error)[: origin.SHOWN])(scope, receive, send)
        else:
            await send_reply(error_reply(error, scope["path"], language_of(scope)), scope, send)


def shown_path(scope: Scope) -> str:
    """The path of a request as an error repeats it."""
    return str(scope["path"])[:MAX_PLACE]


def router(responders: Sequence[Responder], own: Sequence[BaseRoute], shared: Shared) -> Router:
    """A Starlette router of one product: its endpoints, paths without parameters first, then routes of other kinds."""
    paths = dict.fromkeys(r.endpoint.path for r in responders)
    routes: list[BaseRoute] = [
        PathRoute(path, [r for r in responders if r.endpoint.path == path], shared)
        for path in sorted(paths, key=_has_parameters)
    ]
    unknown = NotFound(shared)
    if own:
        others = Router(own, redirect_slashes=False, default=unknown)
        routes.append(Mount("", app=Guard(others, shared), max_body_size=MAX_BODY))
    return Router(routes, redirect_slashes=False, default=unknown)


def _has_parameters(path: str) -> bool:
    return "{" in path


class HotTable:
    """Endpoints found by a lookup instead of a walk over all routes: by whole path, or by all but the last segment.

    >>> # HotTable({"": responders}) for one product, HotTable({"/shop": responders, ...}) for several
    """

    def __init__(self, products: Mapping[str, Sequence[Responder]]) -> None:
        self._exact: dict[tuple[str, str], Responder] = {}
        self._prefix: dict[tuple[str, bytes], tuple[str, Responder]] = {}
        for mount, responders in products.items():
            for responder in responders:
                endpoint = responder.endpoint
                if not endpoint.hot:
                    continue
                head, _, last = endpoint.path.rpartition("/")
                if not endpoint.parameters:
                    self._exact[endpoint.method, mount + endpoint.path] = responder
                elif endpoint.parameters == [last[1:-1]]:
                    self._prefix[endpoint.method, quote(mount + head).encode()] = last[1:-1], responder
                else:
                    raise ValueError(f"{endpoint.path}: a hot path may have one parameter, as its last segment")

    def find(self, scope: Scope) -> Responder | None:
        """The endpoint of a request, with its path parameter put in the scope; None for one that is not hot."""
        responder = self._exact.get((scope["method"], scope["path"]))
        if responder is None and (raw := scope.get("raw_path")):
            head, _, last = raw.rpartition(b"/")
            name_and_responder = self._prefix.get((scope["method"], head)) if last else None
            if name_and_responder is not None:
                name, responder = name_and_responder
                scope["path_params"] = {name: unquote(last.decode("latin-1"))}
        return responder


def pattern(path: str) -> re.Pattern[str]:
    """A path with parameters as a regular expression over a percent-encoded path.

    >>> pattern("/v1/items/{item}/similar").fullmatch("/v1/items/a%2Fb/similar")["item"]
    'a%2Fb'
    """
    segments = (f"(?P<{s[1:-1]}>[^/]+)" if s.startswith("{") else re.escape(quote(s)) for s in path.split("/"))
    return re.compile("/".join(segments))


def raw_path(scope: Scope) -> str:
    """The path below the mount, percent-encoded in one way, so that an id may hold a slash."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
    if "%" in path:
        path = "/".join(quote(unquote(segment), safe="") for segment in path.split("/"))
    mounted = scope.get("root_path", "").count("/")
    return "/" + path.split("/", mounted + 1)[-1] if mounted else path
