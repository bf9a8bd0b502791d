"""The log: on disk before it is acknowledged, each id once, one process; SQLite and a real PostgreSQL; kill -9; a full disk."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.online.event import ERASED, MERGED, user_digest
from breakeven.online.event_log import Event, EventLog
from breakeven.online.group_commit import GroupCommit
from breakeven.online.logs import open_log
from breakeven.online.postgres_log import PostgresLog
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend.event_types import CHECKS


def some(n: int, first: int = 0, ids: bool = True) -> list[Event]:
    return [
        Event(f"用户{i % 7}", f"i{i}", "view", 1.7e9 + i, None, f"e{i}" if ids else None)
        for i in range(first, first + n)
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        opened: EventLog = SqliteLog(tmp_path, CHECKS)
    else:
        opened = PostgresLog(request.getfixturevalue("postgres"), f"t{time.monotonic_ns()}", CHECKS)
    yield opened
    opened.close()


def test_events_come_back_in_order_and_ids_count_once(log: EventLog) -> None:
    assert log.append(some(5)) == [True] * 5
    assert log.append([*some(3, 3), *some(1, 9, ids=False)]) == [False, False, True, True]
    assert [e.item for e in log.read()] == ["i0", "i1", "i2", "i3", "i4", "i5", "i9"]
    told = Event("u", "x", "$item", 1.0, 2.5, None, {"title": "红", "stock": None})
    log.append([told])
    assert list(log.read())[-1] == told


def test_a_page_may_be_of_one_user_item_and_kind(log: EventLog) -> None:
    rows = [Event(f"u{n % 2}", f"i{n % 3}", ("view", "cart")[n // 6], float(n)) for n in range(12)]
    log.append(rows)
    for user, item, kind in (
        (None, None, None),
        ("u1", None, None),
        (None, "i2", None),
        ("u0", "i0", "cart"),
        ("u2", "i0", None),
    ):
        wanted = [e for e in rows if user in (None, e.user) and item in (None, e.item) and kind in (None, e.kind)]
        assert log.page(0, kind, None, user, item).events == wanted
        assert log.page(3, kind, 9, user, item).events == [e for e in wanted if 3 <= e.at < 9]


def test_an_index_changes_no_answer_and_an_id_is_found_without_reading_the_log(log: EventLog) -> None:
    log.append(some(20))
    for _ in range(2):
        log.index()
    assert [e.item for e in log.page(user="用户3").events] == ["i3", "i10", "i17"]
    assert [e.id for e in log.page(item="i5").events] == ["e5"]
    assert log.holds("e5") and not log.holds("e20")
    log.delete("用户5")
    assert not log.holds("e5") and log.append(some(1, 20)) == [True]


def test_sqlite_finds_an_item_and_a_user_by_an_index(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    log.append(some(5))
    queries = ("select 1 from events where item = 'i1'", "select 1 from events where person = 'u1'")
    for plan in ("SCAN", "USING"):
        details = [log._connection.execute(f"explain query plan {query}").fetchall()[0][3] for query in queries]
        assert all(plan in one for one in details), details
        log.index()
    log.close()
    again = SqliteLog(tmp_path)  # the file with its indexes is still a log
    assert [e.item for e in again.read()] == [f"i{n}" for n in range(5)]
    again.close()


def test_writes_that_wait_share_a_transaction(log: EventLog) -> None:
    calls = []
    append = log.append
    log.append = lambda events: calls.append(len(events)) or append(events)  # type: ignore[method-assign]

    async def many() -> list[list[bool]]:
        group = GroupCommit(log)
        return await asyncio.gather(*(group.append(some(2, 2 * i)) for i in range(50)), group.append(some(2)))

    found = asyncio.run(many())
    assert found[:50] == [[True, True]] * 50 and found[50] == [False, False]
    assert sum(calls) == 102 and len(calls) < 20 and len(list(log.read())) == 100


def test_an_event_that_cannot_be_read_back_is_refused(log: EventLog) -> None:
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    for bad in (
        Event("", "x", "$item", 1.0, data={"title": deep}),
        Event("", "x", "$item", 1.0, data={"title": ["a"]}),
        Event("", "x", "$item", 1.0, data={"price": float("nan")}),
        Event("u", "x", "view", float("nan")),
        Event("u", "x", "view", 1.0, float("inf")),
        Event("u", ["x"], "view", 1.0),  # type: ignore[arg-type]
    ):
        with pytest.raises(InputError, match="could not be read back"):
            log.append([*some(1), bad])
    assert not list(log.read())


def test_a_bad_event_fails_its_own_request_alone(log: EventLog) -> None:
    async def many() -> list[list[bool] | BaseException]:
        group = GroupCommit(log)
        bad = [Event("", "x", "$item", 1.0, data={"title": ["a"]}), Event("u\ud800", "x", "view", 1.0)]
        wanted = [some(2), [bad[0]], some(2, 2), [*some(1, 4), bad[1]], some(2, 5)]
        return await asyncio.gather(*map(group.append, wanted), return_exceptions=True)

    found = asyncio.run(many())
    assert [found[i] for i in (0, 2, 4)] == [[True, True]] * 3
    assert isinstance(found[1], InputError) and isinstance(found[3], Exception)
    assert {e.id for e in log.read()} == {"e0", "e1", "e2", "e3", "e5", "e6"}


#: Column and contents of a row that no event has.
UNREADABLE = [
    ("told", "{"),
    ("told", "[" * 2_000 + "]" * 2_000),
    ("told", '{"deep": ' + "[" * 20 + "]" * 20 + "}"),
    ("told", "[1]"),
    ("told", '{"title": ["a"]}'),
    ("told", '{"categories": {"a": 1}}'),
    ("told", '{"price": "cheap"}'),
    ("told", '{"stock": NaN}'),
    ("at", -1.0),
    ("at", float("inf")),
]


def store_unreadable(log: EventLog) -> list[int]:
    """Damage one stored item a row of UNREADABLE; gives their numbers."""
    items = [Event("", f"b{i}", "$item", 1.0, None, f"b{i}", {"title": "t"}) for i in range(len(UNREADABLE))]
    log.append([*some(2), *items, *some(2, 2)])
    numbers = [e.number or 0 for e in log.read() if e.item.startswith("b")]
    for number, (column, value) in zip(numbers, UNREADABLE, strict=True):
        if isinstance(log, PostgresLog):
            change = f"update {log._table} set {column} = %s where number = %s"
            log._connections["write"].execute(change, (value, number))
        else:
            assert isinstance(log, SqliteLog)
            log._connection.execute(f"update events set {column} = ? where number = ?", (value, number))
    return numbers


def test_rows_that_cannot_be_read_are_left_out(log: EventLog, caplog: pytest.LogCaptureFixture) -> None:
    numbers = store_unreadable(log)
    for _ in range(2):  # the count is of the last reading
        caplog.clear()
        assert [e.id for e in log.read()] == ["e0", "e1", "e2", "e3"]
        assert log.unreadable.count == len(UNREADABLE) and log.unreadable.numbers == numbers
        (line,) = caplog.messages
        assert f"{len(UNREADABLE)} stored rows" in line and ", ".join(map(str, numbers)) in line and "\n" not in line
    caplog.clear()
    assert log.append(some(1, 4)) == [True] and len(log.page(log.last - 1).events) == 1 and not caplog.messages


def test_bytes_in_place_of_text_are_left_out(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    log.append(some(5))
    for number, change in enumerate(
        ("person = x'ff'", "item = cast(x'c328' as text)", "at = 'x'", "value = 'x'"), start=1
    ):
        log._connection.execute(f"update events set {change} where number = {number}")
    assert [e.id for e in log.read()] == ["e4"] and log.unreadable.numbers == [1, 2, 3, 4]
    assert log.append(some(1, 9)) == [True]
    log.close()


def test_two_processes_share_a_postgresql(postgres: str) -> None:
    name = f"t{time.monotonic_ns()}"
    one, two = PostgresLog(postgres, name), PostgresLog(postgres, name)
    assert not list(one.read()) and not list(two.read())

    def write(log: PostgresLog, first: int) -> None:
        for i in range(20):
            log.append(some(10, first + 10 * i))

    threads = [threading.Thread(target=write, args=(log, 1_000 * k)) for k, log in enumerate((one, two))]
    seen: list[Event] = []
    for t in threads:
        t.start()
    position, is_written = 0, False
    while not is_written:
        is_written = not any(t.is_alive() for t in threads)
        page = two.page(position)
        seen, position = [*seen, *page.events], page.last
    assert len(seen) == 400 and len({e.id for e in seen}) == 400
    one.close(), two.close()


def test_a_known_event_counts_as_read_up_to_where_another_process_stored_it(postgres: str) -> None:
    """Else whoever waits for `last` would not see what the other process did, such as that it was first to take a conversation."""
    name = f"t{time.monotonic_ns()}"
    one, two = PostgresLog(postgres, name), PostgresLog(postgres, name)
    assert one.append([*some(2), *some(1)]) == [True, True, False]
    assert (one.last, two.last) == (2, 0)
    assert two.append(some(1, 1)) == [False]
    assert two.last == 2
    one.close()
    two.close()


def test_products_of_other_names_do_not_mix(postgres: str) -> None:
    one, two = PostgresLog(postgres, "商店"), PostgresLog(postgres, "书店")
    one.append(some(2))
    assert not list(two.read())
    one.close(), two.close()


def test_a_lost_connection_is_made_anew(postgres: str) -> None:
    log = PostgresLog(postgres, f"t{time.monotonic_ns()}")
    log.append(some(1))
    for connection in log._connections.values():
        connection.close()
    assert log.append(some(1, 1)) == [True] and len(list(log.read())) == 2
    log.close()


def test_a_value_that_cannot_be_kept_harms_nobody_else(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    with pytest.raises((OSError, TypeError, OverflowError)):
        log.append([Event("u", "i", "view", 1.0, 2**70)])
    assert log.append(some(1)) == [True]
    log.close()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be reached"):
        open_log(tmp_path, "shop", url="postgresql://me@127.0.0.1:1/shop")
    log = open_log(tmp_path, "shop", url="")
    assert isinstance(log, SqliteLog)
    log.close()


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    held = SqliteLog(tmp_path)
    code = f"from breakeven.online.sqlite_log import SqliteLog; from pathlib import Path; SqliteLog(Path({str(tmp_path)!r}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "another process serves this product" in out.stderr
    reader = SqliteLog(tmp_path, reading=True)  # learning reads while it is served
    held.append(some(2))
    assert len(list(reader.read())) == 2
    reader.close(), held.close()


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A file may not grow beyond a limit: the write fails as it does on a full disk, and later writes go on."""
    code = """
import resource, signal, sys
from pathlib import Path
from breakeven.online.event_log import Event
from breakeven.online.sqlite_log import SqliteLog
log = SqliteLog(Path(sys.argv[1]))
log.append([Event("u", f"i{i}", "view", 1.0, None, f"a{i}") for i in range(50)])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
try:
    log.append([Event("u", "x" * 400, "view", 1.0, None, f"b{i}") for i in range(5_000)])
except OSError as error:
    print("refused", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append([Event("u", "after", "view", 1.0, None, "c")])
print(len(list(log.read())))
"""
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert out[0].startswith("refused") and out[-1] == "51"


