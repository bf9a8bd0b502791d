"""Outcomes that came back, joined to the open rows of a table; never to its sealed test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.collect import near_duplicates, split
from breakeven.collect.stored import Stored
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import MEDIA_ROLES, Array, Finding, Row
from breakeven.core.wording import counted
from breakeven.features.decoding import class_of
from breakeven.features.schema import Schema


@dataclass(frozen=True)
class Known:
    """The table's own rows: schema, base matrix (n, p), y (n,), classes, how they are split, and their stored media."""

    schema: Schema
    X: Array
    y: Array
    classes: tuple[str, ...]
    parts: split.Parts
    kept: Stored


def join(known: Known, extra: Sequence[Row], target: str) -> tuple[Array, Array, split.Parts, list[Finding]]:
    """Rows that came back, appended to the open rows and to every fold's training part.

    Rows equal to a sealed one stay out altogether, rows equal to a fold's validation row stay out of that fold.
    """
    schema, kept, parts, y = known.schema, known.kept, known.parts, known.y
    names = [f.name for f in schema.fields]
    new = schema.matrix(schema.columns([{n: row.get(n) for n in names} for row in extra]))
    new_y = _targets([row[target] for row in extra], known.classes)
    for f in schema.fields:
        if f.role in MEDIA_ROLES:  # their values were stored after the table's own
            new[:, schema.layout.place(f.name)] += len(kept.copies[f.name])
    new_rows, known_rows = _comparable(new, schema, kept), _comparable(known.X, schema, kept)
    keep = ~_again(new_rows, known_rows[parts.test], schema, kept)
    findings = []
    if not keep.all():
        count = int((~keep).sum())
        what = f"{counted(count, 'outcome is of a row', 'outcomes are of rows')} equal to a sealed one"
        findings.append(Finding("outcomes of sealed rows", what, "left out", None, count, (), "warning"))
    new, new_y, new_rows = new[keep], new_y[keep], new_rows[keep]
    added = np.arange(len(y), len(y) + len(new_y))
    folds = []
    for fold in parts.folds:
        fresh = added[~_again(new_rows, known_rows[fold.validation], schema, kept)]
        folds.append(replace(fold, train=np.concatenate([fold.train, fresh])))
    joined = replace(parts, open=np.concatenate([parts.open, added]), folds=tuple(folds))
    return np.vstack([known.X, new]), np.concatenate([y, new_y]), joined, findings


def _comparable(X: Array, schema: Schema, kept: Stored) -> Array:
    """The base matrix with near copies in place of references, so that equal texts and images compare equal."""
    out = X.copy()
    for name in (f.name for f in schema.fields if f.role in MEDIA_ROLES):
        index = schema.layout.place(name)
        known = ~np.isnan(out[:, index])
        out[known, index] = kept.joint[name][out[known, index].astype(int)]
    return out


def _again(new: Array, held: Array, schema: Schema, kept: Stored) -> Array:
    """Which new rows (comparable) equal a held one, or show a text or image that a held one shows."""
    keys = set(_keys(held))
    out = np.array([key in keys for key in _keys(new)], dtype=bool)
    for name in (f.name for f in schema.fields if f.role in MEDIA_ROLES):
        index, joint = schema.layout.place(name), kept.joint[name]
        rare = np.setdiff1d(held[:, index][~np.isnan(held[:, index])], np.unique(joint[near_duplicates.common(joint)]))
        out |= np.isin(new[:, index], rare)
    return out


def _keys(X: Array) -> list[bytes]:
    """Rows as bytes, equal where the rows are equal (NaN with NaN)."""
    rows = np.ascontiguousarray(np.where(np.isnan(X), np.nan, X + 0.0))
    return [row.tobytes() for row in rows]


def _targets(values: Sequence[object], classes: tuple[str, ...]) -> Array:
    if not classes:
        return np.array(values, dtype=float)
    number = {name: i for i, name in enumerate(classes)}
    names = [class_of(value, classes) for value in values]
    for value, name in zip(values, names, strict=True):
        if name is None:
            raise InputError(
                "feedback", f"the outcome {value!r} is not one of the classes", nearest(str(value), classes)
            )
    return np.array([number[name] for name in names if name is not None], dtype=np.int64)
