"""Vectors of items' pictures: by the packaged network where it is installed, else gradients and colours; brought to a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from breakeven.collect import images
from breakeven.core import store
from breakeven.core.errors import MissingExtra
from breakeven.core.types import Array, Finding
from breakeven.features import image
from breakeven.models import registry
from breakeven.scale.executor import alone

#: Numbers of a picture's vector, pictures by which the numbers that matter are chosen, pictures looked at a time, the network.
WIDTH, LEARNED_FROM, CHUNK, NETWORK = 64, 5_000, 32, "efficientnet-lite0"
FILE, BROKEN = "looks.npz", "looks.json"


def vectors(files: Sequence[Path | None], where: str, work: Path) -> tuple[Array, list[Finding]]:
    """Vectors (items, d) of length 1, zeros where there is no picture, and a finding on the files that cannot be used; d is 0
    where no item has one or nothing here reads pictures. Kept in `work`. Raises InputError where too many cannot be used.
    """
    if not any(files) or all(
        registry.missing(name, "ranking")
        for name in registry.names("ranking")
        if registry.entry(name, "ranking").sees_images
    ):
        return np.zeros((len(files), 0), dtype=np.float32), []
    kept, why = work / FILE, work / BROKEN
    if not kept.is_file():
        pixels = work / "looks.npy"
        pictures, _ = images.survey(files, where)
        broken = images.decode(files, pictures, pixels)
        _findings(broken, files, where)
        rows = [i for i, f in enumerate(files) if f is not None and i not in broken]
        store.write_json(why, [[i, reason] for i, reason in broken.items()])
        store.write_arrays(kept, vectors=alone(_vectors, pixels, np.array(rows, dtype=np.int64)))
        pixels.unlink()
    return store.read_arrays(kept)["vectors"], _findings(dict(store.read_json(why)), files, where)


def _findings(broken: Mapping[int, str], files: Sequence[Path | None], where: str) -> list[Finding]:
    """A finding on the files that cannot be used, of those that are there. Raises InputError where they are too many."""
    there = [i for i, file in enumerate(files) if file is not None]
    number = {i: n for n, i in enumerate(there)}
    found = images.findings_of({number[i]: why for i, why in broken.items()}, [files[i] for i in there], "image", where)
    return [replace(one, done="their items are known by their words alone") for one in found]


def _vectors(pixels: Path, rows: Array) -> Array:
    """In a process of its own: torch, and as much memory as that needs."""
    block = np.load(pixels, mmap_mode="r")
    parts = [_read(np.asarray(block[rows[i : i + CHUNK]])) for i in range(0, len(rows), CHUNK)]
    features = np.concatenate(parts).astype(np.float32)
    some = features[np.linspace(0, len(features) - 1, min(len(features), LEARNED_FROM)).astype(int)]
    mean, spread = some.mean(axis=0), some.std(axis=0) + np.float32(1e-3)
    axes = np.linalg.svd((some - mean) / spread, full_matrices=False)[2][:WIDTH]
    found = ((features - mean) / spread) @ axes.T
    out = np.zeros((len(block), axes.shape[0]), dtype=np.float32)
    out[rows] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return out


def _read(pixels: Array) -> Array:
    """Features (n, d) of pixels (n, side, side, channels)."""
    try:
        from breakeven.models.mixed import encoded, pretrained

        return encoded.read(pretrained.find(NETWORK), pixels)
    except (ImportError, MissingExtra):
        return image.hog(pixels)
