"""Values far outside all others: marks for "missing" such as -999, fill values such as 9.96921e36, slips of the keyboard.

Taken as measurements they move means by orders of magnitude and overflow float32, in which models compute. A value is read as
missing only on strong evidence; where the data cannot decide it stays, and a person is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from breakeven.collect import never
from breakeven.collect.given_format import KEEP, words
from breakeven.collect.roles import Typed
from breakeven.core.types import Array, Finding, Need, places
from breakeven.core.wording import counted

#: Known values a column needs before any is called far out.
FEWEST = 20
#: Rows from which a value counts as repeated; an unusual spelling must be repeated more often, and by a share of the rows.
REPEATED, OFTEN, OFTEN_SHARE = 3, 5, 0.005
#: Distance from all others, in spans of these, of a usual mark: likely from the first on, sure from the second.
LIKELY, SURE = 1.0, 3.0
#: The same of any other value that is repeated.
ALONE = 10.0
#: Central spans (1 % to 99 %) from the median beyond which no measurement lies, however heavy the tail.
ABSURD = 1e6
#: Different values that are looked at from either end, and absurd ones that are kept as marks.
PEELED, MOST_ABSURD = 8, 20
#: Usual marks: nines; repeated sevens and eights of surveys; -999.25 of well logs; ends of the integer types.
_NINES = re.compile(r"-?(99+|9{2,}[78]|888+|777+|999\.25)")
_ENDS = frozenset((-32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0, 4294967295.0))
#: Fill values: netCDF's (9.96921e36), Surfer's (1.70141e38), and round powers of ten as of climate models (1e20).
_FILLS = (9.969209968386869e36, 1.70141e38, *(10.0**k for k in range(20, 39)))


@dataclass(frozen=True)
class Mark:
    """A value far outside the others, `low` to `high`, in how many rows; `strong`: it is no measurement."""

    value: float
    count: int
    low: float
    high: float
    strong: bool
    why: str

    @property
    def words(self) -> str:
        """What was found."""
        rest = f"all others lie from {self.low:g} to {self.high:g}"
        return f"{counted(self.count, 'cell holds', 'cells hold')} {self.value:.7g}, {self.why}; {rest}"


def marks(values: Array) -> list[Mark]:
    """Far-out values among numbers (n,), NaN where missing: ends of the range that lie apart from all others."""
    known = values[np.isfinite(values)]
    if len(known) < FEWEST:
        return []
    rest, usual = _peeled(known)
    rest, absurd = _absurd(rest)
    if len(rest) < FEWEST / 2 or not rest.min() < rest.max():
        return []
    low, high = float(rest.min()), float(rest.max())
    found = [_usual(value, int((known == value).sum()), low, high) for value in usual]
    why = "a million times farther out than others"
    found += [Mark(v, int((known == v).sum()), low, high, True, why) for v in absurd]
    return [mark for mark in found if mark is not None] + _alone(rest)


def _peeled(known: Array) -> tuple[Array, list[float]]:
    """Usual marks taken off both ends, for as long as there are any."""
    usual = list[float]()
    while len(known) and len(usual) < PEELED:
        end = next((e for e in (float(known.max()), float(known.min())) if _is_usual(e)), None)
        if end is None:
            break
        usual.append(end)
        known = known[known != end]
    return known, usual


def _is_usual(value: float) -> bool:
    return bool(_NINES.fullmatch(f"{value:.10g}")) or value in _ENDS or _is_fill(value)


def _is_fill(value: float) -> bool:
    return abs(value) >= 1e19 and any(abs(abs(value) / fill - 1) < 1e-5 for fill in _FILLS)


def _usual(value: float, count: int, low: float, high: float) -> Mark | None:
    """A usual mark, if it lies apart: the only negative value, or at least a span away."""
    gap, span = max(low - value, value - high), high - low
    negative = low >= 0 > value
    if gap < LIKELY * span and not negative:
        return None
    strong = _is_fill(value) or (count >= REPEATED and (gap >= SURE * span or negative))
    return Mark(value, count, low, high, strong, "a usual mark for missing")


def _absurd(known: Array) -> tuple[Array, list[float]]:
    """Values that no tail reaches."""
    low, middle, high = np.quantile(known, [0.01, 0.5, 0.99]) if len(known) else (0.0, 0.0, 0.0)
    if not low < high:
        return known, []
    far = np.abs(known - middle) > ABSURD * (high - low)
    return known[~far], np.unique(known[far]).tolist()[:MOST_ABSURD] if far.any() else []


def _alone(rest: Array) -> list[Mark]:
    """A repeated value at an end, far from all others, that is no usual mark: a person must say."""
    out = []
    for end in (float(rest.min()), float(rest.max())):
        others = rest[rest != end]
        count = len(rest) - len(others)
        if count >= max(OFTEN, OFTEN_SHARE * len(rest)) and len(others) >= FEWEST:
            low, high = float(others.min()), float(others.max())
            if max(low - end, end - high) >= ALONE * (high - low) > 0:
                out.append(Mark(end, count, low, high, False, "far from all others"))
    return out


def of_columns(typed: Typed, need: Need) -> tuple[Typed, list[Finding]]:
    """Number and time columns with their marks set to missing, and findings; those of `number(keep)` and `time(keep)` stay."""
    values, sentinels, findings = dict(typed.table.columns), dict[str, tuple[float, ...]](), list[Finding]()
    for column in typed.columns:
        name = column.name
        if column.role not in ("number", "time") or kept(need, name):
            continue
        if column.role == "time":
            sure, said = never.found(name, values[name])
        else:
            found = marks(values[name])
            said = [_finding(name, mark, np.flatnonzero(values[name] == mark.value)) for mark in found]
            sure = tuple(mark.value for mark in found if mark.strong)
        findings += said
        if sure:
            values[name] = np.where(np.isin(values[name], sure), np.nan, values[name])
            sentinels[name] = sure
    return replace(typed, table=replace(typed.table, columns=values), sentinels=sentinels), findings


def of_target(values: Array, need: Need) -> tuple[Array, list[Finding]]:
    """A target of numbers (n,) with its marks for missing set to NaN, and findings on what is far out."""
    name, out, findings = need.target or "", values, list[Finding]()
    for mark in [] if kept(need, name) else marks(values):
        rows = np.flatnonzero(values == mark.value)
        found = _finding(name, mark, rows)
        if mark.strong:
            out = np.where(values == mark.value, np.nan, out)
            done = f"read as missing; if it was measured: columns: {{{name}: number({KEEP})}}"
            found = replace(found, done=done)
        findings.append(replace(found, level="warning"))
    return out, findings


def kept(need: Need, name: str) -> bool:
    """Whether the brief keeps a column's far-out values."""
    return KEEP in words(need.formats.get(name, ""))


def _finding(name: str, mark: Mark, rows: Array) -> Finding:
    if mark.strong:
        done = (
            f"read as missing, in training as in the product; if it was measured: columns: {{{name}: number({KEEP})}}"
        )
        return Finding("far-out values", mark.words, done, name, mark.count, places(rows), "warning")
    done = (
        f"kept; if it means missing, leave those cells empty; if it was measured: columns: {{{name}: number({KEEP})}}"
    )
    return Finding("far-out values", mark.words, done, name, mark.count, places(rows), "question")
