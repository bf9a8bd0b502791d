"""Whether the same data gives the same verdict: builds of some minutes, on a quiet machine and beside busy loops.

    python benchmarks/stability.py [../shared/data/pmlb] [--minutes 1] [--loops 0 2] [--only NAME ...] [--output NAME]
    python benchmarks/stability.py ../shared/data/pmlb --minutes 5 --loops 0

Tables are scikit-learn's own, the smallest of PMLB where its folder is named, and two made here, whose right answer is known:
in one a line is enough, in the other only chance is to be found. Each is built once for every pair of minutes and busy loops;
builds that the results hold already are not repeated, so delete the file after a change of the code. Recorded are the choice, the
scores on validation and sealed rows beside the baseline's, the product's score on the same sealed rows, and what must not be:

- `below_baseline`: a candidate is offered whose sealed score is not above the baseline's (none wanted);
- `contradictions`: printed numbers that exclude each other without a word about it: a sealed interval of the choice that lies below
  its validation interval, or a sealed difference that is clearly against the choice (none wanted);
- `half_trained`: a net with a score though it did not make the steps of its plan (none wanted);
- `routes`: how many different routes a table was given where validation was decisive (no tie) in all of its builds.

Two more questions are answered from the same builds. `against_longer`: of the tables where the longest quiet build was decisive, in
how many the shortest quiet one names the same route, with both processor times. `product_minus_choice`: what the product (tuned,
bagged or an ensemble, as `prefer: balanced` takes it) scores on sealed rows above the verdict's plain choice, which is the product
under `prefer: cheap`; in points of the metric, the mean over tables with its 90 % interval.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from machine import RESULTS, save
from sklearn import datasets

from breakeven import build, metrics
from breakeven.gate.steps import PLANS, WHOLE

Frame = Mapping[str, Sequence[Any]]
#: Rows of the tables made here.
ROWS = 1_500
#: Tables of PMLB.
PMLB = 14


def of_sklearn(load: Callable[..., Any]) -> Frame:
    bunch = load()
    names = [f"x{i}" for i in range(bunch.data.shape[1])]
    target = bunch.target if load is datasets.load_diabetes else [f"class {k}" for k in bunch.target]
    return {**{n: list(column) for n, column in zip(names, bunch.data.T, strict=True)}, "target": list(target)}


def line(noise: float) -> Frame:
    """Two classes by the sum of four numbers and `noise`; nothing but noise where that is infinite."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(ROWS, 4))
    signal = X.sum(axis=1) if np.isfinite(noise) else np.zeros(ROWS)
    y = signal + rng.normal(size=ROWS) * (noise if np.isfinite(noise) else 1.0) > 0
    return {**{f"x{i}": list(X[:, i]) for i in range(4)}, "target": ["yes" if v else "no" for v in y]}


def of_pmlb(path: Path) -> Frame:
    frame = pd.read_csv(path, sep="\t")
    target = frame["target"] if path.parent.name == "regression" else [f"class {k}" for k in frame["target"]]
    return {**{name: list(frame[name]) for name in frame if name != "target"}, "target": list(target)}


TABLES: dict[str, Callable[[], Frame]] = {
    "breast-cancer": lambda: of_sklearn(datasets.load_breast_cancer),
    "wine": lambda: of_sklearn(datasets.load_wine),
    "digits": lambda: of_sklearn(datasets.load_digits),
    "diabetes": lambda: of_sklearn(datasets.load_diabetes),
    "line": lambda: line(0.5),
    "chance": lambda: line(float("inf")),
}


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many processes that do nothing but count, at normal priority."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def contradictions(v: Mapping[str, Any]) -> list[str]:
    """What is printed side by side and excludes each other, unsaid."""
    chosen, sign = v["chosen"], 1 if v["metric"]["better"] == "higher" else -1
    said = any(f["kind"] == "sealed test" for f in v["findings"])
    found = []
    for t in v["test"]:
        if t["candidate"] == chosen["candidate"] and t["score"] is not None and t["validation"]:
            a = t["validation"]
            if (t["high"] < a["low"] if sign > 0 else t["low"] > a["high"]) and not said:
                found.append(f"{t['candidate']}: validation {a['score']:.3f}, sealed {t['score']:.3f}")
    gap = chosen["difference_sealed"]
    if gap and chosen["route"] != "none" and "neither is proved" not in v["sentence"]["en"]:
        against = gap["high"] < 0 if chosen["route"] == "large" else gap["low"] > 0
        found += [f"sealed difference {gap['value']:+.3f} against {chosen['route']}"] if against else []
    return found


