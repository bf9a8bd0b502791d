"""The sealed test: written by collect, opened once after the choice, every opening on record."""

from __future__ import annotations

from pathlib import Path

from breakeven import store
from breakeven.types import Array

FILE = "sealed.npz"


def seal(folder: Path, X: Array, y: Array) -> None:
    """Put the test rows away."""
    store.write_arrays(folder / FILE, X=X, y=y)


def rows(folder: Path) -> int:
    """How many there are, without looking at them."""
    return len(store.read_arrays(folder / FILE)["y"])


def open_once(folder: Path, log: store.Log, why: str) -> tuple[Array, Array]:
    """The test rows, and a line in the log that they were opened."""
    log.write("sealed test opened", why=why)
    arrays = store.read_arrays(folder / FILE)
    return arrays["X"], arrays["y"]