def test_a_users_events_can_be_deleted_and_given_to_another(log: EventLog) -> None:
    log.append([Event("guest", "tea", "view", 1.7e9, id="a"), Event("u1", "tea", "view", 1.7e9, id="b")])
    log.append([Event("u1", "tea", "cart", 1.7e9), Event("u1", "mug", "view", 1.7e9), Event("u1", "", "$shown", 1.7e9)])
    assert log.rename("guest", "u1") == 1
    log.append([Event("guest", "u1", MERGED, 1.7e9)])
    assert [(e.user, e.item) for e in log.read(kind="view")] == [("u1", "tea"), ("u1", "tea"), ("u1", "mug")]
    assert log.delete("u1", "tea", "cart") == 1 and log.delete("u1", "tea") == 2 and log.delete("u1", "tea") == 0
    assert [(e.user, e.item, e.kind) for e in log.read()] == [
        ("u1", "mug", "view"), ("u1", "", "$shown"), ("guest", "u1", MERGED)]  # fmt: skip
    assert log.append([Event("u1", "tea", "view", 1.7e9, id="b")]) == [True]  # its id is free again
    log.append([Event("", user_digest("u1"), ERASED, 1.7e9)])
    assert log.delete("u1") == 4 and [e.kind for e in log.read()] == [ERASED]
    assert log.append([Event("u2", "tea", "view", 1.7e9)]) == [True] and len(list(log.read())) == 2


def test_nothing_of_a_deleted_user_stays_in_the_file(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CHECKS)
    log.append([Event("secret person", f"i{i}", "view", 1.7e9, id=f"secret person {i}") for i in range(3_000)])
    assert b"secret person" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    log.delete("secret person")
    assert b"secret person" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    log.close()
