"""Users who were erased or merged, and events that were deleted: in the state of a served shop, and in the files it is built from.

The log itself is changed at once. What stands in a product or in a file of events cannot be: there the records of the changes
say what no longer counts.
"""

from __future__ import annotations

import contextlib
from bisect import insort
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array, Need
from breakeven.online.event import DELETED, ERASED, MERGED, Event, user_digest
from breakeven.online.logs import open_existing
from breakeven.scenarios.recommend import cells
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.notes import Notes

if TYPE_CHECKING:
    from breakeven.scenarios.recommend.state import State
    from breakeven.scenarios.recommend.tables import Named

#: Kinds of the records that change users.
KINDS = (ERASED, DELETED, MERGED)


def apply(state: State, record: Event) -> None:
    """Change a shop's state by a record of one of KINDS."""
    state.changes += 1
    if record.kind == MERGED:
        _merge(state, record.user, record.item, record.at)
    elif record.kind == DELETED:
        item = state.number.get(record.item)
        if item is not None:
            _forget(state, record.user, record.at, item, (record.data or {}).get("kind"))
    else:
        for user in [user for user in state.names() if user_digest(user) == record.item]:
            _forget(state, user, record.at)


def _forget(state: State, user: str, until: float, item: int | None = None, kind: str | None = None) -> None:
    """Take out what a user did up to a time: with one item, of one kind, or all."""

    def gone(at: float, what: int, how: str) -> bool:
        return at <= until and item in (None, what) and kind in (None, how)

    done = state.since.pop(user, [])
    left = [did for did in done if not gone(did.at, did.item, did.kind)]
    if left:
        state.since[user] = left
    for lost in {did.item: did for did in done if gone(did.at, did.item, did.kind)}.values():
        if all(did.item != lost.item for did in left) and not state.took_before(user, lost.item):
            state.popular[lost.item] -= lost.weight
    if kind is None:
        state.refused.get(user, set()).difference_update(range(len(state.ids)) if item is None else (item,))
    u = state.people.get(user)
    if u is None:
        return
    part = state.product.seen.slice(u)
    items, times = state.product.seen.items[part], state.product.seen.times[part]
    kinds = [state.kinds[k] for k in state.product.kinds[part]]
    lost_items = {i for i, at, how in zip(items.tolist(), times.tolist(), kinds, strict=True) if gone(at, i, how)}
    if item is None and bool((times <= until).all()):
        del state.people[user]  # nothing of the product's is asked for again
        state.back.pop(user, None)
    else:
        state.back.setdefault(user, set()).update(lost_items)


def _merge(state: State, user: str, into: str, until: float) -> None:
    """Give what a user did up to a time to another one."""
    before = [did for did in state.history(user, most=MAX_HISTORY) if did.at <= until]
    theirs = {did.item for did in state.history(into, most=MAX_HISTORY)}
    refused = state.refused_by(user).tolist()
    _forget(state, user, until)
    target = state.since.setdefault(into, [])
    for did in before:
        if did.item not in theirs and not any(other.item == did.item for other in target):
            state.popular[did.item] += did.weight
        insort(target, did)
    if refused:
        state.refused.setdefault(into, set()).update(refused)


#: Events of a merged user that are moved, the last ones.
MAX_HISTORY = 5_000


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
        "users", f"{int((moved & kept).sum()):,} rows are of users who were merged with another", "theirs", moved & kept
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
