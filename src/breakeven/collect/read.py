"""The brief's data -> Table: a file, a folder of images, a query of SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from breakeven.collect import database, images
from breakeven.core.types import Need, Table
from breakeven.files.dialect import check_header
from breakeven.files.read import from_columns, read_file


def table(need: Need, texts: Container[str] | None = None) -> Table:
    """Read the brief's data.

    Columns in `texts` stay text (None: those whose role in the brief is not a number or a time, and the split's group).
    Raises InputError naming the place and the remedy.
    """
    if texts is None:
        texts = frozenset(c for c, role in need.columns.items() if role not in ("number", "time"))
        if need.split.by == "group" and need.split.column:
            texts |= {need.split.column}
    if need.database is not None:
        found = database.query(need.database, need.query or "", need.folder, database.seconds_of(need.limits.minutes))
        columns = dict(zip(check_header(found.names, need.data), found.columns, strict=True))
        read = from_columns(columns, need.data, texts)
        return replace(read, findings=(*read.findings, *found.findings))
    path = (need.folder / need.data).resolve() if not Path(need.data).is_absolute() else Path(need.data)
    if path.is_dir():
        return images.folder_table(path)
    return replace(read_file(path, texts, need.encoding), root=path.parent)
