"""Weights of a BERT that a package ships as an int8 ONNX file, read back as numbers: its nets can then be trained on and exported anew.

Every weight stands in the file as integers with a scale and a zero point (one, or one an output channel): weight = (integer - zero) *
scale. A product of matrices names the layer it belongs to (`/encoder/layer.0/attention/self/query/MatMul_quant`), an embedding its own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from breakeven.core.types import Array

if TYPE_CHECKING:
    from onnx import ModelProto

_QUANTISED = "_quantized"
#: What the exporter writes behind a layer's path.
_PRODUCT = re.compile(r"^/(?P<layer>.+)/(?:MatMul|Gemm_MatMul)_quant$")


def weights(path: Path) -> dict[str, Array]:
    """All weights of the file by their names in Hugging Face layout, float32; those of layers are (outputs, inputs)."""
    import onnx

    return of_model(onnx.load(path))


def of_model(model: ModelProto) -> dict[str, Array]:
    """The same of a loaded model."""
    from onnx import numpy_helper

    held: dict[str, Any] = {one.name: one for one in model.graph.initializer}

    def number(name: str) -> Array:
        return np.asarray(numpy_helper.to_array(held[name]))

    def dequantised(name: str) -> Array:
        stem = name.removesuffix(_QUANTISED)
        scale, zero = number(f"{stem}_scale"), number(f"{stem}_zero_point").astype(np.float32)
        return np.asarray((number(name).astype(np.float32) - zero) * scale, dtype=np.float32)

    found = {name: number(name) for name in held if name.endswith((".weight", ".bias"))}
    for node in model.graph.node:
        quantised = [name for name in node.input if name.endswith(_QUANTISED) and name in held]
        layer = _PRODUCT.match(node.name)
        if layer and quantised:
            found[layer["layer"].replace("/", ".") + ".weight"] = dequantised(quantised[0]).T
        elif node.op_type == "Gather" and quantised:
            found[quantised[0].removesuffix(_QUANTISED)] = dequantised(quantised[0])
    return found
