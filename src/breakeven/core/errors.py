"""The errors of breakeven: one base, a few children; the user's mistakes and ours apart.

Every message says what, where, how much and what to do, in one line; the command line prints it and exits with
`exit_code`, the service answers it with `status`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: Characters of each part of a message.
LONGEST = 800
#: What a terminal obeys or hides: names in files from somebody else come into messages.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """A message on one line, without what a terminal obeys."""
    return _CONTROL.sub("?", " ".join(text.split()))


class BreakevenError(Exception):
    """Base of all errors raised on purpose; exit code 1 means the fault is ours."""

    exit_code = 1
    status = 500


class InputError(BreakevenError):
    """The brief, the data, a request or a product folder is wrong; the user can fix it.

    >>> str(InputError("churn.csv, line 3", "5 cells where the header has 4", "quote cells that contain a comma"))
    'churn.csv, line 3: 5 cells where the header has 4; quote cells that contain a comma'
    """

    exit_code = 2
    status = 422

    def __init__(self, where: str, what: str, remedy: str) -> None:
        self.where, self.what, self.remedy = where, what, remedy
        where, what, remedy = (
            text if len(text) <= LONGEST else f"{text[:LONGEST]}..." for text in (where, what, remedy)
        )
        super().__init__(one_line(f"{where}: {what}; {remedy}"))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return type(self), (self.where, self.what, self.remedy)


class TooLarge(InputError):
    """A request or a cell is over its limit."""

    status = 413


class MissingExtra(InputError):
    """A package that only one of the extras brings is not installed."""


class ProductError(InputError):
    """A product folder is missing, unfinished or was changed after it was published."""


class LimitsError(BreakevenError):
    """No candidate may be offered: none meets the limits, or none beats the baseline."""

    exit_code = 3


class ExportError(BreakevenError):
    """The exported product does not answer as the fitted model does; it is not published."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the closest known word, or the list of all of them.

    >>> nearest("metrc", ["metric", "split"])
    "did you mean 'metric'?"
    >>> nearest("zzz", ["metric", "split"])
    'known: metric, split'
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(names[:30])
