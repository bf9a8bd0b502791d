"""Every candidate on one line: name, route, where it lives, which extra it needs. Nothing heavy is imported here.

To add one: write its file after `traditional/linear.py`, add its line, run `make check`; the laws in tests/contracts
hold it from then on (see CONTRIBUTING.md).
"""

from __future__ import annotations

import importlib
import importlib.util
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
    packages: tuple[str, ...]


ROSTER: dict[str, Entry] = {
    "baseline": Entry("traditional", "traditional.baseline", "Baseline", "train", ("sklearn",)),
    "linear": Entry("traditional", "traditional.linear", "Linear", "train", ("sklearn",)),
    "neighbours": Entry("traditional", "traditional.neighbours", "Neighbours", "train", ("sklearn",)),
    "random_forest": Entry("traditional", "traditional.forest", "RandomForest", "train", ("sklearn",)),
    "extra_trees": Entry("traditional", "traditional.forest", "ExtraTrees", "train", ("sklearn",)),
    "boosting": Entry("traditional", "traditional.boosting", "Boosting", "train", ("sklearn", "lightgbm")),
    "mlp": Entry("large", "large.mlp", "Mlp", "deep", ("sklearn", "torch", "onnxscript")),
}
BASELINE = "baseline"


def require(name: str) -> None:
    """Raises MissingExtra, naming the extra to install, when a package the candidate needs is absent. Imports nothing."""
    entry = ROSTER[name]
    for package in entry.packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(
                f"candidate {name!r}", f"{package} is not installed", f"pip install 'breakeven[{entry.extra}]'"
            )


def kind_of(name: str) -> Any:
    """The class of a candidate, its file imported on use. Raises MissingExtra naming the extra to install."""
    require(name)
    entry = ROSTER[name]
    return getattr(importlib.import_module(f"breakeven.routes.{entry.module}"), entry.kind)


def build(name: str, layout: Layout, classes: int, seed: int, settings: dict[str, Any] | None = None) -> Any:
    """A candidate ready to fit."""
    return kind_of(name)(layout=layout, classes=classes, seed=seed, **(settings or {}))


def route_of(name: str) -> Route:
    """The route of a candidate."""
    return ROSTER[name].route


def names(route: Route | None = None) -> list[str]:
    """Candidates in the roster's order, of one route or of both."""
    return [name for name, entry in ROSTER.items() if route in (None, entry.route)]
