"""A product folder: model.onnx, product.json (schema, view, decoder and what to tell people), manifest.json last."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from breakeven import __version__, store

MODEL, ABOUT = "model.onnx", "product.json"


def publish(folder: Path, graph: bytes, about: dict[str, Any]) -> Path:
    """Write a product folder anew; it counts as finished once its manifest is there."""
    if folder.exists():
        shutil.rmtree(folder)
    store.write_bytes(folder / MODEL, graph)
    store.write_json(folder / ABOUT, about)
    store.seal(folder, {"name": about["name"], "scenario": about["scenario"], "breakeven": __version__})
    return folder


def size_mb(folder: Path) -> float:
    """All files of a product folder, in MB (10^6 bytes)."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
