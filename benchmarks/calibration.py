"""How far said probabilities are from true ones, on sealed rows: uncalibrated, after each map, and after the chosen one.

    python benchmarks/calibration.py [--work FOLDER] ../shared/data [set ...]

Candidates are fitted without a race: each answers its folds' validation rows (on which maps are fitted and chosen) and,
fitted on all open rows, the sealed ones. The served one is the best on validation rows. Answers are kept in FOLDER, so
that maps can be compared again. `ece` has 15 bins of equal size; `gap` is the same less what chance adds, with its 90 %
interval over units; `by_chance` is the ECE that a perfectly calibrated model would have on as many rows.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from machine import save
from media import digits, lines, put

from breakeven import metrics, pipeline
from breakeven.core.types import Array
from breakeven.features.decoding import Decoder
from breakeven.gate.results import Job
from breakeven.metrics.probability_gap import measure
from breakeven.models.training import calibrate, calibration_maps
from breakeven.scenarios.registry import parse_brief
from breakeven.tables import problem as tables

BINS = 15
KINDS = ("none", "temperature", "beta", "vector", "isotonic", "chosen")
TABLES = ("linear", "random_forest", "boosting", "mlp")
#: Open rows beyond which the MLP is left out: its fits would take hours.
MLP_ROWS = 1_500
TEXTS, IMAGES = ("linear_svm",), ("rbf_svm",)


def texts(data: Path, name: str, place: Path) -> str:
    """One file of all labelled texts."""
    if name == "waimai-zh":
        with (data / "cs-waimai-zh" / "waimai_10k.csv").open(encoding="utf-8-sig") as file:
            found = [(r["review"], r["label"]) for r in csv.DictReader(file)]
    elif name == "clinc150":
        held = json.loads(gzip.decompress((data / "cs-clinc150" / "data_full.json.gz").read_bytes()))
        found = [tuple(r) for r in held["train"]]
    else:
        folder, ending, label = {"cic-zh": ("cs-cic-zh", "", "label_des"), "tnews-zh": ("cs-tnews-zh", ".gz", "label")}[
            name
        ]
        found = lines(data / folder / f"test_public.json{ending}", label, "sentence")  # train labels are noisy
    with (place / "data.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *found])
    return "data.csv"


def images(data: Path, name: str, place: Path) -> str:
    """A folder of labelled images."""
    if name == "digits":
        digits(data, place)
    else:
        held = np.loadtxt(data / "img-mnist5k" / "mnist_5k.csv.gz", delimiter=",")
        put(place / "train", held[:, :-1].reshape(-1, 28, 28).astype(np.uint8), held[:, -1].astype(int))
    return "train"


def sets(data: Path) -> dict[str, tuple[str, Any]]:
    """Names of all sets, quick ones first, with what they are."""
    found = sorted((data / "pmlb" / "classification").glob("*.tsv.gz"), key=lambda p: p.stat().st_size)
    others = {n: ("text", n) for n in ("waimai-zh", "tnews-zh", "cic-zh", "clinc150")} | {
        n: ("image", n) for n in ("digits", "mnist5k")
    }
    return {p.name.split(".")[0]: ("table", p.resolve()) for p in found} | others


def answered(data: Path, name: str, kind: str, given: Any) -> dict[str, Array]:
    """Each candidate's answers to validation rows (all folds one after another) and to sealed ones, with truth and units."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        brief: dict[str, Any] = {"name": name, "scenario": "predict", "split": {"by": "random"}}
        if kind == "table":
            brief |= {"data": str(given), "target": "target", "columns": {"target": "category"}}
        elif kind == "text":
            brief |= {
                "data": texts(data, name, place),
                "target": "label",
                "columns": {"text": "text", "label": "category"},
            }
        else:
            brief |= {"data": images(data, name, place)}
        need = parse_brief(brief, place)
        collected = pipeline.check(need)
        rows = collected.rows
        names = {"table": TABLES, "text": TEXTS, "image": IMAGES}[kind]
        names = tuple(n for n in names if n != "mlp" or len(rows.open_rows) <= MLP_ROWS)
        fitter = tables.make_fitter(need, collected, place / "work", None, names)
        y, repeats = rows.y[rows.open_rows], range(len(rows.folds))
        out = {
            "y": np.concatenate([fitter.truth(r) for r in repeats]),
            "units": np.concatenate([fitter.validation_units(r) for r in repeats]),
            "sealed_y": rows.y[rows.test_rows],
            "sealed_units": rows.units[rows.test_rows],
        }
        for candidate in fitter.candidates:
            start = time.perf_counter()
            found = [fitter.fit(Job(candidate, len(rows.folds[r].train), r), {}) for r in repeats]
            if any(f.prediction is None for f in found):
                print(name, candidate, [f.error for f in found], flush=True)
                continue
            out[f"open {candidate}"] = np.concatenate([f.prediction for f in found])
            model = fitter.build(candidate, {}).fit(rows.X[rows.open_rows], y)
            out[f"sealed {candidate}"] = np.asarray(model.scores(rows.X[rows.test_rows]), dtype=np.float32)
            print(name, candidate, f"{time.perf_counter() - start:.0f} s", flush=True)
    return out


