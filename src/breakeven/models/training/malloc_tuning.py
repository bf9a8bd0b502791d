"""Memory that a net's steps free stays with the process while it trains: asked of the system anew at each step, and filled
with noughts page by page, a convolutional net's activations take a third of its time (LAB.md).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

#: glibc's numbers of settings, and bytes: blocks below are taken from the heap (the most that versions before 2.35 accept); what
#: is free at its end and not given back; what the heap grows by.
SETTINGS = {-3: 1 << 25, -1: 1 << 29, -2: 1 << 26}


@contextmanager
def reuse_freed_memory() -> Iterator[None]:
    """Freed memory stays with the process in this block, and is given back after it (the settings stay, they cost nothing);
    where the C library is not glibc, or refuses the first setting, nothing is done.
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
