"""Endpoints whose answers pages of every site may use, and endpoints that take bodies as they came."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.core import CounterMetricFamily
from starlette.types import Message

from breakeven.serving.app import application
from breakeven.serving.cors import readable_by
from breakeven.serving.endpoint import Content, Endpoint, Request, Service
from breakeven.serving.responder import PUBLIC
from tests.serving.asgi import LOCAL, ask


class Shared(Service):
    """One public script, one path of raw bodies, one count."""

    name = "shared"
    description = "Tests."

    def endpoints(self) -> list[Endpoint]:
        """Both."""
        return [
            Endpoint(
                "GET", "/widget.js", lambda _: Content(b"1", b"text/javascript"), "A script", scope="open", public=60
            ),
            Endpoint("GET", "/private", lambda _: Content(b"2"), "A page"),
            Endpoint("POST", "/raw", _length, "Bytes", request=bytes, scope="open", max_body=1_000),
        ]

    def measured(self):  # type: ignore[no-untyped-def]
        """A count."""
        yield CounterMetricFamily("own_things", "Things", value=3)


def _length(request: Request[bytes, None]) -> dict[str, int]:
    return {"length": len(request.body)}


def asked(method: str, path: str, body: bytes = b"", *headers: tuple[bytes, bytes]):  # type: ignore[no-untyped-def]
    """Status, body and headers."""
    return asyncio.run(ask(application([Shared()]), method, path, (*LOCAL, *headers), body))


ELSEWHERE = (
    (b"sec-fetch-site", b"cross-site"),
    (b"sec-fetch-mode", b"no-cors"),
    (b"referer", b"https://shop.example/"),
)


def test_a_public_answer_may_be_included_by_every_site_and_kept() -> None:
    status, body, headers = asked("GET", "/widget.js?a1b2", b"", *ELSEWHERE)
    assert (status, body) == (200, b"1")
    assert headers["access-control-allow-origin"] == "*" and headers["cache-control"] == "public, max-age=60"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_others_may_not() -> None:
    status, _, headers = asked("GET", "/private", b"", *ELSEWHERE)
    assert status == 403
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert asked("POST", "/raw", b"x", *ELSEWHERE)[0] == 403


def test_a_listed_site_is_named_once() -> None:
    sent: list[tuple[bytes, bytes]] = []

    async def send(message: Message) -> None:
        sent.extend(message.get("headers", ()))

    listed = readable_by("https://shop.example", send)
    asyncio.run(listed({"type": "http.response.start", "status": 200, "headers": [*PUBLIC, (b"x", b"y")]}))
    assert [value for name, value in sent if name == b"access-control-allow-origin"] == [b"https://shop.example"]
    assert (b"x", b"y") in sent


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"{", b"x" * 1_000])
def test_raw_bodies_come_as_they_are(body: bytes) -> None:
    assert asked("POST", "/raw", body, (b"content-type", b"application/octet-stream"))[:2] == (
        200,
        b'{"length":%d}' % len(body),
    )


def test_raw_bodies_have_a_limit_of_their_own() -> None:
    status, body, _ = asked("POST", "/raw", b"x" * 1_001)
    assert status == 413 and b"limit of 1 kB" in body


def test_a_service_shows_its_own_counts() -> None:
    assert b"own_things_total 3.0" in asked("GET", "/metrics")[1]
