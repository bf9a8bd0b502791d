"""Start-up, reading, weighing: the times and sizes the product promises, each with the command that shows it.

    python benchmarks/speed.py ../shared/data/pmlb [part ...]

- `breakeven --help`, and `breakeven predict` of one row, process start included: median and range of 15 runs.
- Reading and checking a CSV of 1,000,000 rows and 20 columns, made here: seconds and peak memory of a fresh process.
- Weighing `adult` (48,842 rows): seconds, candidates, and the gate's cost against fitting each survivor once.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from machine import RESULTS, save

from breakeven import pipeline
from breakeven.core import store
from breakeven.scenarios.registry import load_brief, parse_brief

RUNS = 15
ROWS = 1_000_000


def spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 3),
        "low": round(min(seconds), 3),
        "high": round(max(seconds), 3),
    }


def timed(command: list[str]) -> list[float]:
    out = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        out.append(time.perf_counter() - start)
    return out


def big_csv(path: Path) -> None:
    """Ten numbers (one with gaps), six categories, a date, an id, a text of digits and a target."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(ROWS, 10)).round(4).astype(str)
    numbers[rng.random(ROWS) < 0.1, 3] = ""
    levels = [np.array([f"level {k}" for k in range(n)]) for n in (2, 5, 10, 50, 200, 900)]
    categories = np.column_stack([rng.choice(values, ROWS) for values in levels])
    days = np.datetime64("2020-01-01") + rng.integers(0, 1500, ROWS)
    target = np.where(rng.random(ROWS) < 0.3, "yes", "no")
    parts = [
        numbers,
        categories,
        days.astype(str)[:, None],
        np.arange(ROWS).astype(str)[:, None],
        rng.integers(0, 99, ROWS).astype(str)[:, None],
        target[:, None],
    ]
    table = np.concatenate(parts, axis=1)
    names = [f"n{i}" for i in range(10)] + [f"c{i}" for i in range(6)] + ["day", "row", "code", "target"]
    with path.open("w") as file:
        file.write(",".join(names) + "\n")
        file.writelines(",".join(row) + "\n" for row in table)


def check_big() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        big_csv(Path(place) / "data.csv")
        size = (Path(place) / "data.csv").stat().st_size
        (Path(place) / "product.yaml").write_text(
            "name: big\nscenario: predict\ndata: data.csv\ntarget: target\nsplit: {by: random}\n"
        )
        code = ("import re,sys,time; from breakeven.cli import main; t=time.perf_counter(); rc=main(['check', sys.argv[1]]); "
                "took=time.perf_counter()-t; print('RESULT', rc, took, "
                "re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])")  # fmt: skip
        seconds, peaks = [], []
        for _ in range(3):
            out = subprocess.run([sys.executable, "-c", code, place], check=True, capture_output=True, text=True).stdout
            _, rc, took, peak = out.strip().splitlines()[-1].split()
            assert rc == "0"
            seconds.append(float(took))
            peaks.append(int(peak) / 1e6)
    return {
        "rows": ROWS,
        "columns": 20,
        "file_mb": round(size / 1e6),
        "seconds": spread(seconds),
        "peak_gb": spread(peaks),
    }


def weigh_adult(data: Path) -> dict[str, Any]:
    """The gate's seconds are processor seconds of all its fits; the survivors' are one fit each on all open rows."""
    with tempfile.TemporaryDirectory() as place:
        keys = {"name": "adult", "scenario": "predict", "data": str((data / "classification/adult.tsv.gz").resolve()), "target": "target",
                "columns": {"target": "category"}}  # fmt: skip
        wanted = parse_brief(keys, Path(place))
        start = time.perf_counter()
        run = pipeline.build(wanted, weigh=True)
        took = time.perf_counter() - start
        v = run.verdict
        fits = run.folder / "work" / "fits"
        gate = sum(float(store.read_arrays(p)["seconds"]) for p in fits.glob("*.npz"))
        survivors = [
            c["candidate"] for c in v["curves"] if not c["left"] and c["points"] and c["candidate"] != v["baseline"]
        ]
        from breakeven.scale.executor import alone
        from breakeven.tables import problem
        from breakeven.tables.fitter import TableFitter

        collected = pipeline.check(wanted)
        own = problem.make_fitter(wanted, collected, Path(place) / "again")
        # Side by side, as the gate ran them: alone, a fit has the caches to itself and the comparison would not be one.
        with ThreadPoolExecutor(2) as pool:
            finals = pool.map(lambda name: alone(TableFitter.final, own, name, {}).seconds, survivors)
            once = dict(zip(survivors, finals, strict=True))
        early = sum(
            float(store.read_arrays(p)["seconds"])
            for p in fits.glob("*.npz")
            if p.name.split("-")[0] not in [*survivors, v["baseline"]]
        )
    return {"rows": v["rows"], "candidates": len(v["curves"]), "seconds": round(took, 1), "gate_fit_seconds": round(gate, 2),
            "of_which_left_early": round(early, 2), "survivors_once_seconds": {k: round(s, 2) for k, s in once.items()},
            "gate_over_survivors": round(gate / sum(once.values()), 2), "chosen": v["chosen"]["candidate"]}  # fmt: skip


def predict_one() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        from breakeven.scenarios.predict import sample

        folder = sample.new(Path(place) / "tumour")
        brief = folder / "product.yaml"
        brief.write_text(brief.read_text() + "effort: 1\n")
        pipeline.build(load_brief(folder), names=["baseline", "linear", "boosting"])
        lines = (folder / "data.csv").read_text().splitlines()[:2]
        (folder / "one.csv").write_text("\n".join(lines) + "\n")
        command = [
            str(Path(sys.executable).with_name("breakeven")),
            "predict",
            str(folder),
            "--input",
            str(folder / "one.csv"),
            "--output",
            str(folder / "o.csv"),
        ]
        return spread(timed(command))


def main() -> None:
    data, only = Path(sys.argv[1]), sys.argv[2:]
    program = str(Path(sys.executable).with_name("breakeven"))
    parts: dict[str, Callable[[], Any]] = {
        "help_seconds": lambda: spread(timed([program, "--help"])),
        "predict_one_row_seconds": predict_one,
        "check_a_million_rows": check_big,
        "weigh_adult": lambda: weigh_adult(data),
    }
    kept = store.read_json(RESULTS / "speed.json") if only else {}
    save("speed", {name: part() if name in only or not only else kept[name] for name, part in parts.items()})


if __name__ == "__main__":
    main()
