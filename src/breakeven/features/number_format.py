"""How the numbers of one column are written, decided from all its cells: decimal mark, thousands, the unit they share.

`12,500` alone is twelve and a half or twelve thousand five hundred. Beside `0,125` or `9,99`, which cannot be thousands, it
is the former in the whole column; beside `1,234.50` it is the latter. Signs, currencies and percent are read cell by cell,
for they say the same in every column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from breakeven.features import units
from breakeven.features.number_cell import NumberCell, singular, split
from breakeven.features.values import NAN, CellFormat

#: A share of the cells with one suffix from which it is the unit of the column.
SHARED = 0.95
#: Cells that differ in their digits alone are written alike.
_SHAPE = str.maketrans("123456789", "9" * 9)


@dataclass(frozen=True)
class NumberFormat(CellFormat):
    """The decimal mark, the mark of thousands ("" where no cell has one) and the unit that all cells of a column share,
    or its family where they are of several sizes (see `units`).

    >>> NumberFormat(decimal=",", thousands="").parse("12,500"), NumberFormat().parse("12,500")
    (12.5, 12500.0)
    """

    decimal: str = "."
    thousands: str = ","
    unit: str = ""

    @classmethod
    def detect(cls, cells: Iterable[str], delimiter: str = "", mark: str = "") -> NumberFormat:
        """The format that reads the most cells as they stand; see `Detection.of` for what decides where two read as many.

        >>> NumberFormat.detect(["12,500", "0,125"]), NumberFormat.detect(["12,500", "9,999"])
        (NumberFormat(decimal=',', thousands='', unit=''), NumberFormat(decimal='.', thousands=',', unit=''))
        """
        return Detection.of(list(cells), delimiter, mark).format

    @property
    def again(self) -> NumberFormat:
        """How numbers that were read are written again: in the unit they were brought to."""
        return replace(self, unit=units.base(self.unit))

    def reads(self, cell: str) -> bool:
        """Whether a cell is a number in just this format."""
        return self._value(cell) == self._value(cell)

    def parse(self, cell: str) -> float:
        """The number a cell holds; NaN if it holds none. Percent are hundredths, brackets and a trailing minus negative.

        A cell that is no number in this format is read in the others where they agree, such as `12.5` as JSON clients write
        it to a column of decimal commas.

        >>> [NumberFormat(",", ".").parse(cell) for cell in ("1.234,5 €", "12.5", "(3,5)", "−2 %", "n.a.")]
        [1234.5, 12.5, -3.5, -0.02, nan]
        """
        value = self._value(cell)
        if value == value:
            return value
        others = {NumberFormat(form.decimal, form.thousands, self.unit)._value(cell) for form in _FORMATS}
        known = {value for value in others if value == value}
        return known.pop() if len(known) == 1 else NAN

    def _value(self, cell: str) -> float:
        if self._digits.fullmatch(cell) and units.size(self.unit, "") == 1.0:
            return self._number(cell)
        found = split(cell)
        if found is None or not self._digits.fullmatch(found.digits):
            return NAN
        size = units.size(self.unit, singular(found.unit))
        return NAN if size is None else self._number(found.digits) * found.factor * size

    def _number(self, digits: str) -> float:
        plain = digits.replace(self.thousands, "") if self.thousands else digits
        return float(plain.replace(self.decimal, ".") if self.decimal != "." else plain)

    @cached_property
    def _digits(self) -> re.Pattern[str]:
        """A group of thousands never begins with 0: `0,125` has a decimal comma, and so has
        `5,531e+04`: digits before an exponent are not grouped. Indian groups, of two digits but the last, have commas."""
        decimal, thousands = re.escape(self.decimal), re.escape(self.thousands)
        whole = r"\d+"
        if self.thousands:
            groups = rf"[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+"
            if self.thousands == ",":
                groups = rf"(?:{groups}|\d{{1,2}}(?:,\d{{2}})+,\d{{3}})"
            whole = rf"(?:{groups}(?![\d{decimal}]*[eE])|\d+)"
        return re.compile(rf"(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?", re.ASCII)


#: Formats in the order of preference.
_FORMATS = tuple(
    NumberFormat(decimal, thousands)
    for decimal, thousands in ((".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
)


@dataclass(frozen=True)
class Detection:
    """What was found of a column: its format, the share of the different cells it reads, and what speaks against it.

    `rival` reads the same cells as other numbers, such as `example`, and nothing but convention decides (None: the cells
    decide). `foreign` counts the cells that only a format with another decimal mark reads. `currencies` are those that occur.
    `decided` is the decimal mark that cells show beyond doubt ("": none does).
    """

    format: NumberFormat
    share: float
    rival: NumberFormat | None = None
    example: str = ""
    foreign: int = 0
    foreign_example: str = ""
    currencies: tuple[str, ...] = ()
    decided: str = ""

    @classmethod
    def of(cls, cells: Sequence[str], delimiter: str = "", mark: str = "") -> Detection:
        """Decide from the different cells of a column that are not missing.

        The format that reads the most cells wins. Where two read as many: the decimal mark that other columns of the same
        file have (`mark`); then the file (semicolons separate where commas are decimal marks); then thousands for commas,
        decimals for points.
        """
        shapes = dict[str, list[str]]()
        for cell in cells:
            shapes.setdefault(_shape(cell), []).append(cell)
        found = [replace(one, count=len(same)) for same in shapes.values() if (one := split(same[0])) is not None]
        unit = _shared_unit(found)
        # Cells without a mark are read alike by every format.
        readable = [one for one in found if units.size(unit, singular(one.unit)) is not None]
        marked = [one for one in readable if not one.digits.isdigit()]
        counts = {form: sum(one.count for one in marked if form._digits.fullmatch(one.digits)) for form in _FORMATS}
        most = max(counts.values(), default=0)
        tied = [form for form in _FORMATS if counts[form] == most]
        best, rival, example = _decide(tied, readable, delimiter, mark)
        foreign = [one for one in marked if _reads_otherwise(best, one.digits)]
        others = sum(one.count for one in foreign)
        unmarked = sum(one.count for one in readable) - sum(one.count for one in marked)
        currencies = Counter[str]()
        for one in readable:
            currencies[one.currency] += one.count
        return cls(
            NumberFormat(best.decimal, best.thousands, unit),
            (unmarked + most + others) / max(len(cells), 1),
            rival and NumberFormat(rival.decimal, rival.thousands, unit),
            example,
            others,
            foreign[0].cell if foreign else "",
            tuple(name for name, _ in currencies.most_common() if name),
            best.decimal if rival is None and len({form.decimal for form in tied}) == 1 and most else "",
        )


def _shape(cell: str) -> str:
    """The cell with its digits as 9, but the 0 of its beginning, which starts no group of thousands."""
    shape = cell.translate(_SHAPE)
    return shape[:3] + shape[3:].replace("0", "9")


def _decide(
    tied: Sequence[NumberFormat], readable: Sequence[NumberCell], delimiter: str, mark: str
) -> tuple[NumberFormat, NumberFormat | None, str]:
    """The format of those that read equally many cells, and the one that convention alone rules out, with a cell."""
    first = tied[0]
    for other in tied[1:]:
        if other.decimal == first.decimal:
            continue
        example = next((one for one in readable if _differ(first, other, one.digits)), None)
        if example is None:
            continue
        if mark:
            return (first, None, "") if first.decimal == mark else (other, None, "")
        decimals = other if "," in example.digits else first
        grouped = first if decimals is other else other
        # Columns of three decimals have them in all cells; whole numbers beside groups are the small ones.
        whole = any(one.digits.isdigit() for one in readable)
        if "," in example.digits:
            chosen = decimals if delimiter == ";" and not whole else grouped
        else:
            chosen = grouped if delimiter == ";" and not whole else decimals
        return chosen, grouped if chosen is decimals else decimals, example.cell
    return first, None, ""


def _differ(one: NumberFormat, other: NumberFormat, digits: str) -> bool:
    """Whether both read the digits, as different numbers."""
    if not (one._digits.fullmatch(digits) and other._digits.fullmatch(digits)):
        return False
    return NumberFormat(one.decimal, one.thousands)._value(digits) != other._value(digits)


def _reads_otherwise(best: NumberFormat, digits: str) -> bool:
    """Whether only formats with another decimal mark read the digits."""
    return not best._digits.fullmatch(digits) and any(
        form._digits.fullmatch(digits) for form in _FORMATS if form.decimal != best.decimal
    )


def _shared_unit(found: Sequence[NumberCell]) -> str:
    """The unit that the cells with a unit share, in the singular, or their family of units; "" where they share none."""
    counts = Counter[str]()
    for one in found:
        counts[singular(one.unit)] += one.count
    bare = counts.pop("", 0)
    if not counts:
        return ""
    if of := units.family(counts, bare):
        return of
    unit, count = counts.most_common(1)[0]
    return unit if count >= SHARED * counts.total() and count >= bare else ""
