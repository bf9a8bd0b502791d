"""Whether the parts of a product's description fit each other: places exist, numbers are finite, sizes are bounded.

`description` checks the types of product.json. What passes here cannot be made to read beside an array or to fill the
memory; that the graph answers as the description says, `predictor` finds out by asking it once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from breakeven.core.types import MEDIA_ROLES, Array
from breakeven.features.decoding import Decoder
from breakeven.features.packed import PartSettings, ReaderSettings
from breakeven.features.schema import Field, Schema
from breakeven.features.view import View
from breakeven.runtime.description import Description

#: Most columns, levels of all categories, classes, and models of an ensemble.
MAX_FIELDS, MAX_LEVELS, MAX_CLASSES, MAX_MEMBERS = 20_000, 2_000_000, 100_000, 100
#: Largest side of an image, and most word pieces of a text.
MAX_SIDE, MAX_PIECES = 1024, 8192
#: Types that a finished model's inputs may have.
DTYPES = ("str", "bool", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)), "float16", "float32", "float64")


def check(about: Description) -> None:
    """Raises ValueError saying which part does not fit."""
    _schema(about.schema)
    _decoder(about.decoder)
    if about.pool is not None:
        weights = about.pool.weights
        _hold(0 < len(about.members) <= MAX_MEMBERS, f"an ensemble of {len(about.members):,} models")
        _hold(len(weights) == len(about.members) and _finite(weights), "an ensemble has a weight for each model")
        _hold(about.pool.how != "mean" or sum(weights) > 0, "the weights of an ensemble add up to nothing")
        _hold(len({one.folder for one in about.members}) == len(about.members), "two models stand in one folder")
    elif about.reader is not None:
        _reader(about.reader, about.schema)
    else:
        _hold(about.view is not None, "nothing says how rows are read")
    if about.view is not None:
        _view(about.view, about.schema)


def check_arrays(reader: ReaderSettings, arrays: Mapping[str, Array]) -> None:
    """Whether the arrays of a reader's parts are what they say. Raises ValueError."""
    for part in reader.parts:
        if part.kind not in ("grams", "tokens"):
            continue
        hashes = arrays.get(f"{part.key}.hashes")
        _hold(hashes is not None and hashes.ndim == 1 and hashes.dtype == np.uint32, f"no hashes of part {part.key!r}")
        _hold(hashes is not None and bool(np.all(hashes[1:] > hashes[:-1])), f"hashes of part {part.key!r} do not rise")
        if part.kind == "grams":
            idf = arrays.get(f"{part.key}.idf")
            fits = idf is not None and hashes is not None and idf.shape == hashes.shape and idf.dtype.kind == "f"
            _hold(fits and idf is not None and bool(np.isfinite(idf).all()), f"no weights of part {part.key!r}")


def _schema(schema: Schema) -> None:
    names = [f.name for f in schema.fields]
    _hold(0 < len(names) <= MAX_FIELDS, f"{len(names):,} columns (1 to {MAX_FIELDS:,} can be)")
    _hold(len(set(names)) == len(names), "two columns of one name")
    _hold(sum(len(f.levels) for f in schema.fields) <= MAX_LEVELS, f"more than {MAX_LEVELS:,} levels")
    times = {f.name for f in schema.fields if f.role == "time"}
    _hold(all(one in times for span in schema.spans for one in span), "a span between columns that are no times")
    for f in schema.fields:
        _field(f)


def _field(f: Field) -> None:
    numbers = [*f.sentinels, *(f.scale or ()), f.origin, f.missing, *(v for v in f.typical if not isinstance(v, str))]
    _hold(_finite(numbers), f"column {f.name[:60]!r} has a number that is none")
    _hold(len(set(f.levels)) == len(f.levels), f"column {f.name[:60]!r} has a level twice")
    if f.role == "image":
        fits = 0 < f.side <= MAX_SIDE and f.channels in (1, 3)
        _hold(fits, f"column {f.name[:60]!r} has images of {f.side:,} x {f.side:,} x {f.channels}")
        _hold(f.scale is None or f.scale[0] < f.scale[1], f"column {f.name[:60]!r} has no scale")


def _decoder(decoder: Decoder) -> None:
    classes = decoder.classes
    _hold(math.isfinite(decoder.half_width) and decoder.half_width >= 0, "the width of intervals is no length")
    if decoder.task == "regression":
        _hold(not classes, "values have no classes")
        return
    _hold(1 < len(classes) <= MAX_CLASSES, f"{len(classes):,} classes (2 to {MAX_CLASSES:,} can be)")
    _hold(len(set(classes)) == len(classes), "two classes of one name")
    _hold(decoder.yes is None or decoder.yes in classes, "the decision is of a class that is not there")
    if decoder.yes is not None and decoder.yes_from is not None:
        _hold(len(classes) == 2 and 0 <= decoder.yes_from <= 1, "the decision is not one of two classes")


def _reader(reader: ReaderSettings, schema: Schema) -> None:
    keys = [part.key for part in reader.parts]
    _hold(len(set(keys)) == len(keys), "two parts of one name")
    _hold(reader.table is not None or bool(keys), "nothing is read")
    if reader.table is not None:
        _view(reader.table, schema)
    roles = {f.name: f.role for f in schema.fields}
    for part in reader.parts:
        _part(part, schema, roles)


def _part(part: PartSettings, schema: Schema, roles: Mapping[str, str]) -> None:
    names, where = schema.layout.names, f"part {part.key[:60]!r}"
    if part.kind == "given":
        for one in part.wanted:
            _hold(one.dtype in DTYPES, f"{where} wants the type {one.dtype[:20]!r}")
            _hold(bool(one.places) and _inside(one.places, len(names)), f"{where} wants a column that is not there")
            text = roles.get(one.column) == "text" and schema.layout.place(one.column) == one.places[0]
            _hold(one.kind != "text" or text, f"{where} wants a text column that is not there")
            most = max((schema.layout.levels[p] for p in one.places), default=0)
            _hold(one.kind != "category" or one.dtype != "str" or len(one.levels) >= most, f"{where} lacks levels")
        return
    role = MEDIA_ROLES[0] if part.kind in ("grams", "tokens", "pieces") else MEDIA_ROLES[1]
    _hold(roles.get(part.column) == role, f"{where} reads column {part.column[:60]!r}, which is no {role}")
    _hold(names[part.place : part.place + 1] == (part.column,), f"{where} reads another place than its column's")
    if part.kind == "pieces":
        _hold(0 < part.longest <= MAX_PIECES and 0 <= part.pad < 1 << 31, f"{where} reads {part.longest:,} pieces")


def _view(view: View, schema: Schema) -> None:
    layout = schema.layout
    places = (*view.numbers, *view.flags, *view.categories)
    _hold(_inside(places, len(layout.names)), "the view reads a column that is not there")
    _hold(_finite([*view.centre, *view.scale, view.clip]) and all(view.scale), "the view has a number that is none")
    if view.kind == "raw":
        return
    fits = len(view.centre) == len(view.scale) == len(view.numbers) and len(view.levels) == len(view.categories)
    _hold(fits, "the view has not one centre and scale a number")
    known = tuple(layout.levels[index] for index in view.categories)
    _hold(view.levels == known and all(known), "the view has other levels than the schema")


def _inside(places: Iterable[int], count: int) -> bool:
    return all(0 <= index < count for index in places)


def _finite(values: Iterable[float]) -> bool:
    return all(math.isfinite(value) for value in values)


def _hold(fits: bool, why: str) -> None:
    if not fits:
        raise ValueError(why)
