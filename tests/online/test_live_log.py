"""A log with its states: replay from a number on, other processes' events without a query by the caller, a clean stop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from breakeven.core.errors import InputError
from breakeven.online import log_changes
from breakeven.online.event import Event
from breakeven.online.event_log import EventLog, Page
from breakeven.online.live_log import LiveLog
from breakeven.online.postgres_log import PostgresLog
from breakeven.online.sqlite_log import SqliteLog


def views(n: int, first: int = 0) -> list[Event]:
    return [Event("u", f"i{i}", "view", 1.7e9, id=f"e{i}") for i in range(first, first + n)]


class Items:
    """A state: the items of all events, in order."""

    key = "items seen"

    def __init__(self) -> None:
        self.items: list[str] = []

    def apply(self, event: Event) -> None:
        self.items.append(event.item)

    def snapshot(self) -> dict[str, Any]:
        return {"items": self.items}

    def restore(self, state: dict[str, Any]) -> None:
        self.items = list(state["items"])


@pytest.fixture
def name() -> str:
    return f"t{time.monotonic_ns()}"


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> Iterator[EventLog]:
    if request.param == "sqlite":
        yield SqliteLog(tmp_path)
    else:
        yield PostgresLog(request.getfixturevalue("postgres"), name)


def test_only_the_events_after_a_number_are_read(log: EventLog) -> None:
    log.append(views(1_000))
    items = Items()
    live = LiveLog(log, [(items, log.last - 7)])
    assert items.items == [f"i{i}" for i in range(993, 1_000)] and live.rows_read == 7
    asyncio.run(live.close())


def test_a_saved_state_goes_on_from_its_snapshot(tmp_path: Path) -> None:
    """After a clean stop nothing is read again; after a kill, what came since the start."""
    items = Items()
    live = LiveLog(SqliteLog(tmp_path), [], [items])
    asyncio.run(live.append(views(50)))
    asyncio.run(live.close())
    killed = Items()
    live = LiveLog(log := SqliteLog(tmp_path), [], [killed])
    assert live.rows_read == 0 and killed.items == items.items
    asyncio.run(live.append(views(3, 50)))
    log.close()
    again = Items()
    live = LiveLog(log := SqliteLog(tmp_path), [], [again])
    assert live.rows_read == 3 and again.items == killed.items == [f"i{i}" for i in range(53)]
    log.close()


def test_events_in_flight_are_written_on_a_clean_stop(log: EventLog) -> None:
    async def stop() -> LiveLog:
        live = LiveLog(log, [(Items(), 0)])
        for event in views(200):
            live.append_later(event)
        assert log.count("view") == 0
        await live.close()
        return live

    folder = Path(log.unreadable.place).parent
    live = asyncio.run(stop())
    assert live.lost == 0
    if isinstance(log, SqliteLog):
        again = SqliteLog(folder)
        assert again.count("view") == 200
        again.close()


def test_many_events_leave_others_their_turn_and_stand_in_the_order_of_the_log(tmp_path: Path) -> None:
    items, between = Items(), set[int]()
    live = LiveLog(SqliteLog(tmp_path), [(items, 0)])

    async def watch() -> None:
        while len(items.items) < 1_001:
            between.add(len(items.items))
            await asyncio.sleep(0)

    async def three() -> None:
        await asyncio.gather(live.append(views(600)), live.append(views(1, 600)), live.append(views(400, 601)), watch())

    asyncio.run(three())
    assert items.items == [e.item for e in live.log.read()] and len(items.items) == 1_001
    assert {0, 100, 300, 500} <= between
    asyncio.run(live.close())


def test_a_snapshot_saved_by_a_change_holds_all_events_up_to_its_number(tmp_path: Path) -> None:
    """Others write while a user is erased: whatever is not in the snapshot is read again."""
    items = Items()
    live = LiveLog(SqliteLog(tmp_path), [], [items])

    async def act() -> None:
        writing = [asyncio.create_task(live.append(views(250, 250 * n))) for n in range(4)]
        await asyncio.sleep(0)
        changing = asyncio.create_task(live.change(lambda log: log_changes.erase_user(log, "nobody")))
        await asyncio.sleep(0)
        writing += [asyncio.create_task(live.append(views(250, 1_000 + 250 * n))) for n in range(4)]
        await asyncio.gather(changing, *writing)

    asyncio.run(act())
    live.log.close()  # as if killed: the snapshot is that of the change
    again = Items()
    live = LiveLog(log := SqliteLog(tmp_path), [], [again])
    assert again.items == items.items and len(items.items) == 2_001
    log.close()


def test_what_a_cancelled_request_wrote_is_read_by_the_next_start(tmp_path: Path) -> None:
    items = Items()
    live = LiveLog(SqliteLog(tmp_path), [], [items])

    async def cancel() -> None:
        task = asyncio.create_task(live.append(views(5)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await live.close()

    asyncio.run(cancel())
    again = Items()
    live = LiveLog(log := SqliteLog(tmp_path), [], [again])
    assert [e.item for e in log.read()] == again.items == [f"i{i}" for i in range(5)]
    log.close()


def test_text_that_the_database_does_not_take_fails_its_own_request_alone(postgres: str, name: str) -> None:
    live = LiveLog(PostgresLog(postgres, name), [(Items(), 0)])

    async def both() -> list[Any]:
        bad = [Event("a\0b", "i", "view", 1.7e9)]
        return await asyncio.gather(*(live.append(e) for e in (views(3), bad, views(3, 3))), return_exceptions=True)

    first, second, third = asyncio.run(both())
    assert len(first.new) == len(third.new) == 3 and isinstance(second, InputError)
    asyncio.run(live.close())


def test_two_processes_see_the_same_events_in_the_same_order(postgres: str, name: str) -> None:
    async def both() -> list[list[str]]:
        states = [Items(), Items()]
        lives = [LiveLog(PostgresLog(postgres, name), [(state, 0)]) for state in states]
        for n in range(40):  # what is acknowledged is in the writer's own state
            mine = views(2, 2 * n)
            await lives[n % 2].append(mine)
            assert states[n % 2].items[-1] == mine[-1].item
        last = lives[0].log.last if lives[0].log.last > lives[1].log.last else lives[1].log.last
        for live in lives:
            assert live._follower is not None
            await live._follower.reached(last)
            live.catch_up()
            await live.close()
        return [state.items for state in states]

    first, second = asyncio.run(both())
    assert first == second == [f"i{i}" for i in range(80)]


def test_a_database_that_does_not_answer_holds_nobody_up(postgres: str, name: str) -> None:
    """While every query hangs, catching up returns at once with what is known; then the events come in."""
    answers, asked = threading.Event(), threading.Event()
    log = PostgresLog(postgres, name)
    page = log.page

    def slow(*args: Any) -> Page:
        asked.set()
        assert answers.wait(60)
        return page(*args)

    items = Items()
    live = LiveLog(log, [(items, 0)])
    log.page = slow  # type: ignore[method-assign]
    other = PostgresLog(postgres, name)
    other.append(views(3))
    assert asked.wait(30)  # the follower hangs in the database

    async def meanwhile() -> None:
        for _ in range(100):
            live.catch_up()
            assert items.items == [] and not live.behind
        appended = asyncio.ensure_future(live.append(views(1, 3)))
        while other.count("view") < 4:  # it is on disk; its own caller waits for the follower, and no one else does
            await asyncio.sleep(0.01)
        live.catch_up()
        assert items.items == [] and not appended.done()
        answers.set()
        await appended
        assert items.items == ["i0", "i1", "i2", "i3"]
        await live.close()

    asyncio.run(meanwhile())
    other.close()


def test_a_database_that_went_away_is_said_and_comes_back(postgres: str, name: str) -> None:
    log, items = PostgresLog(postgres, name), Items()
    live = LiveLog(log, [(items, 0)])
    page, failed = log.page, threading.Event()

    def away(*_: Any) -> Page:
        failed.set()
        raise OSError("the database cannot be reached")

    async def meanwhile() -> None:
        log.page = away  # type: ignore[method-assign]
        log.wake()
        assert failed.wait(30)
        while not live.behind:
            await asyncio.sleep(0.01)
        await live.append(views(1))  # acknowledged: it is on disk, and shown once the log can be read
        assert items.items == []
        log.page = page  # type: ignore[method-assign]
        while live.behind:
            await asyncio.sleep(0.01)
        live.catch_up()
        assert items.items == ["i0"]
        await live.close()

    asyncio.run(meanwhile())


def test_a_lost_connection_is_followed_anew(postgres: str, name: str) -> None:
    log, items, other = PostgresLog(postgres, name), Items(), PostgresLog(postgres, name)
    live = LiveLog(log, [(items, 0)])
    backend = log._connections["read"].info.backend_pid
    other._connections["write"].execute("select pg_terminate_backend(%s)", (backend,))
    other.append(views(2))

    async def wait() -> None:
        while len(items.items) < 2:
            live.catch_up()
            await asyncio.sleep(0.01)
        await live.close()

    asyncio.run(asyncio.wait_for(wait(), 60))
    assert items.items == ["i0", "i1"]
    other.close()


def test_many_events_are_one_insert(postgres: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log, inserts = PostgresLog(postgres, name), []
    connection = log._connections["write"]
    execute = type(connection).execute

    def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        inserts.extend([query] if b"insert into" in bytes(query if isinstance(query, bytes) else b"") else [])
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(type(connection), "execute", counted)
    assert sum(log.append([*views(5_000), *views(10)])) == 5_000
    assert len(inserts) == 1 and [e.item for e in log.read()] == [f"i{i}" for i in range(5_000)]
    log.close()
