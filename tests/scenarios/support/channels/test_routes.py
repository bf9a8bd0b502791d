"""Channels over HTTP: open to whoever signs, bounded, counted where Prometheus looks; and requests over a real socket."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from breakeven.scenarios.support.channels.channel import MAX_BYTES, OutgoingRequest
from breakeven.scenarios.support.channels.http_connection import MAX_ANSWER, HttpConnection
from breakeven.scenarios.support.channels.hub import Hub
from breakeven.scenarios.support.channels.routes import channel_routes, open_hub
from breakeven.scenarios.support.channels.settings import read
from breakeven.serving import key_file
from breakeven.serving.app import application
from breakeven.serving.endpoint import Endpoint, Service
from breakeven.serving.keys import KeyRing
from tests.hostile.serving import served
from tests.scenarios.support.channels.fakes import Network, Talk, no_wait
from tests.scenarios.support.channels.sending import ENVIRONMENT, OPTIONS, channel, sent, signed


class Desk(Service):
    """A service of nothing but channels."""

    name = "desk"
    description = "Tests."

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def endpoints(self) -> list[Endpoint]:
        """The channels'."""
        return channel_routes(self.hub)

    def measured(self) -> Any:
        """What happened on them."""
        return self.hub.counts.measured()


@contextmanager
def desk(keys: KeyRing | None = None) -> Iterator[tuple[str, Talk]]:
    """A served desk with all channels: its address and its conversation."""
    talk = Talk()
    hub = Hub([channel(kind) for kind in OPTIONS], talk, Network(), sleep=no_wait)
    service = Desk(hub)
    service.keys = keys
    with served(application([service])) as where:
        yield where, talk


