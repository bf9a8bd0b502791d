"""The durable log of a shop's events: on disk before it is acknowledged, each id once, in the order they came.

SQLite by default: one connection in one process owns writes and checkpoints (SQLite before 3.51.3 can corrupt a WAL file when
two connections checkpoint at once), and a second process is refused. PostgreSQL by DATABASE_URL for several processes: each
sees what the others wrote before its next answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import orjson

from breakeven.core.errors import InputError, MissingExtra
from breakeven.online.stored_rows import Event, Quarantine, row

__all__ = ["Event", "EventLog", "Group", "PostgresLog", "SqliteLog", "kept_in", "log_of", "now"]

Result = TypeVar("Result")
#: A request's events, and what waits for them to be written.
Waiting: TypeAlias = "tuple[Sequence[Event], asyncio.Future[list[bool]]]"
FILE, LOCK = "events.db", "events.lock"
#: Rows read from the log at a time.
PAGE = 50_000
_COLUMNS = "id, person, item, kind, at, value, told"
_ADD = f"insert into {{table}} ({_COLUMNS}) values ({{marks}}) on conflict (id) do nothing"
_ADD_ALL = f"""insert or ignore into events ({_COLUMNS}) select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
value ->> 5, value ->> 6 from json_each(?) order by key"""
_ADDED = "select json_group_array(id), max(number) from events where number > ?"
_NEXT = f"select {_COLUMNS}, number from {{table}} where number > {{mark}} order by number limit {{mark}}"
_TABLE = """create table if not exists events (number {key}, id text unique, person text not null, item text not null,
kind text not null, at {real} not null, value {real}, told text)"""


class EventLog(Protocol):
    """What a log can do."""

    #: Stored rows that could not be read and were left out.
    unreadable: Quarantine

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Write events; on disk when it returns. Which of them are new: an id that is there already is not written again.

        Raises InputError for an event that could not be read back, with nothing written.
        """

    def newer(self) -> list[Event]:
        """What others wrote since the last call (none where only one process can write)."""

    def read(self) -> Iterator[Event]:
        """All events that can be read, in the order they came; `unreadable` counts the others."""

    def close(self) -> None:
        """Let go of it."""


def log_of(folder: Path, name: str, url: str | None = None) -> EventLog:
    """The log of a product: PostgreSQL where `url` (or DATABASE_URL) names one, in a table of the product's name, else SQLite in
    its folder.
    """
    url = url if url is not None else os.environ.get("DATABASE_URL")
    return PostgresLog(url, name) if _is_postgres(url) else SqliteLog(folder)  # type: ignore[arg-type]


def kept_in(folder: Path, name: str) -> EventLog | None:
    """The same to be read from beside a server, or None where nothing was ever written."""
    if _is_postgres(url := os.environ.get("DATABASE_URL")):
        return PostgresLog(url, name)  # type: ignore[arg-type]
    return SqliteLog(folder, reading=True) if (folder / FILE).is_file() else None


def _is_postgres(url: str | None) -> bool:
    return bool(url) and str(url).partition("://")[0] in ("postgres", "postgresql")


def _new(events: Sequence[Event], ids: Sequence[str | None]) -> list[bool]:
    """Which events were added, where some were not: `ids` are those of the rows that were."""
    left, out = {i for i in ids if i is not None}, []
    for e in events:
        out.append(e.id is None or e.id in left)
        left.discard(e.id or "")
    return out


