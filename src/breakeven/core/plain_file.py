"""Opening a file of a folder that somebody else may have written: never through a link, never anything but a plain file.

Whoever writes into a product folder could put a link to a key or a pipe without end in the place of a file. Each part of the
path below the folder is opened by itself and without following links, so that nothing can be exchanged between a check and
the reading.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from breakeven.core.errors import ProductError

#: What is read of a file at a time.
PIECE = 1 << 20
RESTORE = "restore it, or build the product again"
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: A pipe without a writer is opened at once, and refused, instead of waited for.
_FILE = (
    os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
)
_STEPWISE = bool(_NO_FOLLOW) and os.open in os.supports_dir_fd


def read(folder: Path, name: str, most: int) -> bytes:
    """The bytes of the file `name` (parts divided by `/`) in a folder.

    Raises ProductError where it is missing, a link, reached by a link, no plain file, or larger than `most` bytes.
    """
    path = folder / name
    try:
        opened = _opened(folder, name)
    except FileNotFoundError:
        raise ProductError(str(path), "a file of the product is missing", RESTORE) from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise _linked(path) from None
        raise ProductError(str(path), f"it cannot be read ({error.strerror})", RESTORE) from None
    except ValueError:  # a NUL in the name
        raise ProductError(str(folder), "a file's name cannot be one", RESTORE) from None
    status = os.fstat(opened)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(opened)
        raise _linked(path) if stat.S_ISREG(status.st_mode) else ProductError(str(path), "not a plain file", RESTORE)
    with os.fdopen(opened, "rb") as file:
        content = file.read(most + 1)  # not as many as the status says: it may grow while it is read
    if len(content) > most:
        raise ProductError(str(path), f"larger than {most:,} bytes", "build a smaller product")
    return content


def is_there(folder: Path, name: str) -> bool:
    """Whether there is anything of that name, a link to nothing included."""
    return os.path.lexists(folder / name)


def _linked(path: Path) -> ProductError:
    return ProductError(str(path), "it is a link, or stands behind one", "put the file itself there (cp -rL)")


def _opened(folder: Path, name: str) -> int:
    """A descriptor of a file, each part of its path opened without following a link. Raises OSError."""
    *parents, last = name.split("/")
    if not _STEPWISE:
        return _opened_at_once(folder, [*parents, last])
    handle = os.open(folder, os.O_RDONLY | _DIRECTORY)
    try:
        for part in parents:
            inner = os.open(part, os.O_RDONLY | _DIRECTORY | _NO_FOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.open(last, _FILE, dir_fd=handle)
    finally:
        os.close(handle)


def _opened_at_once(folder: Path, parts: list[str]) -> int:
    """The same on systems without openat: what was looked at must be what was opened."""
    path = folder
    for part in parts:
        path = path / part
        before = os.lstat(path)
        if stat.S_ISLNK(before.st_mode):
            raise OSError(errno.ELOOP, "a link")
    if not stat.S_ISREG(before.st_mode):
        raise OSError(errno.EINVAL, "not a plain file")
    opened = os.open(path, _FILE)
    if not os.path.samestat(before, os.fstat(opened)):
        os.close(opened)
        raise OSError(errno.ELOOP, "exchanged while it was opened")
    return opened
