"""What a shop has, checked and numbered: who did what and when, the catalogue, and who follows whom.

Every event that is left out is counted and said; a file that cannot be meant is refused in one line.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array, Column, Need, Row, Table
from breakeven.core.wording import counted
from breakeven.online.event import CLOCK_SKEW
from breakeven.runtime.ranking.histories import Histories
from breakeven.scenarios.recommend import cells, changed_rows, item_list, repeats, segments, tables
from breakeven.scenarios.recommend.catalogue import Catalogue, Shop
from breakeven.scenarios.recommend.event_columns import (
    joined,
    kinds_of,
    moments_of,
    names_of,
    refused_later,
    repeated,
    unused_times,
    weights_of,
)
from breakeven.scenarios.recommend.event_types import (
    ITEM,
    hides,
)
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.tables import Named

#: A person's last events that are kept; one with more is no person.
MOST_EVENTS = 5_000
#: Fewest people with two events, and fewest items, from which anything can be learned.
FEWEST_PEOPLE, FEWEST_ITEMS = 20, 5
#: Share of all events from which one person has too many.
MUCH = 0.1


def read(need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Shop:
    """The shop of a brief, with events and items that came in since (`extra`). Raises InputError for what cannot be meant,
    naming the place and the remedy.
    """
    notes = Notes()
    named = tables.events(need, table)
    items, users, friends = (tables.side_table(need, what) for what in ("items", "users", "friends"))
    tables.check_columns(need, (named, items, users, friends))
    unused_times(named, notes)
    named = joined(named, [e for e in extra if not str(e["kind"]).startswith("$")])
    changes = changed_rows.stored(need)
    if changes:
        named = changed_rows.applied(named, changes, moments_of(named) if "time" in named.columns else None, notes)
        users = None if users is None else changed_rows.applied(users, changes, None, notes)
    events = _events(need, named, notes)
    things, of_events = _numbered(events.item, len(events.things))
    item_records, age = [e for e in extra if e["kind"] == ITEM], item_list.age(items)
    catalogue, place = item_list.catalogue(events.things[things], of_events, items, item_records, notes)
    used, who = _numbered(np.concatenate([events.user, events.refused_by]), len(events.people))
    people = events.people[used].astype(str)
    who, who_refused = who[: len(events.user)], who[len(events.user) :]
    seen = Histories.of_events(who, place, events.weight, events.time, (len(people), len(catalogue.ids)))
    order = np.lexsort((events.time, who))
    seen, kinds = _bounded(seen, events.kind[order], notes)
    if users is not None:
        listed = set(cells.ids(users.columns["user"]).tolist()) - {None}
        strange = ~np.isin(people, np.array(sorted(listed), dtype=str))
        notes.add("users", f"{int(strange.sum()):,} people with events are not in the user list", "kept", strange)
    _activity(seen, notes)
    pairs = _friends(friends, people, notes)
    _enough(seen, named.source)
    refused = _refused(events, who_refused, catalogue, len(people))
    repeat = repeats.decided(need, seen, kinds, events.kinds, notes)
    seen = replace(seen, bars=repeats.bars(kinds, events.kinds, repeat), refused=refused)
    shop = Shop(tuple(people.tolist()), catalogue, seen, kinds, events.kinds, events.event_weights, "time" in named.columns, pairs,
                _columns(named, items), (), item_list.pictures(catalogue, items, notes))  # fmt: skip
    return replace(shop, findings=tuple(notes.findings), list_age=age, repeat=repeat)


def _refused(events: _Events, who: Array, catalogue: Catalogue, people: int) -> Histories | None:
    """What each of so many people refused and when; `who` are the numbers of those who did (m,). What is not sold is left out."""
    number = {name: i for i, name in enumerate(catalogue.ids)}
    what = np.array([number.get(str(name), -1) for name in events.things], dtype=np.int64)[events.refused_item]
    sold, shape = what >= 0, (people, len(catalogue.ids))
    if not sold.any():
        return None
    return Histories.of_events(who[sold], what[sold], np.ones(int(sold.sum())), events.refused_at[sold], shape)


def segmented(need: Need, shop: Shop, before: Histories) -> Shop:
    """The shop with the segments of its user list that foretell most of what is known before anything is judged."""
    users = tables.side_table(need, "users")
    if users is not None:
        users = changed_rows.applied(users, changed_rows.stored(need), None, Notes())
    found, notes = segments.found(users, np.array(shop.users), before), Notes()
    if found.column is not None:
        more = f"an event is {np.exp(found.gain) - 1:.0%} likelier by what one's own segment takes ({len(found.names)} of them)"
        notes.add("segments", f"people differ by {found.column!r}: {more}", "what is popular is counted by segment")
    return replace(shop, segments=found, findings=(*shop.findings, *notes.findings))


@dataclass(frozen=True)
class _Events:
    """Events that count: numbers of their users and items among `people` and `things`, times, weights, numbers of kinds (n,)."""

    user: Array
    item: Array
    time: Array
    weight: Array
    kind: Array
    people: Array
    things: Array
    kinds: tuple[str, ...]
    event_weights: Mapping[str, float]
    #: Of what users want to see no more: numbers of the users and of the items, and when they said so (m,).
    refused_by: Array
    refused_item: Array
    refused_at: Array


def _events(need: Need, named: Named, notes: Notes) -> _Events:
    """The events that count; what is left out is noted. Raises InputError where none is left."""
    got, n, first = named.columns, named.rows, named.first_line
    (people, user), (things, item) = cells.coded(got["user"]), cells.coded(got["item"])
    moment = moments_of(named) if "time" in got else np.arange(n, dtype=float)
    absent = (user < 0) | (item < 0)
    notes.add(
        "no id",
        f"{counted(int(absent.sum()), 'event')} without a user or an item",
        "left out",
        absent,
        "warning",
        first,
    )
    unread = ~absent & np.isnan(moment)
    notes.add(
        "no time",
        f"{counted(int(unread.sum()), 'event')} whose time cannot be read",
        "left out",
        unread,
        "warning",
        first,
    )
    late = ~np.isnan(moment) & (moment > time.time() + CLOCK_SKEW) if "time" in got else np.zeros(n, dtype=bool)
    notes.add(
        "future",
        f"{counted(int(late.sum()), 'event')} from the future",
        "left out: check the clock or the time zone",
        late,
        "warning",
        first,
    )
    kept = ~(absent | unread | late)
    kind, names = kinds_of(named)
    weight, event_weights = weights_of(need, named, kind, names, notes)
    pair = user * (len(things) + 1) + item
    returned = (weight < 0) & (np.array([event_weights[name] for name in names])[kind] >= 0)
    twice = repeated(got, pair, moment, 2 * kind.astype(np.int32) + returned, kept)
    notes.add("repeated", f"{counted(int(twice.sum()), 'event is', 'events are')} there twice", "counted once", twice)
    kept &= ~twice
    refused = kept & (weight < 0)
    notes.add("negative", f"{counted(int(refused.sum()), 'event takes', 'events take')} a wish back ({names_of(names, kind, refused)})",
              "earlier events of the same person and item do not count; what was refused is not shown to that person", refused)  # fmt: skip
    notes.add(
        "no weight",
        f"{counted(int((kept & (weight == 0)).sum()), 'event')} of weight 0",
        "not learned from",
        kept & (weight == 0),
    )
    taken_back = kept & (weight > 0) & refused_later(pair, moment, refused)
    kept &= (weight > 0) & ~taken_back
    hidden = refused & np.array([hides(name) for name in names])[kind]
    moved = "time" in got and bool((np.diff(moment[kept]) < 0).any())
    if moved:
        notes.add("order", "events are not in order of time", "put in order")
    if not kept.any():
        raise InputError(named.source, f"none of {n:,} events can be used", "see the findings of: breakeven check")
    wishes = (user[kept], item[kept], moment[kept], weight[kept], kind[kept])
    return _Events(*wishes, people, things, names, event_weights, user[hidden], item[hidden], moment[hidden])


def _numbered(codes: Array, count: int) -> tuple[Array, Array]:
    """Which of so many codes occur, in order, and each code's number among them."""
    there = np.bincount(codes, minlength=count) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def _bounded(seen: Histories, kinds: Array, notes: Notes) -> tuple[Histories, Array]:
    long = seen.lengths > MOST_EVENTS
    if not long.any():
        return seen, kinds
    notes.add("robots", f"{counted(int(long.sum()), 'person', 'people')} with more than {MOST_EVENTS:,} events "
              f"(the most: {int(seen.lengths.max()):,})",
              "only their last events are kept", long, "warning")  # fmt: skip
    kept = np.arange(len(seen.items)) >= np.repeat(seen.starts[1:] - MOST_EVENTS, seen.lengths)
    return seen.where(kept), kinds[kept]


