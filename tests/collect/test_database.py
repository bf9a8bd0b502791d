"""SQLite and a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from breakeven.collect import database
from breakeven.core.database_address import parse
from breakeven.core.errors import InputError

SQL = "select age, plan, score from people order by age"
ROWS = [(31, "免费", 1.5), (47, None, 2.25)]


def query(url: str, sql: str, folder: Path) -> tuple[list[str], list]:
    address = parse(url)
    assert address is not None
    found = database.query(address, sql, folder)
    return found.names, found.columns


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as c:
        c.execute("create table people (age int, plan text, score real)")
        c.executemany("insert into people values (?, ?, ?)", ROWS)
    names, columns = query("sqlite:///a.db", SQL, tmp_path)
    assert names == ["age", "plan", "score"]
    assert [list(c) for c in columns] == [[31, 47], ["免费", None], [1.5, 2.25]]
    for sql in ("select nothing from people", "drop table people"):
        with pytest.raises(InputError, match="query failed"):
            query("sqlite:///a.db", sql, tmp_path)
    with pytest.raises(InputError, match="no database file"):
        query("sqlite:///b.db", SQL, tmp_path)


def test_postgresql(postgres: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(postgres) as c:
        c.execute("create table people (age int, plan text, score numeric)")
        for row in ROWS:
            c.execute("insert into people values (%s, %s, %s)", row)
    names, columns = query(postgres, SQL, tmp_path)
    assert names == ["age", "plan", "score"]
    assert [list(c) for c in columns] == [[31, 47], ["免费", None], [1.5, 2.25]]
    for sql in ("select nothing from people", "delete from people"):
        with pytest.raises(InputError, match="query failed") as caught:
            query(postgres, sql, tmp_path)
        assert "secret" not in str(caught.value)
    assert len(query(postgres, SQL, tmp_path)[1][0]) == 2


def test_a_database_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not answer") as caught:
        query("postgresql://me:secret@127.0.0.1:1/shop", "select 1", tmp_path)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="mysql"):
        query("mysql://h/d", "select 1", tmp_path)
