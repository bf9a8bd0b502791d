"""What is found while a shop is read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from breakeven.core.types import Array, Finding


@dataclass
class Notes:
    """Findings, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)

    def add(
        self, kind: str, what: str, done: str, rows: Array | None = None, level: str = "info", first: int = 1
    ) -> None:
        """Note a finding; with `rows` (n,) how many and where, and nothing where there are none."""
        count = 0 if rows is None else int(rows.sum())
        if rows is not None and not count:
            return
        places = () if rows is None else tuple(int(i) + first for i in np.flatnonzero(rows)[:5])
        self.findings.append(Finding(kind, what, done, None, count, places, level))  # type: ignore[arg-type]
