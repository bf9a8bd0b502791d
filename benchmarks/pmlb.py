"""Sealed-test scores on every table of PMLB, beside scikit-learn's linear model and forest and LightGBM at their defaults.

    python benchmarks/pmlb.py ../shared/data/pmlb [--seeds 2] [set ...]

All see the same open rows and the same sealed rows; the linear peer is given standardised columns. Scores are accuracy
and R2, in points; two split seeds by default, each with its own sealed rows.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from machine import save
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from breakeven import metrics, pipeline
from breakeven.scenarios.registry import parse_brief

SLACK = 0.5


def peers(task: str) -> dict[str, Any]:
    """The peers as their own documentation writes them, two threads each."""
    if task == "classification":
        return {"linear": make_pipeline(StandardScaler(), LogisticRegression()), "random_forest": RandomForestClassifier(random_state=0, n_jobs=2),
                "lightgbm": LGBMClassifier(random_state=0, verbose=-1, n_jobs=2)}  # fmt: skip
    return {"linear": make_pipeline(StandardScaler(), Ridge()), "random_forest": RandomForestRegressor(random_state=0, n_jobs=2),
            "lightgbm": LGBMRegressor(random_state=0, verbose=-1, n_jobs=2)}  # fmt: skip


def one(path: Path, seed: int, folder: Path) -> dict[str, Any]:
    """Build on one table and score everybody on its sealed rows."""
    kind = "number" if path.parent.name == "regression" else "category"
    wanted = parse_brief({"name": path.name.split(".")[0], "scenario": "predict", "data": str(path.resolve()), "target": "target",
                         "columns": {"target": kind}, "seed": seed, "split": {"by": "random"}}, folder)  # fmt: skip
    rows = pipeline.check(wanted).rows
    X, y, test = rows.X[rows.open_rows], rows.y[rows.open_rows], rows.test_rows
    score = "r2" if rows.task == "regression" else "accuracy"
    out: dict[str, Any] = {"rows": len(rows.y), "test": len(test)}
    for name, model in peers(rows.task).items():
        model.fit(X, y)
        answers = model.predict(rows.X[test])
        value = metrics.score("r2", rows.y[test], answers) if score == "r2" else float((answers == rows.y[test]).mean())
        out[name] = round(100 * value, 2)
    start = time.perf_counter()
    verdict = pipeline.build(wanted).verdict
    product = verdict["product"]
    out |= {"breakeven": round(100 * product["value"], 2), "low": round(100 * product["low"], 2), "high": round(100 * product["high"], 2),
            "chosen": verdict["chosen"]["candidate"], "route": verdict["chosen"]["route"], "tie": verdict["chosen"]["tie"],
            "seconds": round(time.perf_counter() - start, 1)}  # fmt: skip
    return out


def summary(sets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Means over seeds, the gap to the best peer on each set, and over all sets."""
    names = ("breakeven", "linear", "random_forest", "lightgbm")
    means = {s: {n: float(np.mean([r[n] for r in runs])) for n in names} for s, runs in sets.items()}
    gaps = {s: round(m["breakeven"] - max(m[n] for n in names[1:]), 2) for s, m in means.items()}
    return {"mean": {n: round(float(np.mean([m[n] for m in means.values()])), 2) for n in names}, "gap_to_best_peer": gaps,
            "below_by_more_than_half_a_point": [s for s, g in gaps.items() if g < -SLACK]}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("data", type=Path)
    options.add_argument("only", nargs="*")
    options.add_argument("--seeds", type=int, default=2)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    sets: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(given.data.glob("*/*.tsv.gz"), key=lambda p: p.stat().st_size):
        name = path.name.split(".")[0]
        if given.only and name not in given.only:
            continue
        for seed in range(given.seeds):
            folder = Path(tempfile.mkdtemp(prefix="breakeven-"))
            sets.setdefault(name, []).append(one(path, seed, folder))
            shutil.rmtree(folder)
            print(name, seed, sets[name][-1], flush=True)
        if not given.only:
            save("pmlb", {"seeds": given.seeds, **summary(sets), "sets": sets}, quiet=True)
    print(summary(sets))


if __name__ == "__main__":
    main()
