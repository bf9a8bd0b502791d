"""Does the gate name the better route of texts and images? Ten sets at 500, 2,000 and all rows.

    python benchmarks/gate_media.py ../shared/data [--sets digits ...] [--rows 500 2000 0] [--minutes 2]

Each draw of a set is weighed within the minutes; then every candidate, also those that left the race, is fitted on all
its open rows and answers the sealed ones. The better route is that of the best candidate there; where the paired 90 %
interval of the two routes' best holds zero, or the gap is within the margin, either choice is right. 0 rows: all, at
most 20,000.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import RESULTS, save
from media import chinese, cifar, clinc, curves, fashion, put
from sklearn.datasets import load_digits

from breakeven import metrics, pipeline
from breakeven.core import store
from breakeven.gate.results import Job, Measured
from breakeven.scale.executor import Workers
from breakeven.scenarios.registry import load_brief
from breakeven.tables import encoding, fitter
from breakeven.tables import problem as tables

Rows = list[tuple[str, str]]
Pool = tuple[list[Any], list[str]]
HELD, MOST, MARGIN = 2_000, 20_000, 0.005


def texts(rows: Iterable[tuple[str, str]]) -> Pool:
    kept = list(rows)
    return [t for t, _ in kept], [y for _, y in kept]


def both(read: Callable[[Path], tuple[Rows, Rows]]) -> Callable[[Path], Pool]:
    return lambda data: texts([r for part in read(data) for r in part])


def waimai(data: Path) -> Pool:
    with (data / "cs-waimai-zh" / "waimai_10k.csv").open(encoding="utf-8-sig", newline="") as file:
        return texts((r["review"], f"label {r['label']}") for r in csv.DictReader(file))


def snips(data: Path) -> Pool:
    found: Rows = []
    for part in ("train", "valid", "test"):
        folder = data / "voice-snips" / part
        packed = folder / "seq.in.gz"
        raw = gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / "seq.in").read_bytes()
        said = raw.decode().splitlines()
        found += zip(said, (folder / "label").read_text(encoding="utf-8").split(), strict=True)
    return texts(found)


def digits(_: Path) -> Pool:
    held = load_digits()
    return list((held.images * 255 / 16).astype(np.uint8)), [str(y) for y in held.target]


def mnist(data: Path) -> Pool:
    table = np.loadtxt(data / "img-mnist5k" / "mnist_5k.csv.gz", delimiter=",", dtype=np.int64)
    return list(table[:, :-1].reshape(-1, 28, 28).astype(np.uint8)), [str(y) for y in table[:, -1]]


def pneumonia(data: Path) -> Pool:
    with np.load(data / "img-pneumoniamnist" / "pneumoniamnist.npz") as held:
        parts = ("train", "val", "test")
        X = np.concatenate([held[f"{p}_images"] for p in parts])
        y = np.concatenate([held[f"{p}_labels"].ravel() for p in parts])
    return list(X), [f"finding {v}" for v in y]


def written(write: Callable[[Path, Path], Any]) -> Callable[[Path], Pool]:
    """A set that media.py writes as folders of files: the paths under `train`."""

    def read(data: Path) -> Pool:
        place = Path(tempfile.mkdtemp())
        write(data, place)
        paths = sorted(p for p in (place / "train").rglob("*") if p.is_file())
        return paths, [p.parent.name for p in paths]

    return read


SETS: dict[str, Callable[[Path], Pool]] = {
    "clinc150": both(clinc),
    "tnews-zh": both(chinese("cs-tnews-zh", ".gz", "label")),
    "cic-zh": both(chinese("cs-cic-zh", "", "label_des")),
    "waimai-zh": waimai,
    "snips": snips,
    "digits": digits,
    "mnist5k": mnist,
    "pneumonia": pneumonia,
    "fashion": written(fashion(12_000)),
    "cifar10": written(cifar),
}


def lay(place: Path, pool: Pool, pick: np.ndarray, held: int, minutes: float) -> None:
    """A brief and the drawn rows as a folder of images or a CSV."""
    values, labels = [pool[0][i] for i in pick], [pool[1][i] for i in pick]
    said = isinstance(values[0], str)
    if said:
        with (place / "rows.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *zip(values, labels, strict=True)])
    elif isinstance(values[0], Path):
        for i, (path, label) in enumerate(zip(values, labels, strict=True)):
            to = place / "images" / label / f"{i:05d}{path.suffix}"
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    else:
        put(place / "images", np.stack(values), np.array(labels))
    text = ["name: bench", "scenario: predict", f"data: {'rows.csv' if said else 'images'}", f"margin: {MARGIN}",
            f"limits: {{minutes: {minutes:g}}}", f"split: {{test: {held / len(pick):.4f}}}"]  # fmt: skip
    (place / "product.yaml").write_text(
        "\n".join([*text, *(["target: label"] if said else [])]) + "\n", encoding="utf-8"
    )


def fit(item: tuple[Any, Job]) -> Measured:
    return item[0].fit(item[1], {})  # type: ignore[no-any-return]


def everything(brief: Any, run: pipeline.Run) -> tuple[dict[str, Measured], Any]:
    """Every candidate fitted on all open rows, and its answers to the sealed ones; and the problem."""
    work, whole = run.folder / "work", run.folder / "whole"
    problem = tables.make_fitter(brief, tables.collect(brief), work)
    X, y, _ = fitter.open_rows(work)
    sealed = store.read_arrays(work / "sealed.npz")
    n, m = len(y), len(sealed["y"])
    store.write_arrays(whole / fitter.ROWS, X=np.concatenate([X, sealed["X"]]), y=np.concatenate([y, sealed["y"]]),
                       train0=np.arange(n), validation0=np.arange(n, n + m), spare0=np.arange(0))  # fmt: skip
    workers = Workers()
    problem = encoding.encode_ahead(replace(problem, work=whole), workers, 1e9, lambda _: None)
    jobs = [(problem, Job(c, n, 0)) for c in problem.candidates]
    return {job.candidate: measured for (_, job), measured in workers.run(fit, jobs)}, problem


def judged(name: str, pool: Pool, rows: int, minutes: float) -> dict[str, Any]:
    """The gate's choice on a draw of a set, and which route was better after everything was trained."""
    count = len(pool[1])
    held = min(HELD, count // 4)
    train = min(rows or MOST, MOST, count - held)
    pick = np.random.default_rng(1).permutation(count)[: train + held]
    with tempfile.TemporaryDirectory() as made:
        lay(Path(made), pool, pick, held, minutes)
        brief = load_brief(Path(made))
        run = pipeline.build(brief, weigh=True)
        found, problem = everything(brief, run)
        truth = store.read_arrays(run.folder / "work" / "sealed.npz")["y"]
    chosen = run.verdict["chosen"]
    scores = {c: round(float(np.mean(m.prediction.argmax(axis=1) == truth)), 4)
              for c, m in found.items() if m.prediction is not None}  # fmt: skip
    by_route = {
        r: [c for c in scores if problem.candidates[c] == r and c != "baseline"] for r in ("traditional", "large")
    }
    best = {r: max(names, key=lambda c: scores[c]) for r, names in by_route.items()}
    gap, error = metrics.difference(
        "accuracy", truth, found[best["large"]].prediction, found[best["traditional"]].prediction
    )  # type: ignore[arg-type]
    half = metrics.Z90 * error
    better = "either" if abs(gap) <= max(half, MARGIN) else "large" if gap > 0 else "traditional"
    return {"rows": train, "chosen": chosen["route"], "candidate": chosen["candidate"], "tie": chosen["tie"],
            "p_large": chosen["p_large"], "better": better, "right": better in ("either", chosen["route"]),
            "large_minus_traditional": [round(gap - half, 4), round(gap, 4), round(gap + half, 4)], "best": best,
            "scores": scores, "seconds": {c: round(m.seconds, 1) for c, m in found.items()},
            "curves": curves(run.verdict), "left": {c["candidate"]: c["left"] for c in run.verdict["curves"] if c.get("left")}}  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path)
    ask.add_argument("--sets", nargs="*")
    ask.add_argument("--rows", nargs="+", type=int, default=[500, 2_000, 0])
    ask.add_argument("--minutes", type=float, default=2)
    given = ask.parse_args()
    kept = RESULTS / "gate_media.json"
    for name in given.sets or SETS:
        pool = SETS[name](given.data)
        for rows in given.rows:
            found = judged(name, pool, rows, given.minutes)
            parts = store.read_json(kept).get("sets", {}) if kept.is_file() else {}
            parts = {**parts, name: {**parts.get(name, {}), str(rows or "all"): found}}
            told = {key: f"{sum(s[key]['right'] for s in parts.values() if key in s)} of {sum(key in s for s in parts.values())}"
                    for key in ("500", "2000", "all")}  # fmt: skip
            save("gate_media", {"right": told, "sets": parts}, quiet=True)
            print(
                name,
                rows,
                {k: v for k, v in found.items() if k not in ("scores", "left", "seconds", "curves")},
                flush=True,
            )
    print(store.read_json(kept)["right"], file=sys.stderr)


if __name__ == "__main__":
    main()
