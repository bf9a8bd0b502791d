"""The desk's process is killed while it is used: a smaller run of benchmarks/support_kills.py, and a check of its own checks."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from breakeven.online.event import Event
from breakeven.online.logs import open_log
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.transcript import HANDOFF, MESSAGE, REPLY

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("support_kills")


def test_nothing_acknowledged_is_lost_and_the_bot_stays_silent(kills: ModuleType, tmp_path: Path) -> None:
    result = kills.run(tmp_path, conversations=250, seed=3, kills=3)
    assert result["kills"] >= 1 and result["acknowledged_messages"] > 1_000 and result["hand_overs"] > 100
    assert set(result["answers_by_status"]) <= {"200", "409"}
    assert not any(result["wrong"].values()), result["wrong"]


def test_the_check_finds_what_is_wrong(kills: ModuleType, tmp_path: Path) -> None:
    log = open_log(tmp_path, "desk", CHECKS, url="")
    said = [(MESSAGE, "c/m1", {"text": "agent"}), (HANDOFF, None, {"reason": "asked for a person"}),
            (REPLY, None, {"text": "hello?", "by": "ai", "to": "c/m1"})]  # fmt: skip
    log.append([Event("ann", "c", kind, 1.0, id=id, data=data) for kind, id, data in said])
    log.close()
    found = kills.wrongs(tmp_path, {"c/m1": ("c", ["bye"]), "c/m2": ("c", [])})
    assert {name: found[name] for name in found if name not in ("messages", "hand_overs")} == {
        "lost_messages": 1,
        "messages_twice": 0,
        "replies_that_differ": 1,
        "bot_messages_after_hand_over": 1,
        "hand_overs_without_notice": 1,
        "unreadable_rows": 0,
    }
