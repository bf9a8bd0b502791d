"""A shop's files as columns of one name each: csv, parquet, jsonl, a query, RecBole's atomic files, gorse's dumps.

Names are told apart by what shops, RecBole (`user_id:token`) and gorse (`FeedbackType`) call them. The brief's `columns` has the last
word, for every file: `price: number(comma)` holds wherever there is such a column, `items.id: item` in the item list alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from breakeven.collect import given_format, read
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Need, Table
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_format import TimeFormat
from breakeven.files import encoding
from breakeven.files.read import read_file, split_sheet
from breakeven.scenarios.recommend.column_names import ALSO, BESIDE, IDS, MUST, NAMES, READINGS, ROLES_OF, plain
from breakeven.scenarios.recommend.settings import settings_of


class Ids:
    """The columns that hold ids, so that none is read as a number: those of the brief, and those that are called so."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = {column for column, one in given.items() if one.role in IDS}
        self._called = {plain(name) for role in IDS for name in NAMES[role]}

    def __contains__(self, column: object) -> bool:
        return column in self._given or plain(str(column)) in self._called


@dataclass(frozen=True)
class Given:
    """What the brief says of a column: its role, how its cells are written ("": the cells decide), and the key that says so."""

    role: str
    form: str
    key: str


@dataclass(frozen=True)
class Named:
    """Columns under our names, where they came from, and the columns nobody asked for."""

    columns: Mapping[str, Array]
    source: str
    first_line: int = 0
    #: What the file calls each role's column, and the raw columns that have no role.
    called: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Array] = field(default_factory=dict)
    #: What the brief says of columns, by their names in the file, and the zone of times that name none.
    given: Mapping[str, Given] = field(default_factory=dict)
    zone: str = "UTC"
    #: Where paths in it start.
    root: Path | None = None
    #: When the file was written, in seconds since 1970.
    written: float = 0.0

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def number_form(self, role: str) -> NumberFormat | None:
        """How the brief says that a role's numbers are written; None where the cells decide. Raises InputError."""
        text, where = self._form(role)
        return given_format.number(text, where) if text else None

    def time_form(self, role: str) -> TimeFormat | None:
        """How the brief says that a role's times are written; None where the cells decide. Raises InputError."""
        text, where = self._form(role)
        return given_format.time(text, self.zone, where) if text else None

    def _form(self, role: str) -> tuple[str, str]:
        column = self.called.get(role, role)
        one = self.given.get(column)
        return (one.form if one is not None else ""), f"{self.source}, column {column!r}"


def events(need: Need, table: Table | None = None) -> Named:
    """The interactions of the brief. Raises InputError where user or item cannot be found."""
    given = given_for(need, "events")
    if need.split.by == "time" and need.split.column and "time" not in {one.role for one in given.values()}:
        given[need.split.column] = Given("time", "", "split.by")
    return _named(table or read.table(need, Ids(given)), "events", given, need.timezone)


def side_table(need: Need, what: str) -> Named | None:
    """Items, users or friends: the file that the brief names, or the one RecBole keeps beside the interactions."""
    said: str | None = getattr(settings_of(need), what)
    path = need.folder / said if said else None
    if path is None and need.data.endswith(".inter"):
        side_table = (need.folder / need.data).with_suffix(BESIDE[what])
        path = side_table if side_table.is_file() else None
    if path is None:
        return None
    given = given_for(need, what)
    table = read_file(path.resolve(), Ids(given), encoding.beside(path.resolve(), need.encoding))
    written = split_sheet(path)[0].stat().st_mtime
    return replace(_named(table, what, given, need.timezone), root=path.resolve().parent, written=written)


def given_for(need: Need, file: str) -> dict[str, Given]:
    """What the brief says of the columns of one file; what names the file (`items.id`) stands above what does not."""
    out = dict[str, Given]()
    for key in sorted(need.columns, key=lambda key: key.startswith(f"{file}.")):
        role = need.columns[key]
        role = ALSO.get(role, role) if ALSO.get(role) in ROLES_OF[file] else role
        if role in (*ROLES_OF[file], *READINGS):
            out[key.removeprefix(f"{file}.")] = out[key] = Given(role, need.formats.get(key, ""), key)
    return out


def check_columns(need: Need, files: Sequence[Named | None]) -> None:
    """Raises InputError for a column of the brief that no file has, or none in that role."""
    used = {one.key for named in files if named is not None for one in named.given.values()}
    for key, role in need.columns.items():
        if key not in used:
            known = ", ".join(
                column for named in files if named is not None for column in (*named.called.values(), *named.others)
            )
            raise InputError(f"{need.folder / 'product.yaml'}, columns",
                             f"no file has a column {key!r} that can be the {role}", f"columns are: {known[:300]}")  # fmt: skip


def brief_line(section: str, mapping: Mapping[str, object]) -> str:
    """A line for product.yaml.

    >>> brief_line("columns", {"items.id": "item"}), brief_line("columns", {"a: b": "time(%d/%m/%Y)"})
    ('columns: {items.id: item}', "columns: {'a: b': time(%d/%m/%Y)}")
    """
    return f"{section}: " + yaml.safe_dump(mapping, default_flow_style=True, allow_unicode=True, width=10**6).strip()


def _named(table: Table, file: str, given: Mapping[str, Given], zone: str) -> Named:
    absent = {one.role: one.key for column, one in given.items() if column not in table.columns}
    given = {column: one for column, one in given.items() if column in table.columns}
    found = {one.role: column for column, one in given.items() if one.role in ROLES_OF[file]}
    free = [c for c in table.columns if c not in found.values() and (c not in given or given[c].role != "ignore")]
    must = ROLES_OF[file][: MUST[file]]
    for role in ROLES_OF[file]:
        # The only id that a list of items or of users can have is theirs.
        names = (*NAMES[role], "id") if MUST[file] == 1 and role in must else NAMES[role]
        hits = [c for name in names for c in free if plain(c) == plain(name)]
        if role not in found and hits:
            found[role] = hits[0]
            free.remove(hits[0])
    for role in must:
        if role not in found:
            key = "" if file == "events" else f"{file}."
            line = brief_line("columns", {f"{key}{free[0] if free else 'NAME'}": role})
            what = f"there is no column {absent[role]!r}" if role in absent else f"no column for the {role}"
            raise InputError(table.source, f"{what} (columns are: {', '.join(list(table.columns)[:12])})",
                             f"name it in product.yaml, such as {line}")  # fmt: skip
    others = {c: cells for c, cells in table.columns.items() if c not in found.values()}
    columns = {role: table.columns[c] for role, c in found.items()}
    return Named(columns, table.source, table.first_line, found, others, given, zone)
