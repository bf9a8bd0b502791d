"""One desk built for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.support import desk_folder


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product folder with a finished build."""
    return desk_folder.finished(tmp_path_factory)
