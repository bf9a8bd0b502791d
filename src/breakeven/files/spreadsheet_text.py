"""Texts of a csv file as a spreadsheet should show them: one that it would take for a formula begins with an apostrophe.

`=HYPERLINK("http://...")` in a name or a class would otherwise be run by whoever opens the file.
"""

from __future__ import annotations

from collections.abc import Sequence

#: What a formula or a command begins with, also as Chinese and Japanese keyboards write it.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What is put in front.
QUOTE = "'"


def quoted(cell: object) -> object:
    """A cell that nothing runs; numbers, also those in texts, stay as they are.

    >>> [quoted(cell) for cell in ("=1+1", "-3.5", "+49 30", "plain", -3.5, "@sum", "-")]
    ["'=1+1", '-3.5', "'+49 30", 'plain', -3.5, "'@sum", "'-"]
    """
    return QUOTE + cell if isinstance(cell, str) and cell.startswith(_RUNS) and not _is_number(cell) else cell


def row(cells: Sequence[object], raw: bool = False) -> list[object]:
    """The cells of a line, quoted unless `raw`."""
    return list(cells) if raw else [quoted(cell) for cell in cells]


def _is_number(text: str) -> bool:
    if text[0] not in "+-" or text != text.strip() or not text.isascii():
        return False
    try:
        return float(text) == float(text)
    except ValueError:
        return False
