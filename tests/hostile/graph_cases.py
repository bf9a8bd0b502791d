"""ONNX graphs that a product may not hold, or that do not answer as it says; cases as in `folder_cases`."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tests.hostile.folder_cases import MODEL, Case, Spoil
from tests.hostile.small_products import graph, honest, net, replaced


def _model(content: bytes) -> Spoil:
    return lambda product: replaced(product, MODEL, content)


def _external(location: str, operator: str = "MatMul") -> bytes:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 2], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", "32")):
        tensor.external_data.add(key=key, value=value)
    return graph([helper.make_node(operator, ["x", "w"], ["scores"])], initial=[tensor])


def _quietly_external() -> bytes:
    """The location alone, without the mark that the values are elsewhere."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 2], raw_data=b"\0" * 32)
    tensor.external_data.add(key="location", value="/etc/passwd")
    return graph([helper.make_node("MatMul", ["x", "w"], ["scores"])], initial=[tensor])


def _external_constant() -> bytes:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=".ssh/id_rsa")
    return graph(
        [helper.make_node("Constant", [], ["w"], value=tensor), helper.make_node("MatMul", ["x", "w"], ["scores"])]
    )


def _body() -> Any:
    value = helper.make_tensor_value_info
    nodes = [helper.make_node("Identity", ["c"], ["co"]), helper.make_node("Identity", ["v"], ["vo"])]
    given = [value("i", TensorProto.INT64, []), value("c", TensorProto.BOOL, []), value("v", TensorProto.FLOAT, None)]
    return helper.make_graph(
        nodes, "b", given, [value("co", TensorProto.BOOL, []), value("vo", TensorProto.FLOAT, None)]
    )


def _loop() -> bytes:
    return graph([helper.make_node("Loop", ["", "t", "x"], ["scores"], body=_body())], {"t": np.array(True)})


def _branch() -> bytes:
    node = helper.make_node("If", ["t"], ["scores"], then_branch=_body(), else_branch=_body())
    return graph([node], {"t": np.array(True)})


