"""The typed record of a product's log: an action of a user, or with a reserved kind a record of the product itself."""

from __future__ import annotations

import hashlib
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
#: A user was erased: `item` is the digest of the name, which itself is not kept.
ERASED = "$erased"
#: A user's events about an item were deleted, those of the kind in `data` where it names one.
DELETED = "$deleted"
#: A user turned out to be another: `user` is the earlier name, `item` the one that has the events now.
MERGED = "$merged"
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


def user_digest(user: str) -> str:
    """What stands for the name of an erased user in the log, so that copies of their events are known again.

    >>> user_digest("u1")[:8]
    '947c69fb'
    """
    return hashlib.blake2b(user.encode(), digest_size=16, person=b"breakeven erased").hexdigest()


def now() -> float:
    """Seconds since 1970."""
    return time.time()
