"""Champion against challenger: their twins answer sealed rows that neither has learned from."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array, Interval, Need
from breakeven.features.media import Disk
from breakeven.gate.selection import TWIN
from breakeven.online.promotion import promote
from breakeven.runtime import predictor
from breakeven.runtime.predictor import Loaded
from breakeven.tables.example import row_values
from breakeven.tables.fitter import ROWS, open_rows
from breakeven.trust import sealed

#: Units below which two products are not compared.
FEWEST = 20


def compare(brief: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
    """Whether the challenger is better on its sealed rows, without those that the champion has learned from, and by how much.

    The interval is empty where fewer than FEWEST units are left to compare by; then the champion stays.
    """
    X, y = sealed.open_once(challenger / "work", store.Log(challenger / "log.jsonl"), "champion against challenger")
    new, old = (predictor.load(twin_of(build)) for build in (challenger, champion))
    media, units = sealed.media(challenger / "work"), sealed.units(challenger / "work")
    rows = [row_values(new.schema, x, media) for x in X]
    fresh = ~_learned(rows, _truth(new, y), sealed.digest(challenger / "work"), champion, old)
    if len(np.unique(units[fresh])) < FEWEST:
        return False, Interval(None, None, None)
    X, y, units = X[fresh], y[fresh], units[fresh]
    old_predictions = (
        old.encode([row for row, kept in zip(rows, fresh, strict=True) if kept])
        if old.schema != new.schema
        else (X, media)
    )
    answers = new.calibrated(X, media), _in_order_of(new, old, old.calibrated(*old_predictions))
    scores = [metrics.losses(metric, y, answer, units) for answer in answers]
    return promote(scores[0], scores[1], metrics.METRICS[metric].scale, brief.margin)


def _in_order_of(new: Loaded, old: Loaded, answers: Array) -> Array:
    """Another product's probabilities (n, classes) in the order of our classes; 0 for a class it does not know."""
    new_classes, old_classes = new.decoder.classes, old.decoder.classes
    if new_classes == old_classes:
        return answers
    index = {name: k for k, name in enumerate(old_classes)}
    return np.stack([answers[:, index[c]] if c in index else np.zeros(len(answers)) for c in new_classes], axis=1)


def twin_of(build: Path) -> Path:
    """The folder of a build that has not seen its sealed rows: the twin, or the product where it has none."""
    return build / TWIN if (build / TWIN / store.MANIFEST).is_file() else build / "product"


def _learned(rows: list[dict[str, object]], truth: list[object], digest: str, champion: Path, old: Loaded) -> Array:
    """Which rows (n,) are among those that the champion's twin was fitted on; none where both sealed the same rows, whose
    `digest` is given.
    """
    work = champion / "work"
    if not (work / ROWS).is_file() or sealed.digest(work) == digest:
        return np.zeros(len(rows), dtype=bool)
    X, y, _ = open_rows(work)
    media: Disk | None = sealed.media(work)
    names = {f.name for f in old.schema.fields}
    known = {_key(row_values(old.schema, x, media), t, names) for x, t in zip(X, _truth(old, y), strict=True)}
    return np.array([_key(row, t, names) in known for row, t in zip(rows, truth, strict=True)], dtype=bool)


def _key(row: dict[str, object], truth: object, names: set[str]) -> Hashable:
    return truth, *((name, str(value)) for name, value in sorted(row.items()) if name in names)


def _truth(product: Loaded, y: Array) -> list[object]:
    """The rows' targets as words or numbers, alike for products that number their classes in another order."""
    classes = product.decoder.classes
    return [classes[int(value)] for value in y] if classes else y.tolist()
