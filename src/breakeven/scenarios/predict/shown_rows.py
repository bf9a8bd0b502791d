"""A few sealed rows with what the product saw in them: the words that mattered, the map over an image."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from breakeven.core.personal_data import mask
from breakeven.core.types import Array
from breakeven.features.image import png
from breakeven.features.media import Disk
from breakeven.runtime.predictor import Loaded

#: Right and wrong answers shown, the surest first; characters of a text.
RIGHT, WRONG, CHARACTERS = 3, 3, 300


def rows(product: Loaded, X: Array, y: Array, media: Disk | None) -> list[dict[str, Any]]:
    """Up to six sealed rows (classification with texts or images), each with its truth, answer and reasons."""
    if media is None or not product.decoder.classes or not product.reader.parts:
        return []
    answers = product.calibrated(X, media)
    sure, right = answers.max(axis=1), answers.argmax(axis=1) == y
    order = np.argsort(-sure, kind="stable")
    # Not the very surest, which are all alike: the surest of some two hundred.
    order = order[:: max(1, len(order) // 200)]
    picked = [*order[right[order]][:RIGHT], *order[~right[order]][:WRONG]]
    return [_told(product, X[i], int(y[i]), media) for i in picked]


def _told(product: Loaded, x: Array, truth: int, media: Disk) -> dict[str, Any]:
    row: dict[str, Any] = {}
    at = 0
    for f in product.schema.fields:
        if f.role == "text":
            row[f.name] = mask(media.texts(f.name, x[at : at + 1])[0])[:CHARACTERS] or None
        elif f.role == "image":
            row[f.name] = png(media.pixels(f.name, x[at : at + 1])[0]) if x[at] == x[at] else None
        else:
            row[f.name] = f.plain(x[at])
        at += len(f.parts)
    reasons = product.explain(row)
    answer = product.calibrated(*product.encode([row]))[0]  # of the row as it is shown
    classes = product.decoder.classes
    pictures = {
        name: "data:image/png;base64," + base64.b64encode(v).decode() for name, v in row.items() if isinstance(v, bytes)
    }
    return {"truth": classes[truth], "prediction": classes[int(answer.argmax())], "probability": float(answer.max()),
            "reasons": reasons[:6], "images": pictures}  # fmt: skip
