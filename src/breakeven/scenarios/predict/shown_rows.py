"""A few sealed rows with what the product saw in them: the words that mattered, the map over an image."""

from __future__ import annotations

import base64

import numpy as np

from breakeven.core.personal_data import mask
from breakeven.core.types import Array
from breakeven.features.media import Disk
from breakeven.runtime.predictor import Loaded
from breakeven.scenarios.predict.example import row_values

#: Right answers shown, the most confident first.
RIGHT = 3
#: Wrong answers shown, the most confident first.
WRONG = 3
#: Characters of a text.
CHARACTERS = 300
#: Rows to choose from, spread evenly by confidence: the most confident ones are all alike.
CHOSEN_FROM = 200


def rows(product: Loaded, X: Array, y: Array, media: Disk | None) -> list[dict[str, object]]:
    """Up to six sealed rows (classification with texts or images), each with its truth, answer and reasons."""
    if media is None or not product.decoder.classes or not product.reader.parts:
        return []
    answers = product.calibrated(X, media)
    answered = product.decoder.decide(answers)
    confidence, right = np.take_along_axis(answers, answered[:, None], axis=1)[:, 0], answered == y
    order = np.argsort(-confidence, kind="stable")
    order = order[:: max(1, len(order) // CHOSEN_FROM)]
    picked = [*order[right[order]][:RIGHT], *order[~right[order]][:WRONG]]
    return [_shown(product, X[i], int(y[i]), media) for i in picked]


def _shown(product: Loaded, x: Array, truth: int, media: Disk) -> dict[str, object]:
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
        "reasons": reasons[:6],
        "images": images,
    }
