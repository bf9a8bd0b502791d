"""Who may ask the desk from a browser: pages of listed origins with a published key, the own page without one, and nobody else."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from breakeven.scenarios.support.service import SupportService
from breakeven.serving import key_file
from breakeven.serving.app import application
from breakeven.serving.keys import KeyRing
from breakeven.serving.origin import hosts_of
from tests.scenarios.support.desk_books import QuickWords
from tests.scenarios.support.desk_service import conversations
from tests.serving.asgi import ask, running

SHOP, EVIL = b"https://bank.example", b"https://evil.example"
BODY = json.dumps({"message": "fee"}).encode()


def headers(origin: bytes, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Those of a browser that shows a page of an origin."""
    return [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"origin", origin), (b"user-agent", b"Mozilla/5.0"),
            (b"sec-fetch-site", b"cross-site"), *more]  # fmt: skip


def test_a_listed_page_with_the_published_key_may_chat_and_do_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        key = (b"x-api-key", key_file.add(tmp_path, "widget", "chat").encode())
        service = SupportService("desk", conversations(tmp_path), QuickWords())
        service.keys = KeyRing(tmp_path)
        app = application([service], hosts_of("127.0.0.1", [], [SHOP.decode()]))
        async with running(app):
            asked = headers(SHOP, (b"access-control-request-method", b"GET"))
            status, _, allowed = await ask(app, "OPTIONS", "/v1/chat/x/stream", asked)
            assert status == 204 and "last-event-id" in allowed["access-control-allow-headers"]
            status, answer, sent = await ask(app, "POST", "/v1/chat", headers(SHOP, key), BODY)
            assert status == 200 and sent["access-control-allow-origin"] == SHOP.decode()
            conversation = json.loads(answer)["conversation"]
            assert (await ask(app, "GET", f"/v1/chat/{conversation}", headers(SHOP, key)))[0] == 200
            assert (await ask(app, "POST", "/v1/chat", headers(SHOP), BODY))[0] == 401
            assert (await ask(app, "POST", "/v1/chat", headers(EVIL, key), BODY))[0] == 403
            for method, path in (("GET", "/v1/desk/queue"), ("POST", "/v1/predict"), ("GET", "/metrics")):
                assert (await ask(app, method, path, headers(SHOP, key), b"{}"))[0] == 403, path

    asyncio.run(run())


def test_without_keys_a_browser_chats_from_the_own_page_and_its_desk_needs_the_token(tmp_path: Path) -> None:
    async def run() -> None:
        app = application([SupportService("desk", conversations(tmp_path), QuickWords())])
        own = [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"origin", b"http://localhost"),
            (b"user-agent", b"Mozilla/5.0"),
        ]
        async with running(app):
            assert (await ask(app, "POST", "/v1/chat", own, BODY))[0] == 200
            assert (await ask(app, "GET", "/v1/desk/queue", own))[0] == 403
            assert (await ask(app, "POST", "/v1/chat", headers(EVIL), BODY))[0] == 403

    asyncio.run(run())
