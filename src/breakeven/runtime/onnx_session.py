"""The one way to open an ONNX graph: one thread, the processor unless a graphics card is asked for, warnings off."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from breakeven.core.errors import InputError
from breakeven.core.types import Array

if TYPE_CHECKING:
    import onnxruntime

#: onnxruntime's log levels: errors and worse, and nothing but what ends the process.
ERRORS = 3
FATAL = 4
#: Environment variable that says where graphs are run, and onnxruntime's providers by its values.
RUN_ON = "BREAKEVEN_RUN_ON"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class NodeArg(Protocol):
    """Name, shape and element type of a graph's input or output."""

    name: str
    shape: Sequence[int | str | None]
    type: str


class OnnxSession(Protocol):
    """The part of onnxruntime.InferenceSession that is used here."""

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Array]) -> list[Array]:
        """Values of the named outputs (None: all) for arrays by input name."""

    def get_inputs(self) -> Sequence[NodeArg]:
        """The graph's inputs, in its order."""

    def get_outputs(self) -> Sequence[NodeArg]:
        """The graph's outputs, in its order."""


class OptionSession(OnnxSession, Protocol):
    """The same where a run has options of its own."""

    def run(
        self,
        output_names: Sequence[str] | None,
        input_feed: Mapping[str, Array],
        run_options: onnxruntime.RunOptions | None = None,
    ) -> list[Array]:
        """Values of the named outputs (None: all) for arrays by input name."""


def open_session(
    graph: bytes, *, arena: bool = True, log_level: int = ERRORS, settings: Mapping[str, str] | None = None
) -> OptionSession:
    """A session that runs `graph` on one thread; `settings` are onnxruntime's own, by their keys.

    A product's answer is small work: a pool of threads an opened graph cost 7 s and 103 threads for 100 graphs, against
    0.2 s without. Without `arena` the memory of an answer is returned, for products that are many in one process.

    BREAKEVEN_RUN_ON=cuda runs graphs on a graphics card: worth it for large encoders and batches, not for tables.

    Raises onnxruntime's errors for bytes that are no valid graph, InputError for a card that cannot be used.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = log_level
    for key, value in (settings or {}).items():
        options.add_session_config_entry(key, value)
    chosen = providers()
    # Where the processor alone is asked for, another try would fail again, and print what happened.
    session = onnxruntime.InferenceSession(graph, options, providers=chosen, enable_fallback=len(chosen) > 1)
    return cast(OptionSession, session)  # its own types also allow for outputs that are no arrays


def providers() -> list[str]:
    """onnxruntime's providers by BREAKEVEN_RUN_ON (cpu where it is unset); the processor takes what a card cannot.

    Raises InputError for another value, and for a card without onnxruntime's package for it.
    """
    import onnxruntime

    asked = os.environ.get(RUN_ON, "cpu")
    if asked not in PROVIDERS:
        raise InputError(RUN_ON, f"{asked!r} is not one of {', '.join(PROVIDERS)}", "set one of these, or unset it")
    if PROVIDERS[asked] not in onnxruntime.get_available_providers():
        raise InputError(RUN_ON, f"the onnxruntime installed here has no {asked}", "pip install onnxruntime-gpu")
    return list(dict.fromkeys((PROVIDERS[asked], PROVIDERS["cpu"])))
