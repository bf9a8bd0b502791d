"""A query against a SQLite file that is opened for reading, with every action denied that is not reading."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

from breakeven.collect.query_result import Collector, QueryResult, too_long
from breakeven.core.database_address import DatabaseAddress
from breakeven.core.errors import InputError

#: What a statement may do: select, read a column, call a function, recurse. All else is denied: attach (`vacuum into` attaches
#: its file as well), pragmas, transactions, everything that writes.
ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
#: Functions that reach beyond the database, denied although they are functions.
FORBIDDEN = (
    "load_extension",
    "readfile",
    "writefile",
    "edit",
    "fts3_tokenizer",
    "fsdir",
    "lsdir",
    "zipfile",
    "sqlar_compress",
)
#: Instructions of SQLite's machine between two looks at the clock.
INSTRUCTIONS = 20_000
#: Bytes of the longest text or blob, and of the statement.
MAX_LENGTH, MAX_SQL = 100_000_000, 1_000_000


def query(address: DatabaseAddress, sql: str, folder: Path, seconds: float) -> QueryResult:
    """Names and columns of a query. Raises InputError naming the database."""
    path, where = _path(address, folder), address.shown
    started = time.monotonic()
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            _confine(connection)
            connection.set_progress_handler(lambda: time.monotonic() - started > seconds, INSTRUCTIONS)
            cursor = connection.execute(sql)
            if cursor.description is None:
                raise InputError(where, "the query answers no rows and columns", "write: select ... from ...")
            found = Collector(where, [d[0] for d in cursor.description], seconds, started)
            while rows := cursor.fetchmany(found.batch):
                found.add(rows)
            return QueryResult(found.names, list(found.columns))
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise too_long(where, seconds) from None
        raise _failed(where, error) from None
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError, MemoryError) as error:
        raise _failed(where, error) from None


def _confine(connection: sqlite3.Connection) -> None:
    """Let the connection read its one file and nothing else, also where the file's own views and triggers want more."""
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cell_size_check = on")
    connection.execute("pragma query_only = on")
    connection.execute("pragma temp_store = memory")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LENGTH)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SQL)
    connection.set_authorizer(_judge)


def _judge(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """The authorizer; `second` names a function."""
    if action not in ALLOWED or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FORBIDDEN):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _failed(where: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:160]
    if "not authorized" in reason or "prohibited" in reason:
        reason += "; a query may only read"
    return InputError(where, f"the query failed ({reason})", "run it in sqlite3 first")


def _path(address: DatabaseAddress, folder: Path) -> Path:
    raw = address.reveal().partition("://")[2].removeprefix("/")
    path = Path("/" + raw.lstrip("/")) if raw.startswith("/") else folder / raw
    if not path.is_file():
        what = address.mask(f"there is no database file {path}")
        raise InputError(address.shown, what, "check the path (sqlite:///relative or sqlite:////absolute)")
    return path
