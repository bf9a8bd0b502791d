"""A brief's query can neither write nor run programs nor reach beyond its database; no spelling of its password is shown."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from breakeven.collect import database, query_result
from breakeven.collect.read import table
from breakeven.core import store
from breakeven.core.brief import dump
from breakeven.core.database_address import parse, shown
from breakeven.core.errors import InputError
from breakeven.scenarios.registry import parse_brief

ROWS = 200


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A SQLite file `s.db` with a table `t`, and a second one beside it."""
    for name in ("s.db", "other.db"):
        connection = sqlite3.connect(tmp_path / name)
        connection.execute("create table t (a int, y text)")
        connection.executemany("insert into t values (?, ?)", [(i, "pq"[i % 2]) for i in range(ROWS)])
        connection.execute(
            "create view endless as with recursive r(n) as (select 1 union all select n+1 from r) select n from r"
        )
        connection.commit()
        connection.close()
    return tmp_path


@pytest.fixture(scope="session")
def rows(postgres: str) -> str:
    """The PostgreSQL with a table `hostile` and a role `reader` that may only read it."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create table hostile (a int, y text)")
        connection.execute("insert into hostile select i, 'y' || i % 2 from generate_series(1, 200) i")
        connection.execute("create schema shop")
        connection.execute("create table shop.mine (a int)")
        connection.execute("create sequence counted")
        connection.execute("create role reader login password 'SECRETPW'")
        connection.execute("grant select on hostile to reader")
    return postgres


def as_reader(url: str) -> str:
    return url.replace("shop:secret", "reader:SECRETPW")


def ask(url: str, sql: str, folder: Path, seconds: float = 60.0) -> query_result.QueryResult:
    address = parse(url)
    assert address is not None
    return database.query(address, sql, folder, seconds)


SQLITE_WRITES = [
    "delete from t", "delete from t returning *", "update t set a = 1", "insert into t values (1, 'x')", "drop table t",
    "create table u (a)", "create temp table u (a)", "select 1; drop table t", "begin", "begin immediate", "vacuum", "reindex",
    "vacuum into 'new.db'", "attach 'file:new.db?mode=rwc' as x", "attach 'other.db' as x", "attach ':memory:' as x",
    "pragma journal_mode=delete", "pragma journal_mode=wal", "pragma user_version=7", "pragma writable_schema=on",
    "pragma query_only=off", "pragma wal_checkpoint(truncate)", "pragma database_list", "pragma temp_store_directory='/tmp'",
    "select load_extension('x.so')", "select writefile('new.db', 'x')", "select readfile('/etc/passwd')",
    "select fts3_tokenizer('simple')", "create virtual table f using fts5(a)", "select * from pragma_database_list", "analyze",
    "with x as (select 1) delete from t", "explain delete from t", "savepoint a", "detach main", "", "-- nothing",
    "select * from pragma_table_info('t')",
]  # fmt: skip


@pytest.mark.parametrize("sql", SQLITE_WRITES)
def test_sqlite_only_reads(sql: str, places: Path) -> None:
    before = (places / "s.db").read_bytes()
    with pytest.raises(InputError, match="query"):
        ask(f"sqlite:///{places}/s.db", sql, places)
    assert (places / "s.db").read_bytes() == before
    assert sorted(p.name for p in places.iterdir()) == ["other.db", "s.db"]


@pytest.mark.parametrize(
    "sql",
    ["select a, y from t", "with x as (select * from t) select * from x", "select count(*) from t group by y", "values (1), (2)",
     "select a, sum(a) over (order by a) from t",
     "with recursive r(n) as (select 1 union all select n+1 from r where n < 9) select n from r"],
)  # fmt: skip
def test_sqlite_answers_what_reads(sql: str, places: Path) -> None:
    assert len(ask("sqlite:///s.db", sql, places).columns[0]) > 0


@pytest.mark.parametrize(
    "sql",
    ["with recursive r(a) as (select 1 union all select a + 1 from r) select a from r", "select n from endless",
     "select count(*) from t a, t b, t c, t d, t e", "with recursive r(a) as (select 1 union all select 1 from r) select max(a) from r"],
)  # fmt: skip
def test_a_sqlite_query_without_end_is_stopped(sql: str, places: Path) -> None:
    with pytest.raises(InputError, match="stopped after"):
        ask("sqlite:///s.db", sql, places, seconds=0.3)


def test_a_query_answers_only_so_much(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, name in ((100, "MAX_ROWS"), (300, "MAX_CELLS"), (150, "MAX_TEXT")):
        with monkeypatch.context() as patch:
            patch.setattr(query_result, name, limit)
            with pytest.raises(InputError, match="answers more than"):
                ask("sqlite:///s.db", "select a, y from t", places)
    with pytest.raises(InputError, match="query failed"):
        ask("sqlite:///s.db", "select zeroblob(900000000)", places)


POSTGRES_WRITES = [
    "delete from hostile", "delete from hostile returning *", "with d as (delete from hostile returning *) select * from d",
    "commit; begin read write; delete from hostile where a <= 50; commit; select * from hostile",
    "set transaction read write; delete from hostile; select * from hostile", "select 1; select 2", "begin", "commit", "rollback",
    "copy (select 1) to program 'touch {place}/ran'", "rollback; copy (select 1) to program 'touch {place}/ran'; select 1",
    "copy (select 1) to '{place}/ran'", "copy hostile to stdout", "do $$ begin execute 'drop table hostile'; end $$",
    "select * into u from hostile", "create table u as select 1", "explain analyze delete from hostile", "call x()",
    "select 1 for update; commit", "select * from hostile for update", "select nextval('counted')",
    "select set_config('transaction_read_only', 'off', true)", 'select "set_config"(\'role\', \'none\', true)',
    "select set_config/**/('statement_timeout', '0', false)", "select '--', set_config /* /* */ */ ('role', 'none', false)",
    "select U&\"set\\005fconfig\"('role', 'none', true)", "select lo_export(1, '{place}/ran')", "select lo_import('/etc/passwd')",
    "select pg_read_file('/etc/passwd')", "select * from pg_ls_dir('/')", "select pg_terminate_backend(1)", "select pg_reload_conf()",
    "select query_to_xml('select 1', true, true, '')", "select dblink_exec('host=x', 'delete from hostile')",
    "select pg_advisory_lock(7318)", "select pg_notify('hostile', '')", "select pg_switch_wal()", "listen hostile", "reset all",
    "declare x cursor for select 1", "prepare x as select 1", "lock table hostile", "truncate hostile", "vacuum", "", "  ;  ",
    "select 1 /* no end", "select $1",
]  # fmt: skip


@pytest.mark.parametrize("role", ["superuser", "reader"])
@pytest.mark.parametrize("sql", POSTGRES_WRITES)
def test_postgresql_only_reads(sql: str, role: str, rows: str, tmp_path: Path) -> None:
    import psycopg

    tmp_path.chmod(0o777)
    url = rows if role == "superuser" else as_reader(rows)
    with pytest.raises(InputError, match="query") as caught:
        ask(url, sql.format(place=tmp_path), tmp_path)
    assert "SECRETPW" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    with psycopg.connect(rows) as connection:
        row = connection.execute("select count(*), (select is_called from counted) from hostile").fetchone()
        assert row == (ROWS, False)


def test_postgresql_answers_what_reads(rows: str, tmp_path: Path) -> None:
    for sql in ("select a, y from hostile -- all", "table hostile;", "with x as (select * from hostile) select * from x",
                "values (1, 'a')", "select '50%' as p, ':x' as q"):  # fmt: skip
        assert len(ask(as_reader(rows), sql, tmp_path).columns) == 2
    assert [len(c) for c in ask(rows, "select * from generate_series(1, 70000) a", tmp_path).columns] == [70_000]


def test_a_superuser_is_named_and_reads_as_another_role(rows: str, tmp_path: Path) -> None:
    found = ask(rows, "select current_user::text, a from mine right join (select 1 b) x on true", tmp_path)
    assert list(found.columns[0]) == ["pg_read_all_data"]  # and `mine` stands in the schema of the role's own name
    assert [f.kind for f in found.findings] == ["superuser"]
    assert ask(as_reader(rows), "select a from hostile", tmp_path).findings == ()
    brief = {"name": "n", "scenario": "predict", "data": rows, "query": "select a, y from hostile", "target": "y"}
    assert [f.kind for f in table(parse_brief(brief, tmp_path)).findings] == ["superuser"]


def test_a_postgresql_query_without_end_is_stopped(rows: str, tmp_path: Path) -> None:
    for sql in (
        "select pg_sleep(60), 1 a",
        "with recursive r(a) as (select 1 union all select a + 1 from r) select a from r",
    ):
        with pytest.raises(InputError, match=r"stopped after 0\.4 s"):
            ask(rows, sql, tmp_path, seconds=0.4)


#: Addresses with SECRETPW or a part of it, and whether they can be read.
ADDRESSES = [
    ("postgresql://me:SECRETPW@127.0.0.1:1/shop", True), ("postgres://me:SECRETPW@127.0.0.1:1/shop", True),
    ("postgresql+psycopg://me:SECRETPW@127.0.0.1:1/shop", True), ("POSTGRESQL://me:SECRETPW@127.0.0.1:1/shop", True),
    ("postgresql://127.0.0.1:1/shop?user=me&password=SECRETPW", True), ("postgresql:///shop?host=127.0.0.1&port=1&password=SECRETPW", True),
    ("postgresql://127.0.0.1:1/shop?passw%6Frd=SECRETPW", True), ("postgresql://127.0.0.1:1/shop?sslpassword=SECRETPW", True),
    ("host=127.0.0.1 port=1 user=me password=SECRETPW", True), ("password = 'SECRETPW' host=127.0.0.1 port=1", True),
    ("host=127.0.0.1 port=1 password='SEC\\'RETPW'", True), ("postgresql://me:SECR%45TPW@127.0.0.1:1/shop", True),
    ("postgresql://me:%53ECRETPW@127.0.0.1:1/x", True), ("mysql://me:SECRETPW@h/d", True), ("sqlite:///no.db?key=SECRETPW", True),
    ("postgresql://me:SECR@TPW@127.0.0.1:1/shop", False), ("postgresql://me:SEC/RETPW@127.0.0.1:1/shop", False),
    ("postgresql://me:SEC?RETPW@127.0.0.1:1/shop", False), ("postgresql://me:SEC?RET=PW@127.0.0.1:1/shop", False),
    ("postgresql://me:SEC#RETPW@127.0.0.1:1/shop", False), ("postgresql://me:SECRETPW/shop", False),
    ("postgresql://me:12?TPW@127.0.0.1:1/shop", False), ("host=h password=SEC'RETPW", False),
]  # fmt: skip
PARTS = ("SECRET", "SECR", "RETPW", "TPW", "SEC", "%45", "%53")


@pytest.mark.parametrize(("address", "readable"), ADDRESSES)
def test_no_spelling_of_a_password_is_shown(address: str, readable: bool, tmp_path: Path) -> None:
    brief = {"name": "n", "scenario": "predict", "data": address, "query": "select 1", "target": "y"}
    said = [shown(address)]
    try:
        need = parse_brief(brief, tmp_path)
    except InputError as error:
        assert not readable
        said.append(str(error))
    else:
        assert readable
        said += [repr(need), str(dump(need)), need.data]
        store.Log(tmp_path / "log.jsonl").write("run", need=dump(need))
        said.append((tmp_path / "log.jsonl").read_text())
        with pytest.raises(InputError) as caught:
            table(need)
        said += [str(caught.value), repr(caught.value)]
    for text in said:
        assert not [part for part in PARTS if part in text], text


def written(folder: Path, url: str, sql: str) -> Path:
    """A brief about a database."""
    brief = f"name: n\nscenario: predict\ndata: {json.dumps(url)}\nquery: {json.dumps(sql)}\ntarget: y\nlimits: {{minutes: 0.2}}\neffort: 1\n"
    (folder / "product.yaml").write_text(brief)
    return folder


def test_what_check_prints_has_no_password(rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from breakeven import cli

    for sql in (
        "select a, a as a, y from hostile",
        "select * from hostile where a < 0",
        "select nope",
        "select 1 a, 'x' y",
    ):
        assert cli.main(["check", str(written(tmp_path, as_reader(rows), sql))]) == 2
    with pytest.raises(SystemExit):
        cli.main(["check", as_reader(rows)])
    printed = capsys.readouterr()
    assert "SECRETPW" not in printed.out + printed.err
    assert "reader:***@" in printed.err


def test_builds_hold_no_password(rows: str, tmp_path: Path) -> None:
    from breakeven import pipeline
    from breakeven.scenarios.registry import load_brief

    sql = "select a, a % 7 as b, y from hostile"
    run = pipeline.build(load_brief(written(tmp_path, as_reader(rows), sql)), weigh=True, names=["baseline", "linear"])
    for path in run.folder.rglob("*"):
        assert not path.is_file() or b"SECRETPW" not in path.read_bytes(), path
    assert "reader:***@" in (run.folder / "log.jsonl").read_text()
