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

if TYPE_CHECKING:
    from breakeven.models.mixed.pretrained import Encoder
    from breakeven.scenarios.predict.problem import TableFitter

CHOSEN = "encoders.json"
#: What the brief says to race without pretrained weights.
NONE = "none"
#: Texts looked at to tell their language, and the share of plain letters that makes them English.
LOOK, PLAIN = 500, 0.95
#: A race by doubling sizes over one fit at its largest.
RACE = 2.0


def names(need: Need, rows: Rows, candidate: str) -> tuple[str, ...]:
    """The encoders a candidate takes: the brief's, or the packaged ones. Raises MissingExtra or InputError in one line."""
    from breakeven.models.mixed import pretrained

    out = []
    for kind, columns in (("text", rows.layout.texts), ("image", rows.layout.images)):
        if not columns:
            continue
        given = need.settings.get(f"{kind}_encoder")
        if given == NONE:
            raise MissingExtra(f"{kind} encoder", "the brief says none", f"leave out predict.{kind}_encoder to race it")
        found = [str(given) if given else pretrained.DEFAULT[kind]]  # type: ignore[index]
        for name in found:
            encoder = pretrained.find(_placed(name, need))
            if encoder.kind != kind:
                raise InputError(
                    f"product.yaml, predict.{kind}_encoder", f"{name!r} reads {encoder.kind}s", "name another"
                )
            out.append(encoder.name)
        if kind == "text" and not given and candidate == "frozen" and _english(rows):
            try:
                out.append(pretrained.find(pretrained.ENGLISH).name)
            except MissingExtra:
                continue
    return tuple(out)


def _placed(name: str, need: Need) -> str:
    """A folder named in the brief is meant from the brief's own folder."""
    beside = need.folder / name
    return str(beside.resolve()) if beside.is_dir() else name


def _english(rows: Rows) -> bool:
    assert rows.layout.media is not None
    media = Disk(rows.layout.media)
    for column in rows.layout.texts:
        refs = rows.X[rows.open_rows[:LOOK], rows.layout.place(column)]
        texts = "".join(media.texts(column, refs[~np.isnan(refs)]))
        letters = sum(c.isascii() for c in texts)
        if letters < PLAIN * len(texts):
            return False
    return True


def _tuning(problem: TableFitter, media: Disk, wanted: list[tuple[Encoder, str]]) -> float:
    """About how many seconds a race of fine-tuning takes: a step back costs twice a step forward, sizes add up to two."""
    from breakeven.models.mixed import encoded
    from breakeven.models.mixed.finetuned import epochs

    rows = len(problem.race().folds[0].train)
    once = sum(encoded.seconds(media, c, e, anew=True) / max(media.count(c), 1) for e, c in wanted)
    return float(RACE * rows * epochs(rows) * 3 * once)


def warmed(problem: TableFitter, workers: Workers, seconds: float, say: Callable[[str], None]) -> TableFitter:
    """Features of every column by every encoder that fits into `seconds`; candidates whose encoder does not are missing."""
    if not problem.encoders or problem.layout.media is None:
        return problem
    from breakeven.models.mixed import encoded, pretrained

    media, chosen = Disk(problem.layout.media), problem.work / CHOSEN
    if chosen.is_file():  # a build that goes on keeps the encoders it began with
        told = store.read_json(chosen)
        return _with(problem, {k: tuple(v) for k, v in told["kept"].items()}, told["gone"])
    gone: dict[str, str] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for candidate, named in problem.encoders.items():
        wanted = [(e, c) for e in map(pretrained.find, named)
                  for c in (problem.layout.texts if e.kind == "text" else problem.layout.images)]  # fmt: skip
        tuned = candidate == "finetuned"
        cost = (
            _tuning(problem, media, wanted)
            if tuned
            else sum(encoded.seconds(media, c, e) for e, c in wanted) / workers.count
        )
        while cost > seconds and len({e.kind for e, _ in wanted}) < len({e.name for e, _ in wanted}):
            last = _second([e for e, _ in wanted])  # the second encoder of a kind goes before the candidate does
            wanted = [(e, c) for e, c in wanted if e.name != last]
            cost = sum(encoded.seconds(media, c, e) for e, c in wanted) / workers.count
        if cost > seconds:
            what = "fine-tuning at growing sizes" if tuned else "encoding"
            gone[candidate] = f"{what} would take about {cost:,.0f} s of the brief's minutes"
            continue
        kept[candidate] = tuple(dict.fromkeys(e.name for e, _ in wanted))
        for encoder, column in wanted:
            if not tuned or encoder.kind == "image":  # a text encoder is tuned as a whole
                say(f"encoding {media.count(column):,} values of {column} with {encoder.name.rsplit('/', 1)[-1]}")
                encoded.ahead(media, column, encoder, workers, tuned)
    store.write_json(chosen, {"kept": {k: list(v) for k, v in kept.items()}, "gone": gone})
    return _with(problem, kept, gone)


def _second(encoders: list[Encoder]) -> str:
    """The last encoder of a kind that another encoder reads too."""
    names = {e.name: e.kind for e in encoders}
    return next(n for n in reversed(names) if list(names.values()).count(names[n]) > 1)


def _with(problem: TableFitter, kept: dict[str, tuple[str, ...]], gone: dict[str, str]) -> TableFitter:
    candidates = {name: route for name, route in problem.candidates.items() if name not in gone}
    return replace(problem, encoders=kept, candidates=candidates, missing={**problem.missing, **gone})
