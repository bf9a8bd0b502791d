"""The device that nets are trained on: the processor, or a graphics card where there is one.

A fit reads `current()`; whoever starts fits says `with on(resolve(asked)):`, and the workers of `scale.executor` pass it on.
Nothing here loads torch unless a card may be there, so that commands without nets start as fast as before.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.types import Device

_CURRENT: ContextVar[str] = ContextVar("device", default="cpu")
#: Files of NVIDIA's driver, on Linux and under Windows' Linux.
DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


def current() -> str:
    """Name of the device in torch's words: cpu, cuda or mps."""
    return _CURRENT.get()


@contextmanager
def on(name: str) -> Iterator[None]:
    """Fits in this block are computed on the device.

    >>> with on("mps"):
    ...     inside = current()
    >>> inside, current()
    ('mps', 'cpu')
    """
    token = _CURRENT.set(name)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def resolve(asked: Device, where: str) -> str:
    """The device for what the brief asks; `auto` is a card where torch can use one, else the processor.

    Raises InputError, naming `where` it was asked, for a card that is not there.
    """
    if asked == "cpu":
        return "cpu"
    usable = [name for name in ("cuda", "mps") if asked in ("auto", name) and _usable(name, asked)]
    if usable:
        return usable[0]
    if asked == "auto":
        return "cpu"
    card = "NVIDIA card with its driver" if asked == "cuda" else "Apple silicon"
    raise InputError(where, f"torch finds no {card} here", "write 'device: auto', or install a torch built for it")


def title(name: str) -> str:
    """A device as the log names it.

    >>> title("cpu")
    'cpu'
    """
    if name != "cuda":
        return name
    import torch

    return f"cuda ({torch.cuda.get_device_name()})"


def _usable(name: str, asked: Device) -> bool:
    """Whether torch computes there; with `auto` it is loaded only where a card may be."""
    if importlib.util.find_spec("torch") is None or (asked == "auto" and not _may_have(name)):
        return False
    import torch

    return bool(torch.cuda.is_available() if name == "cuda" else torch.backends.mps.is_available())


def _may_have(name: str) -> bool:
    if name == "mps":
        return sys.platform == "darwin" and platform.machine() == "arm64"
    return sys.platform == "win32" or any(driver.exists() for driver in DRIVERS)
