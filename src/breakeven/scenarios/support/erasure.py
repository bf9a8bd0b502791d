"""A customer erased from all that a product keeps: their conversations in the log, and their messages in later builds.

Builds hold no customer's name: questions are masked before anything is learned from them, and belong to a customer by a digest alone.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from breakeven.core.types import Need
from breakeven.core.wording import counted
from breakeven.online.event import ERASED
from breakeven.online.log_changes import erase_user
from breakeven.online.logs import open_existing, open_log


def erase(need: Need, user: str) -> str:
    """Erase a customer of a product that is not served. Returns a line to print. Raises InputError while it is served."""
    with contextlib.closing(open_log(need.folder, need.name)) as log:
        change = erase_user(log, user)
    return (
        f"erased: {counted(change.events, 'record')} of this customer's conversations; messages of theirs in {need.data} are left out of later "
        f"builds, delete them there too, and build again: {user!r} may have said what the present build learned from"
    )


def erased_customers(folder: Path, name: str) -> frozenset[str]:
    """The digests of all customers who were erased."""
    log = open_existing(folder, name)
    if log is None:
        return frozenset()
    with contextlib.closing(log):
        return frozenset(event.item for event in log.read(kind=ERASED))
