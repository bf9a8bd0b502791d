"""The item list of a shop as a catalogue: what is known of each item, and what of the list cannot be read."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from pathlib import Path

import numpy as np

from breakeven.collect import images
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Row
from breakeven.core.wording import counted
from breakeven.features.boolean_words import truth
from breakeven.features.values import level
from breakeven.online.event import now
from breakeven.scenarios.recommend import cells, column_names, tables
from breakeven.scenarios.recommend.catalogue import FIELDS, Catalogue, ListAge
from breakeven.scenarios.recommend.catalogue_changes import as_kept, changed, changes
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.tables import Named

#: Share of events about items that are not in the item list from which the two files are taken for strangers.
STRANGERS = 0.5
#: Columns of an item list that often say what is for sale, but in words of the shop's own.
LOOKS_LIKE_STATE = frozenset(("status", "isactive", "active", "state", "visible", "published", "enabled", "状态"))


def age(items: Named | None) -> ListAge:
    """When the list was written, and which fields it has. A file of the future was written now."""
    return ListAge() if items is None else ListAge(min(items.written, now()), frozenset(FIELDS) & set(items.columns))


def catalogue(
    taken: Array, of_events: Array, items: Named | None, records: Sequence[Row], notes: Notes
) -> tuple[Catalogue, Array]:
    """Items of the list, of the events and of POST /v1/items (`records`), and the number of each event's item.

    `taken` are the ids of the items that have events, `of_events` (n,) the place of each event's item among them. Raises InputError
    where most events are about items that are not in the list.
    """
    row_of = _rows(items, notes) if items is not None else {}
    newer = changes(records, age(items), row_of)
    if items is not None:
        _strangers(taken, of_events, {*row_of, *newer}, items, notes)
        _unread_cells(items, notes)
    names = sorted({*taken, *row_of, *newer})
    number = {name: i for i, name in enumerate(names)}
    found = _described(tuple(names), [row_of.get(n, -1) for n in names], items, newer)
    if items is not None:
        changes_by_item = changes(records, ListAge(), row_of)
        _disagreeing(found, {number[name]: data for name, data in changes_by_item.items() if name in row_of}, notes)
    return changed(found, newer), np.array([number[t] for t in taken], dtype=np.int64)[of_events]


def _rows(items: Named, notes: Notes) -> dict[str, int]:
    """The row of each item of the list: its first."""
    row_of, twice, otherwise = dict[str, int](), 0, list[str]()
    for i, name in enumerate(cells.ids(items.columns["item"])):
        if name is None:
            continue
        first = row_of.setdefault(str(name), i)
        if first != i:
            twice += 1
            if any(str(column[i]) != str(column[first]) for column in items.columns.values()):
                otherwise.append(str(name))
    if twice:
        such = f", {len(otherwise):,} of them with other values, such as {otherwise[0]!r}" if otherwise else ""
        notes.add(
            "items",
            f"{counted(twice, 'item is', 'items are')} in the list twice{such}",
            "the first is taken",
            level="warning",
        )
    return row_of


def _strangers(taken: Array, of_events: Array, known: Container[str], items: Named, notes: Notes) -> None:
    """Note items of events that are not in the list. Raises InputError where most are."""
    unlisted = np.array([name not in known for name in taken])
    strange = unlisted[of_events]
    if strange.mean() > STRANGERS:
        other = next(iter(cells.ids(items.columns["item"])), None)
        such = f"such as {taken[of_events[strange][0]]!r}, where it has {other!r}"
        raise InputError(items.source, f"{strange.mean():.0%} of the events are about items that are not in it ({such})",
                         _alike(taken, items))  # fmt: skip
    notes.add("items", f"{counted(int(unlisted.sum()), 'item')} with {counted(int(strange.sum()), 'event')} not in the item list",
              "learned from, never recommended", strange, "warning")  # fmt: skip


def _disagreeing(found: Catalogue, records: Mapping[int, Mapping[str, object]], notes: Notes) -> None:
    """Note items, by their numbers, of which the list and POST /v1/items say different things."""
    other = list[str]()
    for i, data in records.items():
        for field, value in data.items():
            kept, now_ = getattr(found, FIELDS[field])[i], as_kept(field, value)
            if kept != now_ and (kept == kept or now_ == now_):
                other.append(f"{found.ids[i]!r} ({field} {kept} and {now_})")
                break
    if other:
        what = f"{counted(len(other), 'item is', 'items are')} described otherwise by the item list and by POST /v1/items, such as {other[0]}"
        notes.add("items", what, "what was said last counts; the list speaks at the time its file was written")


def _alike(taken: Array, items: Named) -> str:
    """What to do about a list that names items otherwise: another of its columns may have the names of the events."""
    for column, given in items.others.items():
        known = set(cells.ids(given).tolist())
        if sum(name in known for name in taken.tolist()) > (1 - STRANGERS) * len(taken):
            return (
                f"the events name items by another column: {tables.brief_line('columns', {f'items.{column}': 'item'})}"
            )
    return "check that both files name items alike"


def _unread_cells(items: Named, notes: Notes) -> None:
    """Note prices and stocks that cannot be read, and columns that may say what is for sale."""
    for role in ("price", "stock"):
        if role in items.columns:
            given = items.columns[role]
            bad = np.array([v is not None and v == v for v in given.tolist()], dtype=bool) & np.isnan(
                _amounts(items, role)
            )
            such = next((str(v)[:30] for v in given[bad].tolist()), "")
            what = f"{counted(int(bad.sum()), 'item has', 'items have')} a {role} that cannot be read, such as {such!r}"
            notes.add("items", what, "taken as unknown", bad, "warning")
    others = [c for c in items.others if c not in items.given and column_names.plain(c) in LOOKS_LIKE_STATE]
    if others:
        what = f"columns that may say what can be bought are not read: {', '.join(others)}"
        line = tables.brief_line("columns", {f"items.{others[0]}": "stock"})
        notes.add(
            "items", what, f"if one does, write {line}, or hidden in place of stock; else ignore", level="question"
        )


def _amounts(items: Named, role: str) -> Array:
    """Prices or stocks of an item list, NaN where there is none."""
    read = cells.stocks if role == "stock" else cells.numbers
    return read(items.columns[role], items.number_form(role))


def _described(names: tuple[str, ...], rows: list[int], items: Named | None, newer: Container[str]) -> Catalogue:
    got = dict(items.columns) if items is not None else {}

    def words(role: str) -> list[str]:
        return (
            [(level(v) or "") if i >= 0 and (v := got[role][i]) is not None and v == v else "" for i in rows]
            if role in got
            else [""] * len(rows)
        )

    def amounts(role: str, absent: float) -> Array:
        values = _amounts(items, role) if items is not None and role in got else None
        return np.array([absent if values is None or i < 0 else values[i] for i in rows])

    stock, column = amounts("stock", np.nan), items.called.get("categories", "") if items is not None else ""
    listed = np.array([items is None or i >= 0 or n in newer for n, i in zip(names, rows, strict=True)], dtype=bool)
    stock = np.where(listed, stock, 0.0)  # what the shop no longer lists
    hidden = np.array([truth(w) is True for w in words("hidden")], dtype=bool)
    return Catalogue(names, tuple(words("title")), tuple(tuple(cells.parts(w, column)) for w in words("categories")),
                     amounts("price", np.nan), stock, tuple(words("text")), tuple(words("image")), hidden, listed)  # fmt: skip


def pictures(catalogue: Catalogue, items: Named | None, notes: Notes) -> tuple[Path | None, ...]:
    """The file of each item's picture; none at all where no item has one. Raises InputError for one outside the list's folder, and
    where none can be read.
    """
    if items is None or items.root is None or "image" not in items.columns:
        return ()
    named = _of_list(catalogue, items)
    if not any(named):
        return ()
    files = tuple(items.root / name if name and "://" not in name else None for name in named)
    files = tuple(file if file is not None and file.is_file() else None for file in files)
    absent = np.array([bool(name) and file is None for name, file in zip(named, files, strict=True)])
    first = next((n for n, gone in zip(named, absent, strict=True) if gone), "")
    notes.add("pictures", f"{counted(int(absent.sum()), 'item names', 'items name')} a picture that is no file here, such as {first!r}",
              "known by their words alone", absent)  # fmt: skip
    for name, file in zip(named, files, strict=True):
        if file is not None and not file.resolve().is_relative_to(items.root):
            raise InputError(
                items.source, f"the picture {name!r} lies outside {items.root}", "put the pictures beside the list"
            )
    if any(files):
        images.survey(files, items.source)
    return files if any(files) else ()


def _of_list(catalogue: Catalogue, items: Named) -> tuple[str, ...]:
    """What the item list names as each item's picture: only its own files are learned from, whatever was sent since."""
    row_of = dict[str, int]()
    for i, name in enumerate(cells.ids(items.columns["item"])):
        if name is not None:
            row_of.setdefault(str(name), i)
    cell = items.columns["image"]
    return tuple((level(cell[row_of[name]]) or "") if name in row_of else "" for name in catalogue.ids)
