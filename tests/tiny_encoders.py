"""Encoders of a few thousand weights at random, in folders as transformers writes them: they cost nothing beside the packaged ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

SIZES = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 40,
         "max_position_embeddings": 64}  # fmt: skip
PICTURES = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 2, "image_size": 32,
            "patch_size": 8}  # fmt: skip
#: Kinds of models that people name.
MODELS = {
    "bert": lambda: transformers.BertConfig(**SIZES),
    "mpnet": lambda: transformers.MPNetConfig(**SIZES, pad_token_id=1),
    "xlm-roberta": lambda: transformers.XLMRobertaConfig(**SIZES, pad_token_id=1),
    "deberta": lambda: transformers.DebertaV2Config(**SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"]),
    "modernbert": lambda: transformers.ModernBertConfig(**SIZES, pad_token_id=0, global_attn_every_n_layers=2),
    "vit": lambda: transformers.ViTConfig(**PICTURES),
    "dinov2": lambda: transformers.Dinov2Config(**PICTURES),
    "swin": lambda: transformers.SwinConfig(embed_dim=8, depths=[2, 2], num_heads=[2, 2], image_size=32, window_size=4),
    "convnext": lambda: transformers.ConvNextConfig(hidden_sizes=[8, 16], depths=[1, 1], num_stages=2, image_size=32),
}


def write(folder: Path, name: str, words: Sequence[str] = "abcdefgh") -> Path:
    """A folder of a kind of model, whose tokenizer knows some words."""
    torch.manual_seed(0)
    transformers.AutoModel.from_config(MODELS[name]()).save_pretrained(folder)
    known = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *words])}
    made = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))
    return folder
