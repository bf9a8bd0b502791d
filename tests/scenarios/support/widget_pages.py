"""A desk with the widget on its own page and on a page of another site, over real HTTP."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from breakeven.scenarios.support import page
from breakeven.scenarios.support.service import SupportService
from breakeven.serving.app import application
from breakeven.serving.keys import KeyRing
from breakeven.serving.origin import Hosts
from tests.hostile.serving import served
from tests.scenarios.support.desk_books import BOOK, QuickWords
from tests.scenarios.support.desk_service import conversations

ABOUT = page.about("desk", BOOK, {"en": "It pays.", "zh": "值得。"})


@dataclass
class Desk:
    """A served desk: its address, and its service, whose staff tests play."""

    address: str
    service: SupportService


@contextmanager
def desk(folder: Path, keys: bool = False, origins: frozenset[str] = frozenset()) -> Iterator[Desk]:
    """A desk over the log in a folder; `origins` may show its widget."""
    words = QuickWords()
    service = SupportService("desk", conversations(folder, words), words, own=page.PageEndpoints(ABOUT).endpoints())
    if keys:
        service.keys = KeyRing(folder)
    with served(application([service], Hosts(origins=origins))) as address:
        yield Desk(address, service)


class _Shop(BaseHTTPRequestHandler):
    def __init__(self, html: list[str], *given: object) -> None:
        self._html = html
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """The page."""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self._html[0].encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def shop(html: list[str]) -> Iterator[str]:
    """The address of a page of another site; what stands in `html` is sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, html))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def shop_page(address: str, more: str = "", body: str = "<p>Mugs and more.</p>", language: str = "en") -> str:
    """A page with the widget as a company would write it."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Shop</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body><main><h1>Shop</h1>{body}</main><script src="{address}/widget.js" async></script>'
        f'<breakeven-chat src="{address}" lang="auto" {more}></breakeven-chat></body></html>'
    )


def ask(address: str, path: str, body: object = None) -> Any:
    """The answer of a desk to a program of this machine, such as the staff's."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, content, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def said_by_staff(address: str, conversation: str, *texts: str) -> None:
    """A member of the staff takes a conversation and writes in it."""
    one = f"/v1/desk/conversations/{conversation}"
    ask(address, f"{one}/take", {"staff": "Ann"})
    for text in texts:
        ask(address, f"{one}/reply", {"staff": "Ann", "text": text})


def kept(tab: Page) -> dict[str, Any]:
    """What the widget of a page keeps in the browser."""
    found = tab.evaluate(
        "JSON.parse(localStorage.getItem(Object.keys(localStorage).find(k => k.startsWith('breakeven-chat '))))"
    )
    assert isinstance(found, dict)
    return found


def say(tab: Page, text: str, answer: str = "") -> None:
    """Write a message, and wait for something that is answered."""
    box = tab.get_by_role("textbox")
    box.fill(text)
    box.press("Enter")
    if answer:
        tab.locator(".ai .text", has_text=answer).last.wait_for()


def stored(address: str, conversation: str) -> list[str]:
    """The customer's messages as the service has them."""
    entries = ask(address, f"/v1/chat/{conversation}")["entries"]
    return [entry["text"] for entry in entries if entry["kind"] == "message"]
