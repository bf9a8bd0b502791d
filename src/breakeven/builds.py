"""The builds in product folders: what is there, which report to open, which old ones to remove."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from breakeven.core import store
from breakeven.core.brief import BRIEF
from breakeven.core.errors import InputError, ProductError

#: Folders below the one that is listed in which products are looked for.
DEPTH = 2
#: The file that is written last into a build.
DONE = "done.json"


@dataclass(frozen=True)
class Listed:
    """A product folder in a list."""

    folder: Path
    #: When the latest build was finished, in local time; None before the first.
    built: datetime | None
    builds: int
    size_mb: float


def products(root: Path) -> list[Listed]:
    """The product folders at and below `root`, in order of their names. Raises InputError where there is none."""
    places = [root / BRIEF, *(path for n in range(1, DEPTH + 1) for path in root.glob("*/" * n + BRIEF))]
    found = [_listed(path.parent) for path in sorted(places) if path.is_file()]
    if not found:
        raise InputError(str(root), f"no {BRIEF} here or below", "breakeven new predict DIR writes one")
    return found


def reports(folder: Path) -> list[Path]:
    """The report of a product's latest build, or those of all products below a folder. Raises ProductError without any."""
    places = [folder] if (folder / BRIEF).is_file() else [one.folder for one in products(folder) if one.built]
    found = [store.latest(place) / "report.html" for place in places]
    if not any(path.is_file() for path in found):
        raise ProductError(str(folder), "no build here has a report", f"run: breakeven build {folder}")
    return [path for path in found if path.is_file()]


def removable(folder: Path, keep: int) -> list[Path]:
    """The finished builds that are neither the latest nor among the `keep` newest others, oldest first.

    Unfinished builds stay, since the next `breakeven build` goes on with them. Raises InputError for a negative `keep`
    and ProductError where nothing is built.
    """
    if keep < 0:
        raise InputError("--keep", f"{keep} is not a number of builds", "give 0 or more")
    latest = store.latest(folder)
    others = [build for build in _finished(folder) if build.resolve() != latest]
    return others[: len(others) - keep] if keep < len(others) else []


def remove(builds: list[Path]) -> float:
    """Delete builds. Returns the megabytes that were freed."""
    freed = sum(_megabytes(build) for build in builds)
    for build in builds:
        (build / DONE).unlink(missing_ok=True)  # a deletion that is cut short leaves no build that looks finished
        shutil.rmtree(build)
    return freed


def _listed(folder: Path) -> Listed:
    builds = _finished(folder)
    built = None
    with contextlib.suppress(ProductError, OSError):
        built = datetime.fromtimestamp((store.latest(folder) / DONE).stat().st_mtime).astimezone()
    return Listed(folder, built, len(builds), _megabytes(folder / "build"))


def _finished(folder: Path) -> list[Path]:
    """Finished builds, oldest first."""
    found = [path.parent for path in (folder / "build").glob(f"*/{DONE}") if path.parent.name != store.LATEST]
    return sorted(found, key=lambda build: (build / DONE).stat().st_mtime)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6
