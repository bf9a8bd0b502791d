"""Transformer encoders from a folder in Hugging Face layout: BERT and its kin for texts, ViT for images.

The nets are written here from the papers (Devlin et al. 2019, Sanh et al. 2019, Dosovitskiy et al. 2021); the weights are
read from model.safetensors, each name mapped to ours, and none may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.errors import InputError

#: Our names in a layer, by what other model types call them.
_LAYER = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm_1",
    "attention.attention.query": "query",
    "attention.attention.key": "key",
    "attention.attention.value": "value",
    "layernorm_before": "norm_1",
    "layernorm_after": "norm_2",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm_2",
    "attention.q_lin": "query",
    "attention.k_lin": "key",
    "attention.v_lin": "value",
    "attention.out_lin": "out",
    "sa_layer_norm": "norm_1",
    "ffn.lin1": "up",
    "ffn.lin2": "down",
    "output_layer_norm": "norm_2",
}
_TOP = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "places",
    "embeddings.token_type_embeddings": "kinds",
    "embeddings.LayerNorm": "norm",
    "embeddings.patch_embeddings.projection": "cut",
    "embeddings.cls_token": "first",
    "layernorm": "norm",
}


class Layer(nn.Module):
    """Self-attention and a feed-forward net, each with its residual; the norm before (`early`) or after them."""

    def __init__(self, width: int, heads: int, inner: int, eps: float, early: bool) -> None:
        super().__init__()
        self.heads, self.early = heads, early
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_1, self.norm_2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, keep: Tensor | None) -> Tensor:
        """x (n, length, width); `keep` (n, 1, 1, length) says what may be looked at."""
        if self.early:
            x = x + self.attend(self.norm_1(x), keep)
            more: Tensor = self.down(functional.gelu(self.up(self.norm_2(x))))
            return x + more
        x = self.norm_1(x + self.attend(x, keep))
        out: Tensor = self.norm_2(x + self.down(functional.gelu(self.up(x))))
        return out

    def attend(self, x: Tensor, keep: Tensor | None) -> Tensor:
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
    """ids (n, length) -> the mean of the last layer over the pieces there are, at length 1: (n, width)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        get = _config(config)
        self.width, self.pad = get["width"], int(config.get("pad_token_id") or 0)
        # RoBERTa counts places from the pad number on.
        self.first = self.pad + 1 if "roberta" in str(config["model_type"]) else 0
        self.words = nn.Embedding(int(config["vocab_size"]), self.width)
        self.places = nn.Embedding(int(config["max_position_embeddings"]), self.width)
        self.kinds = nn.Embedding(int(config.get("type_vocab_size") or 1), self.width)
        self.norm = nn.LayerNorm(self.width, get["eps"])
        self.layers = nn.ModuleList(
            Layer(self.width, get["heads"], get["inner"], get["eps"], False) for _ in range(get["layers"])
        )

    def forward(self, ids: Tensor) -> Tensor:
        """Sentence vectors."""
        there = ids != self.pad
        x = self.norm(
            self.words(ids) + self.places.weight[self.first : self.first + ids.shape[1]] + self.kinds.weight[0]
        )
        keep = there[:, None, None, :]
        for layer in self.layers:
            x = layer(x, keep)
        mask = there.unsqueeze(2).float()
        return functional.normalize((x * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1))


class ImageEncoder(nn.Module):
    """Pixels (n, 3, side, side) from -1 to 1 -> the mean over patches of the last layer (n, width), and its map."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        get = _config(config)
        self.width = get["width"]
        patch, side = int(config["patch_size"]), int(config["image_size"])
        self.cells = side // patch
        self.cut = nn.Conv2d(3, self.width, patch, patch)
        self.first = nn.Parameter(torch.zeros(1, 1, self.width))
        self.places = nn.Parameter(torch.zeros(1, self.cells**2 + 1, self.width))
        self.layers = nn.ModuleList(
            Layer(self.width, get["heads"], get["inner"], get["eps"], True) for _ in range(get["layers"])
        )
        self.norm = nn.LayerNorm(self.width, get["eps"])

    def map(self, x: Tensor) -> Tensor:
        """The last layer's patches laid out (n, width, h, w)."""
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(len(x), -1, -1), x], dim=1) + self.places
        for layer in self.layers:
            x = layer(x, None)
        out: Tensor = self.norm(x)[:, 1:].transpose(1, 2).unflatten(2, (self.cells, self.cells))
        return out


def text(folder: Path, config: Mapping[str, Any]) -> TextEncoder:
    """The text encoder of a folder."""
    net = TextEncoder(config)
    _load(net, folder, optional=("kinds.weight",))
    return net


def vision(folder: Path, config: Mapping[str, Any]) -> ImageEncoder:
    """The image encoder of a folder."""
    net = ImageEncoder(config)
    _load(net, folder)
    return net


def _config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Sizes under the names the model types use."""
    return {
        "width": int(config.get("hidden_size") or config["dim"]),
        "heads": int(config.get("num_attention_heads") or config["n_heads"]),
        "inner": int(config.get("intermediate_size") or config["hidden_dim"]),
        "layers": int(config.get("num_hidden_layers") or config["n_layers"]),
        "eps": float(config.get("layer_norm_eps") or 1e-12),
    }


def _load(net: nn.Module, folder: Path, optional: tuple[str, ...] = ()) -> None:
    from safetensors.torch import load_file

    found = {ours: value for name, value in load_file(folder / "model.safetensors").items() if (ours := _name(name))}
    wanted = net.state_dict()
    for name in optional:
        found.setdefault(name, torch.zeros_like(wanted[name]))
    lost = [name for name in wanted if name not in found]
    wrong = [name for name in wanted if name in found and found[name].shape != wanted[name].shape]
    if lost or wrong:
        what = f"{len(lost)} weights are missing and {len(wrong)} of another shape, such as {(lost + wrong)[0]}"
        raise InputError(
            f"model folder {folder}", what, "give the folder of a BERT, RoBERTa, DistilBERT or ViT encoder"
        )
    net.load_state_dict({name: found[name].float() for name in wanted})


def _name(theirs: str) -> str | None:
    """Our name of a weight; None for what is not part of the encoder (pooler, heads)."""
    plain = re.sub(r"^(bert|roberta|distilbert|vit|model)\.", "", theirs)
    layer = re.match(r"(?:encoder|transformer)\.layer\.(\d+)\.(.+?)(?:\.(weight|bias))?$", plain)
    if layer:
        number, part, end = layer.groups()
        return f"layers.{number}.{_LAYER[part]}.{end}" if part in _LAYER else None
    if plain == "embeddings.position_embeddings":  # ViT keeps them as one tensor
        return "places"
    for their, ours in _TOP.items():
        if plain == their or plain.startswith(their + "."):
            return ours + plain[len(their) :].replace(".gamma", ".weight").replace(".beta", ".bias")
    return None
