"""What a verdict costs: seconds and processor time of weighing, against training everything; and whether minutes are kept.

    python benchmarks/cost.py ../shared/data

Tables of 10,000 rows: one of 30 columns made here (20 numbers, 10 categories, a rule of pairs and noise), and PMLB's letter.
Two full grids: ours fits every candidate at every size on every fold; a study of learning curves as LCDB 1.1 made it has
25 splits at eight sizes a doubling from 16 rows, and is not run but reckoned: the seconds of our grid's fits drawn straight
between sizes (both logarithms) and scaled to its processor time. Processor time is that of this process and of all it
started. Then letter's 20,000 rows are built within 1, 2 and 4 minutes.
"""

from __future__ import annotations

import csv
import gzip
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import save

from breakeven import pipeline
from breakeven.core import store
from breakeven.gate import race as measure
from breakeven.gate.results import Job, Measured
from breakeven.scale.executor import Workers
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem as tables

ROWS, MINUTES = 10_000, (1, 2, 4)
#: LCDB 1.1's splits, its sizes a doubling, its smallest size.
SPLITS, OCTAVE, SMALLEST = 25, 8, 16


def processor() -> float:
    """Seconds of processor time so far, ended children's among them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def made() -> list[list[str]]:
    """30 columns: ten of the numbers matter in pairs, three of the categories shift the odds."""
    rng = np.random.default_rng(0)
    numbers, levels = rng.normal(size=(ROWS, 20)), rng.integers(0, 6, size=(ROWS, 10))
    odds = sum(numbers[:, 2 * k] * numbers[:, 2 * k + 1] for k in range(3)) + numbers[:, 6:10].sum(axis=1)
    odds = odds + sum((levels[:, k] - 2.5) / 2 for k in range(3)) + rng.logistic(size=ROWS)
    head = [f"n{i}" for i in range(20)] + [f"c{i}" for i in range(10)] + ["target"]
    rows = [[*(f"{v:.4f}" for v in n), *(f"l{v}" for v in c), "yes" if o > 0 else "no"]
            for n, c, o in zip(numbers, levels, odds, strict=True)]  # fmt: skip
    return [head, *rows]


def letter(data: Path) -> list[list[str]]:
    with gzip.open(data / "pmlb" / "classification" / "letter.tsv.gz", "rt") as file:
        head, *rows = csv.reader(file, delimiter="\t")
    return [head, *(rows[i] for i in np.random.default_rng(0).permutation(len(rows)))]


def laid(place: Path, table: list[list[str]], minutes: float) -> Any:
    with (place / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)
    (place / "product.yaml").write_text(
        f"name: cost\nscenario: predict\ndata: rows.csv\ntarget: target\ncolumns: {{target: category}}\nlimits: {{minutes: {minutes}}}\n"
    )
    return load_brief(place)


def fit(item: tuple[Any, Job]) -> Measured:
    return item[0].fit(item[1], {})  # type: ignore[no-any-return]


def study(done: list[tuple[Job, Measured]], largest: int) -> float:
    """Seconds of a study's grid up to `largest` rows, as a multiple of the seconds of the fits that were made."""
    anchors = SMALLEST * 2 ** (np.arange(int(OCTAVE * np.log2(largest / SMALLEST)) + 1) / OCTAVE)
    whole = 0.0
    for candidate in {job.candidate for job, _ in done}:
        took: dict[int, list[float]] = {}
        for job, measured in done:
            if job.candidate == candidate:
                took.setdefault(job.rows, []).append(max(measured.seconds, 1e-3))
        sizes = sorted(took)
        drawn = np.interp(np.log(anchors), np.log(sizes), [np.log(np.mean(took[s])) for s in sizes])
        whole += SPLITS * float(np.exp(drawn).sum())
    return whole / sum(measured.seconds for _, measured in done)


def weighed(table: list[list[str]]) -> dict[str, Any]:
    """Weighing, and the full grid beside it."""
    with tempfile.TemporaryDirectory() as place:
        brief = laid(Path(place), table, 5)
        start, before = time.perf_counter(), processor()
        run = pipeline.build(brief, weigh=True)
        Workers().close()
        seconds, used = time.perf_counter() - start, processor() - before
        fits = sum(float(store.read_arrays(p)["seconds"]) for p in (run.folder / "work" / "fits").glob("*.npz"))
        problem = tables.make_fitter(brief, tables.collect(brief), Path(place) / "grid")
        race = problem.race()
        sizes = measure.sizes(len(race.folds[0].train), race.classes)
        jobs = [(problem, Job(c, s, r)) for c in race.routes for s in reversed(sizes) for r in range(len(race.folds))]
        before = processor()
        done = [(job, measured) for (_, job), measured in Workers().run(fit, jobs)]
        Workers().close()
        grid = processor() - before
    widths = [p["high"] - p["low"] for c in run.verdict["curves"] for p in c["forecast"]]
    return {"rows": ROWS, "columns": len(table[0]) - 1, "candidates": len(race.routes), "sizes": sizes, "folds": len(race.folds),
            "seconds": round(seconds, 1), "processor_seconds": round(used, 1), "of_which_fits_of_the_race": round(fits, 1),
            "grid_fits": len(jobs), "grid_failed": sum(m.error is not None for _, m in done), "grid_processor_seconds": round(grid, 1),
            "share_of_grid": round(used / grid, 3), "race_share_of_grid": round(fits / grid, 3),
            "study_processor_seconds": round(studied := study(done, len(race.folds[0].train)) * grid, 1), "share_of_study": round(used / studied, 4),
            "stopped": run.verdict["stopped"], "bands": len(widths), "chosen": run.verdict["chosen"]["candidate"]}  # fmt: skip


def within(table: list[list[str]], minutes: float) -> dict[str, Any]:
    """A build held to its minutes."""
    with tempfile.TemporaryDirectory() as place:
        brief = laid(Path(place), table, minutes)
        start = time.perf_counter()
        verdict = pipeline.build(brief).verdict
        seconds = time.perf_counter() - start
    return {"minutes": minutes, "seconds": round(seconds, 1), "share": round(seconds / 60 / minutes, 3), "stopped": verdict["stopped"],
            "chosen": verdict["chosen"]["candidate"], "sizes": max(len(c["points"]) for c in verdict["curves"])}  # fmt: skip


def main() -> None:
    data = Path(sys.argv[1])
    letters = letter(data)
    out: dict[str, Any] = {"weigh": {"made": weighed(made()), "letter": weighed(letters[: ROWS + 1])}}
    print(out, flush=True)
    out["within"] = [within(letters, minutes) for minutes in MINUTES]
    save("cost", out)


if __name__ == "__main__":
    main()
