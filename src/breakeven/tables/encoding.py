"""Which pretrained encoders race, and their features computed once before the race."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Need, Rows
from breakeven.features.media import Disk
from breakeven.scale.executor import Workers
from breakeven.tables.fitter import TableFitter

if TYPE_CHECKING:
    from breakeven.models.mixed.pretrained import Encoder

#: File in `work` that keeps which encoders a build chose.
CHOSEN = "encoders.json"
#: The brief's word for racing without pretrained weights.
NONE = "none"
#: Texts by which the language is guessed.
LANGUAGE_TEXTS = 500
#: Share of ASCII letters from which texts count as English.
ENGLISH_SHARE = 0.95
#: The candidate whose encoders are trained.
TUNED = "finetuned"
#: The candidate that reads English by the larger encoder where that is installed.
MATCHED = "matched"
#: Cost of a race by doubling sizes, in fits at its largest size.
RACE_FITS = 2.0
#: Cost of a training step in forward passes.
STEP_PASSES = 3


def names(need: Need, rows: Rows, candidate: str) -> tuple[str, ...]:
    """Names of a candidate's encoders: the brief's, or the packaged ones. Raises MissingExtra or InputError."""
    from breakeven.models.mixed import pretrained

    encoders = []
    for kind, columns in (("text", rows.layout.texts), ("image", rows.layout.images)):
        if not columns:
            continue
        given = need.settings.get(f"{kind}_encoder")
        if given == NONE:
            raise MissingExtra(
                f"{kind} encoder", "the brief says none", f"leave out {need.scenario}.{kind}_encoder to race it"
            )
        name = str(given) if given else pretrained.DEFAULT[kind]  # type: ignore[index]
        if kind == "text" and not given and candidate == MATCHED and _english(rows):
            name = next(filter(pretrained.is_installed, (pretrained.LARGER_ENGLISH, pretrained.ENGLISH)), name)
        encoder = pretrained.find(_resolved(name, need))
        if encoder.kind != kind:
            raise InputError(
                f"product.yaml, {need.scenario}.{kind}_encoder",
                f"{name!r} reads {encoder.kind}s",
                f"name one that reads {kind}s",
            )
        encoders.append(encoder.name)
        if kind == "text" and not given and candidate == "frozen" and _english(rows):
            try:
                encoders.append(pretrained.find(pretrained.ENGLISH).name)
            except MissingExtra:
                continue
    return tuple(encoders)


def _resolved(name: str, need: Need) -> str:
    """The path of a folder beside the brief, or the name as it is."""
    folder = need.folder / name
    return str(folder.resolve()) if folder.is_dir() else name


def _english(rows: Rows) -> bool:
    """Whether the texts of every text column look English."""
    assert rows.layout.media is not None
    media = Disk(rows.layout.media)
    for column in rows.layout.texts:
        refs = rows.X[rows.open_rows[:LANGUAGE_TEXTS], rows.layout.place(column)]
        texts = "".join(media.texts(column, refs[~np.isnan(refs)]))
        letters = sum(c.isascii() for c in texts)
        if letters < ENGLISH_SHARE * len(texts):
            return False
    return True


def _tuning_seconds(fitter: TableFitter, media: Disk, pairs: list[tuple[Encoder, str]]) -> float:
    """Expected seconds of a race of fine-tuning."""
    from breakeven.models.mixed import encoded
    from breakeven.models.mixed.finetuned import epochs

    rows = len(fitter.race().folds[0].train)
    once = sum(encoded.seconds(media, c, e, anew=True) / max(media.count(c), 1) for e, c in pairs)
    return float(RACE_FITS * rows * epochs(rows) * STEP_PASSES * once)


def encode_ahead(fitter: TableFitter, workers: Workers, seconds: float, progress: Callable[[str], None]) -> TableFitter:
    """Compute the features that fit into `seconds`; candidates whose encoders take longer are missing afterwards."""
    if not fitter.encoders or fitter.layout.media is None:
        return fitter
    from breakeven.models.mixed import encoded

    media, chosen = Disk(fitter.layout.media), fitter.work / CHOSEN
    if chosen.is_file():  # a build that goes on keeps the encoders it began with
        before = store.read_json(chosen)
        return _with(fitter, {k: tuple(v) for k, v in before["kept"].items()}, before["missing"])
    missing: dict[str, str] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for candidate in fitter.encoders:
        tuned = candidate == TUNED
        pairs, cost = _plan(fitter, media, candidate, workers.count, seconds)
        if cost > seconds:
            what = "fine-tuning at growing sizes" if tuned else "encoding"
            missing[candidate] = f"{what} would take about {cost:,.0f} s of the brief's minutes"
            continue
        kept[candidate] = tuple(dict.fromkeys(encoder.name for encoder, _ in pairs))
        for encoder, column in pairs:
            if not tuned or encoder.kind == "image":  # a text encoder is tuned as a whole
                progress(f"encoding {media.count(column):,} values of {column} with {encoder.name.rsplit('/', 1)[-1]}")
                encoded.ahead(media, column, encoder, workers, tuned)
    store.write_json(chosen, {"kept": {k: list(v) for k, v in kept.items()}, "missing": missing})
    return _with(fitter, kept, missing)


def _plan(
    fitter: TableFitter, media: Disk, candidate: str, processes: int, seconds: float
) -> tuple[list[tuple[Encoder, str]], float]:
    """A candidate's encoders with the columns they read, and the expected seconds.

    Where those are too many, the second encoder of a kind is left out before the candidate is.
    """
    from breakeven.models.mixed import encoded, pretrained

    layout = fitter.layout
    pairs = [
        (encoder, column)
        for encoder in map(pretrained.find, fitter.encoders[candidate])
        for column in (layout.texts if encoder.kind == "text" else layout.images)
    ]

    def encoding_seconds() -> float:
        return sum(encoded.seconds(media, column, encoder) for encoder, column in pairs) / processes

    cost = _tuning_seconds(fitter, media, pairs) if candidate == TUNED else encoding_seconds()
    while cost > seconds and len({e.kind for e, _ in pairs}) < len({e.name for e, _ in pairs}):
        last = _second([encoder for encoder, _ in pairs])
        pairs = [(encoder, column) for encoder, column in pairs if encoder.name != last]
        cost = encoding_seconds()
    return pairs, cost


def _second(encoders: list[Encoder]) -> str:
    """The last encoder of a kind that has several."""
    names = {e.name: e.kind for e in encoders}
    return next(n for n in reversed(names) if list(names.values()).count(names[n]) > 1)


def _with(fitter: TableFitter, kept: dict[str, tuple[str, ...]], missing: dict[str, str]) -> TableFitter:
    candidates = {name: route for name, route in fitter.candidates.items() if name not in missing}
    return replace(fitter, encoders=kept, candidates=candidates, missing={**fitter.missing, **missing})
