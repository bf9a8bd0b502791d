"""Requests of foreign pages are refused before anything is read or changed; clients and the server's own page are not."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from breakeven.cli import parser
from breakeven.core.errors import InputError
from breakeven.serving import origin, pages
from breakeven.serving.app import Application, application
from breakeven.serving.endpoint import Endpoint, Plain, Request, Service
from breakeven.serving.origin import Hosts, hosts_of
from tests.serving.asgi import ask

JSON = {"content-type": "application/json"}
#: What the service's own page sends.
PAGE = {"x-page-token": pages.TOKEN, **JSON}
LOCAL = {"host": "localhost:8000", **JSON}
SHOP = hosts_of("127.0.0.1", ["shop.example"])


class Recorder(Service):
    """A service with one path that writes, one that reads and one GET that records; `bodies` are those that got through."""

    description = "A test."

    def __init__(self, name: str = "one") -> None:
        self.name = name
        self.bodies: list[object] = []

    def endpoints(self) -> list[Endpoint]:
        return [
            *(
                Endpoint(m, "/write", self.write, "Write", request=dict, hot=m == "PUT")
                for m in ("POST", "PUT", "PATCH")
            ),
            Endpoint("DELETE", "/write", self.write, "Delete"),
            Endpoint("GET", "/read", self.read, "Read"),
            Endpoint("GET", "/record", self.write, "Record", records=True),
        ]

    def write(self, request: Request[object, None]) -> dict[str, int]:
        self.bodies.append(request.body)
        return {"kept": 1}

    def read(self, request: Plain) -> dict[str, int]:
        return {}


class Kept:
    """An application of such a service, alone or beside another one; `bodies` are those that got through."""

    def __init__(self, hosts: Hosts | None = None, mounted: bool = False) -> None:
        recorder = Recorder()
        self.bodies = recorder.bodies
        self.app = application([recorder, Recorder("two")] if mounted else [recorder], hosts)
        self.prefix = "/one" if mounted else ""

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes = b"{}") -> tuple[int, str]:
        """Status and error of one request."""
        pairs = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
        status, reply, _ = asyncio.run(ask(self.app, method, self.prefix + path, pairs, body))
        return status, json.loads(reply or b"{}").get("error", "")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "application/vnd.bentoml+pickle",
        "text/plain; application/json",
        "application/json, text/plain",
        "application/json;" + " " * 300,
        "",
        None,
    ],
)
def test_a_body_of_another_type_is_not_parsed(kind: str | None) -> None:
    app = Kept()
    headers = {"host": "localhost"} if kind is None else {"host": "localhost", "content-type": kind}
    status, error = app("POST", "/write", headers)
    assert (status, app.bodies) == (415, [])
    assert "header Content-Type" in error and "application/json" in error


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_json_in_utf_8_is_parsed(kind: str) -> None:
    app = Kept()
    assert app("POST", "/write", {"host": "localhost", "content-type": kind}) == (200, "")
    assert app.bodies == [{}]


def test_a_request_without_a_body_needs_no_content_type() -> None:
    app = Kept()
    assert app("DELETE", "/write", {"host": "localhost"}, b"")[0] == 200
    status, error = app("POST", "/write", {"host": "localhost"}, b"")
    assert status == 400 and "not JSON" in error  # the route wants a body; its type is not the reason


ACCEPTED = [
    "localhost",
    "LocalHost:8000",
    "127.0.0.1",
    "127.8.9.10:65535",
    "[::1]",
    "[::1]:8000",
]
FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "192.168.0.7",
    "0.0.0.0:8000",
    "[::2]:8000",
    "localhost, evil.example",
    "localhost:" + "0" * 300,
    "",
]


@pytest.mark.parametrize("host", ACCEPTED)
def test_loopback_hosts_may_write(host: str) -> None:
    assert Kept()("POST", "/write", {"host": host, **JSON}) == (200, "")


@pytest.mark.parametrize("mounted", [False, True])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_may_not_write(host: str, method: str, mounted: bool) -> None:
    app = Kept(mounted=mounted)
    status, error = app(method, "/write", {"host": host, **JSON})
    assert (status, app.bodies) == (403, [])
    assert "header Host" in error and "--allow-host" in error


def test_no_host_or_two_are_refused() -> None:
    assert Kept()("POST", "/write", JSON)[0] == 403
    twice = [(b"host", b"localhost"), (b"host", b"evil.example")]
    with pytest.raises(origin.ForeignRequest):
        origin.check_host(origin.checked(twice), Hosts())


@pytest.mark.parametrize("path", ["/read", "/record", "/", "/docs", "/openapi.json", "/metrics", "/health/live", "/no"])
def test_a_read_is_answered_under_the_servers_own_hosts_alone(path: str) -> None:
    for mounted in (False, True):
        app = Kept(mounted=mounted)
        for method in ("GET", "HEAD", "OPTIONS"):
            for host in FOREIGN:
                assert app(method, path, {"host": host})[0] == 403
        assert app.bodies == []


def test_requests_to_a_foreign_host_are_counted() -> None:
    app = Kept()
    app("GET", "/read", {"host": "evil.example"})
    text = asyncio.run(ask(app.app, "GET", "/metrics"))[1].decode()
    assert 'breakeven_requests_total{path="(foreign host)",status="403"} 1.0' in text


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        (SHOP, "shop.example", 200),
        (SHOP, "Shop.Example:8443", 200),
        (SHOP, "localhost", 200),
        (SHOP, "other.example", 403),
        (hosts_of("127.0.0.1", ["fd00::7"]), "[fd00::7]:80", 200),
        (Hosts("0.0.0.0"), "192.168.0.7:8000", 200),
        (Hosts("0.0.0.0"), "[fd00::7]:8000", 200),
        (Hosts("0.0.0.0"), "localhost", 200),
        (Hosts("0.0.0.0"), "box.example", 403),
        (hosts_of("0.0.0.0", ["box.example"]), "box.example", 200),
        (Hosts("Box.example"), "box.example:8000", 200),
        (Hosts("127.0.0.1"), "192.168.0.7", 403),
    ],
)
def test_hosts_follow_the_bound_address_and_the_allowed_names(hosts: Hosts, host: str, status: int) -> None:
    assert Kept(hosts)("POST", "/write", {"host": host, **JSON})[0] == status


@pytest.mark.parametrize(
    ("host", "sender", "status"),
    [
        ("localhost:8000", "http://localhost:8000", 200),
        ("localhost", "http://localhost", 200),
        ("localhost:80", "http://localhost", 200),
        ("[::1]:8000", "http://[::1]:8000", 200),
        ("shop.example", "https://shop.example", 200),  # behind a proxy that ends TLS
        ("127.0.0.1:8000", "https://shop.example", 200),  # and that renames the host
        ("localhost:8000", "http://evil.example", 403),
        ("localhost:8000", "http://localhost:3000", 403),
        ("localhost:8000", "http://127.0.0.1:8000", 403),
        ("localhost:8000", "http://localhost", 403),
        ("localhost:8000", "null", 403),
        ("localhost:8000", "", 403),
        ("localhost:8000", "file://localhost:8000", 403),
        ("localhost:8000", "http://localhost:8000.evil.example", 403),
        ("localhost:8000", "http://shop.example.evil.example", 403),
    ],
)
def test_an_origin_is_this_server_or_an_allowed_host(host: str, sender: str, status: int) -> None:
    app = Kept(SHOP)
    got, error = app("POST", "/write", {"host": host, "origin": sender, **PAGE})
    assert (got, len(app.bodies)) == (status, int(status == 200))
    assert ("header Origin" in error) == (status == 403)


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200), ("later", 403)]
)
def test_a_browsers_word_that_a_request_crossed_sites_is_enough(site: str, status: int) -> None:
    assert Kept()("POST", "/write", {**LOCAL, **PAGE, "sec-fetch-site": site})[0] == status
    assert Kept()("GET", "/record", {**LOCAL, "sec-fetch-site": site, "sec-fetch-mode": "navigate"})[0] == status


@pytest.mark.parametrize("mode", ["navigate", "no-cors", "cors"])
def test_a_link_from_another_site_leads_here_and_nothing_else_of_it_does(mode: str) -> None:
    headers = {**LOCAL, "sec-fetch-site": "cross-site", "sec-fetch-mode": mode}
    assert Kept()("GET", "/read", headers)[0] == (200 if mode == "navigate" else 403)


def test_a_client_without_an_origin_may_write() -> None:
    assert Kept()("POST", "/write", LOCAL) == (200, "")


@pytest.mark.parametrize(
    "name", ["http://shop.example", "shop.example:8000", "shop.example:", "*.example", "a b", "", "abc:def"]
)
def test_an_allowed_name_is_one_host(name: str) -> None:
    with pytest.raises(InputError, match="--allow-host"):
        hosts_of("127.0.0.1", [name])


def test_the_option_is_repeatable() -> None:
    given = parser().parse_args(["serve", "shop", "--allow-host", "a.example", "--allow-host", "b.example"])
    assert hosts_of(given.host, given.allow_host) == Hosts("127.0.0.1", frozenset({"a.example", "b.example"}))


async def handshake(app: Application, headers: list[tuple[bytes, bytes]]) -> list[dict]:
    """What a WebSocket handshake is answered."""
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/talk", "headers": headers, "query_string": b""}, receive, send)
    return sent


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ([(b"host", b"localhost"), (b"origin", b"http://localhost")], True),
        ([(b"host", b"localhost")], True),
        ([(b"host", b"localhost"), (b"origin", b"http://evil.example")], False),
        ([(b"host", b"evil.example")], False),
    ],
)
def test_a_websocket_is_opened_by_the_servers_own_page_alone(
    headers: list[tuple[bytes, bytes]], accepted: bool
) -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    app = application([Recorder()])
    app.starlette.router.routes.insert(0, WebSocketRoute("/talk", talk))
    first = asyncio.run(handshake(app, headers))[0]["type"]
    assert first == ("websocket.accept" if accepted else "websocket.close")
