"""A served desk with its page and its insights, and conversations in it, for tests in a browser and by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from breakeven.online.logs import open_log
from breakeven.scenarios.support import desk_page
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.desk_insights import Insights
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.service import SupportService
from breakeven.scenarios.support.settings import Human, Settings
from breakeven.serving.app import application
from breakeven.serving.endpoint import Endpoint
from tests.hostile.serving import served
from tests.scenarios.support.desk_books import BOOK, QuickWords

DECLARED = Settings(human=Human(minutes_to_first_answer=9, usd_per_contact=4.2), declared=True)
#: A message that would do harm if it were markup.
HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script> lost"


def service(folder: Path, settings: Settings = DECLARED, also: Sequence[Endpoint] = ()) -> SupportService:
    """A desk over the log in a folder, with other endpoints besides its page."""
    insights, words = Insights(settings), QuickWords()
    conversations = Conversations(open_log(folder, "desk", CHECKS, url=""), words, BOOK, also=[insights])
    own = [*insights.endpoints(conversations), *desk_page.endpoints("desk"), *also]
    return SupportService("desk", conversations, words, Desk(conversations, scope="oos"), insights.of_days, own)


@dataclass
class Address:
    """A running desk: what customers say, and what the staff's program does."""

    url: str

    def say(self, text: str, **more: object) -> dict[str, Any]:
        """A customer's message."""
        return self.post("v1/chat", {"message": text, **more})

    def post(self, path: str, body: object, status: int = 200) -> dict[str, Any]:
        """A request of a program, with its answer."""
        return self.asked(path, json.dumps(body).encode(), status)

    def get(self, path: str) -> dict[str, Any]:
        """The same without a body."""
        return self.asked(path, None, 200)

    def asked(
        self, path: str, body: bytes | None, status: int, method: str | None = None, browser: str = "program"
    ) -> dict[str, Any]:
        """The answer to a request, which has this status."""
        headers = {"content-type": "application/json", "user-agent": browser}
        asked = Request(f"{self.url}/{path}", body, headers, method=method)
        try:
            with urlopen(asked, timeout=30) as answer:  # an address of this machine
                got, text = answer.status, answer.read()
        except HTTPError as error:
            got, text = error.code, error.read()
        assert got == status, text
        found: dict[str, Any] = json.loads(text)
        return found


@contextmanager
def running(folder: Path, settings: Settings = DECLARED) -> Iterator[Address]:
    """A desk on a free port of this machine."""
    made: list[SupportService] = []

    async def open_() -> None:
        made.append(service(folder, settings))

    asyncio.run(open_())
    with served(application(made)) as url:
        yield Address(url)


def fill(desk: Address) -> str:
    """Conversations as they come; returns the one of the customer who writes markup."""
    desk.say("when are you open?", customer="Maria Lopez")
    for n, (text, who) in enumerate(
        (("手续费多少", "王芳"), ("what is the fee", "Tom Baker"), ("open hours please", "Ana"))
    ):
        found = desk.say(text, customer=who)
        desk.post(f"v1/chat/{found['conversation']}/close", {"solved": n != 2 or None})
    for text, who in (
        ("do you lend against crypto currency", "Bo Chen"),
        ("can I borrow money against my crypto currency", "Sara Lind"),
        ("公积金贷款怎么办理", "李雷"),
    ):
        desk.say(text, customer=who)
    risky = desk.say("there is fraud on my account, somebody took 400 USD", customer="Nora Petersen")
    desk.say("please call me on 13812345678", conversation=risky["conversation"])
    mixed = desk.say("when are you open?", customer="Eve")
    key = str(mixed["conversation"])
    desk.say(HOSTILE, conversation=key)
    desk.say("agent", conversation=key)
    return key
