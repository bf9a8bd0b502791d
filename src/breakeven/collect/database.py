"""A query against SQLite or PostgreSQL -> column names and values. Nothing is ever written to the database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from breakeven.core.errors import InputError, MissingExtra, nearest

SCHEMES = ("sqlite", "postgresql")
CONNECT_SECONDS = 10


def query(url: str, sql: str, folder: Path) -> tuple[list[str], list[Sequence[object]]]:
    """Run a query. Returns names and columns. Raises InputError when the database or the query fails."""
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme in ("postgres", "postgresql"):
        names, rows = _postgresql(url, sql)
    elif scheme == "sqlite":
        names, rows = _sqlite(url, sql, folder)
    else:
        raise InputError(hide_password(url), f"unknown kind of database {scheme!r}", nearest(scheme, SCHEMES))
    columns: list[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return names, [[float(v) if isinstance(v, Decimal) else v for v in values] for values in columns]


def hide_password(url: str) -> str:
    """The URL without its password, fit for messages.

    >>> hide_password("postgresql://me:secret@host/shop")
    'postgresql://me:***@host/shop'
    """
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", url)


def _sqlite(url: str, sql: str, folder: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    raw = url.removeprefix("sqlite:///")
    path = Path("/" + raw.lstrip("/")) if raw.startswith("/") else folder / raw
    if not path.is_file():
        raise InputError(
            url, f"there is no database file {path}", "check the path (sqlite:///relative or sqlite:////absolute)"
        )
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            cursor = connection.execute(sql)
            return [d[0] for d in cursor.description or ()], cursor.fetchall()
    except sqlite3.Error as error:
        raise InputError(url, f"the query failed ({error})", "run it in sqlite3 first") from None


def _postgresql(url: str, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("PostgreSQL", "psycopg is not installed", "pip install 'breakeven[train]'") from None
    shown = hide_password(url)
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=False) as connection:
            connection.read_only = True
            cursor = connection.execute(sql.encode())
            return [d.name for d in cursor.description or ()], cursor.fetchall()
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            shown, f"the database does not answer ({reason})", "start it, or check host and user"
        ) from None
    except psycopg.Error as error:
        raise InputError(
            shown, f"the query failed ({' '.join(str(error).split())[:160]})", "run it in psql first"
        ) from None
