"""TabM and RealMLP against the perceptron on the tables of PMLB, and the seconds of a fit on 10,000 x 20.

    python benchmarks/tabular_nets.py ../shared/data/pmlb [--seeds 3] [--rows 6000] [set ...]

Every net is fitted with its defaults on the same outer training rows (four fifths, at most --rows), and judged on up to
6,000 others; what a fit chooses (its epochs, its members) it chooses by rows of its training part. A win is a higher mean over
the seeds of accuracy or R2, half of one where both are equal; intervals are over tables (90 %, bootstrap). Recipes were chosen on
the tables of "tuned_on" alone, by rows of other seeds; "others" are the rest.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from machine import save
from sklearn.datasets import make_classification

from breakeven import metrics, pipeline
from breakeven.core.types import Array
from breakeven.models import registry
from breakeven.scenarios.registry import parse_brief

NETS = ("mlp", "tabm", "realmlp")
#: Rows that a net is judged on at the most.
JUDGED = 6_000
DRAWS = 10_000


def table(path: Path) -> Any:
    """A table as a build reads it."""
    kind = "number" if path.parent.name == "regression" else "category"
    with TemporaryDirectory() as place:
        wanted = parse_brief({"name": "table", "scenario": "predict", "data": str(path.resolve()), "target": "target",
                              "columns": {"target": kind}, "split": {"by": "random"}}, Path(place))  # fmt: skip
        return pipeline.check(wanted).rows


def measured(rows: Any, seed: int, most: int) -> dict[str, dict[str, float]]:
    """Score, loss (log loss; the squared error over the variance) and processor seconds of each net on one split."""
    order = np.random.default_rng([seed, 77]).permutation(len(rows.y))
    cut = min(int(0.8 * len(order)), most)
    train, test = order[:cut], order[cut : cut + JUDGED]
    y, out = rows.y[test], {}
    for name in NETS:
        start = time.process_time()
        model = registry.build(name, rows.layout, len(rows.classes), seed).fit(rows.X[train], rows.y[train])
        seconds = time.process_time() - start
        answers = model.scores(rows.X[test])
        metric = "accuracy" if len(rows.classes) else "r2"
        score = metrics.losses(metric, y, answers).value
        loss = (
            -np.log(np.clip(answers[np.arange(len(y)), y.astype(int)], 1e-6, None)).mean()
            if len(rows.classes)
            else 1 - score
        )
        out[name] = {"score": round(100 * score, 3), "loss": round(float(loss), 5), "seconds": round(seconds, 2)}
    return out


def wins(sets: dict[str, list[dict[str, Any]]], names: Sequence[str], key: str, sign: int) -> dict[str, Any]:
    """Of each net against the perceptron over some tables: the share won, and the mean difference, with their intervals."""
    out: dict[str, Any] = {}
    for net in NETS[1:]:
        gaps = np.array([sign * np.mean([run[net][key] - run["mlp"][key] for run in sets[n]]) for n in names])
        won = (gaps > 1e-9) + 0.5 * (np.abs(gaps) <= 1e-9)
        drawn = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
        out[net] = {}
        for what, values in (("win_rate", won), ("mean_gain", gaps)):
            low, high = np.quantile(values[drawn].mean(axis=1), [0.05, 0.95])
            out[net][what] = {
                "value": round(float(values.mean()), 3),
                "low": round(float(low), 3),
                "high": round(float(high), 3),
            }
    return out


def summary(sets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Win rates on the tables that recipes were chosen on, on the others, and on all; seconds against the perceptron's."""
    tuned = [n for n in sets if n in TUNED_ON]
    parts = {"tuned_on": tuned, "others": [n for n in sets if n not in tuned], "all": list(sets)}
    spent: dict[str, Array] = {
        net: np.array([np.sum([r[net]["seconds"] for r in runs]) for runs in sets.values()]) for net in NETS
    }
    return {
        "score": {part: wins(sets, names, "score", 1) for part, names in parts.items() if names},
        "loss": {part: wins(sets, names, "loss", -1) for part, names in parts.items() if names},
        "times_the_seconds": {net: round(float(np.median(spent[net] / spent["mlp"])), 1) for net in NETS},
        "tables": {part: sorted(names) for part, names in parts.items() if part != "all"},
    }  # fmt: skip


#: Every second table by kind and name.
TUNED_ON = ("adult", "credit_g", "kr_vs_kp", "magic", "optdigits", "phoneme", "segmentation", "vowel", "1029_LEV", "201_pol", "547_no2")  # fmt: skip


def seconds() -> dict[str, dict[str, float]]:
    """Of one fit on 10,000 rows of 20 numbers, on one thread."""
    X, y = make_classification(10_000, 20, n_informative=10, random_state=0)
    out = {}
    for name in NETS:
        wall, start = time.perf_counter(), time.process_time()
        registry.build(name, None, 2, 0).fit(X, y)
        out[name] = {"processor": round(time.process_time() - start, 1), "wall": round(time.perf_counter() - wall, 1)}
    return out


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path)
    ask.add_argument("only", nargs="*")
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--rows", type=int, default=6_000)
    given = ask.parse_args()
    warnings.simplefilter("ignore")
    paths = {path.name.split(".")[0]: path for path in sorted(given.data.glob("*/*.tsv.gz"))}
    tables = {name: table(path) for name, path in paths.items() if not given.only or name in given.only}
    sets: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for seed in range(given.seeds):  # all tables once, then again: what is there after a while is of all of them
        for name, rows in tables.items():
            sets[name].append(measured(rows, seed, given.rows))
            print(name, seed, sets[name][-1], flush=True)
    result = {"seeds": given.seeds, "rows": given.rows, **summary(sets), "seconds_10000_x_20": seconds(), "sets": sets}
    if given.only:
        print(result)
    else:
        save("tabular_nets", result)


if __name__ == "__main__":
    main()
