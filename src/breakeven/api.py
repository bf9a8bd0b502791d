"""breakeven from Python: a table or a file in, a product out.

>>> import breakeven
>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> x = rng.normal(size=200)
>>> frame = {"x": x, "paid": np.where(x + 0.3 * rng.normal(size=200) > 0, "yes", "no")}
>>> product = breakeven.build(frame, "paid", candidates=["linear"], quiet=True, effort=1)
>>> product.predict({"x": [2.0, -2.0]})["prediction"]
['yes', 'no']
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven import frames, notebook, own_file
from breakeven.core import temporary as temporary_folders
from breakeven.core.errors import InputError, nearest
from breakeven.product import PRODUCT, Product, Result, Weighing

if TYPE_CHECKING:
    from breakeven.core.types import Need, Table, Task
    from breakeven.models.user.own import Own
    from breakeven.pipeline import Run

__all__ = ["Product", "Result", "Weighing", "build", "load", "weigh"]

#: What a table in memory is called in a brief and in messages.
FRAME = "frame"


def build(
    data: object,
    target: str | None = None,
    *,
    minutes: float | None = None,
    candidates: Sequence[object] | None = None,
    folder: str | Path | None = None,
    quiet: bool = False,
    **brief: object,
) -> Product:
    """Measure which model pays, and build it.

    Parameters
    ----------
    data: a pandas or polars DataFrame, an Arrow table, a list of dicts, a mapping of columns; or the path of a data file, of a
        folder of images with one sub-folder a class, or of a folder with product.yaml.
    target: the column to predict.
    minutes: what the whole build may take (`limits.minutes` of the brief; 10 by default).
    candidates: names of models that may race, scikit-learn estimators, or (name, route, estimator); all that suit by default.
    folder: where the build is kept, to be resumed and served from; by default a temporary one that ends with the product.
    quiet: show no progress.
    brief: further keys of product.yaml, such as `metric`, `columns`, `split`, `limits`, `seed`.

    Raises InputError for a mistake in the data or the brief, in one line that says what to do.
    """
    run, temporary = _run(data, _brief(target, minutes, brief), candidates, folder, quiet, weigh=False)
    return Product(run.folder, temporary)


def weigh(
    data: object,
    target: str | None = None,
    *,
    minutes: float | None = None,
    candidates: Sequence[object] | None = None,
    folder: str | Path | None = None,
    quiet: bool = False,
    **brief: object,
) -> Weighing:
    """The verdict alone, without tuning and without a product; the parameters are those of `build`.

    >>> # breakeven.weigh(frame, "left", candidates=["linear", ("forest", "traditional", RandomForestClassifier())]).verdict
    """
    run, temporary = _run(data, _brief(target, minutes, brief), candidates, folder, quiet, weigh=True)
    return Weighing(run.folder, temporary)


def load(path: str | Path) -> Product:
    """Load a finished product from its folder, a build, a folder with builds, or where it was saved.

    Needs the light install alone. Raises ProductError for a changed or unfinished one.

    >>> # breakeven.load("churn").predict([{"age": 31, "plan": "paid"}])
    """
    from breakeven.runtime.predictor import find

    product = find(path)[0]
    folder = product.parent if product.name == PRODUCT else product
    return Product(folder, place=product)


def _brief(target: str | None, minutes: float | None, given: Mapping[str, object]) -> dict[str, object]:
    """The keys of a brief that the arguments say. Raises InputError where two of them contradict each other."""
    raw = dict(given)
    if target is not None:
        raw["target"] = target
    if minutes is not None:
        limits = raw.get("limits", {})
        if not isinstance(limits, Mapping) or limits.get("minutes", minutes) != minutes:
            raise InputError("limits", f"{limits!r} beside minutes={minutes:g}", "give the minutes once")
        raw["limits"] = {**limits, "minutes": minutes}
    return raw


def _run(
    data: object,
    raw: dict[str, object],
    candidates: Sequence[object] | None,
    folder: str | Path | None,
    quiet: bool,
    weigh: bool,
) -> tuple[Run, Path | None]:
    """The finished run, and its folder if it is a temporary one."""
    from breakeven import pipeline

    asked = _asked(data, raw, folder)
    names, own = _entries(candidates, "classification" if asked.need.target is not None else "ranking")
    shown = notebook.progress(quiet)
    try:
        run = pipeline.build(asked.need, shown, weigh=weigh, own=own, table=asked.table, names=names)
    finally:
        notebook.close(shown)
    return run, asked.temporary


@dataclass(frozen=True)
class _Asked:
    """A checked brief, the table where it is in memory, and the folder that is removed with the result."""

    need: Need
    table: Table | None
    temporary: Path | None


def _asked(data: object, raw: dict[str, object], folder: str | Path | None) -> _Asked:
    from breakeven.core import brief
    from breakeven.scenarios import registry

    path = Path(data) if isinstance(data, str | os.PathLike) and "://" not in str(data) else None
    if path is not None and (path / brief.BRIEF).is_file():
        if folder is not None:
            raise InputError("folder", f"{path} has a brief, and its builds are kept there", "leave it out")
        return _Asked(registry.parse_brief({**brief.read(path), **raw}, path), None, None)
    raw = {"scenario": registry.DEFAULT, **raw}
    table = None
    if isinstance(data, str) and path is None:
        raw = {"name": "database", "data": data, **raw}
    elif path is not None:
        raw = {"name": own_file.name_of(path), "data": str(path.resolve()), **raw}
        _check_path(path, raw)
    else:
        table = frames.table(frames.read(data, FRAME), FRAME)
        raw = {"name": FRAME, "data": FRAME, **raw}
        _check_target(table, raw)
    temporary = None if folder is not None else temporary_folders.make()
    return _Asked(registry.parse_brief(raw, temporary or Path(str(folder))), table, temporary)


def _check_path(path: Path, raw: Mapping[str, object]) -> None:
    """Refuse a path where nothing is, and a data file without a target, as the command line does."""
    from breakeven.files.read import read_file, split_sheet

    if not path.is_dir():
        if not split_sheet(path)[0].is_file():
            raise InputError(str(path), "there is no such file", "check the path")
        if raw.get("target") is None:
            _check_target(read_file(path), raw)


def _check_target(table: Table, raw: Mapping[str, object]) -> None:
    from breakeven.scenarios import registry

    target = raw.get("target")
    if target is not None or registry.section_of(str(raw["scenario"])).needs_target:
        own_file.target_of(table, None if target is None else str(target), 'target="NAME"')


def _entries(candidates: Sequence[object] | None, task: Task) -> tuple[list[str] | None, dict[str, Own]]:
    """Candidate names, and the user's own estimators by name. Raises InputError."""
    from breakeven.models import registry
    from breakeven.models.user.own import Own

    if candidates is None:
        return None, {}
    known, names, own = registry.names(task), list[str](), dict[str, Own]()
    for one in candidates:
        if isinstance(one, str):
            if one not in known:
                raise InputError("candidates", f"unknown candidate {one!r}", nearest(one, known))
            names.append(one)
            continue
        name, route, estimator = one if isinstance(one, tuple) else (type(one).__name__, "traditional", one)
        if not hasattr(estimator, "fit") or route not in ("traditional", "large") or task == "ranking":
            remedy = "give names" if task == "ranking" else "give a name, an estimator or (name, route, estimator)"
            raise InputError("candidates", f"{one!r} is no candidate", remedy)
        if str(name) in own or str(name) in known:
            what = f"two candidates are named {str(name)!r}"
            raise InputError("candidates", what, "give (name, route, estimator) with names of their own")
        own[str(name)] = Own(route, estimator)
    baseline = registry.RANKING_BASELINE if task == "ranking" else registry.BASELINE
    return list(dict.fromkeys([baseline, *names])), own
