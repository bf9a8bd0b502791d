"""Threads for requests that would hold up the event loop, behind a queue of bounded length."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from prometheus_client import Gauge

#: Threads that work on heavy requests side by side: onnxruntime leaves the interpreter free while it multiplies.
MAX_THREADS = 4
#: Heavy requests waiting or in work; the next one is refused with 503.
MAX_QUEUE = 64

#: Entries of a request from which on a thread turns them into what is kept.
MANY = 500

Result = TypeVar("Result")
Given = ParamSpec("Given")
Argument = TypeVar("Argument")


class Busy(Exception):
    """The service cannot take the request now; the client is asked to try again."""


def thread_count() -> int:
    """As many threads as cores this process may use, at most MAX_THREADS."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MAX_THREADS)


async def aside(count: int, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """The result of `work`, which changes nothing; by a thread where it is about many entries, so that others are answered meanwhile."""
    if count < MANY:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


class Workers:
    """A thread pool with an admission queue; `waiting` is the gauge that shows its length."""

    def __init__(self, waiting: Gauge) -> None:
        self._pool = ThreadPoolExecutor(thread_count(), thread_name_prefix="breakeven")
        self._gauge, self._admitted = waiting, 0

    async def run(self, work: Callable[[Argument], Result], argument: Argument) -> Result:
        """The result of `work(argument)`, computed in a thread. Raises Busy when the queue is full."""
        if self._admitted >= MAX_QUEUE:
            raise Busy(f"{self._admitted} large requests are waiting")
        self._admitted += 1
        self._gauge.set(self._admitted)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, argument)
        finally:
            self._admitted -= 1
            self._gauge.set(self._admitted)

    def close(self) -> None:
        """Wait for the requests in work, then end the threads."""
        self._pool.shutdown(wait=True)
