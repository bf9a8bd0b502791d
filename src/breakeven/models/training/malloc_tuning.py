"""Tune glibc's malloc during training, so that freed blocks are reused.

By default large activations are returned to the system and page-faulted back at every step: a third of the time of a step
of a convolutional net (LAB.md).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

#: Values in bytes of mallopt's parameters: M_MMAP_THRESHOLD (the highest value that glibc before 2.35 accepts),
#: M_TRIM_THRESHOLD, M_TOP_PAD.
SETTINGS = {-3: 1 << 25, -1: 1 << 29, -2: 1 << 26}


@contextmanager
def reuse_freed_memory() -> Iterator[None]:
    """Keep freed memory in the process within this block, and return it to the system afterwards.

    The settings stay in force, which costs nothing. Does nothing where the C library is not glibc or refuses the settings.
    """
    library = _glibc()
    if library is not None:
        for number, value in SETTINGS.items():
            if not library.mallopt(number, value):
                break
    try:
        yield
    finally:
        if library is not None:
            library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
    except (OSError, TypeError):
        return None
