"""What comes back on a shelf: everything, what was only viewed, or nothing that a person took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from breakeven.core.types import Array, Need
from breakeven.runtime.ranking.histories import Histories
from breakeven.scenarios.recommend.event_types import is_purchase, is_view
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.settings import settings_of

#: Share of purchases that repeat an earlier one, above which what was taken comes back where the brief does not say: staples lie
#: above a half, durable goods and films below a twentieth. Events that may be no purchases must say so more clearly.
REPEATED = {"purchases": 0.3, "events": 0.5, "": 1.0}
#: Seconds after which the same purchase is another one, not a part of the same order.
LATER = 86_400.0


def bars(kinds: Array, names: Sequence[str], repeat: str) -> Array:
    """Which events (n,), by the numbers of their kinds, keep their item off the person's shelf.

    >>> bars(np.array([0, 1]), ("view", "purchase"), "viewed").tolist()
    [False, True]
    """
    return np.array([keeps_off(name, repeat) for name in names], dtype=bool)[kinds]


def keeps_off(kind: str, repeat: str) -> bool:
    """Whether an event of a kind keeps its item off the person's shelf."""
    return repeat == "never" or (repeat == "viewed" and not is_view(kind))


def of_product(about: Mapping[str, object]) -> str:
    """The word of a product's description; products of earlier versions have `again`."""
    return str(about.get("repeat") or ("allowed" if about.get("again") else "never"))


def decided(need: Need, seen: Histories, kinds: Array, names: Sequence[str], notes: Notes) -> str:
    """The brief's word, or what the share of repeated purchases says; the share is noted."""
    said = settings_of(need).repeat
    what, share = _repeated(seen, kinds, names)
    word = said if said is not None else "allowed" if share > REPEATED[what] else "never"
    if what:
        comes = {"never": "what a person took does not come back", "viewed": "what a person only viewed comes back",
                 "allowed": "what a person took comes back"}[word]  # fmt: skip
        other = "never" if word == "allowed" else "allowed"
        notes.add("repeat", f"{share:.0%} of a person's {what} are of an item that they took more than a day before",
                  f"{comes}, as {'the brief says' if said is not None else 'usual there'}; else recommend: {{repeat: {other}}}")  # fmt: skip
    return word


def _repeated(seen: Histories, kinds: Array, names: Sequence[str]) -> tuple[str, float]:
    """The events that say whether things are taken again, purchases where there are some, and the share that does."""
    for what, counts in (("purchases", is_purchase), ("events", lambda kind: not is_view(kind))):
        of = np.array([counts(name) for name in names], dtype=bool)[kinds]
        if of.any():
            some = seen.where(of)
            pair = some.owners * some.item_count + some.items
            order = np.lexsort((some.times, pair))
            first = np.maximum.accumulate(np.where(np.diff(pair[order], prepend=-1) != 0, np.arange(len(order)), 0))
            again = some.times[order] - some.times[order][first] > LATER
            counts_of = np.bincount(some.owners[order], minlength=len(some))
            shares = np.bincount(some.owners[order], again, len(some))[counts_of > 0] / counts_of[counts_of > 0]
            return what, float(shares.mean())  # over people, so that a robot does not decide
    return "", 0.0
