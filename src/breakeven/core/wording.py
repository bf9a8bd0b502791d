"""Counts in words."""

from __future__ import annotations


def counted(count: int, one: str, more: str = "") -> str:
    """A count with its noun and verb: `more` where it is not one ("": the noun with an s).

    >>> counted(1, "cell says", "cells say"), counted(1200, "column")
    ('1 cell says', '1,200 columns')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"
