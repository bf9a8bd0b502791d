"""What is told of users and items, rebuilt from the log or from a snapshot at any place of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from breakeven.online.event import ERASED, MERGED, Event, user_digest
from breakeven.online.event_log import Snapshot
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend.profiles import Profiles, begin

EVENTS = [
    Event("u1", "", "$user", 1.0, data={"labels": {"a": 1}, "comment": "x"}),
    Event("new", "", "$user", 2.0, data={"comment": "new"}),
    Event("new", "", "$user", 3.0, data={"labels": ["b"]}),
    Event("met", "i1", "impression", 4.0),
    Event("u1", "i1", "view", 5.0),
    Event("", "i1", "$item", 6.0, data={"stock": 3}),
    Event("", "i9", "$item", 7.0, data={"labels": ["c"], "timestamp": 5.5}),
    Event("", "i9", "$item", 8.0, data={"hidden": True, "deleted": True}),
    Event("guest", "", "$user", 9.0, data={"comment": "of the guest", "subscribe": ["d"]}),
    Event("guest", "new", MERGED, 10.0),
    Event("", user_digest("u1"), ERASED, 11.0),
    Event("", "i9", "$item", 12.0, data={"hidden": False}),
    Event("late", "i1", "view", 13.0),
    Event("", user_digest("late"), ERASED, 14.0),
]


def fresh() -> Profiles:
    return Profiles({"u1": 0, "u2": 1}, frozenset(["i1"]))


def test_the_whole_log() -> None:
    whole = fresh()
    for n, event in enumerate(EVENTS):
        whole.apply(event)
        assert whole.is_deleted("i9") == (7 <= n < 11)
    assert whole.users == {"new": {"comment": "new", "labels": ["b"], "subscribe": ["d"]}}
    assert list(whole.met_from(0)) == ["new", "met"] and list(whole.met_from(1)) == ["met"]
    assert whole.knows("met") and not whole.knows("late") and not whole.knows("guest") and not whole.knows("u1")
    assert whole.arrived == {"i9": 7.0} and whole.items["i9"]["timestamp"] == 5.5


@pytest.mark.parametrize("cut", range(len(EVENTS) + 1))
def test_a_snapshot_goes_on_as_the_log_replayed(cut: int) -> None:
    whole, first, second = fresh(), fresh(), fresh()
    for event in EVENTS:
        whole.apply(event)
    for event in EVENTS[:cut]:
        first.apply(event)
    second.restore(json.loads(json.dumps(first.snapshot())))
    for event in EVENTS[cut:]:
        second.apply(event)
    assert second.snapshot() == whole.snapshot()


def test_a_snapshot_is_no_part_of_the_state() -> None:
    """It is written in another thread, while the state goes on."""
    state = fresh()
    state.apply(EVENTS[0])
    taken = state.snapshot()
    before = json.dumps(taken)
    for event in EVENTS[1:]:
        state.apply(event)
    assert json.dumps(taken) == before


def test_users_of_a_new_product_are_its_own() -> None:
    state = fresh()
    for event in EVENTS[:4]:
        state.apply(event)
    again = Profiles({"met": 0}, frozenset())
    again.restore(state.snapshot())
    assert list(again.met_from(0)) == ["new"] and again.users["new"]["comment"] == "new"


def test_a_log_of_before_begins_with_what_was_learned_from(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    log.append(EVENTS[:8])
    state = fresh()
    begin(state, log, 7)
    assert state.users["new"] == {"comment": "new", "labels": ["b"]} and state.arrived == {"i9": 7.0}
    assert log.snapshot(state.key) == Snapshot(7, state.snapshot())
    other = fresh()
    begin(other, log, 8)  # there is a snapshot: it is taken by who replays the log
    assert other.users == {}
    log.close()
