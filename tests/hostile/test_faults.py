"""Damaged databases, full disks, lost files, killed processes: what was acknowledged is kept, and what is wrong is said."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from breakeven import cli
from breakeven.core import store, temporary
from breakeven.core.errors import InputError
from breakeven.online import backup, salvage, sqlite_file
from breakeven.online.damaged_log import DamagedLog
from breakeven.online.event import Event
from breakeven.online.event_log import EventLog
from breakeven.online.logs import open_existing, open_log
from breakeven.online.postgres_log import PostgresLog
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios import registry
from breakeven.serving.app import Application
from breakeven.serving.run import application
from tests.serving.asgi import ask

COUNT = 4_000


def some(n: int, first: int = 0, long: int = 0) -> list[Event]:
    data = {"title": "红" * long} if long else None
    return [
        Event(f"用户{i % 7}", f"i{i}", "view", 1.7e9 + i, i / 3 if i % 2 else None, f"e{i}", data)
        for i in range(first, first + n)
    ]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A log of 4,000 events, 20 of them longer than a page."""
    place = tmp_path_factory.mktemp("whole")
    with contextlib.closing(SqliteLog(place)) as log:
        log.append(some(COUNT - 20))
        log.append(some(20, COUNT - 20, long=3_000))
    assert [p.name for p in place.iterdir() if p.name.endswith("-wal")] == []
    return (place / "events.db").read_bytes()


