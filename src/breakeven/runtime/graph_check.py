"""What a product's ONNX graph may hold, checked before a session opens it.

A graph is a program, and one from somebody else is not trusted: weights in other files (onnxruntime looks for them from the
working directory on), operators with code of their own, loops that need not end and shapes that fill the memory are refused.
"""

from __future__ import annotations

import math
import struct

from breakeven.core.errors import ProductError
from breakeven.runtime import graph_fields
from breakeven.runtime.graph_fields import BadGraph, Fields, Value
from breakeven.runtime.graph_operators import allowed

#: Most nodes, initial values and inputs of a graph; numbers of a tensor, and of one that a shape alone makes.
MAX_NODES, MAX_TENSORS, MAX_INPUTS = 200_000, 200_000, 20_000
MAX_NUMBERS, MAX_MADE = 1 << 31, 1 << 27
#: Dimensions of a tensor, and whole numbers of a shape that are looked at.
MAX_DIMENSIONS, MAX_SHAPE = 8, 64
#: Operators whose output has the size that one of their inputs says: its place.
MADE_BY = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1, "Reshape": 1, "Resize": 3, "Upsample": 1, "Pad": 1}
INT64 = 7


def check(graph: bytes, where: str) -> None:
    """Refuse a graph that may not be opened. Raises ProductError naming `where`, the file.

    >>> check(b"", "model.onnx")
    Traceback (most recent call last):
    breakeven.core.errors.ProductError: model.onnx: not a graph that may run here (no graph in it); build the product again
    """
    found = fault(graph)
    if found is not None:
        raise ProductError(where, f"not a graph that may run here ({found})", "build the product again")


def fault(graph: bytes) -> str | None:
    """Why a graph may not be opened; None where it may."""
    try:
        _Check(graph).model()
    except BadGraph as error:
        return str(error)
    return None


class _Check:
    """One graph's check; `shapes` are its small whole numbers by name."""

    def __init__(self, graph: bytes) -> None:
        self.fields = Fields(graph)
        self.nodes = self.tensors = 0
        self.shapes: dict[str, list[int]] = {}

    def model(self) -> None:
        """The whole file."""
        found = None
        for name, value in self.fields.of(graph_fields.MODEL, 0, len(self.fields.content)):
            if name == "graph":
                found = value
        if found is None:
            raise BadGraph("no graph in it")
        begin, end = self.fields.place(found)
        nodes, inputs, outputs = list[Value](), 0, 0
        for name, value in self.fields.of(graph_fields.GRAPH, begin, end):
            if name == "initializer":
                self._tensor(value, initial=True)
            elif name == "node":  # after all initial values, wherever they stand
                nodes.append(value)
            inputs, outputs = inputs + (name == "input"), outputs + (name == "output")
        for count, most, what in (
            (len(nodes), MAX_NODES, "nodes"),
            (inputs, MAX_INPUTS, "inputs"),
            (outputs, MAX_INPUTS, "outputs"),
        ):
            if count > most:
                raise BadGraph(f"{count:,} {what} (limit {most:,})")
        if not nodes or not outputs:
            raise BadGraph("no nodes or no outputs")
        for node in nodes:
            self._node(node)

    def _node(self, value: Value) -> None:
        """A node: its operator, and what its attributes hold."""
        inputs, outputs, domain, operator, numbers = list[str](), list[str](), "", "", list[int]()
        for name, one in self.fields.of(graph_fields.NODE, *self.fields.place(value)):
            if name == "input":
                inputs.append(self.fields.text(one))
            elif name == "output":
                outputs.append(self.fields.text(one))
            elif name == "domain":
                domain = self.fields.text(one)
            elif name == "op_type":
                operator = self.fields.text(one)
            elif name == "attribute":
                numbers = self._attribute(one) or numbers
            elif name == "overload" and self.fields.text(one):
                raise BadGraph("a node with a function of its own")
        if not allowed(domain, operator):
            raise BadGraph(f"the operator {f'{domain}:{operator}'.lstrip(':')[:60]!a}")
        if operator == "Constant" and numbers and outputs:
            self.shapes[outputs[0]] = numbers
        maker = MADE_BY.get(operator)
        if maker is not None and maker < len(inputs):
            self._bounded(operator, self.shapes.get(inputs[maker], []))

    def _bounded(self, operator: str, numbers: list[int]) -> None:
        """Refuse a shape, or repetitions, that make too much of nothing."""
        made = math.prod(max(abs(n), 1) for n in numbers)
        if made > MAX_MADE:
            raise BadGraph(f"{operator} makes {made:,} numbers (limit {MAX_MADE:,})")

    def _attribute(self, value: Value) -> list[int]:
        """An attribute; the whole numbers of its tensor, if it has one."""
        found = list[int]()
        for name, one in self.fields.of(graph_fields.ATTRIBUTE, *self.fields.place(value)):
            if name in ("g", "graphs"):
                raise BadGraph("a graph within a node")
            if name == "reference":
                raise BadGraph("an attribute of a function")
            if name in ("t", "tensors"):
                found = self._tensor(one)
        return found

    def _tensor(self, value: Value, initial: bool = False) -> list[int]:
        """A tensor, whose values stand in the file itself; its whole numbers where they are few."""
        self.tensors += 1
        if self.tensors > MAX_TENSORS:
            raise BadGraph(f"more than {MAX_TENSORS:,} tensors")
        dims, kind, called, raw, listed = list[int](), 0, "", (0, 0), list[int]()
        for name, one in self.fields.of(graph_fields.TENSOR, *self.fields.place(value)):
            if name == "external_data" or (name == "data_location" and one != 0):
                raise BadGraph("values that stand in another file")
            if name == "dims":
                dims += self._all(one)
            elif name == "data_type" and isinstance(one, int):
                kind = one
            elif name == "name":
                called = self.fields.text(one)
            elif name == "raw_data":
                raw = self.fields.place(one)
            elif name == "int64_data":
                listed += self.fields.numbers(one, MAX_SHAPE)
        if len(dims) > MAX_DIMENSIONS or math.prod(dims) > MAX_NUMBERS:
            raise BadGraph(f"a tensor of {len(dims)} dimensions and {math.prod(dims):,} numbers")
        found = [_signed(n) for n in listed] if kind == INT64 and math.prod(dims) <= MAX_SHAPE else []
        if kind == INT64 and raw[1] - raw[0] == 8 * math.prod(dims) <= 8 * MAX_SHAPE:
            found = list(struct.unpack(f"<{math.prod(dims)}q", self.fields.content[slice(*raw)]))
        if initial:
            self.shapes[called] = found
        return found

    def _all(self, value: Value) -> list[int]:
        """Dimensions, packed or one by one; runs of many are more than a tensor may have."""
        found = self.fields.numbers(value, MAX_DIMENSIONS + 1)
        if any(n > MAX_NUMBERS for n in found):
            raise BadGraph("a tensor of too many numbers")
        return found


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
