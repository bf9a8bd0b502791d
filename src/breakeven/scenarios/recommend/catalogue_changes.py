"""What POST /v1/items says of items, beside the item list: of each field the newer of the two counts, in `learn` as in live answers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from breakeven.scenarios.recommend.catalogue import FIELDS, Catalogue, ListAge


def as_kept(field: str, value: Any) -> Any:
    """A field's value as a catalogue keeps it."""
    if field in ("title", "text", "image"):
        return "" if value is None else str(value)
    if field == "categories":
        return tuple(str(c) for c in value)
    return value is True if field == "hidden" else np.nan if value is None else float(value)


def changes(records: Iterable[Mapping[str, Any]], age: ListAge, listed: Container[str]) -> dict[str, dict[str, Any]]:
    """Item -> the fields that hold above the list, of records of the log (keys item, at, data)."""
    out = dict[str, dict[str, Any]]()
    for record in records:
        name = str(record["item"])
        left = age.left(record.get("data") or {}, float(record["at"]), name in listed)
        if left is not None and (left or name not in listed):
            out.setdefault(name, {}).update(left)
    return out


def changed(catalogue: Catalogue, changes: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """A catalogue with changes of its items."""
    number = {name: i for i, name in enumerate(catalogue.ids)}
    columns = {field: list(getattr(catalogue, kept)) for field, kept in FIELDS.items()}
    for name, data in changes.items():
        for field, value in data.items():
            columns[field][number[name]] = as_kept(field, value)
    made: dict[str, Any] = {FIELDS[field]: tuple(values) for field, values in columns.items()}
    for kept in ("prices", "stock", "hidden"):
        made[kept] = np.array(made[kept], dtype=getattr(catalogue, kept).dtype)
    return replace(catalogue, **made)
