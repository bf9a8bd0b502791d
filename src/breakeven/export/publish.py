"""A product folder: model.onnx, product.json (schema, reader, decoder and what to tell people), reader.safetensors, manifest.json last."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from breakeven.core import store
from breakeven.core.version import VERSION
from breakeven.features.packed import Packed, ReaderSettings
from breakeven.runtime.description import ABOUT, Description
from breakeven.runtime.predictor import ARRAYS, MODEL


def publish(folder: Path, graph: bytes, about: Description, reader: Packed[ReaderSettings]) -> Path:
    """Write a product folder anew; it counts as finished once its manifest is there."""
    if folder.exists():
        shutil.rmtree(folder)
    store.write_bytes(folder / MODEL, graph)
    _describe(folder, msgspec.structs.replace(about, reader=reader.plain))
    if reader.arrays:
        from safetensors.numpy import save

        store.write_bytes(folder / ARRAYS, save({k: np.ascontiguousarray(v) for k, v in reader.arrays.items()}))
    for name, words in reader.files.items():
        store.write_text(folder / name, words)
    store.seal(folder, {"name": about.name, "scenario": about.scenario, "breakeven": VERSION})
    return folder


def publish_ensemble(folder: Path, members: Sequence[Path], about: Description) -> Path:
    """Write a product made of others, copied into folders of its own; `about` holds the pool and says who they are."""
    if folder.exists():
        shutil.rmtree(folder)
    for entry, member in zip(about.members, members, strict=True):
        shutil.copytree(member, folder / entry.folder, ignore=shutil.ignore_patterns(store.MANIFEST))
    _describe(folder, about)
    store.seal(folder, {"name": about.name, "scenario": about.scenario, "breakeven": VERSION})
    return folder


def _describe(folder: Path, about: Description) -> None:
    store.write_json(folder / ABOUT, msgspec.to_builtins(about, enc_hook=store.plain))


def size_mb(folder: Path) -> float:
    """All files of a product folder, in MB (10^6 bytes)."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
