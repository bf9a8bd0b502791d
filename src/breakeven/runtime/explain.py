"""Why an answer: what of it goes when a column, a word or a part of an image is taken away.

Where the graph has a second output `heat` (a class activation map, Zhou et al. 2016), that is an image's map; else
the image is covered patch by patch. Neither needs gradients, so serving needs no training library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NotRequired, Protocol, TypedDict

import numpy as np

from breakeven.core.types import MEDIA_ROLES, Array, Row
from breakeven.features.decoding import Decoder
from breakeven.features.media import Media, Memory
from breakeven.features.reader import Pixels, Reader
from breakeven.features.schema import Field, Schema
from breakeven.features.text import MOST_CHARACTERS
from breakeven.runtime.onnx_session import OnnxSession

#: Background values tried for a column.
BACKGROUND = 5
#: Most parts of a text that are left out one by one.
MOST_PARTS = 60
#: Patches along an image's side.
PATCHES = 7
#: Most words named in the explanation of a text.
MOST_WORDS = 12
_WORDS = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['’-][^\W\u3040-\u30ff\u3400-\u9fff]+)*|\S")


#: What is lost of the answers to rows of the base matrix (n, p), which refer to some media.
Lost = Callable[[Array, Memory | None], Array]


class Word(TypedDict):
    """A word of a text, where it starts, and what is lost without it."""

    text: str
    start: int
    effect: float


class Reason(TypedDict):
    """A column's part in an answer; see `explain`."""

    column: str
    value: str | float | None
    effect: float
    words: NotRequired[list[Word]]
    heat: NotRequired[list[list[float]]]


class Explainable(Protocol):
    """What is asked of a product to explain an answer; `predictor.Loaded` is one."""

    @property
    def schema(self) -> Schema:
        """Its columns."""

    @property
    def reader(self) -> Reader:
        """What turns the base matrix into the graph's inputs."""

    @property
    def decoder(self) -> Decoder:
        """What turns scores into answers."""

    @property
    def session(self) -> OnnxSession:
        """Its graph."""

    @property
    def draws_heat(self) -> bool:
        """Whether the graph gives a heat map."""

    def encode(self, rows: Sequence[Row]) -> tuple[Array, Memory | None]:
        """The base matrix (n, p) of rows, and their texts and images."""

    def scores(self, X: Array, media: Media | None = None) -> Array:
        """Raw scores of a base matrix."""

    def calibrated(self, X: Array, media: Media | None = None) -> Array:
        """Calibrated probabilities or values of a base matrix."""


def explain(product: Explainable, row: Row) -> list[Reason]:
    """Each column's part in the answer, the largest first: what is lost, on average, without its value.

    The answer is the probability of the predicted class, or the value. A text also has its `words`, an image its `heat`
    (rows of numbers from 0 to 1, top to bottom); their parts are given before calibration, which may bring a sure answer
    so near to 1 that nothing seems to matter.
    """
    X, media = product.encode([row])
    plain = product.schema.columns([row])
    here = product.calibrated(X, media)
    column = int(product.decoder.decide(here)[0]) if here.ndim == 2 else None
    now = float(here[0] if column is None else here[0, column])

    def lost(rows: Array, values: Memory | None) -> Array:
        there = product.calibrated(rows, values)
        return now - (there if column is None else there[:, column])

    raw = product.scores(X, media)
    base = float(raw[0].reshape(-1)[column or 0])

    def lost_raw(rows: Array, values: Memory | None) -> Array:
        there = product.scores(rows, values)
        return base - there.reshape(len(rows), -1)[:, column or 0].astype(float)

    out, start = [], 0
    for f in product.schema.fields:
        changed = product.schema.with_spans(_without(f, X, start))
        start += len(f.parts)
        if not len(changed):
            continue
        part: Reason = {
            "column": f.name,
            "value": _plain(f, plain[f.name][0]),
            "effect": float(np.mean(lost(changed, media))),
        }
        if f.role == "text" and media is not None and plain[f.name][0]:
            part["words"] = _words(f, X, media, plain[f.name][0], lost_raw, start - 1)
        if f.role == "image" and media is not None and plain[f.name][0] is not None:
            part["heat"] = _heat(product, f, X, media, lost_raw, start - 1)
        out.append(part)
    return sorted(out, key=lambda part: -abs(part["effect"]))


