"""Whether what is known of a table beforehand tells which route will lead with four and eight times the rows (LCDB 1.1).

    python benchmarks/prior.py ../shared/data

Writes benchmarks/results/prior.json. A task is a data set on which all learners of both routes ran, seen to a quarter or an
eighth of its rows; the truth is the test errors' difference at the end, of the best of each route by validation errors; it
is decisive beyond two standard errors. Each way is a logistic regression learned on the other data sets of all tasks of a
pair of routes: of the lead now, of that and the rows, of those and the table's columns, classes and share of categories.
Beside them whoever leads now. Splits by time and by group are in no public collection of curves.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
from crossings import races
from curves_data import Collection, lcdb11
from machine import save

PAIRS = ("10 traditional against RealMLP and MLP", "10 traditional against TabPFNv2")
TIMES = (2, 3)  # doublings ahead
#: Penalty of standardised weights, in tasks; bins of calibration.
PENALTY, BINS = 1.0, 5
WAYS = {"lead": 3, "lead and rows": 5, "lead, rows and table": 9}


def logistic(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of a penalised logistic regression, by Newton's method; the first column is the constant."""
    w, keep = np.zeros(X.shape[1]), PENALTY * (np.arange(X.shape[1]) > 0)
    for _ in range(25):
        p = 1 / (1 + np.exp(-X @ w))
        slope = X.T @ (p - y) + keep * w
        w -= np.linalg.solve((X * (p * (1 - p))[:, None]).T @ X + np.diag(keep + 1e-6), slope)
    return w


def tables(folder: Path) -> dict[int, list[float]]:
    """By OpenML id: logarithms of columns and classes, share of categories."""
    with (folder / "lcdb" / "datasets.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        int(r["openmlid"]): [
            np.log2(float(r["NumberOfFeatures"])),
            np.log2(float(r["NumberOfClasses"])),
            float(r["NumberOfSymbolicFeatures"]) / float(r["NumberOfFeatures"]),
        ]
        for r in rows
    }


def tasks(found: Collection, known: dict[int, list[float]]) -> list[dict[str, Any]]:
    """Lead now and at the end, errors saved by the large route; features; whether the end is decisive."""
    out = []
    for race in races(found):
        end = len(race.at) - 1
        for h in TIMES:
            place = end - found.octave * h
            if place < found.octave:
                continue
            now, then = (_lead(found, race.d, (race.traditional, race.large), race.at[k]) for k in (place, end))
            table = known.get(int(found.ids[race.d]))
            rows = float(np.log2(found.anchors[race.at[place]]))
            scaled = now["seen"] / (now["error"] + 0.02)
            features = [
                1.0,
                scaled,
                np.tanh(now["seen"] / 0.02),
                rows,
                h,
                *(table or [np.nan] * 3),
                float(table is None),
            ]
            out.append({"pair": int(len(race.large) == 1), "h": h, "id": int(found.ids[race.d]), "x": features, "now": now["seen"],
                        "lead": then["true"], "decisive": abs(then["true"]) > 2 * then["noise"]})  # fmt: skip
    return out


def _lead(found: Collection, d: int, routes: tuple[list[int], list[int]], at: int) -> dict[str, float]:
    """The best of each route by validation at an anchor: lead there, lead in test errors and its noise, the least error."""
    picked = [route[int(found.error[d, route, 0, at, 0].argmin())] for route in routes]
    seen, true = ([found.error[d, j, 0, at, part] for j in picked] for part in (0, 1))
    noise = np.hypot(*(np.nan_to_num(found.error[d, j, 1, at, 1]) for j in picked))
    return {"seen": seen[0] - seen[1], "true": true[0] - true[1], "noise": float(noise), "error": min(seen)}


def answers(X: np.ndarray, y: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Probabilities from the other data sets; what is not known of a table is their mean."""
    out = np.zeros(len(y))
    for one in np.unique(ids):
        rest, mine = ids != one, ids == one
        mean, spread = np.nanmean(X[rest], axis=0), np.nanstd(X[rest], axis=0) + 1e-9
        Z = np.nan_to_num((X - mean) / spread)
        Z[:, 0] = 1.0
        out[mine] = 1 / (1 + np.exp(-Z[mine] @ logistic(Z[rest], y[rest])))
    return out


def judged(p: np.ndarray, lead: np.ndarray, now: np.ndarray) -> dict[str, Any]:
    """Right, its standard error and its gain on whoever leads now (paired), gap of said and true, how often 90 % is said."""
    right, leader = (p > 0.5) == (lead > 0), (now > 0) == (lead > 0)
    gain = right.astype(float) - leader
    parts = np.array_split(np.argsort(p), BINS)
    gap = sum(len(b) * abs(float(p[b].mean() - (lead[b] > 0).mean())) for b in parts) / len(p)
    sure = np.maximum(p, 1 - p) >= 0.9
    return {"right": round(float(right.mean()), 3), "se": round(float(right.std() / np.sqrt(len(p))), 3),
            "gain": round(float(gain.mean()), 3), "gain_se": round(float(gain.std() / np.sqrt(len(p))), 3),
            "gap": round(gap, 3), "log_loss": round(float(-np.log(np.clip(np.where(lead > 0, p, 1 - p), 1e-6, 1)).mean()), 3),
            "said_90": round(float(sure.mean()), 3), "said_90_right": round(float(right[sure].mean()), 3) if sure.any() else None}  # fmt: skip


def main(folder: Path) -> None:
    some = tasks(lcdb11(folder), tables(folder))
    out: dict[str, Any] = {}
    for k, name in enumerate(PAIRS):
        mine = [t for t in some if t["pair"] == k]
        X, ids, h = (np.array([t[key] for t in mine]) for key in ("x", "id", "h"))
        lead, now = (np.array([t[key] for t in mine]) for key in ("lead", "now"))
        decisive = np.array([t["decisive"] for t in mine])
        told = {way: answers(X[:, :columns], (lead > 0).astype(float), ids) for way, columns in WAYS.items()}
        for one in TIMES:
            pick = decisive & (h == one)
            out[f"{name}, {2**one}x"] = {
                "decisive": int(pick.sum()),
                "with a known table": int((pick & (X[:, -1] == 0)).sum()),
                "leads_now": round(float(((now > 0) == (lead > 0))[pick].mean()), 3),
                **{way: judged(p[pick], lead[pick], now[pick]) for way, p in told.items()},
            }
    for name, line in out.items():
        print(name, line)
    save("prior", out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
