"""Cells of digits that are codes and no quantities: post codes, product numbers, versions, classes of diseases and trades.

Their spelling shows it - zeros in front (`00123`, `007.1`), more digits than a number keeps, groups between points (`10.0.0.1`) - or
the column's name together with cells that come again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

#: A share of the different cells that must be of digits and points.
MOSTLY = 0.95
#: Digits that a float64 keeps.
EXACT_DIGITS = 15
#: Share of cells with zeros in front below which they are slips, where narrower cells have none.
SLIPS = 0.05
#: Different cells that are looked at, evenly spaced.
LOOK = 20_000
_DIGITS = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_WITH_E = re.compile(r"\d{2,}[eE]\d+")
_PADDED = re.compile(r"0\d", re.ASCII)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)


def spelled(counts: Mapping[str, int]) -> bool:
    """Whether cells (text -> rows) are codes by their spelling alone.

    >>> spelled({"00123": 1, "00200": 1}), spelled({"007.1": 9, "250.0": 9}), spelled({"0.71": 5, "10.5": 5})
    (True, True, False)
    """
    texts = [text.strip() for text in list(counts)[:: max(1, len(counts) // LOOK)]]
    plain = [text for text in texts if _DIGITS.fullmatch(text) or _WITH_E.fullmatch(text)]
    if not plain or len(plain) < MOSTLY * len(texts):
        return False
    if all(map(_is_address, plain)):
        return True
    pointed = any("." in text for text in plain)
    if not pointed and any(len(text) > EXACT_DIGITS or not text.isdigit() for text in plain):
        return True
    padded = [text for text in plain if _PADDED.match(text)]
    if not padded or _are_slips(padded, plain):
        return False
    return not (pointed and _are_padded_numbers(plain, sum(counts.values()), len(counts)))


def _is_address(text: str) -> bool:
    """Whether a text is four numbers of a byte each, as addresses of computers are."""
    return _ADDRESS.fullmatch(text) is not None and all(int(part) < 256 for part in text.split("."))


def _are_slips(padded: Sequence[str], plain: Sequence[str]) -> bool:
    """Whether a few cells have zeros in front, such as `07`, where narrower ones, such as `5`, have none."""
    narrowest = min(map(len, padded))
    narrower = any(len(text) < narrowest for text in plain if not _PADDED.match(text))
    return len(padded) < SLIPS * len(plain) and narrower


def _are_padded_numbers(plain: Iterable[str], rows: int, different: int) -> bool:
    """Whether decimals are filled up with zeros to one width, as by instruments: most rows differ, which rows of a code do not."""
    return different > rows / 2 and len({(len(text), text.find(".")) for text in plain}) == 1


def repeated(different: int, rows: int, most: int) -> bool:
    """Whether cells come again often enough to be the codes of a list.

    >>> repeated(60, 600, 1000), repeated(590, 600, 1000)
    (True, False)
    """
    return 2 <= different <= min(most, rows / 2)