def _without(f: Field, X: Array, start: int) -> Array:
    """The row with typical values, or nothing, in a column's place: (k, p)."""
    if f.role in MEDIA_ROLES:
        changed = X.copy()
        changed[:, start] = np.nan
        return changed
    blocks = []
    for value in f.typical[:BACKGROUND]:
        changed = X.copy()
        changed[:, start : start + len(f.parts)] = f.block(
            np.array([value], dtype=object if f.role == "category" else float)
        )
        blocks.append(changed)
    return np.concatenate(blocks) if blocks else np.zeros((0, X.shape[1]))


def _words(f: Field, X: Array, media: Memory, text: str, lost: Lost, index: int) -> list[Word]:
    """Words (Chinese: characters) and what is lost without each; in long texts, stretches of words."""
    text = text[:MOST_CHARACTERS]
    spans = [m.span() for m in _WORDS.finditer(text)][: MOST_PARTS * 50]
    step = -(-len(spans) // MOST_PARTS)
    parts = [(spans[i][0], spans[min(i + step, len(spans)) - 1][1]) for i in range(0, len(spans), step or 1)]
    if not parts:
        return []
    cut = [text[:a] + " " + text[b:] for a, b in parts]
    rows = np.repeat(X, len(cut), axis=0)
    rows[:, index] = np.arange(len(cut))
    effects = lost(rows, Memory({**media.words, f.name: cut}, media.images))
    effects_of: list[Word] = [
        {"text": text[a:b][:80], "start": a, "effect": float(e)} for (a, b), e in zip(parts, effects, strict=True)
    ]
    return sorted(sorted(effects_of, key=lambda w: -abs(w["effect"]))[:MOST_WORDS], key=lambda w: w["start"])


def _heat(product: Explainable, f: Field, X: Array, media: Memory, lost: Lost, index: int) -> list[list[float]]:
    seen = next((p.column for p in product.reader.parts if isinstance(p, Pixels)), None)
    if product.draws_heat and seen == f.name:  # the graph's map is of the first image
        heat = product.session.run(["heat"], product.reader.inputs(X, media))[0][0]
    else:
        heat = _covered(f, X, media, lost, index)
    heat = np.maximum(np.nan_to_num(np.asarray(heat, dtype=float)), 0)
    return [[round(float(v), 3) for v in line] for line in (heat / (heat.max() or 1.0)).tolist()]


def _covered(f: Field, X: Array, media: Memory, lost: Lost, index: int) -> Array:
    """What is lost when each patch shows the image's mean colour."""
    picture = media.images[f.name][int(X[0, index])]
    side = picture.shape[0]
    count = min(PATCHES, side)
    edges = np.linspace(0, side, count + 1).astype(int)
    reach = max(1, side // (2 * count))  # patches overlap, so that no part of the object hides between two
    mean = picture.mean(axis=(0, 1))
    covered = np.repeat(picture[None], count * count, axis=0)
    for a in range(count):
        for b in range(count):
            top, left = max(0, edges[a] - reach), max(0, edges[b] - reach)
            covered[a * count + b, top : edges[a + 1] + reach, left : edges[b + 1] + reach] = mean
    rows = np.repeat(X, len(covered), axis=0)
    rows[:, index] = np.arange(len(covered))
    others = {name: np.repeat(values, len(covered), axis=0) for name, values in media.images.items()}
    words: dict[str, Sequence[str]] = dict(media.words)
    return np.asarray(lost(rows, Memory(words, {**others, f.name: covered}))).reshape(count, count)


def _plain(f: Field, value: str | float | None) -> str | float | None:
    if f.role == "image" or value is None or value != value:
        return None
    return f.spelled(value.item() if isinstance(value, np.generic) else value)
