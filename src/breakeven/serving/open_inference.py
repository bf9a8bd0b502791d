"""The Open Inference Protocol (KServe's V2 over REST) for clients that speak it: one tensor a column.

Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from breakeven.core.errors import InputError, TooLarge
from breakeven.features import image
from breakeven.runtime.predictor import Loaded
from breakeven.serving.endpoint import MAX_BODY, Endpoint, Live, Plain, Ready, Request, always


class ServerMetadata(msgspec.Struct):
    """The answer of GET /v2."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(msgspec.Struct):
    """Name, type and shape of an input or output; -1 stands for the number of rows."""

    name: str
    datatype: Literal["FP64", "BYTES"]
    shape: list[int]


class ModelMetadata(msgspec.Struct):
    """The answer of GET /v2/models/{name}."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ModelReady(msgspec.Struct):
    """The answer of GET /v2/models/{name}/ready."""

    name: str
    ready: Literal[True]


class InputTensor(msgspec.Struct):
    """A column: one value a row, also as lists of one value each (shape (n, 1)). The product checks the values."""

    name: str
    data: list[object]
    shape: list[int] | UnsetType = UNSET
    datatype: str | UnsetType = UNSET


class InferRequest(msgspec.Struct):
    """The body of POST /v2/models/{name}/infer."""

    inputs: Annotated[list[InputTensor], Meta(min_length=1)]
    id: str | int | UnsetType = UNSET


class OutputTensor(msgspec.Struct):
    """One part of the answers to all rows."""

    name: str
    datatype: Literal["FP64", "BYTES"]
    shape: list[int]
    data: list[str | float]


class InferReply(msgspec.Struct):
    """The answer of POST /v2/models/{name}/infer."""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    id: str | int | UnsetType = UNSET


class OpenInference:
    """The endpoints under /v2 of a product that answers rows."""

    def __init__(self, product: Loaded, max_rows: int, max_pixels: int) -> None:
        self._product, self._max_rows, self._max_pixels = product, max_rows, max_pixels
        self._name = product.about.name
        self._outputs = _outputs(product)

    def endpoints(self) -> list[Endpoint]:
        """Server and model metadata, health, and infer."""
        base = f"/v2/models/{self._name}"
        return [
            Endpoint("GET", "/v2", self.server, "Open Inference Protocol: server", response=ServerMetadata),
            Endpoint(
                "GET", "/v2/health/live", self.live, "Open Inference Protocol: alive", response=Live, scope="open"
            ),
            Endpoint(
                "GET", "/v2/health/ready", self.ready, "Open Inference Protocol: ready", response=Ready, scope="open"
            ),
            Endpoint("GET", base, self.model, "Open Inference Protocol: inputs and outputs", response=ModelMetadata),
            Endpoint(
                "GET", f"{base}/ready", self.model_ready, "Open Inference Protocol: model ready", response=ModelReady
            ),
            Endpoint(
                "POST",
                f"{base}/infer",
                self.infer,
                "Open Inference Protocol: answer rows given as one tensor a column",
                request=InferRequest,
                response=InferReply,
                scope="read",
                heavy=always,
                max_text=MAX_BODY,
            ),
        ]

    def server(self, request: Plain) -> ServerMetadata:
        """GET /v2."""
        return ServerMetadata("breakeven", "2", [])

    def live(self, request: Plain) -> Live:
        """GET /v2/health/live."""
        return Live(True)

    def ready(self, request: Plain) -> Ready:
        """GET /v2/health/ready."""
        return Ready(True)

    def model(self, request: Plain) -> ModelMetadata:
        """GET /v2/models/{name}."""
        return ModelMetadata(self._name, ["1"], "onnx_onnxruntime", _inputs(self._product), self._outputs)

    def model_ready(self, request: Plain) -> ModelReady:
        """GET /v2/models/{name}/ready."""
        return ModelReady(self._name, True)

    def infer(self, request: Request[InferRequest, None]) -> InferReply:
        """POST /v2/models/{name}/infer. Raises InputError naming the tensor."""
        body = request.body
        rows = _rows(body.inputs, self._max_rows)
        with image.budget(self._max_pixels):
            answers = self._product.predict(rows)
        outputs = [
            OutputTensor(out.name, out.datatype, [len(rows), *out.shape[1:]], _values(out.name, answers))
            for out in self._outputs
        ]
        return InferReply(self._name, "1", outputs, body.id)


def _inputs(product: Loaded) -> list[TensorMetadata]:
    return [TensorMetadata(f.name, "FP64" if f.role == "number" else "BYTES", [-1]) for f in product.schema.fields]


def _outputs(product: Loaded) -> list[TensorMetadata]:
    if product.decoder.classes:
        return [
            TensorMetadata("prediction", "BYTES", [-1]),
            TensorMetadata("probabilities", "FP64", [-1, len(product.decoder.classes)]),
        ]
    return [TensorMetadata(name, "FP64", [-1]) for name in ("prediction", "low", "high")]


def _rows(tensors: list[InputTensor], max_rows: int) -> list[dict[str, object]]:
    """Tensors of one length as rows. Raises InputError for other lengths, and TooLarge."""
    columns = {tensor.name: _column(tensor.data) for tensor in tensors}
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise InputError("inputs", f"tensors of lengths {sorted(lengths)}", "send one value a row in every tensor")
    count = lengths.pop()
    if count > max_rows:
        raise TooLarge("inputs", f"{count:,} rows are over the limit of {max_rows:,}", "send fewer rows at a time")
    return [{name: values[i] for name, values in columns.items()} for i in range(count)]


def _column(data: list[object]) -> list[object]:
    """Values of a column; shape (n, 1) comes as nested lists."""
    if data and isinstance(data[0], list):
        return [v[0] if isinstance(v, list) and len(v) == 1 else v for v in data]
    return data


def _values(name: str, answers: Sequence[Mapping[str, object]]) -> list[str | float]:
    """One output of all answers, row after row."""
    if name == "probabilities":
        return [value for answer in answers for value in _mapping(answer[name]).values()]
    return [answer[name] for answer in answers]  # type: ignore[misc]


def _mapping(value: object) -> Mapping[str, float]:
    assert isinstance(value, dict)
    return value
