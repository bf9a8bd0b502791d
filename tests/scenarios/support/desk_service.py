"""A served desk without a server, for tests: its service and requests to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from breakeven.online.logs import open_log
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.service import SupportService
from breakeven.scenarios.support.understood import Understanding
from breakeven.serving.app import application
from breakeven.serving.keys import KeyRing
from tests.scenarios.support.desk_books import BOOK, QuickWords
from tests.serving.asgi import LOCAL, ask, running


class Clock:
    """A clock that tests set."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        self.at += 0.001
        return self.at


def conversations(
    folder: Path, understanding: Understanding | None = None, clock: Clock | None = None, most: int = 20_000
) -> Conversations:
    """The conversations over a log in a folder."""
    log = open_log(folder, "desk", CHECKS, url="")
    return Conversations(log, understanding or QuickWords(), BOOK, clock or Clock(), most=most)


class Served:
    """A running service: requests, and what it is made of."""

    def __init__(self, service: SupportService) -> None:
        self.service, self.all = service, service.conversations
        self.app = application([service])

    async def __call__(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        content = b"" if body is None else json.dumps(body).encode()
        status, answer, _ = await ask(self.app, method, path, (*LOCAL, *given), content)
        return status, json.loads(answer)

    async def say(self, text: str, **more: object) -> dict[str, Any]:
        """The answer to a message."""
        status, answer = await self("POST", "/v1/chat", {"message": text, **more})
        assert status == 200, answer
        return answer


@asynccontextmanager
async def served(
    folder: Path, understanding: Understanding | None = None, clock: Clock | None = None, keys: bool = False
) -> AsyncIterator[Served]:
    """A desk over the log in a folder, from its start to its end."""
    words = understanding or QuickWords()
    service = SupportService("desk", conversations(folder, words, clock), words)
    if keys:
        service.keys = KeyRing(folder)
    desk = Served(service)
    async with running(desk.app):
        yield desk
