"""A hosted model's server, and no waiting for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from breakeven.models.hosted import client as hosted
from tests.llm_server import Model, serving


@pytest.fixture
def model() -> Iterator[tuple[Model, str]]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "LONGEST_WAIT", 0.01)
