"""Temporary folders for copies of the user's data: removed when they are left, and those of a killed process at the next start.

A folder holds a lock for as long as its process lives; one whose lock is free belonged to a process that ended.

>>> with folder() as place:
...     _ = (place / "copy.csv").write_text("name")
>>> place.exists()
False
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "breakeven-"
LOCK = ".lock"
#: The locks of this process's folders.
_held: dict[Path, FileLock] = {}


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own, readable by this user alone, removed at the end."""
    place = make()
    try:
        yield place
    finally:
        remove(place)


def make() -> Path:
    """A folder that stays until `remove`. What killed processes left is removed first."""
    sweep()
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(place)
        try:
            lock.acquire()
        except Timeout:  # another process took it for one that was left
            continue
        _held[place] = lock
        return place


def remove(place: Path) -> None:
    """Remove a folder that `make` gave."""
    lock = _held.pop(place, None)
    if lock is not None:
        lock.release()  # before the file goes: an open file cannot be deleted everywhere
    shutil.rmtree(place, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of processes that ended without doing so."""
    for place in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            if place in _held or place.is_symlink() or not (place / LOCK).is_file() or not _own(place):
                continue
            with _lock(place):
                pass
            shutil.rmtree(place, ignore_errors=True)


def _lock(place: Path) -> FileLock:
    return FileLock(place / LOCK, timeout=0, thread_local=False, mode=0o600)


def _own(place: Path) -> bool:
    return not hasattr(os, "getuid") or place.lstat().st_uid == os.getuid()
