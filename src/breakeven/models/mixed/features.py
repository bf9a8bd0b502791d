"""Numbers, n-grams and image gradients side by side: the features of classic models of texts and images, and their ONNX graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Grams, Hog, Part, Reader
from breakeven.features.view import View
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto, ValueInfoProto


@dataclass(frozen=True)
class Blocks:
    """One row a row, in blocks: the table's columns, the gradients of each image, the n-grams of each text."""

    dense: tuple[Array, ...]
    grams: tuple[sparse.csr_matrix, ...]

    @property
    def joined(self) -> Array | sparse.csr_matrix:
        """All blocks side by side (n, d): dense when there are no n-grams, sparse otherwise."""
        if not self.grams:
            return np.concatenate(self.dense, axis=1)
        return sparse.hstack([*(sparse.csr_matrix(b) for b in self.dense), *self.grams], format="csr")


class Featured(Candidate):
    """Base of classic models of texts and images. `table` is the view its numbers are read by (None: not read)."""

    table: str | None = "dense"
    reads_images: bool = True

    def _look(self, X: Array, layout: Layout) -> Reader:
        view = View.fit(self.table, X, layout) if self.table and "table" in layout.kinds else None  # type: ignore[arg-type]
        parts: list[Part] = []
        for i, name in enumerate(layout.texts):
            parts.append(Grams.fit(name, layout.place(name), f"t{i}", X, self.media_))
        if self.reads_images:
            parts += [Hog(name, layout.place(name), f"i{i}") for i, name in enumerate(layout.images)]
        return Reader(view, tuple(parts))

    def _read(self, X: Array) -> Blocks:
        reader = self.reader_
        dense = [reader.table.apply(X)] if reader.table is not None else []
        grams = []
        for part in reader.parts:
            if isinstance(part, Grams):
                starts, ids, weights = part.sparse(X, self.media_)
                grams.append(sparse.csr_matrix((weights, ids, starts), shape=(len(X), part.width)))
            else:
                dense += part.inputs(X, self.media_).values()
        return Blocks(tuple(dense), tuple(grams))

    @property
    def widths(self) -> list[tuple[str, int]]:
        """Each block's key and width, in the order in which they are joined."""
        table, parts = self.reader_.table, self.reader_.parts
        images = [(p.key, self.hog_width_) for p in parts if isinstance(p, Hog)]
        texts = [(p.key, p.width) for p in parts if isinstance(p, Grams)]
        return [*([("x", table.width)] if table is not None else []), *images, *texts]

    def _note_widths(self, blocks: Blocks) -> None:
        """Record the width of the image gradients, known only from the images."""
        table = self.reader_.table is not None
        self.hog_width_ = blocks.dense[-1].shape[1] if len(blocks.dense) > table else 0


class Drawing:
    """ONNX nodes and constants of a graph under construction."""

    def __init__(self, owner: Featured) -> None:
        self.owner = owner
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.inputs: list[ValueInfoProto] = []

    def node(self, kind: str, inputs: list[str], output: str, **settings: Any) -> str:
        """Add a node; returns its output's name."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    def constant(self, name: str, values: Array) -> str:
        """Add a constant."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def given(self, name: str, kind: int, shape: list[int | str]) -> str:
        """Declare an input once."""
        from onnx import helper

        if all(i.name != name for i in self.inputs):
            self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def project(self, weights: Array, name: str, only: str | None = None) -> str:
        """All blocks (or only those whose key starts with `only`) times their rows of `weights` (d, k): (n, k)."""
        from onnx import TensorProto

        at, sums = 0, []
        for key, width in self.owner.widths:
            part = weights[at : at + width].astype(np.float32)
            if only is not None and not key.startswith(only):
                continue
            at += width
            if not width:
                continue
            held = self.constant(f"{name}_{key}_w", part)
            if key.startswith("t"):
                sums.append(self._gathered(key, held, name))
            else:
                source = self.given("x" if key == "x" else f"{key}_hog", TensorProto.FLOAT, ["n", width])
                sums.append(self.node("MatMul", [source, held], f"{name}_{key}"))
        return self.node("Sum", sums, name) if len(sums) > 1 else self.node("Identity", sums, name)

    def _gathered(self, key: str, held: str, name: str) -> str:
        """Sparse rows times dense weights: the rows of the n-grams that are there, weighted and summed."""
        from onnx import TensorProto

        ids = self.given(f"{key}_ids", TensorProto.INT64, ["n", f"{key}_m"])
        weights = self.given(f"{key}_weights", TensorProto.FLOAT, ["n", f"{key}_m"])
        rows = self.node("Gather", [held, ids], f"{name}_{key}_rows")
        one = self.constant(f"{name}_{key}_axis", np.array([1], dtype=np.int64))
        across = self.node("Unsqueeze", [weights, one], f"{name}_{key}_across")
        summed = self.node("MatMul", [across, rows], f"{name}_{key}_summed")
        return self.node("Squeeze", [summed, one], f"{name}_{key}")

    def finish(self, more: tuple[str, ...] = ()) -> bytes:
        """The checked model; its last node gives `scores`, and others `more` outputs."""
        return onnx_graph.assemble(self.nodes, self.constants, self.inputs, more=more)


def linear_graph(owner: Featured, weights: Array, bias: Array, scale: float | None) -> bytes:
    """Blocks times `weights` (d, k) plus `bias` (k,); softmax of `scale` times that, beside `margins`, or as it is (None)."""
    drawing = Drawing(owner)
    found = drawing.node(
        "Add",
        [drawing.project(weights, "sums"), drawing.constant("bias", bias.astype(np.float32))],
        "margins" if scale is not None else "scores",
    )
    if scale is not None:
        heated = drawing.node("Mul", [found, drawing.constant("scale", np.array([scale], dtype=np.float32))], "heated")
        drawing.node("Softmax", [heated], "scores", axis=1)
    return drawing.finish(("margins",) if scale is not None else ())


def softmax(margins: Array) -> Array:
    """Rows (n, k) as probabilities."""
    out = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def scale_of(margins: Array, y: Array) -> tuple[float, float]:
    """The factor at which margins (n, k) of rows not learned from, as softmax, tell classes y (n,) best, and its loss.

    As if one row more had been of any class (Platt 1999): rows all told right do not prove certainty.
    """
    from scipy.optimize import minimize_scalar

    rows, soft = np.arange(len(y)), 1.0 / (len(y) + 2)

    def loss(log_scale: float) -> float:
        logs = np.log(softmax(margins * np.exp(log_scale)) + 1e-12)
        return -float(((1 - soft) * logs[rows, y] + soft * logs.mean(axis=1)).mean())

    found = minimize_scalar(loss, bounds=(-2.0, 4.0), method="bounded")
    return float(np.exp(found.x)), float(found.fun)
