"""A shop and a table product that are served from threads of their own, on copies that a test may write to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from breakeven.runtime.predictor import find
from breakeven.scenarios import registry
from breakeven.scenarios.recommend import problem
from breakeven.scenarios.registry import load_brief
from breakeven.serving import run
from breakeven.serving.background import Server
from breakeven.serving.limits import Limits
from tests.scenarios.recommend.conftest import folder, served


def small_shop(place: Path) -> Path:
    """The folder of a shop that was not raced: item neighbours of all its events."""
    served(problem.collect(load_brief(folder(place))).shop, place / "build" / "1" / "product")
    (place / "build" / "latest").symlink_to("1", target_is_directory=True)
    return place


def copied(built: Path, place: Path) -> Path:
    """A folder with the finished product of another."""
    shutil.copytree(find(built)[0], place / "build" / "1" / "product")
    (place / "build" / "latest").symlink_to("1", target_is_directory=True)
    return place


@contextmanager
def serving(place: Path, limits: Limits | None = None) -> Iterator[int]:
    """The port on which a product's folder is served as `breakeven serve` does."""
    with Server(run.application([place], registry.get), "127.0.0.1", 0, limits) as server:
        yield server.port
