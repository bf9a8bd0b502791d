"""Learn the forecaster's blend, bands and route probability from LCDB 1.1, and check them leaving data sets out.

    python benchmarks/learn_forecast.py ../shared/data/lcdb11/curves.npz

Writes src/breakeven/gate/forecast.json (learned on all data sets) and benchmarks/results/forecast.json (the check:
ten folds over data sets, every number from data sets not learned on). Curves are thinned to what the gate measures:
sizes by a factor of two with three repeats' noise.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, save
from sklearn.linear_model import LogisticRegression

from breakeven.gate import forecast as f
from breakeven.store import write_json

TRADITIONAL = ("SVM_Linear", "SVM_RBF", "LogisticRegression", "RidgeClassifier", "LDA", "KNN", "ens.ExtraTrees",
               "ens.RandomForest", "ens.GradientBoosting", "CatBoost")  # fmt: skip
LARGE = ("RealMLP", "MLP")
HORIZONS = (1, 2, 3, 4)  # doublings ahead
FOLDS = 10
EVERY = 8  # anchors are 2^(1/8) apart
LEFT_OUT = ("SVM_Sigmoid", "DummyClassifier", "BernoulliNB", "ComplementNB", "MultinomialNB", "ExtraTree", "Perceptron",
            "PassiveAggressive", "QDA")  # fmt: skip


def load(path: Path) -> tuple[np.ndarray, np.ndarray, list[str], np.ndarray]:
    file = np.load(path)
    return (
        file["error"].astype(float),
        file["anchors"].astype(float),
        [str(x) for x in file["learners"]],
        file["openml_ids"],
    )


def seen(curve: np.ndarray, anchors: np.ndarray, last: int, rng: np.random.Generator) -> f.Seen | None:
    """The curve (mean, standard error; anchor) thinned up to anchor `last`, with the noise of 3 of 25 repeats added."""
    at = np.arange(last, -1, -EVERY)[::-1][-8:]
    mean, error = curve[0, at, 0], curve[1, at, 0]
    if len(at) < 3 or not np.isfinite(mean).all():
        return None
    noise = np.nan_to_num(error) * np.sqrt(25 / 3)
    return f.Seen(anchors[at], np.clip(mean + noise * rng.normal(size=len(at)) * 0.94, 0, 1), noise)


def last_anchor(curve: np.ndarray) -> int:
    known = np.flatnonzero(np.isfinite(curve[0, :, 1]))
    return int(known[-1]) if len(known) else -1


def forecasts(error: np.ndarray, anchors: np.ndarray, learners: list[str]) -> dict[str, np.ndarray]:
    """One row a (curve, horizon): data set, doublings, three forecasts, truth, and the band's features without value."""
    rng = np.random.default_rng(0)
    rows: list[list[float]] = []
    for d in range(len(error)):
        for j, name in enumerate(learners):
            end = last_anchor(error[d, j])
            if name in LEFT_OUT or end < 0:
                continue
            for h in HORIZONS:
                s = seen(error[d, j], anchors, end - EVERY * h, rng) if end - EVERY * h >= 2 * EVERY else None
                if s is None:
                    continue
                ahead = anchors[[end]]
                three = [s.error[-1], f.power(s, ahead, np.zeros(1))[0], f.power(s, ahead)[0]]
                rows.append([d, h, *three, error[d, j, 0, end, 1], s.error[-1], s.noise[-1]])
    table = np.array(rows)
    return {"set": table[:, 0].astype(int), "h": table[:, 1], "three": table[:, 2:5], "truth": table[:, 5],
            "last": table[:, 6], "noise": table[:, 7]}  # fmt: skip


def learn_blend(t: dict[str, np.ndarray], use: np.ndarray) -> list[list[float]]:
    """For each horizon the weights (steps of 0.1) with the smallest mean of mean and median absolute error."""
    grid = [(a / 10, b / 10, (10 - a - b) / 10) for a in range(11) for b in range(11 - a)]
    out = [[1.0, 0.0, 0.0]]
    for h in HORIZONS:
        pick = use & (t["h"] == h)

        def cost(w: tuple[float, ...], pick: np.ndarray = pick) -> float:
            miss = np.abs(t["three"][pick] @ np.array(w) - t["truth"][pick])
            return float(miss.mean() + 2 * np.median(miss))

        out.append(list(min(grid, key=cost)))
    return out