def _activity(seen: Histories, notes: Notes) -> None:
    """Note which share of the events is of the one person with the most."""
    share = float(seen.lengths.max()) / max(len(seen.items), 1)
    much = share > MUCH
    notes.add("activity", f"the person with the most events has {share:.1%} of them",
              "guests under one name, or a robot? leave them out of the file" if much else "each person counts once for what is popular",
              level="warning" if much else "info")  # fmt: skip


def _friends(named: Named | None, people: Array, notes: Notes) -> Array:
    if named is None:
        return np.zeros((0, 2), dtype=np.int64)
    pairs = [cells.ids(named.columns[c]).astype(str) for c in ("user", "friend")]
    positions = [np.minimum(np.searchsorted(people, p), len(people) - 1) for p in pairs]
    known = np.all([people[at] == p for at, p in zip(positions, pairs, strict=True)], axis=0) & (
        positions[0] != positions[1]
    )
    notes.add(
        "friends",
        f"{int((~known).sum()):,} of {len(known):,} friendships are with people without events",
        "left out",
        ~known,
    )
    return np.unique(np.stack(positions, axis=1)[known], axis=0)


def _enough(seen: Histories, source: str) -> None:
    people, items = int((seen.lengths > 1).sum()), len(np.unique(seen.items))
    if people < FEWEST_PEOPLE:
        raise InputError(source, f"{people:,} people with two events or more; nothing can be learned from fewer than {FEWEST_PEOPLE}",
                         "collect more events")  # fmt: skip
    if items < FEWEST_ITEMS:
        raise InputError(
            source,
            f"{items:,} items with events; a shelf needs {FEWEST_ITEMS} at least",
            "collect events about more items",
        )


def _columns(named: Named, items: Named | None) -> tuple[Column, ...]:
    out = [Column(role, "time" if role == "time" else "id", f"read from {named.source}") for role in named.columns]
    out += [Column(name, "ignore", "not used by a recommendation") for name in named.others]
    if items is not None:
        out += [
            Column(f"item {role}", "text" if role in ("title", "text") else "category", "of the item list")
            for role in items.columns
        ]
        out += [Column(f"item {name}", "ignore", "not used by a recommendation") for name in items.others]
    return tuple(out)


def summary(shop: Shop) -> dict[str, object]:
    """The shop in numbers."""
    n = len(shop.users) * len(shop.items.ids)
    return {
        "users": len(shop.users),
        "items": len(shop.items.ids),
        "events": len(shop.seen.items),
        "filled": len(shop.seen.items) / max(n, 1),
    }
