"""Files and folders that their owner alone may read and write (0600 and 0700), and whose process runs.

Windows has no such modes: there files have the rights of their folder, which in a user's own is for that user alone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal, cast

FILE, FOLDER = 0o600, 0o700


def private_file(path: Path, mode: Literal["wb", "ab"]) -> BinaryIO:
    """Open a file for writing; a new one is its owner's alone from the first moment."""
    return cast("BinaryIO", open(path, mode, opener=lambda name, flags: os.open(name, flags, FILE)))


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing. Folders that are there stay as they are."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(FOLDER, exist_ok=True)


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs; always so where it cannot be asked without ending it (Windows)."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def keep_private(path: Path) -> None:
    """Take away others' rights to a file or folder of earlier versions, where it is there and ours. A link is left alone."""
    with suppress(OSError):
        if not path.is_symlink():
            path.chmod(FOLDER if path.is_dir() else FILE)


def touch_private(path: Path) -> None:
    """Make an empty file where there is none, its owner's alone; take away others' rights where there is one."""
    with private_file(path, "ab"):
        pass
    keep_private(path)
