"""Features of texts and images from a frozen encoder, computed once for all values of a column and shared by all training sizes."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from breakeven.core.types import Array
from breakeven.features.media import Disk, Media
from breakeven.features.reader import Pieces
from breakeven.models.mixed import pretrained
from breakeven.models.mixed.pretrained import Encoder
from breakeven.models.training import loop
from breakeven.scale import device

if TYPE_CHECKING:
    from breakeven.scale.executor import Workers

BATCH = 32
#: Values encoded by one process at a time.
CHUNK = 1_000


@lru_cache(maxsize=2)
def _net(name: str, computed_on: str) -> Any:
    return pretrained.find(name).net().eval().to(computed_on)


def _computed(name: str, values: Array, early: bool = False) -> Array:
    """Answers of an encoder, or of its frozen blocks, for a batch of inputs."""
    net = _net(name, device.current())
    given = torch.from_numpy(values).to(device.current())
    return np.asarray((net.early(given).half() if early else net(given)).cpu().numpy())


def part(encoder: Encoder, column: str, place: int, key: str) -> Pieces:
    """The part that reads a text column for an encoder."""
    assert encoder.tokenizer is not None
    return Pieces(column, place, key, _tokenizer(encoder.name), pretrained.LONGEST, encoder.pad)


@lru_cache(maxsize=4)
def _tokenizer(name: str) -> str:
    made = pretrained.find(name).tokenizer
    assert made is not None
    return made()


def features(encoder: Encoder, media: Media, column: str, refs: Array) -> Array:
    """Features (n, width) float32 of the values that `refs` (n,) refer to."""
    return media.derived(column, f"by-{encoder.identity}", lambda some: compute(encoder, media, column, some), refs)


def compute(encoder: Encoder, media: Media, column: str, refs: Array) -> Array:
    """Compute the features of `features`, on one thread; texts of similar length are batched together."""
    found = np.zeros((len(refs), _net(encoder.name, device.current()).width), dtype=np.float32)
    read = part(encoder, column, 0, "e") if encoder.kind == "text" else None
    order = np.argsort([len(t) for t in media.texts(column, refs)], kind="stable") if read else np.arange(len(refs))
    with torch.inference_mode(), loop.one_thread():
        for i in range(0, len(refs), BATCH):
            some = order[i : i + BATCH]
            values = read.inputs(refs[some][:, None], media)["e_ids"] if read else media.pixels(column, refs[some])
            found[some] = _computed(encoder.name, values)
    return found


def read(encoder: Encoder, pixels: Array) -> Array:
    """Features (n, width) float32 of pixels (n, side, side, channels) uint8, on one thread."""
    with torch.inference_mode(), loop.one_thread():
        return _computed(encoder.name, pixels)


def early(encoder: Encoder, media: Media, column: str, refs: Array) -> Array:
    """Maps (n, c, h, w) float16 of images after the blocks that fine-tuning leaves frozen."""
    return media.derived(
        column, f"early-{encoder.identity}", lambda some: compute_early(encoder, media, column, some), refs
    )


def compute_early(encoder: Encoder, media: Media, column: str, refs: Array) -> Array:
    """Compute the maps of `early`, on one thread."""
    with torch.inference_mode(), loop.one_thread():
        parts = [
            _computed(encoder.name, media.pixels(column, refs[i : i + BATCH]), early=True)
            for i in range(0, len(refs), BATCH)
        ]
    return np.concatenate(parts)


def ahead(media: Disk, column: str, encoder: Encoder, workers: Workers, tuned: bool = False) -> None:
    """Compute the features (or, when `tuned`, early maps) of a full column on all workers, before the race."""
    name = f"early-{encoder.identity}" if tuned else f"by-{encoder.identity}"
    if media.has(column, name):
        return
    count = media.count(column)
    orders = [
        (encoder.name, str(media.folder), column, (i, min(i + CHUNK, count)), tuned) for i in range(0, count, CHUNK)
    ]
    made = {order[3]: rows for order, rows in workers.run(_chunk, orders)}
    nothing = (compute_early if tuned else compute)(encoder, media, column, np.array([np.nan]))
    media.keep(column, name, np.concatenate([*(made[k] for k in sorted(made)), nothing]))


def seconds(media: Disk, column: str, encoder: Encoder, anew: bool = False) -> float:
    """Estimate of the seconds that a column's features take on one core, from a few values; 0 when stored (unless `anew`)."""
    count = media.count(column)
    if not count or (media.has(column, f"by-{encoder.identity}") and not anew):
        return 0.0
    few = np.linspace(0, count - 1, min(BATCH, count)).astype(int).astype(float)
    compute(encoder, media, column, few[:2])  # loads the net
    start = time.perf_counter()
    compute(encoder, media, column, few)
    return (time.perf_counter() - start) / len(few) * count


def _chunk(order: tuple[str, str, str, tuple[int, int], bool]) -> Array:
    name, folder, column, (start, stop), tuned = order
    how = compute_early if tuned else compute
    return how(pretrained.find(name), Disk(Path(folder)), column, np.arange(start, stop, dtype=float))