def gap(p: Array, y: Array, units: Array) -> dict[str, Any]:
    """The figures of one set of answers."""
    said, right = p.max(axis=1), p.argmax(axis=1) == y
    plain, found = measure(said, right, units, BINS), measure(said, right, units)
    return {"ece": plain.plain, "by_chance": plain.by_chance, "gap": found.value, "low": found.low, "high": found.high,
            "shown": found.shown, "log_loss": metrics.score("log_loss", y, p), "accuracy": float(right.mean())}  # fmt: skip


def compared(kept: dict[str, Array], candidate: str) -> dict[str, Any]:
    """One candidate's sealed answers after each map that was fitted on its validation rows."""
    p = np.asarray(kept[f"open {candidate}"], dtype=float)
    p, y = p / p.sum(axis=1, keepdims=True), kept["y"]
    chosen = calibrate.choose(p, y, kept["units"], "accuracy")
    fitted: dict[str, Any] = {"none": None, "chosen": chosen.map}
    fitted |= calibration_maps.fit([k for k in KINDS if k not in fitted and (k != "vector" or p.shape[1] > 2)], p, y)
    classes = tuple(str(k) for k in range(p.shape[1]))
    answers = {
        k: Decoder("classification", classes, m).calibrated(kept[f"sealed {candidate}"]) for k, m in fitted.items()
    }
    found = {k: gap(answers[k], kept["sealed_y"], kept["sealed_units"]) for k in KINDS if k in answers}
    rounded = {k: {n: round(v, 4) if isinstance(v, float) else v for n, v in f.items()} for k, f in found.items()}
    score = metrics.score("accuracy", y, p)
    return {"validation": round(score, 4), "kind": chosen.kind, "why": chosen.why, **rounded}


def summary(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Median and worst over sets of the served candidate, and over all candidates; what lies above the goal."""
    served = {s: one["candidates"][one["served"]] for s, one in found.items()}
    every = {f"{s} {c}": line for s, one in found.items() for c, line in one["candidates"].items()}
    out: dict[str, Any] = {"goal": {"median": 0.03, "worst": 0.06}}
    for which, lines_ in (("served", served), ("all candidates", every)):
        for kind in KINDS:
            some = [line[kind] for line in lines_.values() if kind in line]
            out.setdefault(which, {})[kind] = {
                f"{of} {n}": round(float(f([line[n] for line in some])), 4)
                for n in ("ece", "gap", "by_chance", "log_loss")
                for of, f in (("median", np.median), ("worst", max))
            } | {"sets": len(some)}
    over = {
        s: line["chosen"] for s, line in every.items() if line["chosen"]["gap"] > 0.06 or line["chosen"]["ece"] > 0.06
    }
    out["above 0.06"] = {
        s: {n: o[n] for n in ("ece", "by_chance", "gap", "low", "high", "shown")} for s, o in over.items()
    }
    return out


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("data", type=Path)
    options.add_argument("only", nargs="*")
    options.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "breakeven-calibration")
    given = options.parse_args()
    warnings.simplefilter("ignore")
    given.work.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    for name, (kind, what) in sets(given.data.resolve()).items():
        if given.only and name not in given.only:
            continue
        file = given.work / f"{name}.npz"
        if not file.is_file():
            np.savez_compressed(file, **answered(given.data.resolve(), name, kind, what))
        with np.load(file) as opened:
            kept = dict(opened)
        names = [k.removeprefix("open ") for k in kept if k.startswith("open ")]
        lines_ = {c: compared(kept, c) for c in names}
        best = max(lines_, key=lambda c: lines_[c]["validation"])
        sealed = len(kept["sealed_y"])
        found[name] = {"classes": int(kept[f"open {best}"].shape[1]), "held_out": len(kept["y"]), "sealed": sealed, "served": best,
                       "candidates": lines_}  # fmt: skip
        print(
            name,
            best,
            lines_[best]["kind"],
            {k: lines_[best][k]["ece"] for k in KINDS if k in lines_[best]},
            flush=True,
        )
    result = {**summary(found), "sets": found}
    if given.only:
        print(json.dumps(result, indent=1))
    else:
        save("calibration", result, quiet=True)
        print(json.dumps({k: v for k, v in result.items() if k != "sets"}, indent=1))


if __name__ == "__main__":
    main()
