"""Encoders of the transformers library from a folder in Hugging Face layout: any text or image model it can load by itself.

Only safetensors are read, and no code of the folder is run.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

#: The side of images where a model names none, and mean and deviation of its colours.
SIDE, HALF = 224, (0.5, 0.5, 0.5)


class HubTextEncoder(nn.Module):
    """ids (n, length) -> the mean of the last layer over the pieces there are, at length 1: (n, width)."""

    def __init__(self, net: PreTrainedModel, pad: int) -> None:
        super().__init__()
        self.net, self.pad, self.width = net, pad, int(net.config.hidden_size)

    def forward(self, ids: Tensor) -> Tensor:
        """Sentence vectors."""
        there = ids != self.pad
        last = self.net(input_ids=ids, attention_mask=there.long()).last_hidden_state
        mask = there.unsqueeze(2).to(last.dtype)
        return functional.normalize((last * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1))


class HubImageEncoder(nn.Module):
    """Pixels (n, 3, side, side) from -1 to 1 -> the last layer's places (n, width, h, w).

    `mean` and `std` (3,) of the colours, from 0 to 1, are those the model was trained with.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, net: PreTrainedModel, side: int, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.net = net
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32).view(3, 1, 1))
        with torch.no_grad():
            self.shape = tuple(self._last(torch.zeros(1, 3, side, side)).shape[1:])
        if len(self.shape) == 2:  # tokens: those that stand for no place come first
            self.cells = int(self.shape[0] ** 0.5)
        self.width = int(self.shape[-1] if len(self.shape) == 2 else self.shape[0])

    def _last(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(pixel_values=((x + 1) / 2 - self.mean) / self.std).last_hidden_state
        return out

    def map(self, x: Tensor) -> Tensor:
        """The last layer's places laid out."""
        last = self._last(x)
        if len(self.shape) == 3:
            return last
        return last[:, -(self.cells**2) :].transpose(1, 2).reshape(-1, self.width, self.cells, self.cells)


def config_of(folder: Path) -> PretrainedConfig:
    """The description of a folder's model. Raises MissingExtra without transformers, InputError for a type it does not know."""
    try:
        from transformers import AutoConfig
    except ImportError:
        raise MissingExtra(
            f"model folder {folder}", "transformers is not installed", "pip install 'breakeven[hub]'"
        ) from None
    try:
        found: PretrainedConfig = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError) as error:
        why = str(error).splitlines()[0][:120]
        raise InputError(
            f"model folder {folder}", f"transformers cannot read it ({why})", "give another model"
        ) from None
    return found


def side_of(config: PretrainedConfig) -> int:
    """The side (pixels) of the images that a model was trained on."""
    side = getattr(config, "image_size", SIDE)
    return int(side[0] if isinstance(side, list | tuple) else side)


def text(folder: Path, pad: int) -> HubTextEncoder:
    """The text encoder of a folder."""
    return HubTextEncoder(load(folder), pad)


def image(folder: Path, side: int) -> HubImageEncoder:
    """The image encoder of a folder, with the colours that its preprocessor_config.json names."""
    file = folder / "preprocessor_config.json"
    colours = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return HubImageEncoder(load(folder), side, colours.get("image_mean") or HALF, colours.get("image_std") or HALF)


def load(folder: Path) -> PreTrainedModel:
    """The net of a folder, for evaluation. Raises InputError where weights are missing or of another shape."""
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net, loading = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # they are refused below
            attn_implementation="eager",
            dtype=torch.float32,
            output_loading_info=True,
        )
    lost = [name for name in loading["missing_keys"] if "pooler" not in name]
    mismatched = list(loading["mismatched_keys"])
    if lost or mismatched:
        first = [*lost, *mismatched][0]
        what = f"{len(lost)} weights are missing and {len(mismatched)} of another shape, such as {first}"
        raise InputError(f"model folder {folder}", what, "download the folder again")
    made: PreTrainedModel = net.eval()
    return made
