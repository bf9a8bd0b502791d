"""What is shipped of a net, and how it is drawn as ONNX: free batch size and text length, one file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping

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
#: Second outputs: a net that gives one has an attribute of that name which is true.
MORE = ("heat", "margins")


class HeatNet(nn.Module):
    """A net that can say which places of an image speak for its answer."""

    def with_heat(self, *given: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, outputs) and a heat map (n, h, w)."""
        raise NotImplementedError


class Exported(nn.Module):
    """The net with its probabilities, or its value in the target's own units; and its heat map where it has one."""

    def __init__(self, net: nn.Module, centre: float | None, spread: float, heat: bool = False) -> None:
        super().__init__()
        self.net, self.centre, self.spread, self.heat = net, centre, spread, heat

    def forward(self, *given: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Scores, or scores and heat map; arguments as the net takes them."""
        if self.heat:
            assert isinstance(self.net, HeatNet)
            out, heat = self.net.with_heat(*given)
            return self._scores(out), heat
        return self._scores(self.net(*given))

    def _scores(self, out: Tensor) -> Tensor:
        return torch.softmax(out, dim=1) if self.centre is None else out * self.spread + self.centre


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
    shapes, lengths = [], dict[str, torch.export.Dim]()
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
            output_names=["scores", *(name for name in MORE if getattr(net, name, False))],
            dynamic_shapes=(tuple(shapes),),
            external_data=False,
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return bytes(program.model_proto.SerializeToString())
