"""What `breakeven demo` finds: `python benchmarks/demo.py [FOLDER]`; with a folder, its finished builds are read, not made.

Of each product: rows, the baseline's score, each route's best score on the sealed rows with its interval (on validation rows where
it was not the best), the choice, and the first sentence of the verdict. The processor seconds are those of all builds together: two
run side by side, so a machine with two cores and nothing else to do needs about half of them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import save

from breakeven.core import verdict as document
from breakeven.core.store import latest
from breakeven.report import plain


def best(verdict: document.Verdict, route: str) -> dict[str, Any] | None:
    """The best candidate of a route: those with sealed scores first."""
    lines = [line for line in verdict.test if line.route == route and line.candidate != verdict.baseline]
    sealed = [line for line in lines if line.score is not None]
    if sealed:
        top = max(sealed, key=lambda line: line.score or 0.0)
        return {"candidate": top.candidate, "score": top.score, "low": top.low, "high": top.high, "on": "sealed rows"}
    raced = [(line.candidate, line.validation) for line in lines if line.validation is not None]
    if not raced:
        return None
    name, score = max(raced, key=lambda pair: pair[1].score)
    return {"candidate": name, "score": score.score, "low": score.low, "high": score.high, "on": "validation rows"}


def summary(folder: Path) -> dict[str, Any]:
    """The figures of one product."""
    verdict = document.read(latest(folder) / "verdict.json")
    baseline = next(line.score for line in verdict.test if line.candidate == verdict.baseline)
    return {
        "rows": verdict.rows.all,
        "metric": verdict.metric.name,
        "baseline": baseline,
        "traditional": best(verdict, "traditional"),
        "large": best(verdict, "large"),
        "chosen": verdict.chosen.candidate,
        "route": verdict.chosen.route,
        "sentence": plain.sentences(verdict, "en")[0],
    }


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="breakeven-"))
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "breakeven", "demo", "--folder", str(folder)], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = {
        "seconds": round(time.perf_counter() - start, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
    }
    products = {p.name: summary(p) for p in sorted(folder.iterdir()) if (p / "product.yaml").exists()}
    save("demo", {**taken, "products": products})


if __name__ == "__main__":
    main()
