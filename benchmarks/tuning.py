"""What tuning gains from the machine's cores and from successive halving: eight trials of the perceptron on a real table.

    python benchmarks/tuning.py ../shared/data [--times 3]

"one after another" fits every trial on all rows in one process; "on the cores" the same trials in as many processes as the
machine is good for; "halving" is what a build does: all trials on a third of the rows, the best third of them on all.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import save

from breakeven import pipeline
from breakeven.core.types import Array, Layout
from breakeven.models import registry
from breakeven.models.training import tune
from breakeven.scale.executor import Workers
from breakeven.scenarios.registry import parse_brief

TRIALS, TABLE = 8, "classification/satimage.tsv.gz"
Item = tuple[Array, Array, Array, Array, Layout, Mapping[str, Any]]


def fit(item: Item) -> float:
    """Accuracy on the rows held out."""
    X, y, X_held, y_held, layout, settings = item
    model = registry.build("mlp", layout, int(y.max()) + 1, 0, dict(settings)).fit(X, y)
    return float((model.predict(X_held) == y_held).mean())


def timed(data: tuple[Array, Array, Layout], processes: int, halving: bool) -> dict[str, float]:
    """Seconds of a search, the best score and how many fits saw all rows."""
    X, y, layout = data
    cut = len(y) * 4 // 5
    workers = Workers(processes)
    small = [(X[:60], y[:60], X[:9], y[:9], layout, {"epochs": 1})] * (2 * processes)
    list(workers.run(fit, small))  # processes are there, with all they import, before the clock starts: as in a build

    def evaluate(drawn: Sequence[Mapping[str, Any]], whole: bool) -> Iterator[float]:
        rows = cut if whole else cut // tune.HALVING
        items = [(X[:rows], y[:rows], X[cut:], y[cut:], layout, settings) for settings in drawn]
        found = {id(item): score for item, score in workers.run(fit, items)}
        yield from (found[id(item)] for item in items)

    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        found = tune.search(
            registry.class_of("mlp").space, evaluate, Path(place) / "journal", TRIALS, 0, lambda: 1e9, halving=halving
        )
        seconds = time.perf_counter() - start
    workers.close()
    assert found is not None
    return {"seconds": seconds, "score": found.score, "whole": found.completed}


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path)
    ask.add_argument("--times", type=int, default=3)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = (given.data / "pmlb" / TABLE).resolve()
        wanted = parse_brief({"name": "tuning", "scenario": "predict", "data": str(path), "target": "target",
                             "columns": {"target": "category"}, "split": {"by": "random"}}, Path(place))  # fmt: skip
        rows = pipeline.check(wanted).rows
    order = np.random.default_rng(0).permutation(rows.open_rows)
    data = rows.X[order], rows.y[order], rows.layout
    count = Workers().count
    ways = {"one after another": (1, False), "on the cores": (count, False), "halving on the cores": (count, True)}
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(given.times):
        for way, how in ways.items():
            runs[way].append(timed(data, *how))
            print(way, runs[way][-1], flush=True)
    told = {way: {"seconds": round(float(np.median([r["seconds"] for r in some])), 2),
                  "low": round(min(r["seconds"] for r in some), 2), "high": round(max(r["seconds"] for r in some), 2),
                  "score": round(some[0]["score"], 4), "fits_on_all_rows": some[0]["whole"]} for way, some in runs.items()}  # fmt: skip
    save("tuning", {"table": TABLE, "trials": TRIALS, "processes": count, "ways": told})


if __name__ == "__main__":
    main()
