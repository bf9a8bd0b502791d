"""What every benchmark shares: where the project is, what machine this is, how a result is kept."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from pathlib import Path
from typing import Any

from breakeven import __version__

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def describe() -> dict[str, Any]:
    """Processor, cores, memory, Python and the date."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory, 1),
            "python": platform.python_version(), "breakeven": __version__, "date": datetime.date.today().isoformat()}  # fmt: skip


def save(name: str, result: dict[str, Any], quiet: bool = False) -> None:
    """Write benchmarks/results/NAME.json and print it."""
    from breakeven.core.store import write_json  # here, so that `describe` works beside other versions of the code

    write_json(
        RESULTS / f"{name}.json",
        {"machine": describe(), "command": f"python benchmarks/{Path(sys.argv[0]).name}", **result},
    )
    if not quiet:
        print((RESULTS / f"{name}.json").read_text())
