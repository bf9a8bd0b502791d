"""How the numbers of one column are written, decided from all its cells: the decimal mark and the mark of thousands.

`12,500` alone is twelve and a half or twelve thousand five hundred. Beside `0,125` or `9,99`, which cannot be thousands, it
is the former in the whole column; beside `1,234.50` it is the latter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from breakeven.features.values import NAN

#: Currency signs that may stand before a number, in the form that NFKC gives them.
CURRENCIES = "$€£¥"


@dataclass(frozen=True)
class NumberFormat:
    """The decimal mark and the mark of thousands of a column ("" where no cell has one).

    >>> NumberFormat(decimal=",", thousands="").parse("12,500"), NumberFormat().parse("12,500")
    (12.5, 12500.0)
    """

    decimal: str = "."
    thousands: str = ","

    @classmethod
    def detect(cls, cells: Iterable[str]) -> NumberFormat:
        """The format that reads the most cells as they stand; on a tie the point, then the comma without thousands.

        >>> NumberFormat.detect(["12,500", "0,125"]), NumberFormat.detect(["12,500", "9,999"])
        (NumberFormat(decimal=',', thousands=''), NumberFormat(decimal='.', thousands=','))
        """
        # Cells without a mark are read alike by every format.
        marked = [cell for cell in map(_bare, cells) if "," in cell or "." in cell]
        return max(_FORMATS, key=lambda one: sum(one._pattern.fullmatch(cell) is not None for cell in marked))

    def reads(self, cell: str) -> bool:
        """Whether a cell is a number in just this format."""
        return self._pattern.fullmatch(_bare(cell)) is not None

    def parse(self, cell: str) -> float:
        """The number a cell holds, with currency or percent; NaN if it holds none.

        A cell that is no number in this format is read in the other one where it is one there, such as `12.5` as JSON
        clients write it to a column of decimal commas.

        >>> [NumberFormat(",", ".").parse(cell) for cell in ("1.234,5", "12.5", "$1,234.50", "n.a.")]
        [1234.5, 12.5, 1234.5, nan]
        """
        bare = _bare(cell)
        one = self
        if not one._pattern.fullmatch(bare):
            one = _POINT if self.decimal == "," else _COMMA
            if not one._pattern.fullmatch(bare):
                return NAN
        plain = bare.replace(one.thousands, "") if one.thousands else bare
        plain = plain.replace(one.decimal, ".")
        return float(plain[:-1]) / 100 if plain.endswith("%") else float(plain)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """A group of thousands never begins with 0: `0,125` has a decimal comma."""
        decimal, thousands = re.escape(self.decimal), re.escape(self.thousands)
        whole = rf"(?:[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+|\d+)" if self.thousands else r"\d+"
        return re.compile(rf"[+-]?(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?%?")


_POINT = NumberFormat()
_COMMA = NumberFormat(",", ".")
#: Formats in the order of preference.
_FORMATS = (_POINT, NumberFormat(",", ""), _COMMA)


def _bare(cell: str) -> str:
    plain = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    return plain.strip().lstrip(CURRENCIES).strip()
