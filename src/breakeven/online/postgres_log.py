"""The log in a PostgreSQL table, one for each product, for several serving processes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from breakeven.core import database_address
from breakeven.core.errors import InputError, MissingExtra
from breakeven.online.event import MERGED, Event
from breakeven.online.event_log import PAGE, Page, Snapshot, new_ones, read_all
from breakeven.online.record_codec import Checks, Quarantine, RecordCodec

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

    Connection: TypeAlias = psycopg.Connection[TupleRow]

Result = TypeVar("Result")
#: Seconds until an attempt to connect is given up.
CONNECT_SECONDS = 10
#: The advisory lock under which tables are made: two processes that start at once must not both make them.
CREATE_LOCK = 7318
#: Most characters of a product's name in the name of its table.
NAME_LENGTH = 30
# "person" and "told" are the stored names of an event's user and data since the first version.
_COLUMNS = "id, person, item, kind, at, value, told"
_EVENTS = """create table if not exists {table} (number bigserial primary key, id text unique, person text not null,
item text not null, kind text not null, at double precision not null, value double precision, told text)"""
_SNAPSHOTS = (
    "create table if not exists {table}_snapshots (name text primary key, number bigint not null, state text not null)"
)
_ADD_ALL = f"""insert into {{table}} ({_COLUMNS}) select {_COLUMNS} from unnest(%s::text[], %s::text[], %s::text[], %s::text[],
%s::double precision[], %s::double precision[], %s::text[]) with ordinality as given ({_COLUMNS}, place) order by place
on conflict (id) do nothing returning id, number"""
_PAGE = f"""select {_COLUMNS}, number from {{table}} where number > %s and (%s::bigint is null or number <= %s)
and (%s::text is null or kind = %s) and (%s::text is null or person = %s) and (%s::text is null or item = %s)
order by number limit %s"""
_INDEXES = """create index if not exists {table}_item on {table} (item);
create index if not exists {table}_person on {table} (person)"""
_DELETE_USER = "delete from {table} where person = %s or (kind = %s and item = %s)"
_DELETE_ITEM = """delete from {table} where person = %s and item = %s and left(kind, 1) <> '$'
and (%s::text is null or kind = %s)"""
_RENAME = "update {table} set person = %s where person = %s and kind <> %s"
_LAST = "select coalesce(max(number), 0) from {table}"
_SAVE = """insert into {table}_snapshots values (%s, %s, %s) on conflict (name) do update
set number = excluded.number, state = excluded.state where {table}_snapshots.number <= excluded.number"""


class PostgresLog:
    """A product's table, made where it does not exist unless `reading`. Raises InputError when the database cannot be reached.

    Writing and reading have a connection each, so that reading does not wait for another process's transaction; a lost connection
    is made anew. The reading connection listens for other processes' writes.
    """

    shared = True

    def __init__(self, url: str, name: str, checks: Checks | None = None, reading: bool = False) -> None:
        try:
            import psycopg
        except ImportError:
            raise MissingExtra("PostgreSQL", "psycopg is not installed", "pip install 'breakeven[train]'") from None
        address = database_address.parse(url)
        if address is None:
            raise InputError(
                "DATABASE_URL", "it is no address of a database", "write postgresql://user:password@host/name"
            )
        self._psycopg, self._address, self._codec = psycopg, address, RecordCodec(checks)
        #: Why the last query failed; None once one went well. And whether a thread asks again.
        self._lost: str | None = None
        self._probing = threading.Lock()
        words = "".join(c if c.isalnum() and c.isascii() else "_" for c in name.lower())[:NAME_LENGTH]
        self._table = f"breakeven_events_{words}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        self.unreadable = Quarantine(self._table, self._codec)
        self._locks = {"write": threading.Lock(), "read": threading.Lock()}
        self._notified = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        try:
            self._connections = {which: self._connect(which) for which in self._locks}
        except psycopg.Error as error:
            what = f"the database cannot be reached ({self._why(error)})"
            raise InputError("DATABASE_URL", what, "check address and rights") from None
        if not reading:
            self._create()
        self.exists = self._one("read", f"select to_regclass('{self._table}')", ())[0] is not None
        self.last = int(self._one("read", _LAST, ())[0]) if self.exists else 0

    def _create(self) -> None:
        with self._connections["write"].transaction():
            self._connections["write"].execute("select pg_advisory_xact_lock(%s)", (CREATE_LOCK,))
            self._connections["write"].execute(self._sql(_EVENTS))
            self._connections["write"].execute(self._sql(_SNAPSHOTS))

    def _sql(self, query: str) -> bytes:
        return query.format(table=self._table).encode()

    def _connect(self, which: str) -> Connection:
        made = self._psycopg.connect(self._address.reveal(), autocommit=True, connect_timeout=CONNECT_SECONDS)
        if which == "read":
            made.add_notify_handler(lambda _: self._notified.set())
            made.execute(self._sql("listen {table}"))
        return made

    def _with(self, which: str, work: Callable[[Connection], Result]) -> Result:
        """Do something with a connection, once more with a new one where it was lost. Raises OSError where there is none."""
        with self._locks[which]:
            for attempt in (0, 1):
                try:
                    done = work(self._connections[which])
                    self._lost = None
                    return done
                except self._psycopg.OperationalError as error:
                    if attempt:
                        raise self._unreachable(error) from None
                try:
                    self._connections[which] = self._connect(which)
                except self._psycopg.OperationalError as error:
                    raise self._unreachable(error) from None
        raise AssertionError("unreachable")

    def _unreachable(self, error: Exception) -> OSError:
        self._lost = f"the database cannot be reached ({self._why(error)})"
        return OSError(self._lost)

    def _why(self, error: Exception) -> str:
        """The first line of an error, without the password."""
        return self._address.mask((str(error).splitlines() or [type(error).__name__])[0])

    def _one(self, which: str, query: str, values: tuple[object, ...]) -> Any:
        return self._with(which, lambda connection: connection.execute(self._sql(query), values).fetchone())

    def append(self, events: Sequence[Event]) -> list[bool]:
        """One statement in one transaction; numbers are given in the order of commits, so that a reader who goes on from a number
        misses none. Other processes are notified.
        """
        rows = [self._codec.row(e) for e in events]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(7)]
        columns[5] = [None if value is None else float(value) for value in columns[5]]

        def write(connection: Connection) -> tuple[list[tuple[str | None, int]], int]:
            with connection.transaction():
                connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (self._table,))
                added: list[tuple[str | None, int]] = connection.execute(self._sql(_ADD_ALL), columns).fetchall()
                connection.execute(self._sql("notify {table}"))
                if len(added) == len(rows):
                    return added, max((number for _, number in added), default=0)
                # Another process may have stored those that are known, and whoever waits for `last` must have read them.
                return added, (connection.execute(self._sql(_LAST)).fetchone() or (0,))[0]

        try:
            added, last = self._with("write", write)
        except self._psycopg.DataError as error:  # such as text that the database's encoding does not have
            why = str(error).splitlines()[0]
            raise InputError("events", f"the database does not take them ({why})", "correct them") from None
        self.last = max(self.last, last)
        return new_ones(events, [id for id, _ in added])

    def page(
        self,
        after: int = 0,
        kind: str | None = None,
        through: int | None = None,
        user: str | None = None,
        item: str | None = None,
    ) -> Page:
        """At most PAGE events above a number."""
        values = (after, through, through, kind, kind, user, user, item, item, PAGE)
        rows = self._with("read", lambda connection: connection.execute(self._sql(_PAGE), values).fetchall())
        return Page(list(self.unreadable.readable(rows)), rows[-1][-1] if rows else after)

    def holds(self, id: str) -> bool:
        """Whether an event of that id is stored."""
        return self._one("read", "select 1 from {table} where id = %s", (id,)) is not None

    def index(self) -> None:
        """Indexes of items and of users."""
        self._with("write", lambda connection: connection.execute(self._sql(_INDEXES)))

    def read(self, after: int = 0, kind: str | None = None, through: int | None = None) -> Iterator[Event]:
        """All events above a number that can be read; `unreadable` counts the others."""
        return read_all(self, after, kind, through)

    def wait(self, seconds: float) -> None:
        """Return when something was written by whichever process, after `wake`, or after some seconds. For one thread."""
        if not self._notified.is_set():
            try:
                ready, _, _ = select.select([self._connections["read"].fileno(), self._wake_read], [], [], seconds)
            except (self._psycopg.Error, ValueError, OSError):  # a lost connection: the next query makes it anew
                return
            if self._wake_read in ready:
                os.read(self._wake_read, 1_024)
        self._notified.clear()

    def wake(self) -> None:
        """Let `wait` return at once."""
        os.write(self._wake_write, b"w")

    def count(self, kind: str) -> int:
        """How many events of a kind are stored."""
        return int(self._one("write", "select count(*) from {table} where kind = %s", (kind,))[0])

    def snapshot(self, name: str) -> Snapshot | None:
        """The last snapshot saved under a name."""
        row = self._one("read", "select number, state from {table}_snapshots where name = %s", (name,))
        return None if row is None else Snapshot(row[0], json.loads(row[1]))

    def save(self, name: str, snapshot: Snapshot) -> None:
        """Save a snapshot, unless another process has saved a later one."""
        values = (name, snapshot.number, json.dumps(snapshot.state, ensure_ascii=False))
        self._with("write", lambda connection: connection.execute(self._sql(_SAVE), values))

    def delete(self, user: str, item: str | None = None, kind: str | None = None) -> int:
        """Delete events. Raises OSError."""
        if item is None:
            return self._change(_DELETE_USER, (user, MERGED, user))
        return self._change(_DELETE_ITEM, (user, item, kind, kind))

    def rename(self, user: str, into: str) -> int:
        """Give a user's events to another. Raises OSError."""
        return self._change(_RENAME, (into, user, MERGED))

    def _change(self, query: str, values: tuple[str | None, ...]) -> int:
        return self._with("write", lambda connection: connection.execute(self._sql(query), values).rowcount)

    def fault(self) -> str | None:
        """Why the last query failed; then a thread of its own asks again, and nobody waits for it."""
        if self._lost is not None and not self._probing.locked():
            threading.Thread(target=self._ask, name="database", daemon=True).start()
        return self._lost

    def _ask(self) -> None:
        with self._probing, contextlib.suppress(OSError, self._psycopg.Error):
            self._one("write", "select 1", ())

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        for end in (self._wake_read, self._wake_write):
            os.close(end)