def values(t: dict[str, np.ndarray], blend: list[list[float]]) -> np.ndarray:
    weights = np.array(blend)[t["h"].astype(int)]
    return (t["three"] * weights).sum(axis=1)


def band_features(t: dict[str, np.ndarray], value: np.ndarray) -> np.ndarray:
    return np.stack([np.ones(len(value)), np.log(np.abs(value - t["last"]) + f.FINE), np.log(t["noise"] + f.FINE),
                     np.log(t["h"] + 0.5), np.log(np.abs(t["last"]) + 10 * f.FINE)], axis=1)  # fmt: skip


def learn_band(t: dict[str, np.ndarray], use: np.ndarray, value: np.ndarray) -> tuple[list[float], float]:
    """Log of the miss regressed on the features; then the 90 % conformal quantile of what is left."""
    x, miss = band_features(t, value)[use], np.abs(value - t["truth"])[use]
    scale = np.linalg.lstsq(x, np.log(miss + f.FINE), rcond=None)[0]
    return scale.tolist(), float(np.quantile(miss / np.exp(x @ scale), 0.9))


def duels(error: np.ndarray, anchors: np.ndarray, learners: list[str]) -> dict[str, np.ndarray]:
    """One row a (data set, pair or routes, horizon): features, large better at the end, size of the lead, decisive."""
    rng = np.random.default_rng(1)
    trad, big = [learners.index(n) for n in TRADITIONAL], [learners.index(n) for n in LARGE]
    rows: list[list[float]] = []
    for d in range(len(error)):
        ends = {j: last_anchor(error[d, j]) for j in [*trad, *big]}
        for h in HORIZONS:
            best: dict[str, tuple[f.Seen, int]] = {}
            curves: dict[int, tuple[f.Seen, int]] = {}
            end = min((e for e in ends.values() if e >= 0), default=-1)
            if end - EVERY * h < 2 * EVERY:
                continue
            for j in ends:
                s = seen(error[d, j], anchors, end - EVERY * h, rng)
                if s is not None and np.isfinite(error[d, j, 0, end, 1]):
                    curves[j] = (s, j)
            for route, members in (("t", trad), ("l", big)):
                inside = [curves[j] for j in members if j in curves]
                if inside:
                    best[route] = min(inside, key=lambda pair: pair[0].error[-1])
            if len(best) < 2:
                continue
            ahead = float(anchors[end])
            pairs = [(best["t"], best["l"], 1.0)] + [
                (curves[a], curves[b], 0.0) for a in trad for b in big if a in curves and b in curves
            ]
            for (st, jt), (sl, jl), routes in pairs:
                if routes:  # the truth of a route is its best at the end, chosen on validation
                    jt = min((j for j in trad if j in curves), key=lambda j: error[d, j, 0, end, 0])
                    jl = min((j for j in big if j in curves), key=lambda j: error[d, j, 0, end, 0])
                lead = error[d, jt, 0, end, 1] - error[d, jl, 0, end, 1]
                noise = np.hypot(np.nan_to_num(error[d, jt, 1, end, 1]), np.nan_to_num(error[d, jl, 1, end, 1]))
                rows.append([d, h, routes, float(abs(lead) > 2 * noise), lead, float(st.error[-1] > sl.error[-1]),
                             *f.lead_features(st, sl, ahead)])  # fmt: skip
    table = np.array(rows)
    return {"set": table[:, 0].astype(int), "h": table[:, 1], "routes": table[:, 2] > 0, "decisive": table[:, 3] > 0,
            "lead": table[:, 4], "leads_now": table[:, 5] > 0, "x": table[:, 6:]}  # fmt: skip


def learn_route(t: dict[str, np.ndarray], use: np.ndarray) -> dict[str, Any]:
    """Logistic regression on the features and their products with the distance; routes weigh as much as all pairs."""
    x, y = t["x"][use], t["lead"][use] > 0
    mean, spread = x.mean(axis=0), x.std(axis=0)
    z = (x - mean) / spread
    z = np.column_stack([z, z[:, :4] * z[:, 4:5]])
    weight = np.where(t["routes"][use], (~t["routes"][use]).sum() / max(t["routes"][use].sum(), 1), 1.0)
    model = LogisticRegression(C=0.3, max_iter=2000).fit(z, y, sample_weight=weight)
    return {
        "mean": mean.tolist(),
        "spread": spread.tolist(),
        "weights": model.coef_[0].tolist(),
        "bias": float(model.intercept_[0]),
    }


