"""Builds that all workers of a run use: made by the first that asks, copied by each, so that what one writes no other sees."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from filelock import FileLock


class Folders(Protocol):
    """Temporary folders of a worker, as pytest's `tmp_path_factory` gives them."""

    def getbasetemp(self) -> Path:
        """Where they are."""

    def mktemp(self, basename: str) -> Path:
        """A new one."""


def once(factory: Folders, name: str, make: Callable[[Path], object]) -> Path:
    """This worker's copy of the folder that `make` fills: it runs once in a run of all workers, while the others wait.

    Where it fails nothing is kept: the next worker that asks tries again, and its tests fail as well.
    """
    own = factory.mktemp(name)
    place = _of_the_run(factory.getbasetemp()) / f"all-{name}"
    with FileLock(f"{place}.lock"):
        if not place.is_dir():
            making = own / "making"
            making.mkdir()
            make(making)
            shutil.move(making, place)
    return shutil.copytree(place, own / name, symlinks=True)


def _of_the_run(own: Path) -> Path:
    """The folder of temporary files of the whole run: a worker's is in it, that of a process without pytest-xdist is it.

    The folder's name is asked as well, for a run that a test starts inherits the worker's name, and shares nothing with it.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    return own.parent if worker and own.name == f"popen-{worker}" else own
