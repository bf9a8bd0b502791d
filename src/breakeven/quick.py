"""A quick look (`--quick`): cheap candidates and a small net on at most 1,000 rows, in about 20 seconds.

It is a build of its own, never taken for the full one, and never put in its place.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core import store
from breakeven.core.errors import InputError, ProductError
from breakeven.core.verdict import QuickLook

if TYPE_CHECKING:
    from breakeven.core.types import Need, Table
    from breakeven.scenarios.base import AnyScenario

#: Rows looked at, at most; minutes that it may take.
ROWS, MINUTES = 1_000, 1 / 3


def look(scenario: AnyScenario, brief: Need, table: Table | None = None) -> tuple[Need, Table, QuickLook]:
    """The brief of a quick look, the rows it looks at, and how many those are of how many.

    No hosted model is asked, nothing is tuned or fitted once more. Raises InputError where the scenario has no quick look.
    """
    some, total = scenario.sample(brief, ROWS, table)
    hosted = brief.hosted if brief.hosted is None else replace(brief.hosted, address=None)
    limits = replace(brief.limits, minutes=min(brief.limits.minutes, MINUTES))
    wanted = replace(brief, limits=limits, effort=0, final="twin", hosted=hosted)
    return wanted, some, QuickLook(rows=min(total, ROWS), of=total)


def is_quick(build: Path) -> bool:
    """Whether a finished build was a quick look."""
    return store.read_json(build / "verdict.json").get("quick") is not None


def may_replace(folder: Path) -> bool:
    """Whether a quick look may become the latest build of a product's folder: where that is none, or a quick look."""
    try:
        return is_quick(store.latest(folder))
    except ProductError:
        return True


def refuse(champion: Path) -> None:
    """A quick look is no champion: it may have learned from rows that are sealed in a full build. Raises InputError."""
    if is_quick(champion):
        raise InputError(str(champion), "the latest build is a quick look", "run breakeven build without --quick first")
