"""The Open Inference Protocol (KServe's V2 over REST) for clients that speak it: one tensor a column.

Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

from typing import Any

from breakeven.core.errors import InputError, TooLarge
from breakeven.runtime.predictor import Loaded
from breakeven.serving.server import Route


def routes(product: Loaded, max_rows: int) -> list[Route]:
    """Routes under /v2."""
    name = product.about["name"]
    base = f"/v2/models/{name}"
    about = {
        "name": name,
        "versions": ["1"],
        "platform": "onnx_onnxruntime",
        "inputs": _inputs(product),
        "outputs": _outputs(product),
    }
    return [
        Route("GET", "/v2", lambda _: {"name": "breakeven", "version": "2", "extensions": []}),
        Route("GET", "/v2/health/live", lambda _: {"live": True}),
        Route("GET", "/v2/health/ready", lambda _: {"ready": True}),
        Route("GET", base, lambda _: about),
        Route("GET", f"{base}/ready", lambda _: {"name": name, "ready": True}),
        Route("POST", f"{base}/infer", lambda body: infer(product, body, max_rows), lambda body: True),
    ]


def _inputs(product: Loaded) -> list[dict[str, Any]]:
    return [
        {"name": f.name, "datatype": "FP64" if f.role == "number" else "BYTES", "shape": [-1]}
        for f in product.schema.fields
    ]


def _outputs(product: Loaded) -> list[dict[str, Any]]:
    if product.decoder.classes:
        return [{"name": "prediction", "datatype": "BYTES", "shape": [-1]},
                {"name": "probabilities", "datatype": "FP64", "shape": [-1, len(product.decoder.classes)]}]  # fmt: skip
    return [{"name": n, "datatype": "FP64", "shape": [-1]} for n in ("prediction", "low", "high")]


def infer(product: Loaded, body: Any, max_rows: int) -> dict[str, Any]:
    """Answer one inference request. Raises InputError naming the tensor."""
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), list):
        raise InputError("body", "no list 'inputs'", 'send {"inputs": [{"name", "shape", "datatype", "data"}]}')
    columns: dict[str, list[Any]] = {}
    for i, tensor in enumerate(body["inputs"]):
        if (
            not isinstance(tensor, dict)
            or not isinstance(tensor.get("data"), list)
            or not isinstance(tensor.get("name"), str)
        ):
            raise InputError(f"inputs[{i}]", "no name or no list 'data'", "send name, shape, datatype and data")
        data = tensor["data"]
        if data and isinstance(data[0], list):  # shape (n, 1) sent as nested lists
            data = [v[0] if isinstance(v, list) and len(v) == 1 else v for v in data]
        columns[tensor["name"]] = data
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise InputError("inputs", f"tensors of lengths {sorted(lengths)}", "send one value a row in every tensor")
    count = lengths.pop()
    if count > max_rows:
        raise TooLarge("inputs", f"{count:,} rows are over the limit of {max_rows:,}", "send fewer rows at a time")
    answers = product.predict([{name: values[i] for name, values in columns.items()} for i in range(count)])
    outputs = []
    for out in _outputs(product):
        name = out["name"]
        values = [list(a[name].values()) if name == "probabilities" else a[name] for a in answers]
        flat = [v for row in values for v in row] if name == "probabilities" else values
        outputs.append({**out, "shape": [count, *out["shape"][1:]], "data": flat})
    reply = {"model_name": product.about["name"], "model_version": "1", "outputs": outputs}
    return {**reply, "id": body["id"]} if "id" in body else reply
