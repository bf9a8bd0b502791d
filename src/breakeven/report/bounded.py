"""Columns and findings of a table, as many as a person reads: of very wide tables the first of each kind, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from breakeven.core.types import Column, Finding

#: Columns up to which all are shown, those of a role that are shown beyond, and findings of a kind.
ALL, OF_ROLE, OF_KIND = 100, 20, 20
#: Columns that are named where the rest is counted.
NAMED = 3


def columns(found: Sequence[Column]) -> list[tuple[str, str, str]]:
    """Name, role and reason of each column, or of the first of each role with a line for those that are left out."""
    seen, out = Counter[str](), list[tuple[str, str, str]]()
    for column in found:
        seen[column.role] += 1
        if len(found) <= ALL or seen[column.role] <= OF_ROLE:
            out.append((column.name, column.role, column.reason))
    if len(out) < len(found):
        more = ((role, count - OF_ROLE) for role, count in seen.items() if count > OF_ROLE)
        out += [(f"{count:,} more", role, "counted here; check --json names all") for role, count in more]
    return out


def findings(found: Sequence[Finding]) -> list[Finding]:
    """The findings, of each kind the first OF_KIND, and one that counts the others."""
    kinds = dict[str, list[Finding]]()
    for finding in found:
        kinds.setdefault(finding.kind, []).append(finding)
    left = {id(one) for of_kind in kinds.values() for one in of_kind[OF_KIND:]}
    out = [finding for finding in found if id(finding) not in left]
    for kind, of_kind in kinds.items():
        if rest := of_kind[OF_KIND:]:
            names = ", ".join(one.column or "" for one in rest[:NAMED])
            what = f"the same in {len(rest):,} more columns: {names}" + (" ..." if len(rest) > NAMED else "")
            done = "counted here; check --json names all"
            out.append(Finding(kind, what, done, None, sum(one.count for one in rest), level=rest[0].level))
    return out
