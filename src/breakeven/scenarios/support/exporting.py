"""All that a product keeps of a customer, to be handed to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from breakeven.online.event import MERGED, Event
from breakeven.online.event_log import EventLog
from breakeven.online.logs import open_existing


def export(folder: Path, name: str, user: str) -> dict[str, object]:
    """A customer's conversations with every record of them, also under earlier names; times in UTC. Also while the product is served.

    `records` counts them; a customer of whom nothing is kept has none.
    """
    conversations = dict[str, list[dict[str, object]]]()
    log = open_existing(folder, name)
    if log is not None:
        with contextlib.closing(log):
            names = _names(log, user)
            for event in sorted((e for one in sorted(names) for e in _of(log, one)), key=lambda e: e.number or 0):
                conversations.setdefault(event.item, []).append(_record(event))
    return {
        "customer": user,
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "records": sum(map(len, conversations.values())),
        "conversations": [{"conversation": item, "records": records} for item, records in conversations.items()],
    }


def _names(log: EventLog, user: str) -> set[str]:
    names, merged = {user}, [(e.user, e.item) for e in log.read(kind=MERGED)]
    while more := {earlier for earlier, into in merged if into in names} - names:
        names |= more
    return names


def _of(log: EventLog, user: str) -> Iterator[Event]:
    after = 0
    while True:
        page = log.page(after, user=user)
        if page.last == after:
            return
        after = page.last
        yield from (event for event in page.events if event.kind != MERGED)


def _record(event: Event) -> dict[str, object]:
    at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
    return {
        "kind": event.kind.lstrip("$"),
        "at": at,
        "id": event.id,
        **({"data": dict(event.data)} if event.data is not None else {}),
    }
