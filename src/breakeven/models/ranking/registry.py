"""Every candidate of a ranking on one line: which route, which file, what it needs.

`fit(seen, settings, seed)` in that file takes `breakeven.runtime.ranking.Histories` and gives a scorer; `space(trial)` draws settings.
One that `reads` takes what is known of each item as well (`breakeven.runtime.ranking.items`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Route
from breakeven.models.ranking import popular
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.items import Items
from breakeven.runtime.ranking.scorers import Backed, Scorer


@dataclass(frozen=True)
class Entry:
    """Where a candidate lives; `settings` set it apart from others in the same file; `needs` are modules and their extra."""

    route: Route
    module: str
    settings: Mapping[str, Any]
    needs: tuple[tuple[str, str], ...] = ()
    reads: bool = False
    #: Whether it looks at pictures of items; one that does has nothing to go by where there are neither words nor pictures.
    sees: bool = False


_TREES = (("implicit", "train"), ("lightgbm", "train"), ("onnxmltools", "train"))
_IMPLICIT, _TORCH = (("implicit", "train"),), (("torch", "deep"), ("onnxscript", "deep"))
BASELINE = "popular"
#: What "better than today's shop" is held against: neighbours are what most shops run.
INCUMBENT = "item_neighbours"
ROSTER: dict[str, Entry] = {
    "popular": Entry("traditional", "popular", {}),
    "item_neighbours": Entry("traditional", "item_neighbours", {}),
    "following": Entry("traditional", "transitions", {}),
    "user_neighbours": Entry("traditional", "user_neighbours", {}),
    "ease": Entry("traditional", "ease", {}),
    "als": Entry("traditional", "factors", {"loss": "squares"}, _IMPLICIT),
    "bpr": Entry("traditional", "factors", {"loss": "pairs"}, _IMPLICIT),
    "ease_als": Entry("traditional", "blend", {}, _IMPLICIT),
    "lightgbm_rank": Entry("traditional", "boosted", {}, _TREES, reads=True),
    "sasrec": Entry("large", "sequence", {"cell": "attention"}, _TORCH),
    "gru": Entry("large", "sequence", {"cell": "gru"}, _TORCH),
    "two_tower": Entry("large", "two_towers", {}, _TORCH, reads=True, sees=True),
}


def missing(name: str) -> str | None:
    """Why a candidate cannot run here, or None."""
    for module, extra in ROSTER[name].needs:
        if find_spec(module) is None:
            return f"{module} is not installed: pip install 'breakeven[{extra}]'"
    return None


def fit(name: str, seen: Histories, settings: Mapping[str, Any], seed: int, items: Items | None = None) -> Scorer:
    """Fit a candidate; what it leaves open is ordered by popularity. Raises MissingExtra where what it needs is not installed."""
    why = missing(name)
    if why:
        raise MissingExtra(name, *why.split(": "))
    entry = ROSTER[name]
    more = (items or Items.of([""] * seen.item_count),) if entry.reads else ()
    scorer: Scorer = _module(entry).fit(seen, {**entry.settings, **settings}, seed, *more)
    return scorer if name == BASELINE else Backed(scorer, popular.by_segment(seen))


def load(name: str) -> None:
    """Import a candidate's module and its libraries, which takes seconds in a new process and is no part of a net's allowance."""
    _module(ROSTER[name])


def space(name: str) -> Callable[[Any], dict[str, Any]] | None:
    """The candidate's search space, or None."""
    return getattr(_module(ROSTER[name]), "space", None)


def _module(entry: Entry) -> Any:
    return importlib.import_module(f"breakeven.models.ranking.{entry.module}")
