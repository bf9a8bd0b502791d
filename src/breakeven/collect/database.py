"""A query against SQLite or PostgreSQL -> column names and values, in a session that cannot write and runs no programs.

One statement that reads, with limits of time, rows and bytes. PostgreSQL: `database_postgres`; SQLite: `database_sqlite`.
"""

from __future__ import annotations

from pathlib import Path

from breakeven.collect import database_postgres, database_sqlite
from breakeven.collect.query_result import QueryResult
from breakeven.core.database_address import DatabaseAddress
from breakeven.core.errors import InputError, nearest

SCHEMES = ("sqlite", "postgresql")
#: The share of a build's minutes that its query may take, and seconds that it always may.
SHARE, LEAST_SECONDS = 0.2, 10.0


def seconds_of(minutes: float | None) -> float:
    """Seconds that the query of a build may take.

    >>> seconds_of(10), seconds_of(0.1)
    (120.0, 10.0)
    """
    return max(SHARE * 60 * (minutes or 0.0), LEAST_SECONDS)


def query(address: DatabaseAddress, sql: str, folder: Path, seconds: float = 120.0) -> QueryResult:
    """Run a query; `folder` is where relative paths of SQLite files start. Raises InputError when the database or the query fails."""
    if address.kind == "postgresql":
        return database_postgres.query(address, sql, seconds)
    if address.kind == "sqlite":
        return database_sqlite.query(address, sql, folder, seconds)
    raise InputError(address.shown, f"unknown kind of database {address.kind[:40]!r}", nearest(address.kind, SCHEMES))
