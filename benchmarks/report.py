"""How long a report takes to render, how large it is: `python benchmarks/report.py` (results/report.json).

Typed verdicts of all outcomes, each rendered 20 times in one process after a first time that compiles the templates.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import save

from tests.report import page_verdicts
from tests.report.test_page import rendered

TIMES = 20


def measured(name: str) -> dict[str, float]:
    """Milliseconds (the first, the median and the slowest of the others) and kilobytes."""
    verdict, columns = page_verdicts.ALL[name](), 2000 if name == "many_classes" else 0
    took = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        html = rendered(verdict, columns)
        took.append(1000 * (time.perf_counter() - start))
    first, rest = took[0], took[1:]
    ms = {"first_ms": first, "median_ms": statistics.median(rest), "slowest_ms": max(rest)}
    return {**{k: round(v, 1) for k, v in ms.items()}, "kb": round(len(html.encode()) / 1000, 1)}


if __name__ == "__main__":
    save("report", {"outcomes": {name: measured(name) for name in page_verdicts.ALL}})
