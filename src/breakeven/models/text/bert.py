"""BERT encoders (Devlin et al. 2019) that packages ship, without transformers.

The weights are read from model.safetensors of a folder in Hugging Face layout, or from an int8 ONNX file; each name is mapped to ours,
and none may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.errors import InputError
from breakeven.models.text import quantised_bert

#: Our names in a layer, by what other model types call them.
_LAYER = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm_1",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm_2",
}
_TOP = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "places",
    "embeddings.token_type_embeddings": "kinds",
    "embeddings.LayerNorm": "norm",
}


class Layer(nn.Module):
    """Self-attention and a feed-forward net, each with its residual and a norm after it."""

    def __init__(self, width: int, heads: int, inner: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_1, self.norm_2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, keep: Tensor) -> Tensor:
        """x (n, length, width); `keep` (n, 1, 1, length) says what may be looked at."""
        x = self.norm_1(x + self.attend(x, keep))
        out: Tensor = self.norm_2(x + self.down(functional.gelu(self.up(x))))
        return out

    def attend(self, x: Tensor, keep: Tensor) -> Tensor:
        """Attention of every place to every other."""
        n, length, width = x.shape

        def split(part: Tensor) -> Tensor:
            return part.reshape(n, length, self.heads, width // self.heads).transpose(1, 2)

        found = functional.scaled_dot_product_attention(
            split(self.query(x)), split(self.key(x)), split(self.value(x)), attn_mask=keep
        )
        out: Tensor = self.out(found.transpose(1, 2).reshape(n, length, width))
        return out


class TextEncoder(nn.Module):
    """ids (n, length) -> the last layer's first piece, or the mean over the pieces there are, at length 1: (n, width)."""

    def __init__(self, config: Mapping[str, Any], pooled: Literal["mean", "first"] = "mean") -> None:
        super().__init__()
        self.pooled = pooled
        sizes = _sizes(config)
        self.width, self.pad = sizes.width, int(config.get("pad_token_id") or 0)
        self.words = nn.Embedding(int(config["vocab_size"]), self.width)
        self.places = nn.Embedding(int(config["max_position_embeddings"]), self.width)
        self.kinds = nn.Embedding(int(config.get("type_vocab_size") or 1), self.width)
        self.norm = nn.LayerNorm(self.width, sizes.eps)
        self.layers = nn.ModuleList(Layer(self.width, sizes.heads, sizes.inner, sizes.eps) for _ in range(sizes.layers))

    def forward(self, ids: Tensor) -> Tensor:
        """Sentence vectors."""
        there = ids != self.pad
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kinds.weight[0])
        keep = there[:, None, None, :]
        for layer in self.layers:
            x = layer(x, keep)
        if self.pooled == "first":
            return functional.normalize(x[:, 0])
        mask = there.unsqueeze(2).float()
        return functional.normalize((x * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1))


def text(folder: Path, config: Mapping[str, Any]) -> TextEncoder:
    """The text encoder of a folder."""
    from safetensors.torch import load_file

    net = TextEncoder(config)
    _load(net, load_file(folder / "model.safetensors"), f"model folder {folder}", optional=("kinds.weight",))
    return net


def quantised(file: Path, config: Mapping[str, Any]) -> TextEncoder:
    """The text encoder of an int8 ONNX file, read by its first piece, as BGE is trained (Xiao et al. 2023)."""
    net = TextEncoder(config, "first")
    _load(net, {n: torch.tensor(w) for n, w in quantised_bert.weights(file).items()}, f"model {file}")
    return net


class _Sizes(NamedTuple):
    width: int
    heads: int
    inner: int
    layers: int
    eps: float


def _sizes(config: Mapping[str, Any]) -> _Sizes:
    """Sizes of a config.json of transformers."""
    return _Sizes(
        int(config["hidden_size"]),
        int(config["num_attention_heads"]),
        int(config["intermediate_size"]),
        int(config["num_hidden_layers"]),
        float(config.get("layer_norm_eps") or 1e-12),
    )


def _load(net: nn.Module, weights: Mapping[str, Tensor], where: str, optional: tuple[str, ...] = ()) -> None:
    found = {ours: value for name, value in weights.items() if (ours := _name(name))}
    wanted = net.state_dict()
    for name in optional:
        found.setdefault(name, torch.zeros_like(wanted[name]))
    lost = [name for name in wanted if name not in found]
    wrong = [name for name in wanted if name in found and found[name].shape != wanted[name].shape]
    if lost or wrong:
        what = f"{len(lost)} weights are missing and {len(wrong)} of another shape, such as {(lost + wrong)[0]}"
        raise InputError(where, what, "install the package again")
    net.load_state_dict({name: found[name].float() for name in wanted})


def _name(name: str) -> str | None:
    """Our name of a weight; None for what is not part of the encoder (pooler, heads)."""
    plain = name.removeprefix("bert.")
    layer = re.match(r"encoder\.layer\.(\d+)\.(.+?)(?:\.(weight|bias))?$", plain)
    if layer:
        number, part, end = layer.groups()
        return f"layers.{number}.{_LAYER[part]}.{end}" if part in _LAYER else None
    for their, own in _TOP.items():
        if plain == their or plain.startswith(their + "."):
            return own + plain[len(their) :].replace(".gamma", ".weight").replace(".beta", ".bias")
    return None
