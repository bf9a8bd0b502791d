"""Finds scenarios by name: the built-in ones, and those that other packages offer as entry points.

A package adds a scenario with an entry point of the group `breakeven.scenarios` whose value is its `Scenario` object:

    [project.entry-points."breakeven.scenarios"]
    threshold = "my_package.threshold:SCENARIO"
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from breakeven.core.errors import InputError
from breakeven.scenarios.base import AnyScenario

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from breakeven.core.brief import Section
    from breakeven.core.types import Need

#: Entry point group of other packages' scenarios.
GROUP = "breakeven.scenarios"
#: Module and attribute of each built-in scenario.
BUILT_IN = {
    "predict": "breakeven.scenarios.predict:SCENARIO",
    "recommend": "breakeven.scenarios.recommend:SCENARIO",
    "support": "breakeven.scenarios.support:SCENARIO",
}
#: Scenario of a bare data frame, and of products that do not name theirs.
DEFAULT = "predict"
#: Scenarios of later versions; their sections of a brief are accepted.
PLANNED = ("voice", "vision", "decide")

_registered: dict[str, AnyScenario] = {}


def names() -> tuple[str, ...]:
    """Names of all scenarios: built-in, from entry points, registered."""
    return tuple(dict.fromkeys([*BUILT_IN, *_entry_points(), *_registered]))


def get(name: str) -> AnyScenario:
    """The scenario of that name. Raises InputError for an unknown one, or one whose package does not load."""
    if name in _registered:
        return _registered[name]
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return cast(AnyScenario, getattr(importlib.import_module(module), attribute))
    entry = _entry_points().get(name)
    if entry is None:
        raise InputError("scenario", f"{name!r} is not part of this version", f"available: {', '.join(names())}")
    try:
        return cast(AnyScenario, entry.load())
    except (ImportError, AttributeError) as error:
        raise InputError(f"scenario {name!r}", f"{entry.value} does not load ({error})", "install it again") from None


@contextmanager
def registered(scenario: AnyScenario) -> Iterator[AnyScenario]:
    """Offer a scenario of this process inside a `with` block; for tests and notebooks."""
    if scenario.name in names():
        raise InputError("scenario", f"there is a scenario {scenario.name!r} already", "choose another name")
    _registered[scenario.name] = scenario
    try:
        yield scenario
    finally:
        del _registered[scenario.name]


def section_of(name: str) -> Section:
    """What the brief of a scenario may say. Raises InputError for an unknown scenario."""
    return get(name).brief_section()


def parse_brief(raw: Mapping[str, object], folder: Path) -> Need:
    """Check a brief as read from YAML. Raises InputError on the first mistake."""
    from breakeven.core import brief

    return brief.parse(raw, folder, section_of, (*names(), *PLANNED))


def load_brief(folder: Path) -> Need:
    """The checked brief of a product folder. Raises InputError naming file, key and remedy."""
    from breakeven.core import brief

    return parse_brief(brief.read(folder), folder)


def load_product(path: str | Path) -> Any:
    """Load a finished product of any scenario from its folder, a build, or a folder with builds. Raises ProductError.

    >>> # load_product("churn").predict([{"age": 31, "plan": "paid"}])
    """
    from breakeven.runtime.predictor import find

    folder, about = find(path)
    return get(about.scenario or DEFAULT).load(folder)


def verdict_schema() -> dict[str, object]:
    """The JSON Schema of verdict.json, with the own parts of the built-in scenarios."""
    from breakeven.core import verdict

    return verdict.schema({name: get(name).verdict_section() for name in BUILT_IN})


@lru_cache(maxsize=1)
def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


if __name__ == "__main__":  # docs/verdict.schema.json
    import json

    print(json.dumps(verdict_schema(), indent=2, ensure_ascii=False))
