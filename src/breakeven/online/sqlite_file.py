"""The file of a SQLite log: its tables, whether it is whole, and what stands in the way of writing it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

from breakeven.core.errors import InputError

COLUMNS = ("number", "id", "person", "item", "kind", "at", "value", "told")
EVENTS = """create table if not exists events (number integer primary key, id text unique, person text not null,
item text not null, kind text not null, at real not null, value real, told text)"""
SNAPSHOTS = "create table if not exists snapshots (name text primary key, number integer not null, state text not null)"
#: Bytes of a page at the least.
SMALLEST = 512
#: Bytes free on the disk below which a log is not ready to be written.
LEAST_FREE = 1_000_000
#: Names of errors of SQLite that mean damage.
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ")


class DamagedDatabase(InputError):
    """A log that cannot be trusted; the remedy names the commands that repair or restore it."""

    def __init__(self, path: Path, why: str) -> None:
        commands = f"run: breakeven repair {path.parent}, or: breakeven restore {path.parent} BACKUP"
        super().__init__(str(path), f"the event database is damaged ({why})", commands)
        #: The same for answers over HTTP, which name no folder of the server.
        self.public = f"{path.name} is damaged ({why}); run: breakeven repair DIR, or: breakeven restore DIR BACKUP"

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return InputError, (self.where, self.what, self.remedy)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the file is damaged, and not that the disk is full or the file locked."""
    return getattr(error, "sqlite_errorname", "").startswith(_DAMAGE)


def check_plain(path: Path) -> None:
    """Raises InputError where a symbolic link stands in the place of a log or of what SQLite keeps beside it.

    Whoever hands on a product's folder could have another program's database written to.
    """
    for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        if one.is_symlink():
            raise InputError(str(one), "it is a link", "put the file itself there, or make the folder the link")


def check(path: Path) -> None:
    """Raises DamagedDatabase for a file that is no database, is damaged, or has other tables than a log's; InputError for a link.

    The file is opened for reading, so that nothing of it changes. An empty file and one without tables are whole.
    """
    check_plain(path)
    size = path.stat().st_size if path.is_file() else 0
    if not size:
        return
    if size < SMALLEST:  # which SQLite takes for empty
        raise DamagedDatabase(path, f"{size} bytes are no database")
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("pragma trusted_schema = off")
            connection.execute("pragma cell_size_check = on")
            wrong = wrong_tables(connection)
            if wrong is None:
                said = connection.execute("pragma quick_check(1)").fetchone()[0]
                wrong = None if said == "ok" else " ".join(said.split())
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.OperationalError) and not is_damage(error):
            return  # locked, or not to be opened: opening it for writing says so
        wrong = str(error)
    except UnicodeError:
        wrong = "its tables have names that are no text"
    if wrong is not None:
        raise DamagedDatabase(path, wrong[:120])


def damage(path: Path) -> str | None:
    """What `check` says of a file; None for a whole one."""
    try:
        check(path)
    except DamagedDatabase as error:
        return error.public
    except InputError as error:  # a link
        return f"{path.name}: {error.what}"
    return None


def wrong_tables(connection: sqlite3.Connection) -> str | None:
    """How the tables differ from a log's: a view that never ends in the place of a table, a trigger, other columns. None: not."""
    tables = set[str]()
    for kind, name in connection.execute("select type, name from sqlite_master"):
        if kind in ("view", "trigger"):
            return f"{str(name)[:40]!r} is a {kind}, and a log has none"
        if kind == "table" and not str(name).startswith("sqlite_"):
            tables.add(str(name))
    if tables - {"snapshots"} and "events" not in tables:
        return f"it has a table {min(tables - {'snapshots'})[:40]!r} and none of events: it is another program's"
    rows = connection.execute("pragma table_xinfo(events)").fetchall()
    found = tuple(str(row[1]) if not row[6] else f"{row[1]}, computed" for row in rows)
    return None if found in ((), COLUMNS) else f"its table 'events' has other columns ({', '.join(found)[:60]})"


def lack_of_space(folder: Path) -> str | None:
    """A disk that is full, in words; None where there is room."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"the folder cannot be read ({error.strerror})"
    return f"the disk is full ({free:,} bytes free)" if free < LEAST_FREE else None


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
