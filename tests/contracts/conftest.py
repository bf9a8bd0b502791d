"""Every scenario, registered, with a finished build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.scenarios import registry
from breakeven.scenarios.base import AnyScenario
from tests.contracts import threshold
from tests.scenarios.recommend import conftest as shops
from tests.scenarios.support import desk_folder

SCENARIOS = sorted(registry.BUILT_IN)
#: Built-in scenarios and one that the house has never heard of.
ALL = [*(registry.get(name) for name in SCENARIOS), threshold.SCENARIO]


@pytest.fixture(params=ALL, ids=lambda scenario: scenario.name)
def scenario(request: pytest.FixtureRequest) -> Iterator[AnyScenario]:
    """Each scenario, registered."""
    if request.param.name in SCENARIOS:
        yield request.param
    else:
        with registry.registered(request.param):
            yield request.param


@pytest.fixture(scope="session")
def finished(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A product folder with a finished build of every scenario."""
    shop, desk = shops.finished(tmp_path_factory), desk_folder.finished(tmp_path_factory)
    toy = tmp_path_factory.mktemp("contract") / "toy"
    with registry.registered(threshold.SCENARIO):
        threshold.SCENARIO.new(toy)
        pipeline.build(registry.load_brief(toy))
    return {"predict": built, "recommend": shop, "support": desk, "threshold": toy}
