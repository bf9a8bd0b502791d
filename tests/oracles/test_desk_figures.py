"""The desk's figures against a slow twin that reads the whole log again and follows the definitions word by word."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from breakeven.online.event import Event
from breakeven.scenarios.support.evidence import Evidence
from breakeven.scenarios.support.figures import figures
from breakeven.scenarios.support.settings import Settings
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY
from tests.scenarios.support.desk_log import DAY, log

WEEK = 7 * DAY


def contacts(records: list[Event]) -> list[list[Event]]:
    """Each conversation cut where a customer writes more than seven days after it was closed."""
    out: list[list[Event]] = []
    for name in dict.fromkeys(record.item for record in records):
        mine = [r for r in records if r.item == name and r.kind not in ("$topic",)]
        start, closed = 0, None
        for i, record in enumerate(mine):
            if record.kind == MESSAGE and closed is not None and record.at > closed + WEEK:
                out.append(mine[start:i])
                start = i
            closed = record.at if record.kind == CLOSED else None if record.kind == MESSAGE else closed
        out.append(mine[start:])
    return out


def said(record: Event) -> str:
    """Who answered: the bot, a person, nobody."""
    data = record.data or {}
    if record.kind != REPLY:
        return ""
    return "person" if data.get("by") == "person" else "bot" if data.get("decision") != "talk" else ""


def slowly(records: list[Event], now: float) -> Counter[str]:
    """Counts by the definitions."""
    out: Counter[str] = Counter()
    for one in contacts(records):
        kinds, ends = [r.kind for r in one], [i for i, r in enumerate(one) if r.kind == CLOSED]
        human = any(said(r) == "person" for r in one)
        needed = human or HANDOFF in kinds
        reopened = bool(ends) and MESSAGE in kinds[ends[0] :]
        open_again = bool(ends) and MESSAGE in kinds[ends[-1] :]
        closed = bool(ends) and not open_again
        out["handled"] += 1
        out["depth"] += kinds.count(MESSAGE)
        out["unanswered"] += not any(said(r) for r in one)
        out["handed_off"] += HANDOFF in kinds
        out["not_replied"] += HANDOFF in kinds and not human
        out["assisted"] += human and any(said(r) == "bot" for r in one)
        out["closed"] += bool(ends)
        out["reopened"] += reopened
        out["ended"] += closed
        out["finished"] += needed or closed or reopened
        if (closed or reopened) and not needed:
            confirmed = (one[ends[-1]].data or {})["confirmed"]
            out["without_person"] += 1
            out[
                "reopened" if reopened else {True: "confirmed", False: "unsolved", None: "silent"}[confirmed]
            ] += not reopened
        if ends:
            before = one[: ends[0]]
            first = (one[ends[0]].data or {})["confirmed"] is True
            first = first and not any(r.kind == HANDOFF or said(r) == "person" for r in before)
            if first and one[ends[0]].at + WEEK <= now:
                out["durable_decided"] += 1
                out["durable"] += not any(r.kind == MESSAGE and r.at <= one[ends[0]].at + WEEK for r in one[ends[0] :])
            elif first:
                out["undecided"] += 1
    return out


@pytest.mark.parametrize("seed", range(8))
def test_counts_equal_those_of_the_definitions(seed: int) -> None:
    now = 41 * DAY
    records = [record for record in log(250, seed) if record.at <= now]
    found, slow = figures(Evidence.of(records), Settings(), now), slowly(records, now)
    assert slow["reopened"] and slow["durable"] and slow["undecided"] and slow["assisted"]
    assert (found.handled, found.unanswered) == (slow["handled"], slow["unanswered"])
    assert found.open == slow["handled"] - slow["ended"]
    assert (found.automation.count, found.automation.of) == (slow["without_person"], slow["finished"])
    assert found.ends["confirmed"].count == slow["confirmed"] == found.autonomous.count
    assert (found.ends["silent"].count, found.ends["unsolved"].count) == (slow["silent"], slow["unsolved"])
    assert (found.reopened.count, found.reopened.of) == (slow["reopened"], slow["closed"])
    assert (found.durable.count, found.durable.of) == (slow["durable"], slow["durable_decided"])
    assert found.undecided == slow["undecided"]
    assert (found.not_replied.count, found.not_replied.of) == (slow["not_replied"], slow["handed_off"])
    assert (found.handed_off.count, found.assisted.count) == (slow["handed_off"], slow["assisted"])
    assert found.depth.value == pytest.approx(slow["depth"] / slow["handled"])


@pytest.mark.parametrize("seed", range(3))
def test_waits_equal_those_of_the_whole_log(seed: int) -> None:
    records = log(200, seed)
    waits: dict[str, list[float]] = {"first": [], "bot": [], "people": []}
    for one in contacts(records):
        waits["bot"] += [r.at - one[0].at for r in one if said(r) == "bot"][:1]
        for i, handed in enumerate(one):
            ends = ("$returned", CLOSED)
            earlier = [r for r in one[:i] if r.kind in (HANDOFF, *ends) or said(r) == "person"]
            if handed.kind == HANDOFF and not (earlier and earlier[-1].kind == HANDOFF):
                later = next((r for r in one[i:] if r.kind in ends or said(r) == "person"), None)
                waits["people"] += [later.at - handed.at] if later is not None and said(later) == "person" else []
        waits["first"] += [r.at - one[0].at for r in one if said(r)][:1]
    found = figures(Evidence.of(records), Settings(), records[-1].at).first_answer
    for name, seconds in waits.items():
        assert found[name].count == len(seconds)
        assert found[name].median.value == pytest.approx(np.median(seconds))
        assert found[name].p90.value == pytest.approx(np.quantile(seconds, 0.9))


@pytest.mark.parametrize("asked_between", [False, True])
def test_figures_kept_record_by_record_equal_those_of_the_log(asked_between: bool) -> None:
    records, live = log(150, 5), Evidence()
    for n, record in enumerate(records):
        live.take(record)
        if asked_between and n % 50 == 0:
            figures(live, Settings(), record.at)
    now = records[-1].at + DAY
    for days in (None, 1.0, 21.0):
        assert figures(live, Settings(), now, days) == figures(Evidence.of(records), Settings(), now, days)