def _made(operator: str, numbers: list[int]) -> bytes:
    """A tensor of a size that a few numbers say."""
    inputs = ["n"] if operator == "ConstantOfShape" else ["x", "n"]
    nodes = [helper.make_node(operator, inputs, ["big"]), helper.make_node("ReduceSum", ["big"], ["s"], keepdims=0),
             helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Add", ["y", "s"], ["scores"])]  # fmt: skip
    return graph(nodes, {"n": np.array(numbers), "w": np.zeros((4, 2), np.float32)})


def _hidden_size() -> bytes:
    """The same where the numbers stand in a Constant and in `int64_data`."""
    size = helper.make_tensor("v", TensorProto.INT64, [1], [1 << 34])
    nodes = [helper.make_node("Constant", [], ["n"], value=size), helper.make_node("ConstantOfShape", ["n"], ["big"]),
             helper.make_node("ReduceSum", ["big"], ["s"], keepdims=0), helper.make_node("Add", ["x", "s"], ["scores"])]  # fmt: skip
    return graph(nodes)


def _broadcast() -> bytes:
    """200,000 x 200,000 numbers out of two short lists, which no shape in the file gives away."""
    nodes = [helper.make_node("Add", ["a", "b"], ["big"]), helper.make_node("ReduceSum", ["big"], ["s"], keepdims=0),
             helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Add", ["y", "s"], ["scores"])]  # fmt: skip
    values = {"a": np.zeros((200_000, 1), "f"), "b": np.zeros((1, 200_000), "f"), "w": np.zeros((4, 2), "f")}
    return graph(nodes, values)


def _function() -> bytes:
    nodes = [helper.make_node("Identity", ["a"], ["b"])]
    made = helper.make_function("own", "f", ["a"], ["b"], nodes, [helper.make_opsetid("", 17)])
    return graph([helper.make_node("f", ["x"], ["scores"], domain="own")], opsets=[("own", 1)], functions=[made])


def _sparse_values() -> bytes:
    values = numpy_helper.from_array(np.ones(1, "f"), "w")
    tensor = helper.make_sparse_tensor(values, numpy_helper.from_array(np.zeros(1, np.int64), "i"), [4_000_000_000])
    return graph([helper.make_node("MatMul", ["x", "w"], ["scores"])], more={"sparse_initializer": [tensor]})


def _twice(content: bytes) -> bytes:
    """Two graphs in one file, which readers of protocol buffers join."""
    return content + content


def _of(operator: str, value: Any, **keys: Any) -> bytes:
    return graph(
        [helper.make_node(operator, ["x", "k"], ["scores"], **keys)], {"k": np.asarray(value, dtype=np.float32)}
    )


def _foreign(operator: str, domain: str) -> bytes:
    return graph([helper.make_node(operator, ["x"], ["scores"], domain=domain)], opsets=[(domain, 1)])


def _below_zero() -> bytes:
    nodes = [helper.make_node("MatMul", ["x", "k"], ["s"]), helper.make_node("Sub", ["s", "one"], ["scores"])]
    return graph(nodes, {"k": np.zeros((4, 2), "f"), "one": np.array(1, "f")})


CASES = [
    *(Case(f"external data {where}", "table", _model(_external(where)), "another file")
      for where in ("secret.bin", "../secret.bin", "/etc/passwd", ".ssh/id_rsa", "")),
    Case("external data without its mark", "table", _model(_quietly_external()), "another file"),
    Case("external data of a Constant", "table", _model(_external_constant()), "another file"),
    Case("a loop without end", "table", _model(_loop()), "graph within"),
    Case("a branch", "table", _model(_branch()), "graph within"),
    Case("a loop without a body", "table", _model(graph([helper.make_node("Loop", ["", "", "x"], ["scores"])])), "Loop"),
    *(Case(f"operator {name}", "table", _model(graph([helper.make_node(name, ["x"], ["scores"])])), name)
      for name in ("Scan", "If", "SequenceMap", "RandomNormalLike", "ImageDecoder", "Optional", "Frobnicate", "")),
    Case("an operator of another domain", "table", _model(_foreign("Evil", "evil")), "evil"),
    Case("an operator of Microsoft's", "table", _model(_foreign("Tokenizer", "com.microsoft")), "Tokenizer"),
    Case("a function of its own", "table", _model(_function()), "field 25 of a model"),
    Case("sparse values", "table", _model(_sparse_values()), "not known here"),
    Case("two graphs in one", "table", _model(_twice(honest())), "given twice"),
    Case("a tensor of 128 GB", "table", _model(_made("ConstantOfShape", [1 << 34])), "makes"),
    Case("a tensor repeated 10^12 times", "table", _model(_made("Tile", [10**6, 10**6])), "makes"),
    Case("a tensor spread to 10^12", "table", _model(_made("Expand", [10**6, 10**6])), "makes"),
    Case("a tensor of 128 GB by a Constant", "table", _model(_hidden_size()), "makes"),
    Case("a tensor of 160 GB by a sum", "table", _model(_broadcast()), "cannot answer"),
    Case("a graph of random bytes", "table", _model(b"\x08\x07" + bytes(np.random.default_rng(0).bytes(4000))), "may run"),
    Case("a graph of nothing", "table", _model(b""), "no graph"),
    Case("a graph cut", "table", _model(honest()[:-20]), "may run"),
    Case("a graph and more", "table", _model(honest() + b"\xff" * 9), "may run"),
    Case("a graph of zeros", "table", _model(b"\0" * 5000), "may run"),
    Case("a graph with a length of 2^63", "table", _model(b"\x3a" + b"\xff" * 8 + b"\x7f"), "cut off"),
    Case("a graph with a number without end", "table", _model(b"\x08" + b"\xff" * 50), "ten bytes"),
    Case("a graph with a group", "table", _model(b"\x3b\x3c"), "wire type"),
    Case("a graph of no nodes", "table", _model(graph([])), "no nodes"),
    Case("a graph without the scores", "table", _model(graph([helper.make_node("Identity", ["x"], ["others"])])), "open"),
    Case("a graph that uses itself", "table", _model(graph([helper.make_node("Identity", ["scores"], ["scores"])])), "open"),
    Case("a graph of texts", "table", _model(graph([helper.make_node("StringNormalizer", ["x"], ["scores"])])), "open"),
    Case("answers NaN", "table", _model(_of("Mul", np.nan)), "shape"),
    Case("answers NaN of the right shape", "table", _model(_of("MatMul", np.full((4, 2), np.nan))), "no number"),
    Case("answers infinite", "table", _model(_of("Gemm", np.full((4, 2), np.inf))), "no number"),
    Case("answers below 0", "table", _model(_below_zero()), "no number"),
    Case("answers one number for all", "table", _model(graph([helper.make_node("ReduceSum", ["x"], ["scores"], keepdims=0)])), "shape"),
    Case("answers of three classes", "table", _model(honest(classes=3)), "shape"),
    Case("answers of one class", "table", _model(honest(classes=1)), "shape"),
    Case("wants five columns", "table", _model(honest(width=5)), "cannot answer"),
    Case("a member's graph of three classes", "ensemble", lambda p: replaced(p, "m1/model.onnx", honest(classes=3)), "shape"),
    Case("a member's external data", "ensemble", lambda p: replaced(p, "m0/model.onnx", _external("x")), "another file"),
    Case("a net of other items", "shop", lambda p: replaced(p, "0.2.graph.onnx", net(items=9)), "cannot be read"),
    Case("a net of nothing", "shop", lambda p: replaced(p, "0.2.graph.onnx", b""), "no graph"),
    Case("a net with a loop", "shop", lambda p: replaced(p, "0.2.graph.onnx", _loop()), "graph within"),
    Case("a net with external data", "shop", lambda p: replaced(p, "0.2.graph.onnx", _external("x")), "another file"),
]  # fmt: skip
