"""The table's perceptron as ONNX, node by node: torch's exporter takes as long to load and to trace it as many a build's fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from breakeven.core.types import Array
from breakeven.models import onnx_graph
from breakeven.models.tabular.mlp_net import Net, Sides

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto


class _Drawing:
    """Nodes and constants so far; a constant has the name of the value that it makes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def hold(self, name: str, values: Tensor | Array) -> str:
        """A constant; numbers with a fraction as float32. Returns its name."""
        from onnx import numpy_helper

        array = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, **settings: Any) -> str:
        """A node with one output, which it is named by. Returns the name."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [name], **settings))
        return name

    def numbers(self, name: str, *values: int) -> str:
        """Whole numbers (n,) as a constant."""
        return self.hold(name, np.array(values, dtype=np.int64))


def graph(net: Net, width: int, centre: float | None, spread: float) -> bytes:
    """ONNX of a net of `width` inputs: probabilities, or (with a `centre`) the value in the target's own units."""
    to = _Drawing()
    last = _sides(to, net.sides)
    for i, layer in enumerate(net.body):
        if isinstance(layer, nn.Linear):
            weight, bias = to.hold(f"weight{i}", layer.weight), to.hold(f"bias{i}", layer.bias)
            last = to.add("Gemm", [last, weight, bias], f"linear{i}", transB=1)
        elif isinstance(layer, nn.ReLU):
            last = to.add("Relu", [last], f"bent{i}")
    if centre is None:
        to.add("Softmax", [last], "scores", axis=1)
    else:
        wide = to.add("Mul", [last, to.hold("spread", np.array(spread, dtype=np.float32))], "spread_out")
        to.add("Add", [wide, to.hold("centre", np.array(centre, dtype=np.float32))], "scores")
    return onnx_graph.model(to.nodes, to.constants, width)


def _sides(to: _Drawing, sides: Sides) -> str:
    """Numbers and flags, the numbers' pieces, and the embeddings of categories, side by side."""
    zero, one = to.numbers("zero", 0), to.numbers("one", 1)
    parts = []
    if sides.dense:
        parts.append(to.add("Slice", ["x", zero, to.numbers("dense", sides.dense), one], "dense_columns"))
    if sides.pieces is not None:
        low, width = sides.pieces.low, sides.pieces.width
        numbers = to.add("Slice", ["x", zero, to.numbers("count", len(low)), one], "numbers")
        each = to.add("Unsqueeze", [numbers, to.numbers("third", 2)], "each_number")
        above = to.add("Sub", [each, to.hold("low", low)], "above")
        inside = to.add("Div", [above, to.hold("width", width)], "inside")
        ends = [to.hold(f"end{k}", np.array(k, dtype=np.float32)) for k in (0, 1)]
        filled = to.add("Clip", [inside, *ends], "filled")
        parts.append(to.add("Flatten", [filled], "pieces", axis=1))
    for i, table in enumerate(sides.embed):
        assert isinstance(table, nn.Embedding)
        place = to.hold(f"place{i}", np.array(sides.dense + i, dtype=np.int64))
        level = to.add("Gather", ["x", place], f"level{i}", axis=1)
        number = to.add("Cast", [level], f"number{i}", to=7)  # INT64
        parts.append(to.add("Gather", [to.hold(f"table{i}", table.weight), number], f"embedded{i}", axis=0))
    return to.add("Concat", parts, "side_by_side", axis=1)