def chance(t: dict[str, np.ndarray], known: dict[str, Any]) -> np.ndarray:
    z = (t["x"] - np.array(known["mean"])) / np.array(known["spread"])
    z = np.column_stack([z, z[:, :4] * z[:, 4:5]])
    return 1 / (1 + np.exp(-z @ np.array(known["weights"]) - known["bias"]))


def learn(t: dict[str, np.ndarray], duel: dict[str, np.ndarray], out_of: np.ndarray) -> dict[str, Any]:
    use, fight = ~np.isin(t["set"], out_of), ~np.isin(duel["set"], out_of)
    blend = learn_blend(t, use)
    scale, quantile = learn_band(t, use, values(t, blend))
    return {"source": "LCDB 1.1, CC BY 4.0", "horizons": [0, *HORIZONS], "blend": blend, "scale": scale,
            "quantile": quantile, "route": learn_route(duel, fight)}  # fmt: skip


def check(t: dict[str, np.ndarray], duel: dict[str, np.ndarray], sets: np.ndarray) -> dict[str, Any]:
    """Ten folds over data sets: forecast error, band coverage and width, right choices; baselines beside each."""
    folds = np.array_split(np.random.default_rng(2).permutation(sets), FOLDS)
    value, half, p = np.zeros(len(t["h"])), np.zeros(len(t["h"])), np.zeros(len(duel["h"]))
    for held in folds:
        known = learn(t, duel, held)
        mine = np.isin(t["set"], held)
        v = values(t, known["blend"])
        value[mine], half[mine] = (
            v[mine],
            (known["quantile"] * np.exp(band_features(t, v) @ np.array(known["scale"])))[mine],
        )
        fight = np.isin(duel["set"], held)
        p[fight] = chance(duel, known["route"])[fight]
    out: dict[str, Any] = {"forecast": {}, "choice": {}}
    for h in HORIZONS:
        pick = t["h"] == h
        miss = {n: np.abs(t["three"][pick, i] - t["truth"][pick]) for i, n in enumerate(("last", "pow3", "pow4"))}
        miss["blend"] = np.abs(value - t["truth"])[pick]
        out["forecast"][f"{2**h}x"] = {
            "curves": int(pick.sum()),
            **{
                n: {"median": round(float(np.median(m)) * 100, 2), "mean": round(float(m.mean()) * 100, 2)}
                for n, m in miss.items()
            },
            "coverage": round(float((np.abs(value - t["truth"]) <= half)[pick].mean()), 3),
            "half_width_median": round(float(np.median(half[pick])) * 100, 2),
        }
        for kind, who in (("pairs", ~duel["routes"]), ("routes", duel["routes"])):
            pick = (duel["h"] == h) & who & duel["decisive"]
            right, now = (p > 0.5) == (duel["lead"] > 0), duel["leads_now"] == (duel["lead"] > 0)
            sure = pick & (np.abs(p - 0.5) >= 0.4)
            n = int(pick.sum())
            out["choice"][f"{kind} {2**h}x"] = {
                "decisive": n, "right": round(float(right[pick].mean()), 3), "se": round(float((right[pick].std()) / np.sqrt(n)), 3),
                "leads_now_right": round(float(now[pick].mean()), 3),
                "regret_points": round(float((np.abs(duel["lead"]) * ~right)[pick].mean()) * 100, 3),
                "leads_now_regret_points": round(float((np.abs(duel["lead"]) * ~now)[pick].mean()) * 100, 3),
                "said_90": int(sure.sum()), "said_90_right": round(float(right[sure].mean()), 3) if sure.any() else None,
            }  # fmt: skip
    return out


def main() -> None:
    error, anchors, learners, ids = load(Path(sys.argv[1]))
    t, duel = forecasts(error, anchors, learners), duels(error, anchors, learners)
    write_json(ROOT / "src/breakeven/gate/forecast.json", learn(t, duel, np.array([])))
    save("learn_forecast", check(t, duel, np.arange(len(ids))))


if __name__ == "__main__":
    main()