@pytest.fixture
def opened() -> Iterator[Callable[[Path], EventLog]]:
    """Opens the log of a folder, and closes it at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(contextlib.closing(open_log(folder, "shop", url="")))


def noise(size: int) -> bytes:
    return np.random.default_rng(0).bytes(size)


#: What happened to the file, and the share of its events that can be read at least.
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], float]] = {
    "random bytes in the middle": (lambda b: b[:8192] + noise(4096) + b[12288:], 0.9),
    "random bytes in many pages": (lambda b: b"".join(noise(4096) if i % 5 == 3 else b[i * 4096:][:4096] for i in range(len(b) // 4096)), 0.5),
    "zeros in the middle": (lambda b: b[: len(b) // 2] + bytes(65536) + b[len(b) // 2 + 65536 :], 0.5),
    "header gone": (lambda b: bytes(100) + b[100:], 0.99),
    "first page gone": (lambda b: noise(4096) + b[4096:], 0.99),
    "cut to half": (lambda b: b[: len(b) // 2], 0.3),
    "cut in a page": (lambda b: b[: len(b) - 5000], 0.9),
    "one page only": (lambda b: b[:4096], 0.0),
    "not a database": (lambda b: b"hello" * 1000, 0.0),
    "noise": (lambda b: noise(100_000), 0.0),
    "zeros": (lambda b: bytes(100_000), 0.0),
    "one byte": (lambda b: b"x", 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_database_is_read_and_never_written(name: str, whole: bytes, tmp_path: Path, opened, caplog) -> None:
    damage, share = DAMAGES[name]
    (tmp_path / "events.db").write_bytes(damage(whole))
    before = (tmp_path / "events.db").read_bytes()
    log = opened(tmp_path)
    assert isinstance(log, DamagedLog)
    found = list(log.read())
    assert len(found) >= share * COUNT
    known = {e.id: e for e in [*some(COUNT - 20), *some(20, COUNT - 20, long=3_000)]}
    assert all(known[e.id].data == e.data and known[e.id].item == e.item and known[e.id].at == e.at for e in found)
    [line] = [r.getMessage() for r in caplog.records]
    assert str(tmp_path / "events.db") in line and f"breakeven repair {tmp_path}" in line and "\n" not in line
    for write in (lambda: log.append(some(1)), lambda: log.delete("用户1"), lambda: log.rename("用户1", "x")):
        with pytest.raises(OSError, match="breakeven repair"):
            write()
    assert "breakeven repair" in (log.fault() or "")
    assert (tmp_path / "events.db").read_bytes() == before


@pytest.mark.parametrize("name", DAMAGES)
def test_repair_keeps_what_can_be_read_and_the_old_file(name: str, whole: bytes, tmp_path: Path, opened) -> None:
    damage, share = DAMAGES[name]
    (tmp_path / "events.db").write_bytes(damage(whole))
    done = backup.repair(tmp_path)
    assert done is not None and done.kept is not None and done.kept.read_bytes() == damage(whole)
    log = opened(tmp_path)
    assert isinstance(log, SqliteLog) and not isinstance(log, DamagedLog)
    assert done.events == len(list(log.read())) >= share * COUNT
    assert log.append(some(1, 10**6)) == [True] and log.fault() is None
    log.close()
    assert backup.repair(tmp_path) is None


HOSTILE = [
    "create view events as with recursive r(n) as (select 1 union all select n+1 from r) select n number, 'a' id, 'p' person, 'i' item, "
    "'k' kind, 1.0 at, null value, null told from r",
    "create table t (a); create trigger x after insert on t begin select 1; end",
    "create table events (number integer primary key, a, b, c, d, e, f, g)",
    "create table events (number integer primary key, id text, person text, item text, kind text, at real, value real, told text, more text)",
    "create table events (number integer primary key, id text, person text, item text, kind text, at real, value real, told as ('x'))",
    "create view snapshots as select 1",
]


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_database_with_other_tables_is_not_believed(sql: str, tmp_path: Path, opened) -> None:
    connection = sqlite3.connect(tmp_path / "events.db")
    connection.executescript(sql)
    connection.close()
    log = opened(tmp_path)
    assert isinstance(log, DamagedLog) and list(log.read()) == []


@pytest.mark.parametrize("name", ["random bytes in many pages", "header gone", "cut to half", "not a database"])
def test_readers_beside_the_server_name_the_damage(name: str, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(DAMAGES[name][0](whole))
    with pytest.raises(InputError, match=r"is damaged .*breakeven repair"):
        log = open_existing(tmp_path, "shop")
        assert log is not None
        with contextlib.closing(log):
            list(log.read())


def test_what_stands_in_the_journal_is_read_too(tmp_path: Path) -> None:
    with contextlib.closing(SqliteLog(tmp_path / "live")) as log:
        log.append(some(300))
        (tmp_path / "dead").mkdir()
        for name in ("events.db", "events.db-wal"):
            shutil.copy(tmp_path / "live" / name, tmp_path / "dead" / name)
    held = (tmp_path / "dead" / "events.db").read_bytes()
    assert len(list(salvage.events(tmp_path / "dead" / "events.db"))) == 300
    wal = (tmp_path / "dead" / "events.db-wal").read_bytes()
    assert len(wal) > 4096 and len(held) < len(wal)
    (tmp_path / "dead" / "events.db-wal").write_bytes(wal[:-100] + noise(100))  # its last commit does not hold
    assert len(list(salvage.events(tmp_path / "dead" / "events.db"))) < 300


def test_erased_users_do_not_come_back_by_a_repair(tmp_path: Path) -> None:
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        log.append(some(500))
        log.delete("用户3")
    (tmp_path / "events.db").write_bytes(bytes(100) + (tmp_path / "events.db").read_bytes()[100:])
    backup.repair(tmp_path)
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        users = {e.user for e in log.read()}
    assert "用户3" not in users and len(users) == 6


def test_a_full_disk_is_a_fault_until_there_is_room(tmp_path: Path, opened, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    log.append(some(10))
    assert log.fault() is None
    pages = log._connection.execute("pragma page_count").fetchone()[0]
    log._connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(OSError, match="full"):
        log.append(some(5_000, 10))
    assert "full" in (log.fault() or "")
    assert len(list(log.read())) == 10
    log._connection.execute("pragma max_page_count = 100000")
    assert log.fault() is None
    assert log.append(some(5, 10)) == [True] * 5
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=10))
    assert "10 bytes free" in (log.fault() or "")


@pytest.mark.parametrize("how", ["removed", "replaced", "its folder removed"])
def test_nothing_is_acknowledged_that_goes_into_a_lost_file(how: str, tmp_path: Path, opened) -> None:
    log = opened(tmp_path / "shop")
    log.append(some(5))
    path = tmp_path / "shop" / "events.db"
    if how == "its folder removed":
        shutil.rmtree(tmp_path / "shop")
    else:
        path.unlink()
        if how == "replaced":
            path.write_bytes(b"")
    with pytest.raises(OSError, match="removed or replaced"):
        log.append(some(5, 5))
    assert log.fault() is not None


def test_a_lost_postgresql_is_a_fault_until_it_is_back(postgres: str) -> None:
    import psycopg

    from breakeven.core.database_address import parse

    log = PostgresLog(postgres, f"lost{time.monotonic_ns()}")
    try:
        log.append(some(3))
        address = log._address
        log._address = parse("postgresql://shop:SECRETPW@127.0.0.1:1/x")  # type: ignore[assignment]
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = 'shop'"
            )
        with pytest.raises(OSError, match="cannot be reached") as caught:
            log.append(some(3, 3))
        assert "SECRETPW" not in str(caught.value) and "cannot be reached" in (log.fault() or "")
        log._address = address
        until = time.monotonic() + 20
        while log.fault() is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert log.fault() is None
    finally:
        log.close()


def test_backups_under_writes_hold_all_that_was_acknowledged_before(tmp_path: Path, opened) -> None:
    log, stop, acknowledged = opened(tmp_path / "shop"), threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            log.append(some(20, acknowledged[0]))
            acknowledged[0] += 20

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(6):
            while acknowledged[0] < 200 * (n + 1):
                time.sleep(0.001)
            before = acknowledged[0]
            made = backup.backup(tmp_path / "shop", "shop", tmp_path / f"b{n}")
            assert before <= made.events <= acknowledged[0] + 20
            assert stat.S_IMODE((tmp_path / f"b{n}").stat().st_mode) == 0o600 or os.name == "nt"
    finally:
        stop.set()
        writer.join()
    log.close()
    for n in range(6):
        backup.restore(tmp_path / f"again{n}", "shop", tmp_path / f"b{n}")
        with contextlib.closing(SqliteLog(tmp_path / f"again{n}")) as again:
            found = [e.id for e in again.read()]
            assert found == [f"e{i}" for i in range(len(found))] and again.append(some(1, 10**7)) == [True]
    assert not [p for p in tmp_path.rglob("*") if ".tmp" in p.name or p.name.endswith(("-wal", "-shm", "-journal"))]


def test_restoring_keeps_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        log.append(some(10))
    assert cli.main(["backup", str(tmp_path), str(tmp_path / "b")]) == 0
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        log.append(some(10, 10))
        assert cli.main(["restore", str(tmp_path), str(tmp_path / "b")]) == 2  # it is being served
        assert "another process serves" in capsys.readouterr().err
    assert cli.main(["restore", str(tmp_path), str(tmp_path / "b")]) == 0
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        assert [e.id for e in log.read()] == [f"e{i}" for i in range(10)]
    [kept] = tmp_path.glob("events.db.replaced-*")
    connection = sqlite3.connect(kept)
    assert connection.execute("select count(*) from events").fetchone() == (20,)
    connection.close()
    for _ in range(3):  # within a second: what was kept aside first is not written over
        assert cli.main(["restore", str(tmp_path), str(tmp_path / "b")]) == 0
    assert "10 events restored" in capsys.readouterr().out
    counts = []
    for kept in tmp_path.glob("events.db.replaced-*"):
        with contextlib.closing(sqlite3.connect(kept)) as connection:
            counts.append(connection.execute("select count(*) from events").fetchone()[0])
    assert sorted(counts) == [10, 10, 10, 20]
    assert cli.main(["repair", str(tmp_path)]) == 0
    assert "whole" in capsys.readouterr().out


def test_backups_that_are_none_are_refused(whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(SqliteLog(tmp_path)) as log:
        log.append(some(10))
    before = (tmp_path / "events.db").read_bytes()
    backup.backup(tmp_path, "shop", tmp_path / "good")
    for name, content in (("half", whole[: len(whole) // 2]), ("text", b"hello" * 999), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
    connection = sqlite3.connect(tmp_path / "view")
    connection.executescript(HOSTILE[0])
    connection.close()
    for file, name, why in (("half", "", "damaged"), ("text", "", "damaged"), ("empty", "", "no backup"), ("view", "", "is a view"),
                            ("none", "", "no such backup"), ("good", "other", "backup of 'shop'")):  # fmt: skip
        with pytest.raises(InputError, match=why):
            backup.restore(tmp_path, name, tmp_path / file)
    with pytest.raises(InputError, match="there already"):
        backup.backup(tmp_path, "shop", tmp_path / "good")
    with pytest.raises(InputError, match="no events"):
        backup.backup(tmp_path / "x", "shop", tmp_path / "new")
    with pytest.raises(InputError, match="folder is not there"):
        backup.backup(tmp_path, "shop", tmp_path / "no" / "new")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "events.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="breakeven repair"):
        backup.backup(tmp_path / "damaged", "shop", tmp_path / "new")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:SECRETPW@h/d")
    for command in (["backup", str(tmp_path), "f"], ["restore", str(tmp_path), "f"], ["repair", str(tmp_path)]):
        assert cli.main(command) == 2
    assert (tmp_path / "events.db").read_bytes() == before
    assert not list(tmp_path.glob("*.replaced*")) and not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with contextlib.closing(SqliteLog(tmp_path / "shop")) as log:
            log.append(some(3))
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "shop").iterdir()}
        (tmp_path / "shop" / "events.db").chmod(0o644)
        SqliteLog(tmp_path / "shop").close()
        build = tmp_path / "shop" / "build" / "b1"
        store.write_json(build / "verdict.json", {})
        store.write_arrays(build / "work" / "a.npz", a=np.zeros(3))
        store.Log(build / "log.jsonl").write("run")
        store.Ledger(build / "ledger").put("k", a=np.zeros(1))
        store.write_text(tmp_path / "answers.csv", "a", shared=True)
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600} and set(modes) >= {
        "events.db",
        "events.db-wal",
        "events.db-shm",
        "events.lock",
    }
    assert stat.S_IMODE((tmp_path / "shop" / "events.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "answers.csv").stat().st_mode) == 0o644
    for path in [tmp_path / "shop", *(tmp_path / "shop").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_pointer_that_is_a_file_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "build" / "b1").mkdir(parents=True)

    def refuse(*_: object) -> None:
        raise OSError("no links")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    store.point_latest(tmp_path / "build" / "b1")
    assert stat.S_IMODE((tmp_path / "build" / "latest").stat().st_mode) == 0o600
    assert store.latest_in(tmp_path / "build") == (tmp_path / "build" / "b1").resolve()


LEAVES = """
import os, signal, sys
from pathlib import Path
from breakeven.core import store, temporary
place = temporary.make()
(place / "data.csv").write_text("a person")
try:
    with store._instead(Path(sys.argv[1]) / "build" / "verdict.json") as file:
        file.write(b"half")
        print(place, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
finally:
    pass
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_what_a_killed_process_left_is_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, str(tmp_path)], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    left, mine = Path(done.stdout.strip()), temporary.make()
    (tmp_path / "breakeven-other").mkdir()  # none of ours: it has no lock
    assert not left.exists() and mine.is_dir() and stat.S_IMODE(mine.stat().st_mode) == 0o700
    with temporary.folder() as another:
        assert mine.is_dir() and another.is_dir()
    temporary.remove(mine)
    assert not mine.exists() and not another.exists() and (tmp_path / "breakeven-other").is_dir()
    [half] = (tmp_path / "build").iterdir()
    assert half.name.endswith(".tmp")
    store.sweep(tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    """A product folder with one build."""
    shutil.copytree(built, tmp_path / "churn", symlinks=True)
    return tmp_path / "churn"


def answer(app: Application, method: str, path: str, body: object = None) -> tuple[int, bytes, dict[str, str]]:
    return asyncio.run(ask(app, method, path, body=json.dumps(body).encode() if body is not None else b""))


ROW = {"age": 30, "plan": "pro", "city": "Paris", "signed": "2025-03-04", "spend": 20.0}


def test_page_report_and_answers_are_of_one_build_and_say_which(copied: Path) -> None:
    app = application([copied], registry.get)
    old, new = store.latest(copied), copied / "build" / "newer"
    report = (old / "report.html").read_bytes()
    shutil.copytree(old, new)
    (new / "report.html").write_text("the new report")
    store.point_latest(new)
    shown = [
        answer(app, "GET", "/"),
        answer(app, "GET", "/report"),
        answer(app, "POST", "/v1/predict", {"rows": [ROW]}),
    ]
    assert [status for status, _, _ in shown] == [200] * 3
    assert {headers["breakeven-build"] for _, _, headers in shown} == {old.name}
    assert shown[1][1] == report
    status, body, _ = answer(app, "GET", "/health/ready")
    assert status == 200 and json.loads(body)["newer_build"] == "newer"
    assert answer(application([copied], registry.get), "GET", "/report")[1] == b"the new report"


def test_a_product_with_a_damaged_database_answers_and_says_so(copied: Path, whole: bytes) -> None:
    (copied / "events.db").write_bytes(whole[: len(whole) // 2])
    app = application([copied], registry.get)
    assert answer(app, "POST", "/v1/predict", {"rows": [ROW]})[0] == 200
    for _ in range(2):  # before and after the log was opened
        status, body, _ = answer(app, "GET", "/health/ready")
        assert status == 503 and b"breakeven repair" in body
        status, body, headers = answer(app, "POST", "/v1/feedback", {"outcomes": [{"row": ROW, "outcome": "yes"}]})
        assert status == 503 and b"breakeven repair" in body and headers["retry-after"]
        assert str(copied).encode() not in body


def test_a_full_disk_is_not_ready(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = application([copied], registry.get)
    assert answer(app, "GET", "/health/ready")[0] == 200
    usage = shutil.disk_usage(copied)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=0))
    status, body, _ = answer(app, "GET", "/health/ready")
    assert status == 503 and b"the disk is full" in body
    assert answer(app, "POST", "/v1/predict", {"rows": [ROW]})[0] == 200


def test_a_check_leaves_a_whole_file_as_it_is(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(whole)
    sqlite_file.check(tmp_path / "events.db")
    assert (tmp_path / "events.db").read_bytes() == whole
    sqlite_file.check(tmp_path / "none.db")
    (tmp_path / "empty.db").touch()
    sqlite_file.check(tmp_path / "empty.db")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_kills_while_writing_during_backups_and_on_a_full_disk_lose_nothing() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "kills.py", "--kills", "5", "--backups", "2", "--full", "2", "--print"]
    done = subprocess.run(command, cwd=root / "benchmarks", capture_output=True, text=True, timeout=200)
    assert done.returncode == 0 and "'wrong': []" in done.stdout, done.stdout + done.stderr
