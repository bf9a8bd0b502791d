"""A few sealed rows with what the product saw in them: the words that mattered, the map over an image; of a table the surest
mistakes, for many of them are wrong labels."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from breakeven.core.personal_data import mask
from breakeven.core.types import Array
from breakeven.features.media import Disk
from breakeven.runtime.predictor import Loaded
from breakeven.tables.example import row_values

#: Right answers shown, the most confident first.
RIGHT = 3
#: Wrong answers shown, the most confident first.
WRONG = 3
#: Wrong answers shown of a table.
OF_TABLE = 6
#: Characters of a text.
CHARACTERS = 300
#: Rows to choose from, spread evenly by confidence: the most confident ones are all alike.
CHOSEN_FROM = 200


def rows(product: Loaded, X: Array, y: Array, media: Disk | None, lines: Array) -> list[dict[str, object]]:
    """Up to six sealed rows of classes, each with its truth, answer and reasons; `lines` (n,) are those of the data, 0 where it
    has none.
    """
    if not product.decoder.classes:
        return []
    answers = product.calibrated(X, media)
    answered = product.decoder.decide(answers)
    confidence, right = np.take_along_axis(answers, answered[:, None], axis=1)[:, 0], answered == y
    order = np.argsort(-confidence, kind="stable")
    if media is None or not product.reader.parts:
        return [_shown(product, X[i], int(y[i]), None, int(lines[i])) for i in order[~right[order]][:OF_TABLE]]
    order = order[:: max(1, len(order) // CHOSEN_FROM)]
    picked = [*order[right[order]][:RIGHT], *order[~right[order]][:WRONG]]
    return [_shown(product, X[i], int(y[i]), media, int(lines[i])) for i in picked]


def _shown(product: Loaded, x: Array, truth: int, media: Disk | None, line: int) -> dict[str, object]:
    """One row with its truth, the product's answer to it as it is shown (texts masked and cut), and the reasons."""
    row = row_values(product.schema, x, media)
    for f in product.schema.fields:
        if f.role == "text":
            row[f.name] = mask(str(row[f.name]))[:CHARACTERS] or None
    reasons = product.explain(row)
    answers = product.calibrated(*product.encode([row]))
    answered = int(product.decoder.decide(answers)[0])
    classes = product.decoder.classes
    images = {
        name: "data:image/png;base64," + base64.b64encode(v).decode() for name, v in row.items() if isinstance(v, bytes)
    }
    return {
        "truth": classes[truth],
        "prediction": classes[answered],
        "probability": float(answers[0, answered]),
        "reasons": [_masked(reason) for reason in reasons[:6]],
        "line": line or None,
        "images": images,
    }


def _masked(reason: Mapping[str, Any]) -> dict[str, Any]:
    """A reason whose value holds no personal data."""
    value = reason.get("value")
    return {**reason, "value": mask(value) if isinstance(value, str) else value}
