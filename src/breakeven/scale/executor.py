"""Fits spread over processes, one thread each, so that results never depend on how many cores there are.

How many processes is measured, not assumed: shared or throttled cores are counted for what they give.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from functools import cache
from typing import Any, TypeVar

from breakeven.core.errors import InputError
from breakeven.scale import device

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Environment of a worker: one thread in every threading library.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
#: Workers keep data sets in memory between fits; with psutil installed loky would take that for a leak and end them.
OF_WORKERS = {**ONE_THREAD, "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15"}
#: A second process must bring at least this share of a core.
LEAST_SHARE = 0.3
#: Environment variable that fixes the number of worker processes; with 1 the race's fits run in the calling process.
PROCESSES = "BREAKEVEN_PROCESSES"


class Workers:
    """`count` processes that run module-level functions; 0 or 1 runs them here (for tests and for Python callers)."""

    def __init__(self, count: int | None = None) -> None:
        self.count = cores() if count is None else max(1, count)

    def run(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        """Results as they come. An error in an item is raised here; a dying process raises TerminatedWorkerError."""
        if self.count == 1:
            for item in items:
                yield item, work(item)
            return
        from loky import get_reusable_executor

        pool = get_reusable_executor(
            self.count, timeout=120, initializer=_prepare, initargs=(os.getpid(),), env=OF_WORKERS
        )
        jobs: dict[Future[Result], Item] = {pool.submit(_on, device.current(), work, item): item for item in items}
        try:
            for done in as_completed(jobs):
                yield jobs[done], done.result()
        except BaseException:
            for job in jobs:
                job.cancel()
            raise

    def close(self) -> None:
        """End the processes now rather than when they have been idle."""
        if self.count > 1:
            from loky import get_reusable_executor

            get_reusable_executor(self.count, reuse=True).shutdown(wait=True)


def alone(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in a fresh process, which ends with it."""
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(1, initializer=_prepare, initargs=(os.getpid(),), env=OF_WORKERS) as pool:
        return pool.submit(_on, device.current(), work, *arguments).result()  # type: ignore[no-any-return]


def _on(name: str, work: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in a worker on the device of the process that asked."""
    with device.on(name):
        return work(*arguments)


def here(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in this process, on one thread as in a worker."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return work(*arguments)


def _prepare(parent: int) -> None:
    """In a new worker: leave Ctrl-C to the parent, and end when the parent is gone (also after kill -9)."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """Number of worker processes: BREAKEVEN_PROCESSES where it is set, else the cores that were measured.

    Raises InputError when the variable is not a positive whole number.
    """
    given = os.environ.get(PROCESSES)
    if given is None:
        return _measured_cores()
    if not given.isdigit() or int(given) < 1:
        raise InputError(PROCESSES, f"{given!r} is not a number of processes", "set it to 1 or more, or unset it")
    return int(given)


@cache
def _measured_cores() -> int:
    """Cores that really work side by side, measured in about a tenth of a second."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if allowed == 1:
        return 1
    alone_seconds = min(_race(1) for _ in range(2))
    together = min(_race(allowed) for _ in range(2))
    speedup = allowed * alone_seconds / together
    return max(1, min(allowed, int(speedup + 1 - LEAST_SHARE)))


def _race(threads: int) -> float:
    """Seconds for `threads` threads to hash 8 MB each at the same time (hashing leaves the interpreter free)."""
    block = bytes(8 << 20)
    start = time.perf_counter()
    runners = [threading.Thread(target=lambda: hashlib.sha256(block).digest()) for _ in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return time.perf_counter() - start