class SqliteLog:
    """`events.db` in the product's folder. Raises InputError when another process serves from it."""

    def __init__(self, folder: Path, reading: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock, self._held = threading.Lock(), None if reading else _hold(folder)
        self.unreadable = Quarantine(str(folder / FILE))
        if reading:
            self._connection = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True, check_same_thread=False)
            return
        self._connection = sqlite3.connect(folder / FILE, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=full")
        self._connection.execute(_TABLE.format(key="integer primary key", real="real"))
        self._last = self._connection.execute("select coalesce(max(number), 0) from events").fetchone()[0]

    def append(self, events: Sequence[Event]) -> list[bool]:
        """On disk when it returns. Raises OSError for a full disk, with nothing of it written.

        All rows go in by one statement that is its own transaction: each statement gives the interpreter up and has to wait for it
        again, behind the answers, for as long as its switch interval.
        """
        rows = orjson.dumps([row(e) for e in events]).decode()
        with self._lock:
            try:
                done = self._connection.execute(_ADD_ALL, (rows,))
                if done.rowcount == len(events):
                    self._last = done.lastrowid or self._last
                    return [True] * len(events)
            except sqlite3.Error as error:
                raise OSError(f"events cannot be written ({error})") from None
            try:
                ids, last = self._connection.execute(_ADDED, (self._last,)).fetchone()
            except sqlite3.Error as error:
                raise OSError(f"events are written, but which of them are new cannot be read ({error})") from None
            self._last = last or self._last
        return _new(events, orjson.loads(ids))

    def newer(self) -> list[Event]:
        """None: one process writes."""
        return []

    def read(self) -> Iterator[Event]:
        """All events that can be read; `unreadable` counts the others."""
        last = -1
        self.unreadable.clear()
        while rows := self._page(last):
            last = rows[-1][-1]
            yield from self.unreadable.readable(rows)
        self.unreadable.report()

    def _page(self, last: int) -> list[Any]:
        ask = _NEXT.format(table="events", mark="?")
        with self._lock:
            try:
                return self._connection.execute(ask, (last, PAGE)).fetchall()
            except sqlite3.OperationalError as error:
                if "decode" not in str(error):
                    raise
            # Bytes that are not UTF-8 stand in a text of this page: they are kept as bytes, which no event has.
            self._connection.text_factory = _text
            try:
                return self._connection.execute(ask, (last, PAGE)).fetchall()
            finally:
                self._connection.text_factory = str

    def close(self) -> None:
        """Close the file and let another process have it."""
        with self._lock:
            self._connection.close()
        if self._held is not None:
            self._held.close()
            self._held = None


def _text(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _hold(folder: Path) -> Any:
    """A lock that ends with the process, also after kill -9."""
    file = (folder / LOCK).open("a")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such locks on Windows: there SQLite's own must do
        pass
    except OSError:
        file.close()
        raise InputError(str(folder / FILE), "another process serves this product and writes its events",
                         "stop it, or set DATABASE_URL to a PostgreSQL for several processes") from None  # fmt: skip
    return file


class PostgresLog:
    """A table of a PostgreSQL database, one a product. Raises InputError when it cannot be reached.

    Writing and reading have a connection each, so that answers do not wait for another process's transaction; one that was
    lost is made anew.
    """

    def __init__(self, url: str, name: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise MissingExtra("PostgreSQL", "psycopg is not installed", "pip install 'breakeven[train]'") from None
        self._psycopg, self._url, self._last = psycopg, url, 0
        words = "".join(c if c.isalnum() and c.isascii() else "_" for c in name.lower())[:30]
        self._table = f"breakeven_events_{words}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        self.unreadable = Quarantine(self._table)
        self._writing, self._reading = threading.Lock(), threading.Lock()
        try:
            self._connections = {"write": self._connect(), "read": self._connect()}
        except psycopg.Error as error:
            why = str(error).splitlines()[0]
            raise InputError(
                "DATABASE_URL", f"the database cannot be reached ({why})", "check address and rights"
            ) from None
        made = _TABLE.format(key="bigserial primary key", real="double precision").replace(
            "exists events", f"exists {self._table}"
        )
        with self._connections["write"].transaction():  # two processes that begin at once must not both make it
            self._connections["write"].execute("select pg_advisory_xact_lock(7318)")
            self._connections["write"].execute(made)

    def _connect(self) -> Any:
        return self._psycopg.connect(self._url, autocommit=True, connect_timeout=10)

    def _again(self, which: str, work: Callable[[Any], Result]) -> Result:
        """Do something with a connection, once more with a new one where it was lost. Raises OSError where there is none."""
        for attempt in (0, 1):
            try:
                return work(self._connections[which])
            except self._psycopg.OperationalError as error:
                if attempt:
                    raise OSError(f"the database cannot be reached ({str(error).splitlines()[0]})") from None
            try:
                self._connections[which] = self._connect()
            except self._psycopg.OperationalError as error:
                raise OSError(f"the database cannot be reached ({str(error).splitlines()[0]})") from None
        raise AssertionError("unreachable")

    def append(self, events: Sequence[Event]) -> list[bool]:
        """One transaction; numbers are given in the order of commits, so that nobody who reads on from a number misses one."""
        add = _ADD.format(table=self._table, marks=", ".join(["%s"] * 7))
        rows = [row(e) for e in events]

        def write(connection: Any) -> list[bool]:
            with connection.transaction():
                connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (self._table,))
                return [connection.execute(add, one).rowcount > 0 for one in rows]

        with self._writing:
            return self._again("write", write)

    def newer(self) -> list[Event]:
        """What was written since the last look, by whichever process."""
        out: list[Event] = []
        while True:
            try:
                rows = self._page()
            except OSError:
                if out:  # what was read counts; the next look will fail again, or not
                    return out
                raise
            if not rows:
                self.unreadable.report()
                return out
            out += self.unreadable.readable(rows)

    def read(self) -> Iterator[Event]:
        """All events; `newer` goes on from there."""
        self._last = 0
        self.unreadable.clear()
        while rows := self._page():
            yield from self.unreadable.readable(rows)
        self.unreadable.report()

    def _page(self) -> list[Any]:
        ask = _NEXT.format(table=self._table, mark="%s")
        with self._reading:
            rows = self._again("read", lambda connection: connection.execute(ask, (self._last, PAGE)).fetchall())
            if rows:
                self._last = rows[-1][-1]
        return list(rows)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()


class Group:
    """Group commit: events that arrive while some are on their way to disk share the next transaction.

    Called from one event loop. At most WAITING events may wait; then `full` is true and callers are told to come back.
    """

    WAITING = 50_000

    def __init__(self, log: EventLog) -> None:
        self._log, self._pool = log, ThreadPoolExecutor(1, thread_name_prefix="events")
        self._waiting: list[Waiting] = []
        self._count, self._task = 0, None

    @property
    def full(self) -> bool:
        """Whether too many are waiting."""
        return self._count > self.WAITING

    async def append(self, events: Sequence[Event]) -> list[bool]:
        """Which of the events are new; they are on disk then. Raises OSError when they could not be written, and InputError
        for an event that could not be read back; another caller's event never fails these."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[bool]] = loop.create_future()
        self._waiting.append((events, future))
        self._count += len(events)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())  # type: ignore[assignment]
        return await future

    async def close(self) -> None:
        """Wait until everything that was handed in is written or refused, then end the writer's thread."""
        if self._task is not None:
            await self._task
        self._pool.shutdown(wait=True)

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._write(batch)
            self._count -= sum(len(events) for events, _ in batch)

    async def _write(self, batch: Sequence[Waiting]) -> None:
        """One transaction for all requests of a batch; where one request's events are at fault, one for each request."""
        everything = [e for events, _ in batch for e in events]
        try:
            new = await asyncio.get_running_loop().run_in_executor(self._pool, self._log.append, everything)
        except Exception as error:
            if len(batch) > 1 and not isinstance(
                error, OSError
            ):  # OSError is the disk or the database: it meets everybody
                for one in batch:
                    await self._write([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        at = 0
        for events, future in batch:
            if not future.done():
                future.set_result(new[at : at + len(events)])
            at += len(events)


def now() -> float:
    """Seconds since 1970."""
    return time.time()
