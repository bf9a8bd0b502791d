"""Users who were erased or merged, and events that were deleted, in the state of a served shop.

The log itself is changed at once; of what stands in the product the records of the changes say what no longer counts.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import replace
from typing import TYPE_CHECKING

from breakeven.online.event import DELETED, ERASED, MERGED, Event, user_digest

if TYPE_CHECKING:
    from breakeven.scenarios.recommend.state import State

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
            with state.recounted(record.user):
                _forget(state, record.user, record.at, item, (record.data or {}).get("kind"))
    else:
        for user in [user for user in state.names() if user_digest(user) == record.item]:
            with state.recounted(user):
                _forget(state, user, record.at)


def _forget(state: State, user: str, until: float, item: int | None = None, kind: str | None = None) -> None:
    """Take out what a user did up to a time: with one item, of one kind, or all."""

    def gone(at: float, what: int, how: str) -> bool:
        return at <= until and item in (None, what) and kind in (None, how)

    for name, events in state.waiting.items():
        kept = [e for e in events if e.user != user or not (item is None and gone(e.at, -1, e.kind))]
        state.waiting_count -= len(events) - len(kept)
        state.waiting[name] = kept
    if item is None:
        state.shown.pop(user, None)
    done = state.since.pop(user, [])
    left = [did for did in done if not gone(did.at, did.item, did.kind)]
    if left:
        state.since[user] = left
    if kind is None:
        state.refusals(user).difference_update(range(len(state.ids)) if item is None else (item,))
    u = state.people.get(user)
    if u is None:
        return
    part = state.product.seen.slice(u)
    items, times = state.product.seen.items[part], state.product.seen.times[part]
    kinds = [state.kinds[k] for k in state.product.kinds[part]]
    if item is None and bool((times <= until).all()):
        del state.people[user]  # nothing of the product's is asked for again
        state.back.pop(user, None)
        state.deleted.pop(user, None)
        return
    rows = list(zip(range(part.start, part.stop), items.tolist(), times.tolist(), kinds, strict=True))
    deleted = {index for index, i, at, how in rows if gone(at, i, how)} | state.deleted.get(user, set())
    if not deleted:
        return
    state.deleted[user] = deleted
    deleted_items = {i for _, i, _, _ in rows} - {i for index, i, _, _ in rows if index not in deleted}
    if deleted_items:
        state.back.setdefault(user, set()).update(deleted_items)


def _merge(state: State, user: str, into: str, until: float) -> None:
    """Give what a user did up to a time to another one."""
    before = [did for did in state.history(user, most=MAX_HISTORY) if did.at <= until]
    refused = state.refused_by(user).tolist()
    state.merged = {u: into if name == user else name for u, name in state.merged.items()}
    if user in state.people:
        state.merged[state.people[user]] = into
    waiting = [e for events in state.waiting.values() for e in events if e.user == user and e.at <= until]
    with state.recounted(user):
        _forget(state, user, until)
    with state.recounted(into):
        for did in before:
            insort(state.since.setdefault(into, []), did)
    for event in waiting:
        state.apply(replace(event, user=into))
    if refused:
        state.refusals(into).update(refused)


#: Events of a merged user that are moved, the last ones.
MAX_HISTORY = 5_000
