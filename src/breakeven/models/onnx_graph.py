"""ONNX graphs with one shape: input `x` (n, width) float32, output `scores` (n, k) float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array

if TYPE_CHECKING:
    from lightgbm import Booster
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
    from sklearn.base import BaseEstimator
    from sklearn.ensemble._forest import BaseForest

#: Version of the ONNX operators: read by every onnxruntime since 1.14.
OPSET = 17
#: Version of the operators of ai.onnx.ml.
ML_OPSET = 3
#: IR 9: written by newer onnx packages for newer runtimes; older runtimes refuse it.
IR_VERSION = 9


def from_sklearn(model: BaseEstimator, width: int) -> bytes:
    """A scikit-learn model by skl2onnx."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    kinds = [("x", FloatTensorType([None, width]))]
    return tidy(
        convert_sklearn(model, initial_types=kinds, options=options, target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET})
    )


def from_forest(forest: BaseForest, width: int) -> bytes:
    """A scikit-learn forest, without the classes that a leaf has not: of 26 classes a sixth of skl2onnx's graph, drawn in
    a tenth of its time. Thresholds are rounded down to float32, for x <= t is asked of float32 values.
    """
    from onnx import helper

    trees = [one.tree_ for one in forest.estimators_]
    tree = np.repeat(np.arange(len(trees)), [t.node_count for t in trees])
    positions = np.concatenate([np.arange(t.node_count) for t in trees])
    left, right, feature, threshold = (
        np.concatenate([getattr(t, name) for t in trees])
        for name in ("children_left", "children_right", "feature", "threshold")
    )
    leaf = left < 0
    rounded = threshold.astype(np.float32)
    rounded = np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    value = np.concatenate([t.value[:, 0, :] for t in trees]) / len(trees)
    node, target = np.nonzero(leaf[:, None] & ((value != 0) | (value.shape[1] == 1)))
    modes = np.where(leaf, b"LEAF", b"BRANCH_LEQ")
    numbers = {
        "nodes_treeids": tree,
        "nodes_nodeids": positions,
        "nodes_featureids": np.maximum(feature, 0),
        "nodes_truenodeids": np.maximum(left, 0),
        "nodes_falsenodeids": np.maximum(right, 0),
        "nodes_modes": modes,
        "nodes_values": np.where(leaf, np.float32(0), rounded),
        "target_treeids": tree[node],
        "target_nodeids": positions[node],
        "target_ids": target,
        "target_weights": value[node, target].astype(np.float32),
    }
    ensemble = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["scores"], domain="ai.onnx.ml", n_targets=value.shape[1]
    )
    ensemble.attribute.extend(_attribute(name, values) for name, values in numbers.items())
    return model([ensemble], [], width)


def _attribute(name: str, values: Array) -> AttributeProto:
    """Numbers or byte strings, without the look at each of them that onnx's helper takes."""
    from onnx import AttributeProto

    field = {"i": "ints", "f": "floats", "S": "strings"}[values.dtype.kind]
    made = AttributeProto(name=name, type=getattr(AttributeProto, field.upper()))
    getattr(made, field).extend(values.tolist())
    return made


def from_lightgbm(model: Booster, width: int) -> bytes:
    """A LightGBM model by onnxmltools."""
    from onnxmltools.convert import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    kinds = [("x", FloatTensorType([None, width]))]
    return tidy(convert_lightgbm(model, initial_types=kinds, zipmap=False, target_opset=15))


def tidy(proto: ModelProto) -> bytes:
    """Keep only the scores: drop the label output and what computes it, and name the rest `x` and `scores`."""
    import onnx

    graph = proto.graph
    last = graph.output[-1].name
    _drop_unused(graph, last)
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == last:
                    names[i] = "scores"
    del graph.output[:]
    graph.output.append(onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["n", None]))
    dimension = graph.input[0].type.tensor_type.shape.dim[0]
    dimension.Clear()
    dimension.dim_param = "n"
    proto.ir_version = min(proto.ir_version, IR_VERSION)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def _drop_unused(graph: GraphProto, wanted: str) -> None:
    needed, kept = {wanted}, []
    for node in reversed(graph.node):
        if any(name in needed for name in node.output):
            needed.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def constant(values: Array) -> bytes:
    """A graph with constant scores (k,): the baseline."""
    from onnx import TensorProto, helper

    table = helper.make_tensor("table", TensorProto.FLOAT, [1, len(values)], np.asarray(values, dtype=np.float32))
    zero = helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0])
    nodes = [
        helper.make_node("ReduceSum", ["x", "axis"], ["sum"], keepdims=1),
        helper.make_node("Mul", ["sum", "zero"], ["none"]),
        helper.make_node("Add", ["none", "table"], ["scores"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    return model(nodes, [table, zero, axis], None)


def assemble(
    nodes: list[NodeProto],
    constants: list[TensorProto],
    inputs: list[ValueInfoProto],
    opset: int = OPSET,
    more: tuple[str, ...] = (),
) -> bytes:
    """A checked model of nodes from declared inputs to `scores`, and to `more` outputs (n, k) by name."""
    import onnx
    from onnx import TensorProto, helper

    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", None]) for name in ("scores", *more)]
    made = helper.make_graph(nodes, "candidate", inputs, outputs, constants)
    proto = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def in_front(
    nodes: list[NodeProto], constants: list[TensorProto], inputs: list[ValueInfoProto], joined: str, behind: bytes
) -> bytes:
    """A drawn model with other nodes before it: what they call `joined` takes the place of its input `x`."""
    import onnx

    proto = onnx.load_from_string(behind)
    for one in proto.opset_import:  # trees alone are written for older operators than those before them
        if one.domain == "":
            one.version = max(one.version, OPSET)
    for node in proto.graph.node:
        for i, name in enumerate(node.input):
            if name == "x":
                node.input[i] = joined
    rest = list(proto.graph.node)
    for field, new in ((proto.graph.node, [*nodes, *rest]), (proto.graph.input, inputs)):
        del field[:]
        field.extend(new)
    proto.graph.initializer.extend(constants)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def mean(graphs: list[bytes]) -> bytes:
    """Drawn models of one kind side by side on the same inputs, and the mean of their scores."""
    import onnx
    from onnx import compose, helper

    protos = [onnx.load_from_string(graph) for graph in graphs]
    joined = protos[0]
    inputs = {one.name for one in joined.graph.input}
    for k, proto in enumerate(protos):
        compose.add_prefix_graph(proto.graph, f"copy{k}/", rename_inputs=False, rename_value_infos=False, inplace=True)
        for node in proto.graph.node:  # what stays named as it was is the input's alone
            for i, name in enumerate(node.input):
                if name.removeprefix(f"copy{k}/") in inputs:
                    node.input[i] = name.removeprefix(f"copy{k}/")
        if k:
            joined.graph.node.extend(proto.graph.node)
            joined.graph.initializer.extend(proto.graph.initializer)
    del joined.graph.value_info[:]
    joined.graph.output[0].name = "scores"
    outputs = [f"copy{k}/scores" for k in range(len(protos))]
    joined.graph.node.append(helper.make_node("Mean", outputs, ["scores"]))
    onnx.checker.check_model(joined)
    return bytes(joined.SerializeToString())


def model(nodes: list[NodeProto], initializers: list[TensorProto], width: int | None) -> bytes:
    """A checked model of nodes from `x` to `scores`."""
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes,
        "candidate",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", None])],
        initializers,
    )
    domains = {node.domain for node in nodes} - {""}
    opsets = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(d, ML_OPSET) for d in domains)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())
