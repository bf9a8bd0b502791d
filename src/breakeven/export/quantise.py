"""int8 as a candidate for a graph: static for convolutions, dynamic for matrix products, none for recurrent nets and trees.

Kept only when it answers faster here and loses next to nothing. Dynamic scales are of all numbers multiplied at once, so
that a row's answer would depend on the rows beside it: such a graph answers rows one by one. Dynamic quantisation made
convolutions 6 to 25 times slower, and signed activations 6 times, so they get unsigned static ones (measured, LAB.md).
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from breakeven.core import temporary
from breakeven.core.types import Array
from breakeven.runtime.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime.quantization import CalibrationDataReader

#: How much faster it must be, rows it is calibrated on, and answers timed.
FASTER, CALIBRATED, TIMED = 1.15, 300, 60
#: How much longer than the whole graph's eight at once its eight rows one by one may take.
TOGETHER, SLOWER = 8, 1.5
NEVER = ("GRU", "LSTM", "RNN", "TreeEnsembleClassifier", "TreeEnsembleRegressor")


@dataclass(frozen=True)
class Quantised:
    """What came of it: the graph that is kept, whether it is the int8 one, and in words why."""

    graph: bytes
    kept: bool
    why: str
    loss: float | None = None
    faster: float | None = None
    alone: bool = False


def attempt(
    graph: bytes, batches: list[dict[str, Array]], loss: Callable[[bytes, bool], float], most: float
) -> Quantised:
    """Try int8. `batches` are inputs of a few rows each; `loss` says how much worse a graph, asked row by row or not, is
    than the given one.
    """
    kinds = _kinds(graph)
    never = [k for k in NEVER if k in kinds]
    if never:
        return Quantised(graph, False, f"int8 not tried: {never[0]} gains nothing from it")
    if "Conv" in kinds:
        how = "static"
    elif "MatMul" in kinds or "Gemm" in kinds:
        how = "dynamic"
    else:
        return Quantised(graph, False, "int8 not tried: no matrix product to gain from")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), temporary.folder() as folder:
            warnings.simplefilter("ignore")
            made = _static(graph, batches, folder) if how == "static" else _dynamic(graph, folder)
        small = _speed(made, batches[0])
        faster = _speed(graph, batches[0]) / small
        together = _speed(graph, batches[0], TOGETHER) / TOGETHER if how == "dynamic" else small
    except Exception as error:  # the quantiser raises what its passes raise; the graph at hand is good
        return Quantised(graph, False, f"int8 failed ({type(error).__name__}: {str(error)[:80]})")
    finally:
        logging.disable(before)
    if faster < FASTER:
        return Quantised(graph, False, f"int8 ({how}) is {faster:.2f} times as fast here: not worth it", None, faster)
    if small > SLOWER * together:
        why = f"int8 ({how}) answers rows one by one, {small / together:.1f} times as long as many at once"
        return Quantised(graph, False, why, None, faster)
    lost = loss(made, how == "dynamic")
    if not lost <= most:
        return Quantised(graph, False, f"int8 ({how}) loses {lost:.4f}, more than {most:g}", lost, faster)
    why = f"int8 ({how}): {faster:.1f} times as fast, loses {max(lost, 0.0):.4f}"
    return Quantised(made, True, why, lost, faster, how == "dynamic")


def _kinds(graph: bytes) -> set[str]:
    import onnx

    return {node.op_type for node in onnx.load_from_string(graph).graph.node}


def _dynamic(graph: bytes, folder: Path) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    (folder / "in.onnx").write_bytes(graph)
    # Weights alone; a per-channel scale each. The sparse tables of n-grams are gathered, not multiplied, and stay.
    quantize_dynamic(
        folder / "in.onnx",
        folder / "out.onnx",
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"],
        extra_options={"MatMulConstBOnly": True},
    )
    return (folder / "out.onnx").read_bytes()


def _static(graph: bytes, batches: list[dict[str, Array]], folder: Path) -> bytes:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    (folder / "in.onnx").write_bytes(graph)
    quant_pre_process(folder / "in.onnx", folder / "ready.onnx", skip_symbolic_shape=True)
    quantize_static(
        folder / "ready.onnx",
        folder / "out.onnx",
        cast("CalibrationDataReader", _Reader(batches)),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Gemm", "MatMul", "Add", "Relu", "Clip"],
    )
    return (folder / "out.onnx").read_bytes()


class _Reader:
    """Calibration rows as the quantiser asks for them."""

    def __init__(self, batches: list[dict[str, Array]]) -> None:
        self._batches = iter(batches)

    def get_next(self) -> Mapping[str, object] | None:
        """The next rows, None at the end."""
        return next(self._batches, None)


def _speed(graph: bytes, batch: dict[str, Array], rows: int = 1) -> float:
    """Median seconds to answer so many rows at once."""
    session = open_session(graph)
    one = {name: values[:rows] for name, values in batch.items()}
    taken = []
    for _ in range(TIMED):
        start = time.perf_counter()
        session.run(["scores"], one)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[TIMED // 4 :]))
