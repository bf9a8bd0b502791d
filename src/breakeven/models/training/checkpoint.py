"""The state of a training run on disk, so that a run that was killed continues to the same weights.

>>> import tempfile
>>> with at(Path(tempfile.mkdtemp())):
...     first, second = claim(), claim()
>>> first.name, second.name, claim() is None
('0.npz', '1.npz', True)
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from breakeven.core import store

if TYPE_CHECKING:
    from torch import Tensor

#: The folder of states now, and how many runs have claimed a file there.
_PLACE: ContextVar[tuple[Path, list[None]] | None] = ContextVar("place", default=None)
#: The array that holds the metadata as JSON.
METADATA = "__metadata__"


@contextmanager
def at(folder: Path | None) -> Iterator[None]:
    """Runs in this block keep their states in `folder` and continue from them (None: no states are kept)."""
    token = _PLACE.set(None if folder is None else (folder, []))
    try:
        yield
    finally:
        _PLACE.reset(token)


def claim() -> Path | None:
    """The file of the next run: 0.npz for the first, then 1.npz; None where no states are kept."""
    kept = _PLACE.get()
    if kept is None:
        return None
    folder, claimed = kept
    claimed.append(None)
    return folder / f"{len(claimed) - 1}.npz"


@dataclass(frozen=True)
class State:
    """Tensors by name, and metadata that JSON can hold."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, Any]


def save(path: Path, state: State) -> None:
    """Write a state atomically. A failed write is a warning, and the run continues."""
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in state.tensors.items()}
    try:
        store.write_arrays(path, **{METADATA: np.array(json.dumps(state.metadata))}, **arrays)
    except OSError as error:
        warnings.warn(
            f"{path}: the training's state was not saved ({error.strerror or error}); if the training is killed it "
            "starts anew",
            RuntimeWarning,
            stacklevel=2,
        )


def load(path: Path) -> State | None:
    """The state in a file; None when it is absent or cannot be read, so that the run starts anew."""
    import torch

    try:
        arrays = store.read_arrays(path)
        metadata = json.loads(str(arrays.pop(METADATA)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return State({name: torch.from_numpy(np.array(values)) for name, values in arrays.items()}, metadata)
