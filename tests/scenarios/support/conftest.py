"""One desk built for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.scenarios import registry
from tests.scenarios.support import desk_folder


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product folder with a finished build."""
    folder = desk_folder.write(tmp_path_factory.mktemp("desk"))
    pipeline.build(registry.load_brief(folder))
    return folder
