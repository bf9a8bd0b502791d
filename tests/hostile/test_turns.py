"""A request that takes long leaves others their turn: they are answered before it is."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from breakeven.scenarios import registry
from breakeven.serving.app import Application
from breakeven.serving.run import application
from tests.hostile.products import small_shop
from tests.serving.asgi import ask, running


@pytest.fixture
def shop(tmp_path: Path) -> Application:
    return application([small_shop(tmp_path / "shop")], registry.get)


LONG = {
    "10,000 new items": ("/v1/items", [{"item": f"n{i}", "title": f"red mug {i} of ours"} for i in range(10_000)]),
    "10,000 events": ("/v1/events", [{"user": f"u{i}", "item": "商品1"} for i in range(10_000)]),
}


#: Calls of the event loop per entry between two answers to others: 3.5 to 4.0 now; 16 (items) and 47 (events) in one piece.
MAX_CALLS = 8


@contextmanager
def counted_calls() -> Iterator[list[int]]:
    """Function calls of this thread, Python's and C's, in the only entry of a list; work of other threads is not counted."""
    calls = [0]

    def count(frame: FrameType, event: str, arg: object) -> None:
        calls[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("name", LONG)
def test_others_are_answered_while_a_long_request_is_read(shop: Application, name: str) -> None:
    """Counted in calls of the event loop, so the speed of the machine plays no part."""
    path, entries = LONG[name]

    async def both() -> tuple[int, int]:
        """Status of the long request, and the most calls of the event loop's thread in which nobody else was answered."""
        body, most = json.dumps(entries).encode(), 0
        with counted_calls() as calls:
            long = asyncio.create_task(ask(shop, "POST", path, body=body))
            while not long.done():
                before = calls[0]
                await asyncio.sleep(0.001)
                assert (await ask(shop, "GET", "/health/live"))[0] == 200
                most = max(most, calls[0] - before)
        return (await long)[0], most

    async def served() -> tuple[int, int]:
        async with running(shop):
            return await both()

    status, most = asyncio.run(served())
    assert status == 200 and most < MAX_CALLS * len(entries)
