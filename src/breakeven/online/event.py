"""The typed record of a product's log: an action of a user, or with a reserved kind a record of the product itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Kinds with this prefix are the product's own records; clients cannot send them.
RESERVED = "$"
#: What was shown to a user: an impression, with its arm and its probability.
IMPRESSION = "$shown"
#: What came of a prediction: the row that was predicted and its true outcome.
OUTCOME = "$outcome"
#: Times of events lie from 0 to here, in seconds since 1970 (the year 5138): all of them can be shown as a date.
LATEST = 1e11
#: A client's time above this is in milliseconds.
MILLISECONDS = LATEST
#: Seconds that a client's clock may be ahead; events further in the future are wrong.
CLOCK_SKEW = 86_400.0


@dataclass(frozen=True, slots=True)
class Event:
    """One record: who (`user`), what (`item`), which `kind`, when (`at`, seconds since 1970).

    `id` is the client's name of the event, stored once. `data` is what a reserved kind carries beyond that, as JSON can.
    `number` is the event's place in the log it was read from.
    """

    user: str
    item: str
    kind: str
    at: float
    value: float | None = None
    id: str | None = None
    data: Mapping[str, Any] | None = None
    number: int | None = field(default=None, compare=False)

    @property
    def is_action(self) -> bool:
        """Whether a user did it; False for the product's own records."""
        return not self.kind.startswith(RESERVED)


def now() -> float:
    """Seconds since 1970."""
    return time.time()
