"""Backups of a SQLite log, taken while a service writes it; restoring one, and repairing what is damaged.

What is replaced stays beside the new file, under a name with the time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.private import is_alive, private_file, private_folder
from breakeven.online import sqlite_file
from breakeven.online.damaged_log import copy_events
from breakeven.online.event_log import FILE
from breakeven.online.sqlite_file import DamagedDatabase
from breakeven.online.sqlite_log import hold

#: The name under which a backup says what it is of, among the snapshots.
ABOUT = "$backup"
HALF = ".tmp"
_COUNT = "select count(*) from events"


@dataclass(frozen=True)
class Done:
    """How many events the new file has, and where the old one stays (None: there was none)."""

    events: int
    kept: Path | None = None


def backup(folder: Path, name: str, file: Path) -> Done:
    """Copy the log of a product as it is at one moment. The file appears whole or not at all.

    Raises InputError where there is no log or the file is there already, and DamagedDatabase for a log that is damaged.
    """
    source = folder / FILE
    if not source.is_file():
        raise InputError(str(source), "there are no events to back up", "name the folder that is served")
    if file.exists():
        raise InputError(str(file), "it is there already", "give each backup a name of its own")
    if not file.resolve().parent.is_dir():
        raise InputError(str(file), "its folder is not there", "make the folder first")
    with _new(file) as made:
        _copy(source, made, DamagedDatabase)
        about = json.dumps({"name": name, "at": datetime.now().astimezone().isoformat(timespec="seconds")})
        with contextlib.closing(sqlite3.connect(made, isolation_level=None)) as connection:
            connection.execute(sqlite_file.SNAPSHOTS)
            connection.execute("insert or replace into snapshots values (?, 0, ?)", (ABOUT, about))
            count = int(connection.execute(_COUNT).fetchone()[0])
    return Done(count)


def restore(folder: Path, name: str, file: Path) -> Done:
    """Put a backup in the place of a product's log. Raises InputError for a backup that is damaged, is none or is of another product,
    and where the product is being served.
    """
    if not file.is_file():
        raise InputError(str(file), "there is no such backup", "name a file that breakeven backup made")
    private_folder(folder)
    with _held(folder), _new(folder / FILE) as made:
        _copy(file, made, lambda path, why: InputError(str(path), f"the backup is damaged ({why})", "take another one"))
        with contextlib.closing(sqlite3.connect(made)) as connection:
            if not list(connection.execute("pragma table_info(events)")):
                raise InputError(str(file), "it is no backup of events", "name a file that breakeven backup made")
            _check_name(connection, name, file)
            count = int(connection.execute(_COUNT).fetchone()[0])
        kept = _set_aside(folder / FILE, "replaced")
    return Done(count, kept)


def repair(folder: Path) -> Done | None:
    """Write the events that can be read into a new log. None where nothing is damaged.

    Raises InputError where there is no log, and where the product is being served.
    """
    path = folder / FILE
    if not path.is_file():
        raise InputError(str(path), "there are no events to repair", "name the folder that is served")
    with _held(folder):
        try:
            sqlite_file.check(path)
        except DamagedDatabase:
            with _new(path) as made:
                with contextlib.closing(sqlite3.connect(made, isolation_level=None)) as connection:
                    connection.execute(sqlite_file.EVENTS)
                    connection.execute(sqlite_file.SNAPSHOTS)
                    count = copy_events(path, connection)
                kept = _set_aside(path, "damaged")
            return Done(count, kept)
    return None


def _copy(source: Path, target: Path, damaged: object) -> None:
    """SQLite's online backup, in one step: one moment of the source, whoever writes it. Raises `damaged(path, why)`."""
    try:
        uri = f"{source.resolve().as_uri()}?mode=ro"
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.execute("pragma trusted_schema = off")
            wrong = sqlite_file.wrong_tables(old)
            if wrong is None:
                old.backup(new)
                new.execute("pragma journal_mode = delete")  # one file, without a log beside it
                said = str(new.execute("pragma quick_check(1)").fetchone()[0])
                wrong = None if said == "ok" else " ".join(said.split())[:120]
    except sqlite3.Error as error:
        if not sqlite_file.is_damage(error):
            raise OSError(f"{source} cannot be copied ({error})") from None
        wrong = str(error)
    if wrong is not None:
        raise damaged(source, wrong)  # type: ignore[operator]


@contextlib.contextmanager
def _new(path: Path) -> Iterator[Path]:
    """A file that takes its place once it is on the disk whole; what killed processes left of such files is removed."""
    for left in path.parent.glob(f".{path.name}.*{HALF}*"):
        owner = left.name.partition(HALF)[0].rpartition(".")[2]
        if owner.isdigit() and not is_alive(int(owner)):
            left.unlink(missing_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}{HALF}")
    made.unlink(missing_ok=True)
    with private_file(made, "wb"):
        pass
    try:
        yield made
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        for left in (made, made.with_name(f"{made.name}-journal"), made.with_name(f"{made.name}-wal")):
            left.unlink(missing_ok=True)


def _set_aside(path: Path, how: str) -> Path | None:
    """Copy a log under another name, its write-ahead log with it, then drop that log: it belongs to no other file."""
    if not path.is_file():
        return None
    kept = path.with_name(f"{path.name}.{how}-{datetime.now():%Y%m%dT%H%M%S}")
    names = (kept if count == 1 else kept.with_name(f"{kept.name}-{count}") for count in itertools.count(1))
    kept = next(name for name in names if not name.exists())  # two within a second must not write over each other
    for end in ("", "-wal"):
        beside = path.with_name(path.name + end)
        if beside.is_file():
            with beside.open("rb") as old, private_file(kept.with_name(kept.name + end), "wb") as copy:
                shutil.copyfileobj(old, copy)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    return kept


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    lock = hold(folder)
    try:
        yield
    finally:
        lock.release()


def _check_name(connection: sqlite3.Connection, name: str, file: Path) -> None:
    """Raises InputError for a backup of another product; one without a name is any product's."""
    with contextlib.suppress(sqlite3.Error, ValueError, TypeError, AttributeError):
        row = connection.execute("select state from snapshots where name = ?", (ABOUT,)).fetchone()
        of = json.loads(row[0]).get("name") if row is not None else None
        if of and name and of != name:
            raise InputError(
                str(file), f"it is a backup of {str(of)[:60]!r}, not of {name!r}", "take that of this product"
            )
