"""A query against PostgreSQL, in a transaction that reads and cannot be left.

The query becomes the cursor of a `declare` statement, sent by the extended protocol: it is one statement by the protocol, and a
reading one by PostgreSQL's own grammar, so `commit`, `copy ... to program`, `do` and `call` are not refused by a list of words;
they do not parse. Functions are the rest: a superuser's query runs as `pg_read_all_data`, and those that reach beyond the
transaction are refused by their names. The transaction is rolled back at the end.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from breakeven.collect.query_result import Collector, QueryResult, too_long
from breakeven.core.database_address import DatabaseAddress
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Finding

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
#: Seconds after the server's own limit at which the client cancels the query: the query may have changed that limit.
GRACE_SECONDS = 0.5
#: The first version (14) with a role that reads everything and may do nothing else, and its name.
READER_VERSION, READER = 140000, "pg_read_all_data"
#: Functions that reach files, other sessions, other servers or the session's own settings. A name is refused wherever it stands:
#: comments may part it from its bracket.
FORBIDDEN = re.compile(
    r"""\b(?: set_config | dblink\w* | loread | lowrite
    | lo_(?: export | import | creat | create | unlink | open | close | put | get | from_bytea | truncate\w* )
    | pg_(?: read_(?:binary_)?file | ls_\w+ | stat_file | file_\w+ | current_logfile | hba_file_rules | log_\w+
      | terminate_backend | cancel_backend | reload_conf | rotate_logfile\w* | switch_wal | promote | create_\w+ | drop_\w+
      | copy_\w+ | replication_\w+ | logical_\w+ | backup_\w+ | start_backup | stop_backup | wal_replay_\w+ | stat_reset\w*
      | advisory_\w+ | try_advisory_\w+ | notify | export_snapshot | sync_\w+ | import_\w+ )
    | (?: query | cursor | table | schema | database )_to_xml\w* )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\bU&[\"']", re.IGNORECASE)
#: The schemas that the role looks in, by their names: "$user" would mean another one as another role.
_SEARCH_PATH = """select set_config('search_path',
array_to_string(array(select quote_ident(name) from unnest(current_schemas(false)) as name), ', '), true)"""
_SUPERUSER = Finding(
    "superuser",
    "the database is asked as a superuser, who may do more there than read",
    "asked as pg_read_all_data in its place; make a role of its own: "
    "create role reader login password '...'; grant pg_read_all_data to reader",
    level="warning",
)


def query(address: DatabaseAddress, sql: str, seconds: float) -> QueryResult:
    """Names and columns of a query. Raises InputError naming the database, without its password."""
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("PostgreSQL", "psycopg is not installed", "pip install 'breakeven[train]'") from None
    where = address.shown
    statement = _readable(sql, where)
    started = time.monotonic()
    try:
        connection = psycopg.connect(address.reveal(), connect_timeout=CONNECT_SECONDS, autocommit=True)
    except (psycopg.Error, UnicodeError) as error:
        what = f"the database does not answer ({_reason(error, address)})"
        raise InputError(where, what, "start it, or check host and user") from None
    try:
        with contextlib.closing(connection):
            findings = _confine(connection, seconds, where)
            with _cancelled_after(connection, seconds + GRACE_SECONDS):
                found = _collected(connection, statement, where, seconds, started)
            return QueryResult(found.names, list(found.columns), findings)
    except psycopg.errors.QueryCanceled:
        raise too_long(where, seconds) from None
    except (psycopg.Error, UnicodeError) as error:
        what = f"the query failed ({_reason(error, address)})"
        raise InputError(where, what, "run it in psql first; it must be one select") from None


def _readable(sql: str, where: str) -> str:
    """The query without a semicolon at its end. Raises InputError for functions that do more than read."""
    statement = sql.strip().rstrip(";").rstrip()
    if not statement:
        raise InputError(where, "the query is empty", "write: select ... from ...")
    found = FORBIDDEN.search(statement) or _ESCAPED.search(statement)
    if found is not None:
        what = f"the query failed ({found[0]} is not allowed: a query may only read tables)"
        raise InputError(where, what, "select from tables and views alone")
    return statement


def _confine(connection: psycopg.Connection[Any], seconds: float, where: str) -> tuple[Finding, ...]:
    """Begin a transaction that only reads, as a role that only reads. Raises InputError where there is no such role."""
    connection.execute("set default_transaction_read_only = on")
    connection.execute(f"set statement_timeout = {int(seconds * 1000)}".encode())
    connection.execute(f"set idle_in_transaction_session_timeout = {int(seconds * 2000)}".encode())
    connection.execute("begin transaction isolation level repeatable read read only")
    row = connection.execute("select usesuper from pg_user where usename = session_user").fetchone()
    if row is None or not row[0]:
        return ()
    if connection.info.server_version < READER_VERSION:
        what = "the role is a superuser, who may run programs and write files by a query"
        raise InputError(where, what, "connect as a role that may only read: create role reader login")
    connection.execute(_SEARCH_PATH)
    connection.execute(f"set local role {READER}".encode())
    return (_SUPERUSER,)


def _collected(
    connection: psycopg.Connection[Any], statement: str, where: str, seconds: float, started: float
) -> Collector:
    # `prepare` sends it by the extended protocol, which takes one statement. The line ends a comment of the query's own.
    connection.execute(f"declare breakeven no scroll cursor for {statement}\n".encode(), prepare=True)
    cursor = connection.execute("fetch 0 from breakeven")
    found = Collector(where, [d.name for d in cursor.description or ()], seconds, started)
    while rows := connection.execute(f"fetch {found.batch} from breakeven".encode()).fetchall():
        found.add(rows)
    connection.execute("rollback")
    return found


@contextlib.contextmanager
def _cancelled_after(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reason(error: Exception, address: DatabaseAddress) -> str:
    return address.mask(" ".join(str(error).split()))[:160]
