"""int8: tried where it can pay, kept only when it is faster and loses next to nothing."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from breakeven.export import quantise
from breakeven.models import onnx_graph


def matmul(width: int = 256) -> bytes:
    weights = np.random.default_rng(0).normal(0, 0.1, (width, width)).astype(np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Softmax", ["h"], ["scores"], axis=1)]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", width])]
    return onnx_graph.assemble(nodes, [numpy_helper.from_array(weights, "w")], given)


def convolution(side: int = 24) -> bytes:
    rng = np.random.default_rng(0)
    held = {
        "a": rng.normal(0, 0.2, (32, 3, 3, 3)),
        "b": rng.normal(0, 0.1, (32, 32, 3, 3)),
        "w": rng.normal(0, 0.3, (32, 4)),
    }
    nodes = [helper.make_node("Conv", ["x", "a"], ["p"], pads=[1] * 4), helper.make_node("Relu", ["p"], ["q"]),
             helper.make_node("Conv", ["q", "b"], ["r"], pads=[1] * 4), helper.make_node("Relu", ["r"], ["s"]),
             helper.make_node("GlobalAveragePool", ["s"], ["t"]), helper.make_node("Flatten", ["t"], ["u"]),
             helper.make_node("MatMul", ["u", "w"], ["scores"])]  # fmt: skip
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])]
    return onnx_graph.assemble(
        nodes, [numpy_helper.from_array(v.astype(np.float32), k) for k, v in held.items()], given
    )


def batches(*shape: int) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [{"x": rng.normal(size=(8, *shape)).astype(np.float32)} for _ in range(4)]


def test_convolutions_are_quantised_statically_with_unsigned_activations() -> None:
    made = quantise.attempt(convolution(), batches(3, 24, 24), lambda *_: 0.0, 0.01)
    if not made.kept:
        assert "not worth it" in made.why  # a processor without fast int8 keeps the whole graph, and says so
        return
    assert made.why.startswith("int8 (static)") and len(made.graph) < len(convolution())
    one = {"x": batches(3, 24, 24)[0]["x"]}
    whole, small = (ort.InferenceSession(g).run(["scores"], one)[0] for g in (convolution(), made.graph))
    assert np.abs(whole - small).max() < 0.1 * np.abs(whole).max()


@pytest.mark.parametrize(("lost", "kept"), [(0.0, True), (0.2, False)])
def test_a_loss_decides(lost: float, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([1.0, 2.0, 8.0])
    monkeypatch.setattr(quantise, "_speed", lambda *_: next(speeds))
    made = quantise.attempt(matmul(), batches(256), lambda *_: lost, 0.0025)
    assert made.kept is kept and made.faster == 2.0
    assert ("loses 0.2000" in made.why) is not kept
    assert (made.graph == matmul()) is not kept


def test_slower_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([2.0, 1.0, 8.0])
    monkeypatch.setattr(quantise, "_speed", lambda *_: next(speeds))
    made = quantise.attempt(matmul(), batches(256), lambda *_: pytest.fail("not asked"), 0.0025)
    assert not made.kept and "0.50 times as fast" in made.why


def test_a_graph_that_must_answer_one_by_one_is_not_kept_where_many_at_once_are_far_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speeds = iter([1.0, 2.0, 3.0])
    monkeypatch.setattr(quantise, "_speed", lambda *_: next(speeds))
    made = quantise.attempt(matmul(), batches(256), lambda *_: pytest.fail("not asked"), 0.0025)
    assert not made.kept and "one by one, 2.7 times as long" in made.why


def test_dynamic_int8_answers_rows_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([1.0, 2.0, 8.0])
    monkeypatch.setattr(quantise, "_speed", lambda *_: next(speeds))
    asked: list[bool] = []
    made = quantise.attempt(matmul(), batches(256), lambda _, alone: float(asked.append(alone) or 0.0), 0.0025)
    assert made.kept and made.alone and asked == [True]


def test_trees_and_what_has_no_products_are_left_alone() -> None:
    made = quantise.attempt(onnx_graph.constant(np.array([0.5, 0.5])), batches(2), lambda *_: 0.0, 1.0)
    assert not made.kept and "not tried" in made.why
    made = quantise.attempt(matmul(), [], lambda *_: 0.0, 1.0)
    assert not made.kept and "failed" in made.why
