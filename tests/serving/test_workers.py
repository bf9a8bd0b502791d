"""Heavy requests: side by side in threads, refused when the queue is full, and never on the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from breakeven.serving import workers
from breakeven.serving.app import application
from breakeven.serving.endpoint import Endpoint, Plain, Service, always
from tests.serving.asgi import ask


class Blocking(Service):
    """A service whose heavy requests wait until `free` is set; `begun` counts those in work."""

    name = "blocking"
    description = "A test."

    def __init__(self) -> None:
        self.free = threading.Event()
        self.begun = threading.Semaphore(0)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("POST", "/work", self.work, "Wait", heavy=always),
            Endpoint("GET", "/quick", self.quick, "Answer at once"),
        ]

    def work(self, request: Plain) -> dict[str, bool]:
        self.begun.release()
        assert self.free.wait(30)
        return {"done": True}

    def quick(self, request: Plain) -> dict[str, bool]:
        return {"done": True}


def test_a_full_queue_refuses_with_retry_after_and_loses_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven requests wait or are in work, where seven may: the next is refused, quick ones are answered, all seven end."""
    monkeypatch.setattr(workers, "MAX_QUEUE", 7)
    service = Blocking()
    app = application([service])

    async def run() -> None:
        waiting = [asyncio.create_task(ask(app, "POST", "/work")) for _ in range(7)]
        await asyncio.to_thread(service.begun.acquire)  # one is in work, so all seven have been admitted
        for _ in range(2):
            status, body, headers = await ask(app, "POST", "/work")
            assert (status, headers["retry-after"]) == (503, "1")
            assert b"7 large requests are waiting; try again in 1 s" in body
        assert (await ask(app, "GET", "/quick"))[0] == 200
        assert b"breakeven_queue_waiting 7.0" in (await ask(app, "GET", "/metrics"))[1]
        service.free.set()
        assert [status for status, _, _ in await asyncio.gather(*waiting)] == [200] * 7
        assert (await ask(app, "POST", "/work"))[0] == 200

    asyncio.run(run())


@pytest.mark.skipif(workers.thread_count() < 2, reason="one core: heavy requests take turns")
def test_heavy_requests_are_answered_side_by_side() -> None:
    service = Blocking()
    app = application([service])

    async def both() -> list[int]:
        waiting = [asyncio.create_task(ask(app, "POST", "/work")) for _ in range(2)]
        for _ in range(2):  # neither has ended, and both have begun
            assert await asyncio.to_thread(service.begun.acquire, timeout=20)
        service.free.set()
        return [status for status, _, _ in await asyncio.gather(*waiting)]

    assert asyncio.run(both()) == [200, 200]
