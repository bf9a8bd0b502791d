"""The durable log of a product: on disk before it is acknowledged, each id once, in the order of arrival.

SQLite by default, with one writing process. PostgreSQL by DATABASE_URL for several processes.

>>> import tempfile
>>> from breakeven.online.event import Event
>>> log = open_log(Path(tempfile.mkdtemp()), "shop", url="")
>>> log.append([Event("u1", "tea", "view", 1.7e9, id="a"), Event("u1", "mug", "view", 1.7e9, id="a")])
[True, False]
>>> [e.item for e in log.read()]
['tea']
>>> log.close()
"""

from __future__ import annotations

import os
from pathlib import Path

from breakeven.core import database_address
from breakeven.online.event_log import FILE, EventLog
from breakeven.online.record_codec import Checks
from breakeven.online.sqlite_file import DamagedDatabase
from breakeven.online.sqlite_log import SqliteLog


def open_log(folder: Path, name: str, checks: Checks | None = None, url: str | None = None) -> EventLog:
    """The log of a product: a PostgreSQL table of the product's name where `url` (default: DATABASE_URL) names a database, else
    SQLite in the product's folder; of a damaged file what can be read, and nothing is written. Raises InputError where it cannot be
    opened.
    """
    url = url if url is not None else os.environ.get("DATABASE_URL", "")
    if is_postgres(url):
        from breakeven.online.postgres_log import PostgresLog

        return PostgresLog(url, name, checks)
    try:
        return SqliteLog(folder, checks)
    except DamagedDatabase as damage:
        from breakeven.online.damaged_log import DamagedLog

        return DamagedLog(folder, damage, checks)


def open_existing(folder: Path, name: str, checks: Checks | None = None) -> EventLog | None:
    """The same log for reading, also while a server writes it; None where nothing was ever written."""
    url = os.environ.get("DATABASE_URL", "")
    if is_postgres(url):
        from breakeven.online.postgres_log import PostgresLog

        log = PostgresLog(url, name, checks, reading=True)
        if log.exists:
            return log
        log.close()
        return None
    return SqliteLog(folder, checks, reading=True) if (folder / FILE).is_file() else None


def is_postgres(url: str) -> bool:
    """Whether an address is that of a PostgreSQL."""
    address = database_address.parse(url)
    return address is not None and address.kind == "postgresql"
