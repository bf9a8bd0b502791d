"""The log in a SQLite file of the product's folder.

One connection in one process owns writes and checkpoints (SQLite before 3.51.3 can corrupt a WAL file when two connections
checkpoint at once); a second writing process is refused.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from breakeven.core.errors import InputError
from breakeven.core.private import keep_private, private_folder, touch_private
from breakeven.online import sqlite_file
from breakeven.online.event import MERGED, Event
from breakeven.online.event_log import FILE, PAGE, Page, Snapshot, new_ones, read_all
from breakeven.online.record_codec import Checks, Quarantine, RecordCodec
from breakeven.online.sqlite_file import DamagedDatabase

#: The lock of the one writing process; it ends with the process, also after kill -9.
LOCK = "events.lock"
# "person" and "told" are the stored names of an event's user and data since the first version.
_COLUMNS = "id, person, item, kind, at, value, told"
_ADD_ALL = f"""insert or ignore into events ({_COLUMNS}) select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
value ->> 5, value ->> 6 from json_each(?) order by key"""
_ADDED = "select json_group_array(id), max(number) from events where number > ?"
_LAST = "select coalesce(max(number), 0) from events"
_PAGE = f"select {_COLUMNS}, number from events where number > ? and number <= ? %s order by number limit ?"
_SAVE = "insert into snapshots values (?, ?, ?) on conflict (name) do update set number = excluded.number, state = excluded.state"
_DELETE_USER = "delete from events where person = ?"
_DELETE_MERGED = "delete from events where kind = ? and item = ?"
_DELETE_ITEM = """delete from events where person = ? and item = ? and kind not like '$%' and (? is null or kind = ?)"""
_RENAME = "update events set person = ? where person = ? and kind <> ?"
_INDEXES = (
    "create index if not exists events_of_item on events (item)",
    "create index if not exists events_of_person on events (person)",
)
#: What is said of a file that is not there any more.
GONE = "its file was removed or replaced while it was open; start the service again"
#: The row that is written to see whether writing works again: its name, its bytes (more than pages that are there hold), and seconds
#: that this waits for a write at work.
PROBE, PROBE_BYTES, PROBE_SECONDS = "$probe", 65_536, 0.1
#: Above every number of a row.
_NO_END = 2**63 - 1


class SqliteLog:
    """`events.db` in the product's folder. Raises InputError when another process writes to it; with `reading` it may."""

    shared = False

    def __init__(self, folder: Path, checks: Checks | None = None, reading: bool = False) -> None:
        private_folder(folder)
        self._path, self._codec = folder / FILE, RecordCodec(checks)
        self.unreadable = Quarantine(str(self._path), self._codec)
        self._lock, self._process_lock = threading.Lock(), None if reading else hold(folder)
        #: Why the last write failed; None once one went well.
        self._failed: str | None = None
        try:
            self._connection = self._opened(reading)
            self.last = int(self._connection.execute(_LAST).fetchone()[0])
        except DamagedDatabase:
            self._release()
            raise
        except sqlite3.Error as error:
            self._release()
            if sqlite_file.is_damage(error):
                raise DamagedDatabase(self._path, str(error)) from None
            raise InputError(
                str(self._path), f"it cannot be opened ({error})", "check its rights, and whether the disk is full"
            ) from None
        self._identity = sqlite_file.identity(self._path)

    def _opened(self, reading: bool) -> sqlite3.Connection:
        if reading:
            sqlite_file.check_plain(self._path)
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            connection.execute("pragma trusted_schema = off")
            wrong = sqlite_file.wrong_tables(connection)
            if wrong is not None:
                raise DamagedDatabase(self._path, wrong)
            return connection
        sqlite_file.check(self._path)
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
            keep_private(self._path.with_name(name))
        touch_private(self._path)
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma secure_delete=on")  # what is deleted is overwritten
        connection.execute(sqlite_file.EVENTS)
        connection.execute(sqlite_file.SNAPSHOTS)
        return connection

    def append(self, events: Sequence[Event]) -> list[bool]:
        """On disk when it returns. Raises OSError for a full disk, with nothing of it written.

        All rows go in by one statement that is its own transaction: each statement gives the interpreter up and has to wait for it
        again, behind the answers, for as long as its switch interval.
        """
        rows = orjson.dumps([self._codec.row(e) for e in events]).decode()
        with self._lock:
            self._check_file()
            try:
                done = self._connection.execute(_ADD_ALL, (rows,))
                self._failed = None
                if done.rowcount == len(events):
                    self.last = done.lastrowid or self.last
                    return [True] * len(events)
            except sqlite3.Error as error:
                raise self._noted(f"events cannot be written ({error})", error) from None
            try:
                ids, last = self._connection.execute(_ADDED, (self.last,)).fetchone()
            except sqlite3.Error as error:
                raise OSError(f"events are written, but which of them are new cannot be read ({error})") from None
            self.last = last or self.last
        return new_ones(events, orjson.loads(ids))

    def page(
        self,
        after: int = 0,
        kind: str | None = None,
        through: int | None = None,
        user: str | None = None,
        item: str | None = None,
    ) -> Page:
        """At most PAGE events above a number."""
        given = {"kind": kind, "person": user, "item": item}
        clauses = {f"and {column} = ?": value for column, value in given.items() if value is not None}
        end = _NO_END if through is None else through
        rows = self._rows(_PAGE % " ".join(clauses), (after, end, *clauses.values(), PAGE))
        return Page(list(self.unreadable.readable(rows)), rows[-1][-1] if rows else after)

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if sqlite_file.is_damage(error):
                    raise DamagedDatabase(self._path, str(error)) from None
                if "decode" not in str(error):
                    raise
            # A text of this page has bytes that are not UTF-8: they stay bytes, which no event has.
            self._connection.text_factory = _text
            try:
                return self._connection.execute(query, values).fetchall()
            finally:
                self._connection.text_factory = str

    def holds(self, id: str) -> bool:
        """Whether an event of that id is stored."""
        with self._lock:
            return self._connection.execute("select 1 from events where id = ?", (id,)).fetchone() is not None

    def index(self) -> None:
        """Indexes of items and of users. Raises OSError for a full disk."""
        with self._lock:
            try:
                for statement in _INDEXES:
                    self._connection.execute(statement)
            except sqlite3.Error as error:
                raise self._noted(f"the events cannot be indexed ({error})", error) from None

    def read(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Iterator[Event]:
        """All events above a number that can be read; `unreadable` counts the others."""
        return read_all(self, after, kind, through)

    def count(self, kind: str) -> int:
        """How many events of a kind are stored."""
        with self._lock:
            return int(self._connection.execute("select count(*) from events where kind = ?", (kind,)).fetchone()[0])

    def snapshot(self, name: str) -> Snapshot | None:
        """The last snapshot saved under a name; None for one that cannot be read."""
        with self._lock:
            try:
                row = self._connection.execute("select number, state from snapshots where name = ?", (name,)).fetchone()
            except sqlite3.OperationalError:  # a file of an earlier version, opened for reading
                return None
        return None if row is None else Snapshot(row[0], json.loads(row[1]))

    def save(self, name: str, snapshot: Snapshot) -> None:
        """Save a snapshot. Raises OSError for a full disk."""
        state = json.dumps(snapshot.state, ensure_ascii=False)
        with self._lock:
            try:
                self._connection.execute(_SAVE, (name, snapshot.number, state))
            except sqlite3.Error as error:
                raise self._noted(f"the state {name!r} cannot be saved ({error})", error) from None

    def delete(self, user: str, item: str | None = None, kind: str | None = None) -> int:
        """Delete events, also from free pages of the file and from its journal. Raises OSError."""
        if item is None:
            return self._change([(_DELETE_USER, (user,)), (_DELETE_MERGED, (MERGED, user))])
        return self._change([(_DELETE_ITEM, (user, item, kind, kind))])

    def rename(self, user: str, into: str) -> int:
        """Give a user's events to another. Raises OSError."""
        return self._change([(_RENAME, (into, user, MERGED))])

    def _change(self, statements: Sequence[tuple[str, tuple[str | None, ...]]]) -> int:
        with self._lock:
            try:
                self._connection.execute("begin immediate")
                try:
                    count = sum(self._connection.execute(*one).rowcount for one in statements)
                except sqlite3.Error:
                    self._connection.execute("rollback")
                    raise
                self._connection.execute("commit")
                self._connection.execute("pragma wal_checkpoint(truncate)")
            except sqlite3.Error as error:
                raise self._noted(f"events cannot be changed ({error})", error) from None
        return count

    def fault(self) -> str | None:
        """Why the log cannot be written at present; None where it can. After a failure it is tried again, with a row of its own."""
        if sqlite_file.identity(self._path) != self._identity:
            return GONE
        full = sqlite_file.lack_of_space(self._path.parent)
        if full is not None or self._failed is None:
            return full
        if self._lock.acquire(timeout=PROBE_SECONDS):
            try:
                self._connection.execute(_SAVE, (PROBE, 0, " " * PROBE_BYTES))
                self._connection.execute("delete from snapshots where name = ?", (PROBE,))
                self._failed = None
            except sqlite3.Error as error:
                self._noted(str(error), error)
            finally:
                self._lock.release()
        return self._failed

    def _check_file(self) -> None:
        """Raises OSError where the file was removed or replaced: what is written to it now, nobody would find again."""
        if sqlite_file.identity(self._path) != self._identity:
            raise OSError(f"events cannot be written ({GONE})")

    def _noted(self, what: str, error: sqlite3.Error) -> OSError:
        """The failure of a write, remembered for `fault`; damage names the command that repairs."""
        if sqlite_file.is_damage(error):
            what = f"{what}; {DamagedDatabase(self._path, str(error)).public}"
        self._failed = what
        return OSError(what)

    def close(self) -> None:
        """Close the file and let another process write it."""
        with self._lock:
            self._connection.close()
        self._release()

    def _release(self) -> None:
        if self._process_lock is not None:
            self._process_lock.release()
            self._process_lock = None


def _text(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def hold(folder: Path) -> FileLock:
    """The process's lock on a folder. Raises InputError where another process has it."""
    lock = FileLock(folder / LOCK, timeout=0, thread_local=False, mode=0o600)  # it may be released by another thread
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            str(folder / FILE),
            "another process serves this product and writes its events",
            "stop it, or set DATABASE_URL to a PostgreSQL for several processes",
        ) from None
    return lock
