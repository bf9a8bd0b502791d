"""Texts of a csv file as a spreadsheet should show them: one that it would take for a formula begins with an apostrophe.

`=HYPERLINK("http://...")` in a name or a class would otherwise be run by whoever opens the file.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

#: What a formula or a command begins with, also as Chinese and Japanese keyboards write it.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What is put in front.
QUOTE = "'"
_END = "\r\n"


def quoted(cell: object) -> object:
    """A cell that nothing runs; numbers, also those in texts, stay as they are.

    >>> [quoted(cell) for cell in ("=1+1", "-3.5", "+49 30", "plain", -3.5, "@sum", "-")]
    ["'=1+1", '-3.5', "'+49 30", 'plain', -3.5, "'@sum", "'-"]
    """
    return QUOTE + cell if isinstance(cell, str) and cell.startswith(_RUNS) and not _is_number(cell) else cell


class Lines:
    """The text of a csv file, line by line; unless `raw`, nothing in it runs in a spreadsheet.

    A cell with a carriage return is put in quotes, which Python's writer leaves out before 3.13: a reader would begin a row
    in the middle of the cell.

    >>> lines = Lines()
    >>> lines.add(["a", "=1"])
    >>> print(lines.text.strip())
    a,'=1
    """

    def __init__(self, raw: bool = False) -> None:
        self._raw, self._lines = raw, list[str]()
        self._writer = csv.writer(self, lineterminator=_END)  # cells with any of its letters are put in quotes

    def add(self, cells: Sequence[object]) -> None:
        """A line of cells."""
        self._writer.writerow(cells if self._raw else [quoted(cell) for cell in cells])

    def write(self, line: str) -> None:
        """A line as the writer of csv gives it."""
        self._lines.append(line.removesuffix(_END) + "\n")

    @property
    def text(self) -> str:
        """All lines."""
        return "".join(self._lines)


def _is_number(text: str) -> bool:
    if text[0] not in "+-" or text != text.strip() or not text.isascii():
        return False
    try:
        return float(text) == float(text)
    except ValueError:
        return False
