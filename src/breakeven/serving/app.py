"""One Starlette application for one product or several: routes, lifespan, and the hot endpoints in front of its router."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.verdict import Text
from breakeven.core.wording import counted
from breakeven.serving import assets, cors, openapi, origin, pages
from breakeven.serving.access import Access
from breakeven.serving.endpoint import METRICS_TEXT, AnyQuery, Content, Endpoint, Live, Plain, Ready, Service
from breakeven.serving.keys import KeyRing
from breakeven.serving.metrics import Metrics
from breakeven.serving.origin import Hosts
from breakeven.serving.responder import Responder, Shared, error_reply, language_of, send_reply
from breakeven.serving.routing import Guard, HotTable, router
from breakeven.serving.workers import Workers

#: The path under which requests to other hosts are counted.
FOREIGN_PATH = "(foreign host)"


#: The header that names the build which answers, shows its page and its report; they are of one build until the next start.
BUILD = b"breakeven-build"


class Application:
    """The ASGI application that uvicorn runs: hot endpoints by a lookup, everything else by Starlette.

    The host of every request is checked here, whatever its path. Both ways end in the same `Responder`, whose checks no
    request passes by. A browser lets any page open a WebSocket to any server, so its origin is checked here as well.
    """

    def __init__(self, starlette: Starlette, hot: HotTable, hosts: Hosts, metrics: Mapping[str, Metrics]) -> None:
        #: Names of the products.
        self.names = tuple(metrics)
        self.starlette, self._hot, self._hosts, self._metrics = starlette, hot, hosts, tuple(metrics.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, hold one WebSocket, or take part in start-up and shutdown."""
        if scope["type"] == "http":
            headers = origin.headers_of(scope)
            try:
                # Before HTTP/1.1 a request need not name its host; no browser leaves it out.
                if b"host" in headers or scope["http_version"] != "1.0":
                    origin.check_host(headers, self._hosts)
            except origin.ForeignRequest as error:
                await send_reply(error_reply(error, scope["path"], language_of(scope)), scope, send)
                for metrics in self._metrics:
                    metrics.record(FOREIGN_PATH, error.status, 0.0)
                return
            if self._hosts.origins and (page := cors.listed(headers, self._hosts)) is not None:
                if cors.is_preflight(scope, headers):
                    await cors.answer_preflight(page, headers, send)
                    return
                send = cors.readable_by(page, send)
            responder = self._hot.find(scope)
            if responder is not None:
                await responder(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            try:
                headers = origin.headers_of(scope)
                origin.check_host(headers, self._hosts)
                origin.check_sender(headers, self._hosts)
            except origin.ForeignRequest as error:
                await WebSocketClose(reason=str(error)[: origin.SHOWN])(scope, receive, send)
                return
        await self.starlette(scope, receive, send)


@dataclass(frozen=True)
class Served:
    """A service with what its endpoints share and their ASGI applications."""

    service: Service
    shared: Shared
    responders: Sequence[Responder]


def application(services: Sequence[Service], hosts: Hosts | None = None) -> Application:
    """The application of one service at `/`, or of several, each below its name.

    Raises InputError for a name used twice, and for one that is a path of the page which lists them.

    `hosts` are accepted in the Host header; without it the loopback names are.
    """
    hosts = hosts or Hosts()
    served = [_served(service, hosts) for service in services]
    if len(served) == 1:
        mounts = {"": served[0]}
    else:
        mounts = {f"/{one.service.name}": one for one in served}
    if len(mounts) < len(served):
        raise InputError("products", "two have the same name", "give each its own name")
    starlette = Starlette(routes=_routes(mounts, hosts), lifespan=_Lifespan(served))
    hot = HotTable({path: one.responders for path, one in mounts.items()})
    return Application(starlette, hot, hosts, {one.service.name: one.shared.metrics for one in served})


def _served(service: Service, hosts: Hosts, rings: Sequence[KeyRing] = ()) -> Served:
    metrics = Metrics(service.measured)
    own = [service.keys] if service.keys is not None else []
    build = ((BUILD, quote(service.build.name).encode()),) if service.build is not None else ()
    shared = Shared(metrics, Workers(metrics.waiting), hosts, Access(rings or own), build)
    return Served(service, shared, [Responder(e, shared) for e in _all_endpoints(service, metrics)])


def _all_endpoints(service: Service, metrics: Metrics) -> list[Endpoint]:
    """A service's endpoints with those that every service has."""
    common = CommonEndpoints(service, metrics)
    own = [*common.endpoints(), *service.endpoints(), *assets.Assets(service.scripts()).endpoints()]
    return [*own, *openapi.Description(service, own).endpoints()]


class CommonEndpoints:
    """Health and metrics of one service."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service, self._metrics = service, metrics

    def endpoints(self) -> list[Endpoint]:
        """GET /health/live, /health/ready and /metrics."""
        return [
            Endpoint(
                "GET",
                "/health/live",
                self.live,
                "The process answers",
                query=AnyQuery,
                response=Live,
                scope="open",
                hot=True,
            ),
            Endpoint(
                "GET",
                "/health/ready",
                self.ready,
                "The product is loaded and can answer",
                query=AnyQuery,
                response=Ready,
                scope="open",
            ),
            Endpoint("GET", "/metrics", self.metrics, "Prometheus metrics"),
        ]

    def live(self, request: Plain) -> Live:
        """GET /health/live."""
        return Live(True)

    def ready(self, request: Plain) -> Ready:
        """GET /health/ready."""
        ready, build = self._service.ready(), self._service.build
        latest = store.latest_in(build.parent) if build is not None else None
        if build is None or latest is None or latest == build.resolve():
            return ready
        return msgspec.structs.replace(ready, newer_build=latest.name)

    def metrics(self, request: Plain) -> Content:
        """GET /metrics."""
        return Content(self._metrics.text(), METRICS_TEXT)


def _routes(mounts: Mapping[str, Served], hosts: Hosts) -> list[BaseRoute]:
    routes: list[BaseRoute] = [Mount(path, app=_router(one)) for path, one in mounts.items()]
    if "" not in mounts:
        # Relative links of a product's page need the slash at the end.
        routes += [
            Route(path, Guard(RedirectResponse(f"{path}/"), one.shared), methods=["GET"])
            for path, one in mounts.items()
        ]
        rings = [one.service.keys for one in mounts.values() if one.service.keys is not None]
        index = _served(Index([one.service.name for one in mounts.values()]), hosts, rings)
        _check_names(mounts, index)
        routes.append(Mount("", app=_router(index)))
    return routes


def _check_names(mounts: Iterable[str], index: Served) -> None:
    """Raises InputError for a product that would answer in the place of the index, such as one named `health`."""
    taken = {"/" + responder.endpoint.path.split("/")[1] for responder in index.responders}
    for path in mounts:
        if path in taken:
            what = f"{path[1:]!r} is a path of the page that lists the products"
            raise InputError("products", what, "serve it alone, or build it under another name")


def _router(served: Served) -> ASGIApp:
    return router(served.responders, served.service.routes(), served.shared)


class _Lifespan:
    """Starts every service before the first request, and closes all of them after the last, whatever one of them raises."""

    def __init__(self, served: Sequence[Served]) -> None:
        self._served = served

    @asynccontextmanager
    async def __call__(self, app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for one in self._served:
                stack.push_async_callback(one.service.close)
                stack.callback(one.shared.workers.close)
                if one.service.keys is not None:
                    stack.callback(one.service.keys.close)
                await one.service.start()
            yield


class Index(Service):
    """The page that lists the products, where several are served."""

    name = "products"
    description = "Several products, each below its name."

    def __init__(self, names: Sequence[str]) -> None:
        # A link that begins with ./ is a path, whatever the name: `javascript:x` would be a script.
        products = [(name, f"./{quote(name, safe='')}/") for name in names]
        heading = Text(
            en=f"{counted(len(products), 'product is', 'products are')} served here",
            zh=f"这里提供 {len(products):,} 个产品",
        )
        self._page = pages.page("products.html", assets.PACKAGE, "breakeven", {}, heading=heading, products=products)

    def endpoints(self) -> list[Endpoint]:
        """GET /."""
        return [Endpoint("GET", "/", self.page, "All products")]

    def page(self, request: Plain) -> Content:
        """GET /: a link to every product."""
        return self._page
