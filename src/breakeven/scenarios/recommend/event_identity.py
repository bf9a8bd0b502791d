"""When two events are the same one: in a shop's file, in what is posted, and between both.

An id is unique together with its user, item and kind, so that an order's number may stand on all its lines and a visit's on all that was
done in it. Without an id the same user, item, kind and second are the same event. A negative quantity is another kind.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import numpy as np

from breakeven.core.types import Array
from breakeven.online.event import Event

#: Bytes of the digest that makes an id of the log unique.
DIGEST = 12
_STORED = re.compile(rf"(.*)#[0-9a-f]{{{2 * DIGEST}}}", re.DOTALL)


def with_stored_id(event: Event) -> Event:
    """An action with the id under which the log keeps it once: the client's own, and a digest of what else makes it the same."""
    if not event.is_action:
        return event
    second = (str(int(event.at)),) if event.id is None else ()
    if event.value is not None and event.value < 0:  # what comes back under the number of its order, or on its day
        second = (*second, "returned")
    made = hashlib.blake2b(
        "\0".join((event.user, event.item, event.kind, *second)).encode(), digest_size=DIGEST
    ).hexdigest()
    return replace(event, id=f"{event.id or ''}#{made}")


def given_id(stored: str | None) -> str | None:
    """The id that a client gave, of a stored one; logs of earlier versions store it as it was given.

    >>> given_id(with_stored_id(Event("u", "i", "view", 0.0, id="e#1")).id), given_id("e#1")
    ('e#1', 'e#1')
    >>> given_id(with_stored_id(Event("u", "i", "view", 0.0)).id) is None
    True
    """
    found = _STORED.fullmatch(stored or "")
    return (found[1] if found else stored) or None


def has_given_id(stored: str | None) -> bool:
    """Whether a client gave an id; the same as `given_id`, without making it.

    >>> [has_given_id(with_stored_id(Event("u", "i", "view", 0.0, id=id_)).id) for id_ in ("e1", None)]
    [True, False]
    """
    return stored is not None and (len(stored) != 1 + 2 * DIGEST or given_id(stored) is not None)


def repetitions(pair: Array, ids: Array, kind: Array, second: Array | None) -> Array:
    """Which events (n,) are the same as an earlier one, or as one that has an id where they have none.

    `pair` are numbers of user and item together, `ids` numbers of ids, -1 for none, `second` the whole seconds; None where events
    have no times, and those without an id are all different.

    >>> pair, ids, kind = np.array([1, 1, 1, 2, 1]), np.array([7, 7, 8, 7, -1]), np.zeros(5, dtype=int)
    >>> repetitions(pair, ids, kind, np.zeros(5, dtype=int)).tolist()
    [False, True, False, False, True]
    """
    has_id = ids >= 0
    out = np.zeros(len(pair), dtype=bool)
    out[has_id] = _again(pair[has_id], ids[has_id], kind[has_id])
    if second is not None and not has_id.all():
        # Those with an id come first in a group, so whatever stands behind the first without one repeats it.
        out |= _again(pair, kind, second, first=has_id) & ~has_id
    return out


def _again(*keys: Array, first: Array | None = None) -> Array:
    """Which rows (n,) have the keys of an earlier row, those of `first` taken for earlier."""
    differing = [key for key in keys if len(key) and (key[0] != key).any()] or list(keys[:1])
    order = np.lexsort(differing if first is None else [~first, *differing])
    out = np.zeros(len(order), dtype=bool)
    out[order[1:]] = np.all([key[order][1:] == key[order][:-1] for key in differing], axis=0)
    return out