def record(v: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of one verdict."""
    lines, sign = {t["candidate"]: t for t in v["test"]}, 1 if v["metric"]["better"] == "higher" else -1
    chosen, baseline = v["chosen"], lines[v["baseline"]]
    own = lines.get(chosen["candidate"] or "")
    below = own is not None and own["score"] is not None and sign * (own["score"] - baseline["score"]) <= 0
    shares = {c["candidate"]: c["share"] for c in v["cut_short"]}
    planned = {c for c, share in shares.items() if any(WHOLE * p <= share <= p / WHOLE for p in PLANS)}
    half = [c for c in shares if c not in planned and lines[c]["score"] is not None]
    product = v["product"] or {}
    return {"route": chosen["route"], "candidate": chosen["candidate"], "tie": chosen["tie"],
            "validation": own["validation"]["score"] if own else None, "sealed": own["score"] if own else None,
            "baseline": baseline["score"], "reason": chosen["reason"], "stopped": v["stopped"], "cut_short": shares,
            "unmeasured": {t["candidate"]: t["why_not"] for t in v["test"] if "not measured: " in (t["why_not"] or "")},
            "openings": v["sealed_openings"], "below_baseline": below, "contradictions": contradictions(v),
            "half_trained": half, "p_large": chosen["p_large"], "metric": v["metric"]["name"], "lower_is_better": sign < 0,
            "product": product.get("value"), "bag": bool((product.get("bag") or {}).get("built")),
            "tuned": bool((product.get("search") or {}).get("taken")),
            "ensemble": bool((product.get("ensemble") or {}).get("built"))}  # fmt: skip


def one(frame: Frame, minutes: float, loops: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place, busy(loops):
        wall, processor = time.perf_counter(), processor_seconds()
        product = build(frame, target="target", minutes=minutes, folder=place, split={"by": "random"}, quiet=True)
        plain = json.loads((product.folder / "verdict.json").read_text())
        spent = {
            "seconds": round(time.perf_counter() - wall, 1),
            "processor_seconds": round(processor_seconds() - processor, 1),
        }
        return {"minutes": minutes, "loops": loops, **record(plain), **spent}


def processor_seconds() -> float:
    """Of this process and those it has ended; the busy loops count to them, so it is of use for quiet builds alone."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def summary(builds: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """The counts that are wanted to be nought, and the tables by what became of their routes."""
    every = [run for runs in builds.values() for run in runs]
    decisive = {name: runs for name, runs in builds.items() if not any(run["tie"] for run in runs)}
    return {"tables": len(builds), "builds": len(every), "below_baseline": sum(run["below_baseline"] for run in every),
            "contradictions": sum(len(run["contradictions"]) for run in every),
            "half_trained": sum(len(run["half_trained"]) for run in every),
            "decisive": len(decisive), "of_one_route": sum(len({run["route"] for run in runs}) == 1 for runs in decisive.values()),
            "routes": {name: sorted({run["route"] for run in runs}) for name, runs in builds.items()},
            "longest_over_its_minutes": round(max(run["seconds"] / 60 / run["minutes"] for run in every), 2),
            "against_longer": against_longer(builds), "product_minus_choice": product_minus_choice(builds)}  # fmt: skip


def against_longer(builds: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """The shortest quiet build beside the longest, where that is longer."""
    tables: dict[str, dict[str, Any]] = {}
    for name, runs in builds.items():
        quiet = sorted((run for run in runs if not run["loops"]), key=lambda run: run["minutes"])
        if len({run["minutes"] for run in quiet}) > 1:
            short, long = quiet[0], quiet[-1]
            tables[name] = {"decisive": not long["tie"] and long["route"] != "none", "same": short["route"] == long["route"],
                            "routes": [short["route"], long["route"]], "p_large": [short["p_large"], long["p_large"]],
                            "share_of_processor": round(short["processor_seconds"] / long["processor_seconds"], 2)}  # fmt: skip
    if not tables:
        return None
    decisive = [one for one in tables.values() if one["decisive"]]
    return {"tables": len(tables), "decisive": len(decisive), "same_route": sum(one["same"] for one in decisive),
            "share_of_processor": round(float(np.mean([one["share_of_processor"] for one in tables.values()])), 2),
            "by_table": tables}  # fmt: skip


def product_minus_choice(builds: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """In points (hundredths of the metric) of tables where more is better; the mean of a table's builds counts once."""
    gaps = {}
    for name, runs in builds.items():
        both = [run for run in runs if run["product"] is not None and run["sealed"] is not None]
        if both and not both[0]["lower_is_better"]:
            gaps[name] = round(100 * float(np.mean([run["product"] - run["sealed"] for run in both])), 3)
    values = np.array(list(gaps.values()))
    if len(values) < 2:
        return {"tables": len(values), "by_table": gaps}
    half = metrics.Z90 * float(values.std(ddof=1)) / len(values) ** 0.5
    return {"tables": len(values), "mean": round(float(values.mean()), 3),
            "interval_90": [round(float(values.mean()) - half, 3), round(float(values.mean()) + half, 3)],
            "better": int((values > 0).sum()), "worse": int((values < 0).sum()), "by_table": gaps}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("pmlb", type=Path, nargs="?")
    options.add_argument("--minutes", type=float, nargs="+", default=[1.0, 2.0])
    options.add_argument("--loops", type=int, nargs="+", default=[0, 2])
    options.add_argument("--only", nargs="+", default=[])
    options.add_argument("--output", default="stability")
    given = options.parse_args()
    tables = dict(TABLES)
    if given.pmlb is not None:
        smallest = sorted(given.pmlb.glob("*/*.tsv.gz"), key=lambda path: path.stat().st_size)[:PMLB]
        tables |= {f"pmlb-{path.name.split('.')[0]}": partial(of_pmlb, path) for path in smallest}
    kept = RESULTS / f"{given.output}.json"
    builds: dict[str, list[dict[str, Any]]] = json.loads(kept.read_text())["builds"] if kept.exists() else {}
    for name in given.only or tables:
        frame = tables[name]()
        for minutes in given.minutes:
            for loops in given.loops:
                runs = builds.setdefault(name, [])
                if any((run["minutes"], run["loops"]) == (minutes, loops) for run in runs):
                    continue
                runs.append(one(frame, minutes, loops))
                print(name, {k: v for k, v in runs[-1].items() if k != "reason"}, flush=True)
                save(given.output, {"summary": summary(builds), "builds": builds}, quiet=True)
    print(json.dumps(summary(builds), indent=1))


if __name__ == "__main__":
    main()
