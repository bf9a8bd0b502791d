"""The sealed test: rows put away by collect, opened after the choice, every opening counted beside the product.

Each opening is a chance to choose by the test, which makes its scores a little too good: repeated builds and `learn` runs
on the same sealed rows are therefore counted together, by the rows' digest, in `sealed-openings.json`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.types import Array
from breakeven.features.media import Disk

#: The sealed rows, in a run's working folder.
FILE = "sealed.npz"
#: Where the texts and images lie that the sealed rows refer to.
MEDIA = "media.json"
#: Openings of every sealed test of a product, by digest, beside its builds.
REGISTER = "sealed-openings.json"


def seal(folder: Path, X: Array, y: Array, media: Path | None = None, units: Array | None = None) -> None:
    """Put the test rows away, and note where the texts and images lie that they refer to. Without `units` each row is its own."""
    store.write_arrays(folder / FILE, X=X, y=y, units=np.arange(len(y)) if units is None else units)
    store.write_json(folder / MEDIA, {"folder": str(media) if media else None})


def media(folder: Path) -> Disk | None:
    """The texts and images of the test rows."""
    held = store.read_json(folder / MEDIA)["folder"] if (folder / MEDIA).is_file() else None
    return Disk(Path(held)) if held else None


def open_once(folder: Path, log: store.Log, why: str) -> tuple[Array, Array]:
    """X and y of the test rows of a run's working folder (DIR/build/RUN/work); the opening is written in the run's log and
    counted in the product's register (DIR/build).
    """
    name, register = digest(folder), _register(folder)
    register.setdefault(name, []).append({"run": folder.parent.name, "why": why})
    store.write_json(_builds(folder) / REGISTER, register)
    log.write("sealed test opened", why=why, opening=len(register[name]))
    arrays = store.read_arrays(folder / FILE)
    return arrays["X"], arrays["y"]


def rows(folder: Path) -> tuple[Array, Array]:
    """X and y of the test rows for a last fit, once they have judged: that is no opening, for nothing is chosen by them."""
    arrays = store.read_arrays(folder / FILE)
    return arrays["X"], arrays["y"]


def units(folder: Path) -> Array:
    """The unit that each sealed row belongs to (n,): rows of a group, and equal rows, move together."""
    return store.read_arrays(folder / FILE)["units"]


def openings(folder: Path) -> int:
    """How often the sealed rows of a run's working folder were opened, by this run and by others; 0 without sealed rows."""
    return len(_register(folder).get(digest(folder), [])) if (folder / FILE).is_file() else 0


def _builds(folder: Path) -> Path:
    return folder.parent.parent


def _register(folder: Path) -> dict[str, list[dict[str, str]]]:
    path = _builds(folder) / REGISTER
    found: dict[str, list[dict[str, str]]] = store.read_json(path) if path.is_file() else {}
    return found


def digest(folder: Path) -> str:
    """A name of the sealed rows made of their values, the same in every run that seals them."""
    arrays = store.read_arrays(folder / FILE)
    found = hashlib.sha256()
    for name in ("X", "y"):
        block = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {block.dtype} {block.shape}".encode())
        found.update(block.data)
    return found.hexdigest()[:16]
