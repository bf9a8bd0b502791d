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
    path = make()
    try:
        yield path
    finally:
        remove(path)


def make() -> Path:
    """A folder that stays until `remove`. What killed processes left is removed first."""
    sweep()
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(path)
        try:
            lock.acquire()
        except Timeout:  # another process took it for one that was left
            continue
        _held[path] = lock
        return path


def remove(path: Path) -> None:
    """Remove a folder that `make` gave."""
    lock = _held.pop(path, None)
    if lock is not None:
        lock.release()  # before the file goes: an open file cannot be deleted everywhere
    shutil.rmtree(path, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of processes that ended without doing so."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            if path in _held or path.is_symlink() or not (path / LOCK).is_file() or not _own(path):
                continue
            with _lock(path):
                pass
            shutil.rmtree(path, ignore_errors=True)


def _lock(path: Path) -> FileLock:
    return FileLock(path / LOCK, timeout=0, thread_local=False, mode=0o600)


def _own(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