def asked(
    where: str, method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of an answer."""
    connection = http.client.HTTPConnection(where.removeprefix("http://").strip("/"), timeout=20)
    try:
        connection.request(method, path, content or None, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {key.lower(): value for key, value in answer.getheaders()}
    finally:
        connection.close()


def test_a_signed_delivery_needs_no_key_and_everything_else_does(tmp_path: Path) -> None:
    key_file.add(tmp_path, "page", "read")
    with desk(KeyRing(tmp_path)) as (where, talk):
        import time

        given = signed("webhook", json.dumps({"id": "m", "customer": "c", "text": "hi"}).encode(), at=time.time())
        proxied = {**given.headers, "x-forwarded-for": "203.0.113.7"}
        assert asked(where, "POST", "/v1/channels/webhook", given.body, proxied)[0] == 200
        assert [got[3] for got in talk.got] == ["hi"]
        assert asked(where, "GET", "/v1/channels")[0] == 401


def test_refusals_over_http() -> None:
    with desk() as (where, talk):
        forged = signed("telegram", b"{}", secret="other")
        status, said, headers = asked(where, "POST", "/v1/channels/telegram", b"{}", forged.headers)
        assert status == 401 and "signature is wrong" in said and "www-authenticate" not in headers
        assert asked(where, "POST", "/v1/channels/telegram", b"", {})[0] == 401
        assert asked(where, "POST", "/v1/channels/nobody", b"{}")[0] == 404
        assert asked(where, "PUT", "/v1/channels/telegram", b"{}")[0] == 405
        good = signed("telegram", b"{").headers
        assert asked(where, "POST", "/v1/channels/telegram", b"{", good)[0] == 400
        assert asked(where, "POST", "/v1/channels/telegram", b"x" * (MAX_BYTES + 1), good)[0] == 413
        assert asked(where, "POST", "/v1/channels/wechat?signature=" + "x" * 2000, b"{}")[0] == 413
        browser = {**good, "origin": "https://evil.example"}
        assert asked(where, "POST", "/v1/channels/telegram", b"{}", browser)[0] == 403
        assert talk.got == []
        text = asked(where, "GET", "/metrics")[1]
        assert 'breakeven_channel_refused_total{channel="telegram",reason="forged"} 2.0' in text
        assert 'breakeven_channel_refused_total{channel="telegram",reason="unreadable"} 1.0' in text


def test_any_content_type_is_taken_since_the_signature_decides() -> None:
    with desk() as (where, talk):
        for kind in ("text/plain", "application/octet-stream", "application/json; charset=gbk"):
            given = sent("telegram_press")
            assert (
                asked(where, "POST", "/v1/channels/telegram", given.body, {**given.headers, "content-type": kind})[0]
                == 200
            )
        assert len(talk.got) == 1  # the same press three times


def test_a_challenge_is_text_that_no_browser_runs() -> None:
    with desk() as (where, _):
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": "meatyhamhock",
            "hub.challenge": "<script>alert(1)</script>",
        }
        status, said, headers = asked(where, "GET", "/v1/channels/whatsapp?" + urlencode(query))
        assert (status, said) == (200, "<script>alert(1)</script>")
        assert headers["content-type"].startswith("text/plain") and headers["x-content-type-options"] == "nosniff"
        query["hub.verify_token"] = "other"
        assert asked(where, "GET", "/v1/channels/whatsapp?" + urlencode(query))[0] == 401


def test_the_description_names_the_channels() -> None:
    with desk() as (where, _):
        document = json.loads(asked(where, "GET", "/openapi.json")[1])
        post = document["paths"]["/v1/channels/{channel}"]["post"]
        assert post["security"] == [] and list(post["requestBody"]["content"]) == ["*/*"]
        assert "signature" in post["responses"]["401"]["description"]
        assert asked(where, "GET", "/docs")[0] == 200
        counts = json.loads(asked(where, "GET", "/v1/channels")[1])["channels"]
        assert set(counts) == set(OPTIONS)


def test_a_product_without_channels_has_no_such_path() -> None:
    hub = open_hub((), Talk(), {})
    assert channel_routes(hub) == []
    asyncio.run(hub.close())
    opened = open_hub(read({"slack": OPTIONS["slack"]}, "b"), Talk(), ENVIRONMENT)
    assert len(channel_routes(opened)) == 3
    asyncio.run(opened.close())


class Platform(BaseHTTPRequestHandler):
    """Answers by the path that is asked."""

    got: list[tuple[str, str | None, bytes]] = []

    def do_POST(self) -> None:
        """Answer."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.got.append((self.path, self.headers.get("authorization"), content))
        status = int(self.path.rpartition("/")[2])
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/200")
        if status == 429:
            self.send_header("retry-after", "7")
        self.end_headers()
        self.wfile.write(b"x" * (MAX_ANSWER + 10))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def platform() -> Iterator[str]:
    Platform.got.clear()
    server = HTTPServer(("127.0.0.1", 0), Platform)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_requests_over_a_socket_follow_no_redirect_and_read_little(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing listens there; this machine is asked without it
    connection = HttpConnection()

    async def work() -> None:
        for status, pause in ((200, 0.0), (302, 0.0), (429, 7.0), (503, 0.0)):
            request = OutgoingRequest("POST", f"{platform}/{status}", "c", {"authorization": "Bearer t"}, b"{}")
            answer = await connection(request)
            assert (answer[0], len(answer[1]), answer[2]) == (status, MAX_ANSWER, pause)
        with pytest.raises(OSError):
            await connection(OutgoingRequest("POST", "http://127.0.0.1:9/", "c", {}, b"{}"))

    asyncio.run(work())
    connection.close()
    assert [path for path, *_ in Platform.got] == ["/200", "/302", "/429", "/503"]
    assert Platform.got[0] == ("/200", "Bearer t", b"{}")


def test_the_documents_program_sends_a_message() -> None:
    text = (Path(__file__).parents[4] / "docs" / "channels.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found: dict[str, Any] = {}
    exec(compile(code, "channels.md", "exec"), found)
    with desk() as (where, talk):
        message = {"id": "m1", "customer": "c7", "text": "Where is my card?"}
        assert found["send"](f"{where}/v1/channels/webhook", ENVIRONMENT["SECRET"], message) == 200
        assert [got[1:4] for got in talk.got] == [("c7", "m1", "Where is my card?")]
