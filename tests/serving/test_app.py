"""The application of several products: their paths, and a lifespan that starts and closes each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import BaseRoute, Route

from breakeven.core.errors import InputError
from breakeven.serving.app import application
from breakeven.serving.body import MAX_BODY
from breakeven.serving.endpoint import Endpoint, Request, Service
from tests.serving.asgi import ask, running


class Product(Service):
    """A service that writes down when it starts and closes."""

    description = "A test."

    def __init__(self, name: str, diary: list[str], fails: bool = False) -> None:
        self.name, self._diary, self._fails = name, diary, fails

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/v1/users/{user}", self.user, "A user", hot=True),
            Endpoint("GET", "/v1/users/{user}/orders/{order}", self.user, "An order"),
            Endpoint("GET", "/slow/{user}", self.user, "A user, found by the router"),
            Endpoint("GET", "/fault", self.fault, "A fault of ours"),
        ]

    def user(self, request: Request[None, None]) -> dict[str, str]:
        return {"product": self.name, **request.path}

    def fault(self, request: Request[None, None]) -> None:
        raise ZeroDivisionError

    async def start(self) -> None:
        self._diary.append(f"{self.name} starts")

    async def close(self) -> None:
        self._diary.append(f"{self.name} closes")
        if self._fails:
            raise OSError("its disk is gone")


@pytest.mark.parametrize("names", [["shop"], ["shop", "corner shop"]])
def test_every_product_is_started_and_closed(names: list[str]) -> None:
    diary: list[str] = []

    async def run() -> None:
        async with running(application([Product(name, diary) for name in names])):
            assert diary == [f"{name} starts" for name in names]

    asyncio.run(run())
    assert sorted(diary[len(names) :]) == sorted(f"{name} closes" for name in names)


def test_one_that_cannot_close_does_not_keep_the_others_open() -> None:
    diary: list[str] = []

    async def run() -> None:
        async with running(application([Product("first", diary), Product("second", diary, fails=True)])):
            pass

    with pytest.raises(OSError, match="disk is gone"):
        asyncio.run(run())
    assert diary[2:] == ["second closes", "first closes"]


@pytest.mark.parametrize("route", ["/v1/users", "/slow"])
@pytest.mark.parametrize(
    ("mount", "names"), [("", ["shop"]), ("/shop", ["shop", "b"]), ("/corner%20shop", ["corner shop", "b"])]
)
def test_an_id_may_hold_a_slash_wherever_the_product_is_mounted(route: str, mount: str, names: list[str]) -> None:
    app = application([Product(name, []) for name in names])
    for user, text in (("a%2Fb", "a/b"), ("%E5%BC%A0", "张"), ("%7Buser%7D", "{user}"), ("u+1", "u+1")):
        status, body, _ = asyncio.run(ask(app, "GET", f"{mount}{route}/{user}"))
        assert (status, json.loads(body)) == (200, {"product": names[0], "user": text})
    assert asyncio.run(ask(app, "GET", f"{mount}{route}/"))[0] == 404
    order = asyncio.run(ask(app, "GET", f"{mount}/v1/users/a%2Fb/orders/7"))[1]
    assert json.loads(order) == {"product": names[0], "user": "a/b", "order": "7"}


def test_several_products_are_listed_and_counted_apart() -> None:
    app = application([Product("shop", []), Product("<b>", [])])
    page = asyncio.run(ask(app, "GET", "/"))[1].decode()
    assert 'href="./shop/"' in page and "<b>" not in page and "&lt;b&gt;" in page
    asyncio.run(ask(app, "GET", "/shop/v1/users/u"))
    asyncio.run(ask(app, "GET", "/shop/nothing"))
    shop = asyncio.run(ask(app, "GET", "/shop/metrics"))[1].decode()
    assert 'breakeven_requests_total{path="/v1/users/{user}",status="200"} 1.0' in shop
    assert 'breakeven_requests_total{path="(unknown)",status="404"} 1.0' in shop
    assert "/v1/users" not in asyncio.run(ask(app, "GET", "/%3Cb%3E/metrics"))[1].decode()


def test_a_products_name_without_a_slash_leads_to_its_page() -> None:
    app = application([Product("shop", []), Product("corner shop", [])])
    status, _, headers = asyncio.run(ask(app, "GET", "/corner%20shop"))
    assert (status, headers["location"]) == (307, "/corner%20shop/")


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="same name"):
        application([Product("shop", []), Product("shop", [])])


@pytest.mark.parametrize("name", ["health", "metrics", "docs", "openapi.json", "assets"])
def test_no_product_answers_in_the_place_of_the_list(name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' is a path"):
        application([Product(name, []), Product("b", [])])
    application([Product(name, [])])


def test_a_fault_of_ours_shows_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    status, body, _ = asyncio.run(ask(application([Product("shop", [])]), "GET", "/fault"))
    assert (
        status == 500 and json.loads(body)["error"] == "internal error (ZeroDivisionError); it is in the server's log"
    )
    assert "request to /fault failed" in caplog.text


def test_a_method_that_is_not_there_names_those_that_are() -> None:
    status, body, headers = asyncio.run(ask(application([Product("shop", [])]), "POST", "/v1/users/u"))
    assert (status, headers["allow"]) == (405, "GET, HEAD") and b"POST is not allowed" in body


class Streaming(Product):
    """A service with routes of Starlette's own kinds."""

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/stream", self.stream),
            Route("/upload", self.upload, methods=["POST"]),
        ]

    async def stream(self, request: StarletteRequest) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for part in (b"one ", b"two"):
                yield part

        return StreamingResponse(parts())

    async def upload(self, request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"bytes": len(await request.body())})


@pytest.mark.parametrize(("mount", "names"), [("", ["shop"]), ("/shop", ["shop", "b"])])
def test_a_service_may_have_routes_of_starlettes_own_kinds(mount: str, names: list[str]) -> None:
    app = application([Streaming(name, []) for name in names])
    assert asyncio.run(ask(app, "GET", f"{mount}/stream"))[:2] == (200, b"one two")
    local, evil = [(b"host", b"localhost")], [(b"host", b"localhost"), (b"origin", b"http://evil.example")]
    assert asyncio.run(ask(app, "POST", f"{mount}/upload", local, b"abc"))[:2] == (200, b'{"bytes":3}')
    assert asyncio.run(ask(app, "POST", f"{mount}/upload", evil, b"abc"))[0] == 403
    assert asyncio.run(ask(app, "POST", f"{mount}/upload", local, b"x" * (MAX_BODY + 1)))[0] == 413
    assert asyncio.run(ask(app, "GET", f"{mount}/nothing"))[0] == 404
    assert asyncio.run(ask(app, "GET", f"{mount}/v1/users/u"))[0] == 200
