"""Sessions of graphs that are not trusted: checked before they open, run within limits of memory and time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from breakeven.core.errors import InputError, ProductError
from breakeven.core.types import Array
from breakeven.runtime import graph_check
from breakeven.runtime.onnx_session import FATAL, NodeArg, OptionSession, open_session

if TYPE_CHECKING:
    import onnxruntime

#: Memory of all answers at a time (bytes), and of a constant that is worked out when a graph opens.
MAX_MEMORY, MAX_CONSTANT = 4 << 30, 64 << 20
#: Seconds that one run of a graph may take, and between looks at the clock.
MAX_SECONDS, LOOK_SECONDS = 60.0, 0.25
#: Bytes of inputs from which memory is given back after the answer.
LARGE = 1 << 20
#: Characters of onnxruntime's own message that an error repeats.
SHOWN = 160


class GuardedSession:
    """A session whose runs end: onnxruntime stops between nodes once the time is over. `where` is the file, for messages."""

    def __init__(self, session: OptionSession, where: str, seconds: float = MAX_SECONDS) -> None:
        self._session, self._where, self._seconds = session, where, seconds
        self._small: list[onnxruntime.RunOptions] = []
        self._large: list[onnxruntime.RunOptions] = []

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Array]) -> list[Array]:
        """Values of the named outputs. Raises InputError where the graph refuses the inputs, fails, or takes too long."""
        size = 0
        for values in input_feed.values():
            size += values.nbytes
        # Made once for as many runs as there are at a time: making them costs more than all else here.
        kept = self._large if size > LARGE else self._small
        try:
            options = kept.pop()
        except IndexError:
            options = _options(size > LARGE)
        number = _watch.begin(options, self._seconds)
        try:
            found = self._session.run(output_names, input_feed, options)
        except Exception as error:  # onnxruntime's own errors have no common base
            if _watch.is_over(number):
                what = f"an answer took more than {self._seconds:g} s and was stopped"
                raise InputError(self._where, what, "send fewer rows, or build a smaller product") from None
            why = " ".join(str(error).split())[-SHOWN:]
            raise InputError("rows", f"the model refuses them ({why})", "send what it knows") from None
        finally:
            stopped = _watch.end(number)
        if not stopped:
            kept.append(options)
        return found

    def get_inputs(self) -> Sequence[NodeArg]:
        """The graph's inputs, in its order."""
        return self._session.get_inputs()

    def get_outputs(self) -> Sequence[NodeArg]:
        """The graph's outputs, in its order."""
        return self._session.get_outputs()


def guarded(graph: bytes, where: str) -> GuardedSession:
    """A session of a graph that is not trusted. Raises ProductError naming `where`, the file."""
    graph_check.check(graph, where)
    try:
        return GuardedSession(open_session(graph, log_level=FATAL, settings=_settings()), where)
    except InputError:  # a card that cannot be used
        raise
    except Exception as error:  # as above
        why = " ".join(str(error).split())[-SHOWN:]
        raise ProductError(where, f"the graph does not open ({why})", "build the product again") from None


@cache
def _settings() -> Mapping[str, str]:
    """Settings of a session: memory from a store of bounded size that all such sessions share; weights are not of it."""
    import onnxruntime as ort

    settings = {"optimization.constant_folding_max_output_size_in_bytes": str(MAX_CONSTANT)}
    info = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    # Chunks of the size that is asked for: doubling would reach the limit with half of it unused.
    arena = ort.OrtArenaCfg({"max_mem": MAX_MEMORY, "arena_extend_strategy": 1})
    with suppress(Exception):  # the process registered one of its own, whose limits then hold
        ort.create_and_register_allocator(info, arena)
    return settings | {"session.use_env_allocators": "1", "session.use_device_allocator_for_initializers": "1"}


def _options(give_back: bool) -> onnxruntime.RunOptions:
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.log_severity_level = FATAL  # its exception says the error; the log need not as well
    if give_back:
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


class _Watch:
    """Ends runs that take too long, by a thread that wakes while there are any products in the process."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[float, onnxruntime.RunOptions]] = {}
        self._over = set[int]()
        self._numbers = iter(range(1 << 62))
        self._owner = 0

    def begin(self, options: onnxruntime.RunOptions, seconds: float) -> int:
        """Note a run; its number."""
        if self._owner != os.getpid():  # also in a forked process, which has no threads but its own
            self._owner = os.getpid()
            threading.Thread(target=self._look, name="breakeven-watch", daemon=True).start()
        options.terminate = False  # it may have been stopped in the moment its last run ended
        number = next(self._numbers)
        self._running[number] = time.monotonic() + seconds, options
        return number

    def end(self, number: int) -> bool:
        """The run has ended; whether it was stopped, or may have been just now."""
        del self._running[number]
        if not self._over:
            return False
        stopped = number in self._over
        self._over.discard(number)
        return stopped

    def is_over(self, number: int) -> bool:
        """Whether a run was stopped."""
        return number in self._over

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for number, (end, options) in list(self._running.items()):
                if now > end and number in self._running:
                    self._over.add(number)  # before it is stopped, so that its options are not used again
                    options.terminate = True


_watch = _Watch()
