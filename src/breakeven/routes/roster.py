"""Every candidate on one line: name, route, where it lives, which extra it needs. Nothing heavy is imported here.

To add one: write its file after `traditional/linear.py`, add its line, run `make check`; the laws in tests/contracts
hold it from then on (see CONTRIBUTING.md).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from breakeven.errors import MissingExtra
from breakeven.types import Layout, Route


@dataclass(frozen=True)
class Entry:
    """One line of the roster."""

    route: Route
    module: str
    kind: str
    extra: str


ROSTER: dict[str, Entry] = {
    "baseline": Entry("traditional", "traditional.baseline", "Baseline", "train"),
    "linear": Entry("traditional", "traditional.linear", "Linear", "train"),
    "neighbours": Entry("traditional", "traditional.neighbours", "Neighbours", "train"),
    "random_forest": Entry("traditional", "traditional.forest", "RandomForest", "train"),
    "extra_trees": Entry("traditional", "traditional.forest", "ExtraTrees", "train"),
    "boosting": Entry("traditional", "traditional.boosting", "Boosting", "train"),
    "mlp": Entry("large", "large.mlp", "Mlp", "deep"),
}
BASELINE = "baseline"


def kind_of(name: str) -> Any:
    """The class of a candidate, its file imported on use. Raises MissingExtra naming the extra to install."""
    entry = ROSTER[name]
    try:
        return getattr(importlib.import_module(f"breakeven.routes.{entry.module}"), entry.kind)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"candidate {name!r}", f"{error.name} is not installed",
                           f"pip install 'breakeven[{entry.extra}]'") from None  # fmt: skip


def build(name: str, layout: Layout, classes: int, seed: int, settings: dict[str, Any] | None = None) -> Any:
    """A candidate ready to fit."""
    return kind_of(name)(layout=layout, classes=classes, seed=seed, **(settings or {}))


def route_of(name: str) -> Route:
    """The route of a candidate."""
    return ROSTER[name].route


def names(route: Route | None = None) -> list[str]:
    """Candidates in the roster's order, of one route or of both."""
    return [name for name, entry in ROSTER.items() if route in (None, entry.route)]
