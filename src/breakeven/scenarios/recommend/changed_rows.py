"""Rows of a shop's files as the changes of its users leave them: of those who were erased or merged, and of deleted events.

The files are the owner's and stay as they are; the log of the service has records of the changes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from breakeven.core.types import Array, Need
from breakeven.core.wording import counted
from breakeven.online.event import ERASED, MERGED, Event, user_digest
from breakeven.online.logs import open_existing
from breakeven.scenarios.recommend import cells
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.tables import Named
from breakeven.scenarios.recommend.user_changes import KINDS


def stored(need: Need) -> list[Event]:
    """The records of changed users in the log of a product, in order. None where there is no log."""
    log = open_existing(need.folder, need.name, CHECKS)
    if log is None:
        return []
    with contextlib.closing(log):
        found = [event for kind in KINDS for event in log.read(kind=kind)]
    return sorted(found, key=lambda event: event.number or 0)


def applied(named: Named, records: Sequence[Event], moments: Array | None, notes: Notes) -> Named:
    """Rows of a file (of events, users or friends) as the records leave them.

    `moments` (n,) are the times of the rows in seconds since 1970; None for rows that have none, which are all older than
    the records. What is left out or moved is noted.
    """
    if not records:
        return named
    items = cells.ids(named.columns["item"]) if "item" in named.columns else None
    kinds = cells.ids(named.columns["kind"]) if "kind" in named.columns else None
    kept, moved = np.ones(named.rows, dtype=bool), np.zeros(named.rows, dtype=bool)
    users, rows_of = _rows_of(named.columns["user"])
    by_digest = {user_digest(user): user for user in rows_of} if any(r.kind == ERASED for r in records) else {}
    for record in records:
        user = by_digest.get(record.item, "") if record.kind == ERASED else record.user
        rows = rows_of.get(user, np.zeros(0, dtype=np.int64))
        if moments is not None:
            rows = rows[~(moments[rows] > record.at)]
        if record.kind == MERGED:
            users[rows], moved[rows] = record.item, True
            rows_of[record.item] = np.union1d(rows_of.get(record.item, rows), rows)
            rows_of[user] = np.setdiff1d(rows_of.get(user, rows), rows)
            by_digest[user_digest(record.item)] = record.item
        elif record.kind == ERASED:
            kept[rows] = False
        elif items is not None:
            kind = (record.data or {}).get("kind")
            gone = rows[items[rows] == record.item]
            kept[gone if kind is None or kinds is None else gone[kinds[gone] == kind]] = False
    notes.add(
        "users",
        f"{counted(int((moved & kept).sum()), 'row is', 'rows are')} of users who were merged with another",
        "theirs",
        moved & kept,
    )
    notes.add("users", f"{int((~kept).sum()):,} rows were erased or deleted over HTTP and stand in {named.source}",
              "left out; delete them in the file too", ~kept)  # fmt: skip
    columns = {role: values[kept] for role, values in {**named.columns, "user": users}.items()}
    return replace(named, columns=columns, others={name: values[kept] for name, values in named.others.items()})


def _rows_of(column: Array) -> tuple[Array, dict[str, Array]]:
    """Canonical ids (n,) of a column of users, None where there is none, and the rows of each user."""
    names, codes = cells.coded(column)
    parts = np.split(np.argsort(codes, kind="stable"), np.searchsorted(np.sort(codes), np.arange(len(names))))
    return cells.objects([*names.tolist(), None])[codes], dict(zip(names.tolist(), parts[1:], strict=True))
