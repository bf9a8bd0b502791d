"""The sealed test: written by collect, opened once after the choice, every opening on record."""

from __future__ import annotations

from pathlib import Path

from breakeven.core import store
from breakeven.core.types import Array
from breakeven.features.media import Disk

FILE, MEDIA = "sealed.npz", "media.json"
#: The log's event of an opening.
OPENED = "sealed test opened"


def seal(folder: Path, X: Array, y: Array, media: Path | None = None) -> None:
    """Put the test rows away, and note where the texts and images lie that they refer to."""
    store.write_arrays(folder / FILE, X=X, y=y)
    store.write_json(folder / MEDIA, {"folder": str(media) if media else None})


def media(folder: Path) -> Disk | None:
    """The texts and images of the test rows."""
    held = store.read_json(folder / MEDIA)["folder"] if (folder / MEDIA).is_file() else None
    return Disk(Path(held)) if held else None


def rows(folder: Path) -> int:
    """How many there are, without looking at them."""
    return len(store.read_arrays(folder / FILE)["y"])


def openings(log: store.Log) -> int:
    """How often a run's sealed test was opened so far."""
    return sum(line["event"] == OPENED for line in log.read())


def open_once(folder: Path, log: store.Log, why: str) -> tuple[Array, Array]:
    """The test rows, and a line in the log that they were opened."""
    log.write(OPENED, why=why)
    arrays = store.read_arrays(folder / FILE)
    return arrays["X"], arrays["y"]
