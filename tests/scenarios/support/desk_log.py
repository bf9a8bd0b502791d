"""A log of conversations drawn at random: with hand-offs, silence, reopening, checks, and records that come late."""

from __future__ import annotations

import numpy as np

from breakeven.online.event import Event
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED, TAKEN, TOPIC

DAY = 86_400.0


def log(conversations: int, seed: int) -> list[Event]:
    """The records, in the order of their times."""
    chance = np.random.default_rng(seed)
    records = [record for n in range(conversations) for record in _conversation(chance, f"c{n}")]
    return sorted(records, key=lambda record: record.at)


def _conversation(chance: np.random.Generator, name: str) -> list[Event]:
    at, out, language = float(chance.uniform(0, 40 * DAY)), list[Event](), str(chance.choice(["en", "zh"]))
    for turn in range(int(chance.integers(1, 4))):
        at = _exchange(chance, name, f"{name}-{turn}", language, at, out)
        at += float(chance.choice([60.0, 2 * DAY, 9 * DAY]))
    return out


def _exchange(
    chance: np.random.Generator, name: str, message: str, language: str, at: float, out: list[Event]
) -> float:
    """One question and what came of it; returns when it ended."""

    def add(kind: str, after: float, **data: object) -> None:
        nonlocal at
        at += after
        out.append(Event("u", name, kind, at, id=message if kind == MESSAGE else None, data=data))

    topic = str(chance.choice(["fees", "card", "hours"]))
    add(MESSAGE, 0, text="?", language=language)
    way = str(chance.choice(["answer", "hand", "talk", "nothing", "both"]))
    if way == "talk":
        add(REPLY, 1, by="ai", decision="talk")
    if way in ("answer", "both"):
        add(REPLY, float(chance.uniform(0.1, 2)), by="ai", decision="answer", topic=topic, to=message)
        if chance.random() < 0.3:
            truth = topic if chance.random() < 0.8 else "other"
            add(TOPIC, 5, message=message, topic=truth, audit=float(chance.integers(1, 5)))
    if way in ("hand", "both"):
        add(HANDOFF, 1, reason=str(chance.choice(["not sure", "out of scope"])), topics={"fees": 0.3, "card": 0.4})
        add(TAKEN, float(chance.uniform(5, 500)), staff="bo")
        if chance.random() < 0.8:
            add(REPLY, 30, by="person", staff="bo", text="!")
        add(RETURNED, 5, staff="bo")
    if chance.random() < 0.8:
        add(CLOSED, 60, by="customer", confirmed=[True, False, None][int(chance.integers(0, 3))])
    return at
