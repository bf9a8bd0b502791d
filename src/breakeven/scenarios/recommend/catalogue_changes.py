"""Changes of items in the log up to an event: read once for each product, then kept as a snapshot."""

from __future__ import annotations

import logging
from typing import Any

from breakeven.online.event import Event
from breakeven.online.event_log import EventLog, Snapshot
from breakeven.scenarios.recommend.event_types import ITEM

#: The name of the snapshot.
NAME = "items"


def changed_items(log: EventLog, through: int, saves: bool = True) -> list[Event]:
    """One ITEM event for each item that was changed up to the event of a number, with its last values.

    Only rows after the last snapshot are read; with `saves` the next call begins after `through`.
    """
    if through <= 0:
        return []
    found = log.snapshot(NAME)
    if found is None or found.number > through:  # an older product is served again
        found = Snapshot(0, {})
    items: dict[str, dict[str, Any]] = {name: dict(data) for name, data in found.state.items()}
    for event in log.read(found.number, ITEM, through):
        items.setdefault(event.item, {}).update(event.data or {})
    if saves and found.number < through:
        try:
            log.save(NAME, Snapshot(through, items))
        except OSError as error:  # the next start reads these rows again
            logging.getLogger("breakeven").warning("%s", error)
    return [Event("", name, ITEM, 0.0, data=data) for name, data in items.items()]
