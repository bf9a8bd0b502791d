"""What is shipped of a net, and how it is drawn as ONNX: free batch size and text length, one file."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array
from breakeven.features.media import Media
from breakeven.features.reader import Reader
from breakeven.models.training import loop

OPSET = 18
#: Ends of the names of inputs whose second axis, the length, is free.
FREE = ("_ids", "_weights")


class Exported(nn.Module):
    """The net with its probabilities, or its value in the target's own units; and its heat map where it has one."""

    def __init__(self, net: nn.Module, centre: float | None, spread: float, heat: bool = False) -> None:
        super().__init__()
        self.net, self.centre, self.spread, self.heat = net, centre, spread, heat

    def forward(self, *given: Tensor) -> Any:
        """Arguments as the net takes them."""
        out, heat = self.net.with_heat(*given) if self.heat else (self.net(*given), None)
        scores = torch.softmax(out, dim=1) if self.centre is None else out * self.spread + self.centre
        return (scores, heat) if self.heat else scores


def example(reader: Reader, rows: Array, media: Media) -> dict[str, Array]:
    """A few training rows as inputs, at least five long where the length is free: at one, torch takes it for fixed."""
    out = {}
    for name, values in reader.inputs(rows, media).items():
        short = max(0, 5 - values.shape[1]) if name.endswith(FREE) else 0
        out[name] = (
            np.pad(values, ((0, 0), (0, short), *((0, 0),) * (values.ndim - 2)), mode="edge") if short else values
        )
    return out


def graph(net: nn.Module, example: Mapping[str, Array]) -> bytes:
    """ONNX by torch's exporter. `example` names the inputs and gives two rows or more of each.

    To be run in a process of its own: a second export in one process once froze the time axis.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    shared = torch.export.Dim("n", min=1)
    shapes, lengths = [], dict[str, Any]()
    for name in example:
        key = name.rpartition("_")[0]
        length = {1: lengths.setdefault(key, torch.export.Dim(f"{key}_length", min=1))} if name.endswith(FREE) else {}
        shapes.append({0: shared, **length})
    with warnings.catch_warnings(), loop.one_thread():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            net.eval(),
            tuple(torch.from_numpy(v) for v in example.values()),
            dynamo=True,
            input_names=list(example),
            output_names=["scores", "heat"] if getattr(net, "heat", False) else ["scores"],
            dynamic_shapes=(tuple(shapes),),
            external_data=False,
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    out = io.BytesIO()
    program.save(out, external_data=False)
    return out.getvalue()
