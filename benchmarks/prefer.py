"""Sealed scores of products by the brief's `prefer` on tables of PMLB: what is expected to be better against what is proven.

    python benchmarks/prefer.py ../shared/data/pmlb [--seeds 0 1] [--minutes 1] [--output F] [set ...]

Each table is built with `cheap` and with `balanced`, from the same split and in the same minutes; the scores are those of the twins on
the sealed rows (accuracy, R2 or average precision, in points). The mean difference has a 90 % interval over tables.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import save

from breakeven import metrics, pipeline
from breakeven.scenarios.registry import parse_brief

WAYS = ("cheap", "balanced")


def built(path: Path, seed: int, minutes: float, prefer: str) -> dict[str, Any]:
    """One build: the sealed score in points, what the product is, and how long it took."""
    folder = Path(tempfile.mkdtemp(prefix="breakeven-"))
    kind = "number" if path.parent.name == "regression" else "category"
    brief = {"name": path.name.split(".")[0], "scenario": "predict", "data": str(path.resolve()), "target": "target", "prefer": prefer,
             "columns": {"target": kind}, "seed": seed, "split": {"by": "random"}, "limits": {"minutes": minutes}}  # fmt: skip
    start = time.perf_counter()
    verdict = pipeline.build(parse_brief(brief, folder)).verdict
    seconds = time.perf_counter() - start
    shutil.rmtree(folder)
    product = verdict["product"]
    if product is None:
        return {"score": None, "reason": verdict["chosen"]["reason"], "seconds": round(seconds, 1)}
    bag, joint, last = product["bag"] or {}, product["ensemble"] or {}, product["last_fit"]
    return {"score": round(100 * product["value"], 3), "metric": verdict["metric"]["name"], "candidate": product["candidate"],
            "tuned": bool(product["search"] and product["search"]["taken"]), "bag": bool(bag.get("built")),
            "members": [m["candidate"] for m in joint["members"]] if joint.get("built") else [],
            "size_mb": joint.get("size_mb"), "kept_twin": last["kept_twin"], "seconds": round(seconds, 1)}  # fmt: skip


def summary(sets: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Balanced minus cheap in points, the mean of seeds a table, and the mean over tables with its 90 % interval."""
    gaps = {}
    for name, seeds in sets.items():
        found = [
            b["balanced"]["score"] - b["cheap"]["score"]
            for b in seeds.values()
            if all(b[w]["score"] is not None for w in WAYS)
        ]
        if found:
            gaps[name] = round(float(np.mean(found)), 3)
    values = np.array(list(gaps.values()))
    half = metrics.Z90 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else None
    mean = float(values.mean()) if len(values) else None
    interval = None if half is None or mean is None else [round(mean - half, 3), round(mean + half, 3)]
    return {"tables": len(gaps), "balanced_minus_cheap": None if mean is None else round(mean, 3), "interval_90": interval,
            "better": int((values > 0).sum()), "worse": int((values < 0).sum()), "by_table": gaps}  # fmt: skip


def main() -> None:
    """Build, print and keep."""
    options = argparse.ArgumentParser()
    options.add_argument("data", type=Path)
    options.add_argument("only", nargs="*")
    options.add_argument("--seeds", type=int, nargs="*", default=[0, 1])
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--output", type=Path, help="write there, not to the results")
    given = options.parse_args()
    sets: dict[str, dict[str, dict[str, Any]]] = {}
    for path in sorted(given.data.glob("*/*.tsv.gz"), key=lambda p: p.stat().st_size):
        name = path.name.split(".")[0]
        if given.only and name not in given.only:
            continue
        for seed in given.seeds:
            ways = {way: built(path, seed, given.minutes, way) for way in WAYS}
            sets.setdefault(name, {})[str(seed)] = ways
            print(name, seed, json.dumps(ways), flush=True)
            found = {"minutes": given.minutes, "seeds": given.seeds, **summary(sets), "sets": sets}
            if given.output:
                given.output.write_text(json.dumps(found, indent=1))
            else:
                save("prefer", found, quiet=True)
    print(json.dumps(summary(sets)))


if __name__ == "__main__":
    main()
