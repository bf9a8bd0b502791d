"""Event databases that are somebody else's: links to them, databases of other programs, old files that never end."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Outcome
from breakeven.online import backup, sqlite_file
from breakeven.online.damaged_log import DamagedLog
from breakeven.online.event import Event
from breakeven.online.logs import open_existing, open_log
from breakeven.online.outcomes import OLD_FILE, Outcomes, stored_outcomes
from breakeven.online.sqlite_log import SqliteLog

SOME = [Event("ann", "tea", "view", 1.7e9, id="a")]
needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own")


def database(path: Path, sql: str) -> bytes:
    """The bytes of a new database."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)
    return path.read_bytes()


@needs_links
@pytest.mark.parametrize("name", ["events.db", "events.db-wal", "events.db-journal"])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_place_of_the_events_is_refused(tmp_path: Path, name: str, there: bool) -> None:
    victim, place = tmp_path / "victim", tmp_path / "shop"
    before = database(victim, "create table bank (a)") if there else None
    place.mkdir()
    (place / "events.db").touch()
    (place / name).unlink(missing_ok=True)
    (place / name).symlink_to(victim)
    with pytest.raises(InputError, match=rf"{name}: it is a link"):
        open_log(place, "shop", url="")
    if name != "events.db" or there:
        with pytest.raises(InputError, match="it is a link"):
            open_existing(place, "shop")
    outcomes = Outcomes(place, "shop")
    assert "it is a link" in (outcomes.fault() or "")
    with pytest.raises(OSError, match="it is a link"):
        outcomes.append([Outcome({"a": 1}, "yes")])
    assert (victim.read_bytes() if victim.exists() else None) == before


def test_a_link_to_the_folder_itself_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "shop").symlink_to(tmp_path / "disk", target_is_directory=True)
    with contextlib.closing(SqliteLog(tmp_path / "shop")) as log:
        assert log.append(SOME) == [True]


@pytest.mark.parametrize("sql", ["create table bank (a)", "create table moz_cookies (a); create table snapshots (b)"])
def test_a_database_of_another_program_is_not_written(tmp_path: Path, sql: str) -> None:
    before = database(tmp_path / "events.db", sql)
    assert "another program's" in (sqlite_file.damage(tmp_path / "events.db") or "")
    with contextlib.closing(open_log(tmp_path, "shop", url="")) as log:
        assert isinstance(log, DamagedLog)
        with pytest.raises(OSError, match="damaged"):
            log.append(SOME)
    assert (tmp_path / "events.db").read_bytes() == before


def test_two_restores_of_one_second_keep_both_of_what_they_replaced(tmp_path: Path) -> None:
    for count in range(3):
        with contextlib.closing(SqliteLog(tmp_path / "shop")) as log:
            log.append([Event("ann", "tea", "view", 1.7e9, id=f"e{count}")])
        if not count:
            backup.backup(tmp_path / "shop", "shop", tmp_path / "b")
        else:
            assert backup.restore(tmp_path / "shop", "shop", tmp_path / "b").kept is not None
    kept = list((tmp_path / "shop").glob("events.db.replaced-*"))
    assert len(kept) == 2
    assert os.name == "nt" or {path.stat().st_mode & 0o777 for path in kept} == {0o600}


@pytest.mark.parametrize(
    "sql",
    [
        "create view outcomes as with recursive r (n) as (select 1 union all select n + 1 from r) "
        "select n number, 1.0 at, '{}' row, '1' outcome from r",
        "create table other (a)",
    ],
)
def test_an_old_file_without_a_table_of_outcomes_is_named(tmp_path: Path, sql: str) -> None:
    database(tmp_path / OLD_FILE, sql)
    with pytest.raises(InputError, match="no table of outcomes"):
        stored_outcomes(tmp_path, "shop")
    with contextlib.closing(Outcomes(tmp_path, "shop")) as outcomes:
        for _ in range(2):  # the log was closed again: the second try does not find it taken
            with pytest.raises(OSError, match="no table of outcomes"):
                outcomes.append([Outcome({"a": 1}, "yes")])
