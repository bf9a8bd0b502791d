"""SQLite and a real PostgreSQL, started here on a socket of its own and ended by its process id."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from breakeven.collect import database
from breakeven.errors import InputError

SQL = "select age, plan, score from people order by age"
ROWS = [(31, "免费", 1.5), (47, None, 2.25)]


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as c:
        c.execute("create table people (age int, plan text, score real)")
        c.executemany("insert into people values (?, ?, ?)", ROWS)
    names, columns = database.query("sqlite:///a.db", SQL, tmp_path)
    assert names == ["age", "plan", "score"]
    assert [list(c) for c in columns] == [[31, 47], ["免费", None], [1.5, 2.25]]
    for sql in ("select nothing from people", "drop table people"):
        with pytest.raises(InputError, match="query failed"):
            database.query("sqlite:///a.db", sql, tmp_path)
    with pytest.raises(InputError, match="no database file"):
        database.query("sqlite:///b.db", SQL, tmp_path)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own: tests/setup.sh installs the programs where they are missing."""
    programs = _programs()
    assert programs is not None, "PostgreSQL is not installed: run tests/setup.sh (make test does)"
    place = Path(tempfile.mkdtemp(prefix="breakeven-pg-"))
    user = None
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(place, user)
    run = {"user": user} if user else {}
    subprocess.run([programs / "initdb", "-D", place / "data", "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
                   check=True, capture_output=True, cwd=place, **run)  # fmt: skip
    server = subprocess.Popen([programs / "postgres", "-D", place / "data", "-k", place, "-c", "listen_addresses=127.0.0.1",
                               "-c", "port=54329", "-c", "fsync=off"], stderr=subprocess.PIPE, cwd=place, text=True, **run)  # fmt: skip
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield "postgresql://shop:secret@127.0.0.1:54329/postgres"
    server.terminate()
    server.wait(10)
    server.stderr.close()
    shutil.rmtree(place, ignore_errors=True)


def test_postgresql(postgres: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(postgres) as c:
        c.execute("create table people (age int, plan text, score numeric)")
        for row in ROWS:
            c.execute("insert into people values (%s, %s, %s)", row)
    names, columns = database.query(postgres, SQL, tmp_path)
    assert names == ["age", "plan", "score"]
    assert [list(c) for c in columns] == [[31, 47], ["免费", None], [1.5, 2.25]]
    for sql in ("select nothing from people", "delete from people"):
        with pytest.raises(InputError, match="query failed") as caught:
            database.query(postgres, sql, tmp_path)
        assert "secret" not in str(caught.value)
    assert len(database.query(postgres, SQL, tmp_path)[1][0]) == 2


def test_a_database_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not answer") as caught:
        database.query("postgresql://me:secret@127.0.0.1:1/shop", "select 1", tmp_path)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="mysql"):
        database.query("mysql://h/d", "select 1", tmp_path)
