"""The one way to open an ONNX graph: one thread, the CPU provider, warnings off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from breakeven.core.types import Array

#: onnxruntime's log levels: errors and worse, and nothing but what ends the process.
ERRORS = 3
FATAL = 4


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


def open_session(graph: bytes, *, arena: bool = True, log_level: int = ERRORS) -> OnnxSession:
    """A session that runs `graph` on one thread.

    A product's answer is small work: a pool of threads an opened graph cost 7 s and 103 threads for 100 graphs, against
    0.2 s without. Without `arena` the memory of an answer is returned, for products that are many in one process.

    Raises onnxruntime's errors for bytes that are no valid graph.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = log_level
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return cast(OnnxSession, session)  # its own types also allow for outputs that are no arrays
