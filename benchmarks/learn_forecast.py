"""Learn the forecaster from LCDB 1.1 and LCDB, and check it on data sets it was not learned on.

    python benchmarks/learn_forecast.py ../shared/data

Writes src/breakeven/gate/forecast.npz (learned on all data sets) and benchmarks/results/forecast.json (the check: folds
over OpenML ids, every number from sets the model was not learned on; last value, pow3 and pow4 beside it). Curves are
learned both as the mean of all repeats at all sizes and as the gate measures them, three repeats at up to ten sizes.
What the second layer (bands, duels, routes) learns from are the first layer's answers on sets it did not see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crossings
import lightgbm
import numpy as np
from curves_data import PRETRAINED, SCRATCH, TRADITIONAL, Collection, lcdb, lcdb11
from machine import ROOT, save

from breakeven.gate import curve_features, forecast, pairwise
from breakeven.gate.curve_features import Seen, Shapes
from breakeven.gate.trees import Trees

HORIZONS = (1, 2, 3, 4)  # doublings ahead
FOLDS = 8
SEED = 3
#: What a route's chance is moved towards who leads now (log odds).
STAY = 0.5
OTHERS, SUBSETS = 8, 3
#: Share that a band is to hold where it is learned, a little more than the 90 % it promises; rows a factor is taken from.
HELD, ENOUGH = 0.905, 200
VALUE = {"objective": "l1", "learning_rate": 0.06, "num_leaves": 31, "min_data_in_leaf": 60, "feature_fraction": 0.5,
         "bagging_fraction": 0.7, "rounds": 260}  # fmt: skip
BAND = {"objective": "quantile", "alpha": 0.9, "learning_rate": 0.06, "num_leaves": 15, "min_data_in_leaf": 200,
        "feature_fraction": 0.5, "bagging_fraction": 0.6, "rounds": 160}  # fmt: skip
PAIR = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 100, "feature_fraction": 0.4,
        "bagging_fraction": 0.6, "lambda_l2": 5.0, "rounds": 320}  # fmt: skip
ROUTE = {"objective": "binary", "learning_rate": 0.04, "num_leaves": 12, "min_data_in_leaf": 150, "feature_fraction": 0.5,
         "bagging_fraction": 0.5, "lambda_l2": 5.0, "rounds": 160,
         "monotone_constraints": [int(3 <= i <= 9) for i in range(23)]}  # fmt: skip


def fitted(settings: dict[str, Any], X: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Trees:
    """Trees of LightGBM as the product reads them."""
    given = {k: v for k, v in settings.items() if k != "rounds"}
    params = {
        **given,
        "bagging_freq": 1,
        "verbosity": -1,
        "num_threads": 2,
        "max_bin": 127,
        "seed": SEED,
        "deterministic": True,
    }
    model = lightgbm.train(params, lightgbm.Dataset(X, y, weight=weight), settings["rounds"])
    roots = [tree["tree_structure"] for tree in model.dump_model()["tree_info"]]
    flat = [_flat(root) for root in roots]
    size = max(len(nodes) for nodes in flat)
    out = [np.zeros((len(flat), size), dtype) for dtype in (np.int16, np.float32, np.int16, np.int16, np.float32)]
    out[0][:] = -1
    for t, nodes in enumerate(flat):
        for part, column in zip(out, zip(*nodes, strict=True), strict=True):
            part[t, : len(nodes)] = column
    trees = Trees(*out)
    off = np.abs(trees.predict(X[:2000].astype(np.float32)) - model.predict(X[:2000], raw_score=True)).max()
    assert off < 0.05, off
    return trees


def _flat(root: dict[str, Any]) -> list[tuple[int, float, int, int, float]]:
    """Nodes in order, children by their place."""
    nodes: list[Any] = [root]
    out = []
    for node in nodes:  # grows while it is walked
        if "split_feature" not in node:
            out.append((-1, 0.0, 0, 0, node["leaf_value"]))
            continue
        out.append((node["split_feature"], node["threshold"], len(nodes), len(nodes) + 1, 0.0))
        nodes += [node["left_child"], node["right_child"]]
    return out


@dataclass
class Table:
    """One row a curve seen up to some size: which task (set, size, noisy) it belongs to, its learner, its shape."""

    shapes: Shapes
    ids: np.ndarray
    task: np.ndarray
    learner: np.ndarray
    end: np.ndarray
    noisy: np.ndarray
    place: np.ndarray  # the set's number in its collection


def table(found: Collection) -> Table:
    """Every curve up to sizes whole octaves below its set's largest, clean and noisy."""
    rng = np.random.default_rng(SEED)
    seen: list[Seen] = []
    rows: list[tuple[int, ...]] = []
    ends, task = found.ends, 0
    for d in range(len(found.ids)):
        reached = sorted({int(e) for e in ends[d, found.used] if e > 0})
        if not reached:
            continue
        marks = {
            k
            for top in (reached[0], reached[-1])
            for k in range(top - found.octave, 2 * found.octave - 1, -found.octave)
        }
        for noisy in (False, True):
            for n in sorted(marks):
                task += 1
                for j in found.used:
                    one = found.seen(d, j, n, noisy, rng) if ends[d, j] >= n else None
                    if one is not None:
                        seen.append(one)
                        rows.append((int(found.ids[d]), task, j, n, int(noisy), d))
    ids, tasks, learners, at, noise, place = np.array(rows).T
    return Table(curve_features.shapes(seen), ids, tasks, learners, at, noise > 0, place)


@dataclass
class Ahead:
    """One row a curve and horizon whose truth is known: the curve's row, doublings, truth; whether it is the set's end."""

    row: np.ndarray
    h: np.ndarray
    truth: np.ndarray
    last: np.ndarray


def ahead(found: Collection, t: Table) -> Ahead:
    out = []
    ends = found.ends
    for i in range(len(t.ids)):
        d, j, n = int(t.place[i]), int(t.learner[i]), int(t.end[i])
        for h in HORIZONS:
            at = n + found.octave * h
            if at <= ends[d, j] and np.isfinite(found.error[d, j, 0, at, 1]):
                out.append((i, h, found.error[d, j, 0, at, 1], at + found.octave > ends[d, j]))
    row, h, truth, last = np.array(out).T
    return Ahead(row.astype(int), h, truth, last > 0)


def joined(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts)


def folds_of(ids: np.ndarray) -> dict[int, int]:
    """A fold for every OpenML id."""
    known = np.unique(ids)
    order = np.random.default_rng(SEED).permutation(len(known))
    return {int(one): int(order[k]) % FOLDS for k, one in enumerate(known)}


#: By name, the trees of each fold: learned on the data sets outside it.
Kept = dict[str, list[Trees]]


def crossfit(fit: Callable[[np.ndarray], Trees], X: np.ndarray, fold: np.ndarray, kept: list[Trees]) -> np.ndarray:
    """Answers (n,) of trees that did not see the row's data set; the trees go into `kept`, one a fold."""
    out = np.zeros(len(X))
    for k in range(FOLDS):
        mine = fold == k
        kept.append(fit(~mine))
        out[mine] = kept[-1].predict(X[mine])
    return out


@dataclass
class First:
    """The first layer on rows of `Ahead`: features, unit, correction learned and answered, values, half-widths."""

    X: np.ndarray
    now: np.ndarray
    unit: np.ndarray
    target: np.ndarray
    correction: np.ndarray
    wide: np.ndarray

    @property
    def value(self) -> np.ndarray:
        return self.now + self.correction * self.unit


def first_layer(t: Table, a: Ahead, fold: np.ndarray, kept: Kept) -> First:
    s = t.shapes.take(a.row)
    X, (_, unit) = curve_features.features(s, a.h), curve_features.base(s, a.h)
    target = (a.truth - s.now) / unit

    def value(use: np.ndarray) -> Trees:
        return fitted(VALUE, X[use], target[use], unit[use])

    correction = crossfit(value, X, fold, kept["value"])
    B = forecast.band_features(X, correction, unit / s.unit)
    miss = np.abs(correction - target)

    def band(use: np.ndarray) -> Trees:
        return fitted(BAND, B[use], miss[use], np.ones(int(use.sum())))

    return First(X, s.now, unit, target, correction, np.maximum(crossfit(band, B, fold, kept["band"]), 0.02))


def conformal(first: First, t: Table, a: Ahead, use: np.ndarray) -> np.ndarray:
    """By density, size class and horizon: the factor that makes the learned width hold nine in ten at the sets' ends."""
    ratio = np.abs(first.correction - first.target) / first.wide
    dense, size = forecast.classes(t.shapes.take(a.row), a.h)
    out = np.ones((2, len(forecast.SIZE_CLASSES) + 1, len(HORIZONS)))
    for place in np.ndindex(out.shape):
        pick = use & a.last & (dense == place[0]) & (size == place[1]) & (a.h == HORIZONS[place[2]])
        if pick.sum() < ENOUGH:  # the sizes beside it too
            pick = use & a.last & (dense == place[0]) & (a.h == HORIZONS[place[2]])
        out[place] = np.quantile(ratio[pick], HELD)
    return out


@dataclass
class Duels:
    """One row a pair: features both ways round, the lead at the end, its noise, who leads now, horizon, task."""

    X: np.ndarray
    back: np.ndarray
    lead: np.ndarray
    noise: np.ndarray
    now: np.ndarray
    h: np.ndarray
    ids: np.ndarray
    noisy: np.ndarray
    last: np.ndarray
    cross: np.ndarray  # a traditional learner (first) against a large one
    whole: np.ndarray  # among all the task's curves, not a few
    key: list[tuple[int, int, int, int]]  # task variant, horizon, the two curves


def duels(found: Collection, t: Table, a: Ahead, value: np.ndarray) -> tuple[Duels, list[dict[str, Any]]]:
    """Pairs within tasks, and the fields they stand in."""
    rng = np.random.default_rng(SEED + 1)
    trad = [found.learners.index(n) for n in TRADITIONAL]
    big = [found.learners.index(n) for n in (*SCRATCH, *PRETRAINED)]
    where: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for k, (i, h) in enumerate(zip(a.row, a.h, strict=True)):
        where.setdefault((int(t.task[i]), int(h)), []).append((int(i), float(value[k])))
    parts: dict[str, list[Any]] = {
        k: [] for k in ("X", "back", "lead", "noise", "now", "h", "ids", "noisy", "last", "cross", "whole", "key")
    }
    fields = []
    for (_, h), held in where.items():
        rows, v = np.array([i for i, _ in held]), np.array([x for _, x in held])
        learner = t.learner[rows]
        members = [np.arange(len(rows))]
        sides = [np.flatnonzero(np.isin(learner, side)) for side in (trad, big)]
        if all(len(s) for s in sides):
            members.append(
                np.concatenate([rng.permutation(s)[: rng.integers(1, min(len(s), SUBSETS * 2) + 1)] for s in sides])
            )
        for whole, some in zip((True, False), members, strict=False):
            if len(some) < 2:
                continue
            mine = rows[some]
            field = forecast.field_of(t.shapes.take(mine), v[some], float(h))
            x = np.flatnonzero(np.isin(learner[some], trad))
            y = np.flatnonzero(np.isin(learner[some], big))
            p, q = (g.ravel() for g in np.meshgrid(x, y, indexing="ij"))
            cross = np.ones(len(p), bool)
            if whole:  # some pairs of any two learners too
                more = rng.integers(0, len(some), (OTHERS, 2))
                more = more[more[:, 0] != more[:, 1]]
                p, q, cross = joined(p, more[:, 0]), joined(q, more[:, 1]), joined(cross, np.zeros(len(more), bool))
            if not len(p):
                continue
            d, at = int(t.place[mine[0]]), int(t.end[mine[0]]) + found.octave * h
            e = found.error[d, learner[some], :, at, :]  # (m, mean and error, validation and test)
            ends = found.ends[d, learner[some]]
            parts["X"].append(pairwise.pairs(field, p, q))
            parts["back"].append(pairwise.pairs(field, q, p))
            parts["lead"].append(e[p, 0, 1] - e[q, 0, 1])
            parts["noise"].append(np.hypot(np.nan_to_num(e[p, 1, 1]), np.nan_to_num(e[q, 1, 1])))
            now = t.shapes.last[mine]
            parts["now"].append(now[p] - now[q])
            for name, one in (
                ("h", h),
                ("ids", int(t.ids[mine[0]])),
                ("noisy", bool(t.noisy[mine[0]])),
                ("whole", whole),
            ):
                parts[name].append(np.full(len(p), one))
            parts["last"].append(at + found.octave > np.minimum(ends[p], ends[q]))
            parts["cross"].append(cross)
            parts["key"] += [(len(fields), h, int(i), int(j)) for i, j in zip(p, q, strict=True)]
            fields.append({"field": field, "x": x, "y": y, "learner": learner[some], "error": e, "ends": ends, "at": at, "now": now,
                           "id": int(t.ids[mine[0]]), "noisy": bool(t.noisy[mine[0]]), "h": h, "whole": whole, "octave": found.octave})  # fmt: skip
    key = parts.pop("key")
    return Duels(**{k: np.concatenate(v) for k, v in parts.items()}, key=key), fields


def weights(lead: np.ndarray) -> np.ndarray:
    """Pairs a hair apart say little: half a point weighs half as much as a point, three and more three times."""
    return np.minimum(np.abs(lead) / 0.01, 3) + 0.1


def pair_trees(d: Duels, use: np.ndarray) -> Trees:
    """From pairs turned round at random."""
    turned = np.random.default_rng(SEED + 2).random(len(d.lead)) < 0.5
    X = np.where(turned[:, None], d.back, d.X)[use]
    return fitted(PAIR, X, (np.where(turned, -d.lead, d.lead) > 0)[use].astype(int), weights(d.lead)[use])


def pair_answers(d: Duels, fold: np.ndarray, kept: list[Trees]) -> np.ndarray:
    """Log odds that the second leads the first, from trees that did not see the set."""
    out = np.zeros(len(d.lead))
    for k in range(FOLDS):
        mine = fold == k
        kept.append(pair_trees(d, ~mine))
        out[mine] = (kept[-1].predict(d.X[mine]) - kept[-1].predict(d.back[mine])) / 2
    return out


@dataclass
class Routes:
    """One row a task and two routes: features, the lead at the end of the best of each (chosen on validation), and so on."""

    X: np.ndarray
    lead: np.ndarray
    noise: np.ndarray
    now: np.ndarray
    h: np.ndarray
    ids: np.ndarray
    noisy: np.ndarray
    last: np.ndarray
    named: np.ndarray  # 1: ten traditional against the nets from scratch, 2: against the pretrained one, 0: others


def routes(found: Collection, d: Duels, fields: list[dict[str, Any]], odds: np.ndarray) -> Routes:
    matrix: dict[int, dict[tuple[int, int], float]] = {}
    for (f, _, i, j), one, cross in zip(d.key, odds, d.cross, strict=True):
        if cross:
            matrix.setdefault(f, {})[i, j] = float(one)
    groups = ([found.learners.index(n) for n in SCRATCH], [found.learners.index(n) for n in PRETRAINED])
    rows = []
    for f, known in matrix.items():
        g = fields[f]
        x, y = g["x"], g["y"]
        choices = [(0, y)]
        if g["whole"]:
            choices = [(k + 1, np.array([i for i in y if g["learner"][i] in names])) for k, names in enumerate(groups)]
            choices = [(k, c) for k, c in choices if len(c) == len(groups[k - 1]) and len(x) == len(TRADITIONAL)] or [
                (0, y)
            ]
        for named, large in choices:
            M = np.array([[known[int(i), int(j)] for j in large] for i in x])
            e, now = g["error"], g["now"]
            i, j = x[e[x, 0, 0].argmin()], large[e[large, 0, 0].argmin()]
            if not np.isfinite(e[[i, j], 0, 1]).all():
                continue
            noise = np.hypot(*np.nan_to_num(e[[i, j], 1, 1]))
            last = g["at"] + g["octave"] > g["ends"][joined(x, large)].min()
            rows.append((pairwise.routes(g["field"], x, large, M)[0], e[i, 0, 1] - e[j, 0, 1], noise, now[x].min() - now[large].min(),
                         g["h"], g["id"], g["noisy"], last, named))  # fmt: skip
    return Routes(*(np.array(column) for column in zip(*rows, strict=True)))


def learn(data: Path) -> None:
    new, old = lcdb11(data), lcdb(data)
    t, u = table(new), table(old)
    a, b = ahead(new, t), ahead(old, u)
    fold_of = folds_of(joined(t.ids, u.ids))
    both = Table(*(_stacked(getattr(t, k), getattr(u, k)) for k in Table.__dataclass_fields__))
    rows = Ahead(joined(a.row, b.row + len(t.ids)), joined(a.h, b.h), joined(a.truth, b.truth), joined(a.last, b.last))
    fold = np.array([fold_of[int(i)] for i in both.ids])[rows.row]
    print(f"{len(rows.h):,} forecasts", flush=True)
    kept: Kept = {name: [] for name in ("value", "band", "pair", "route")}
    first = first_layer(both, rows, fold, kept)
    factors = [conformal(first, both, rows, fold != k) for k in range(FOLDS)]
    mine = np.arange(len(rows.h)) < len(a.h)
    out: dict[str, Any] = {"forecast": told_forecasts(both, rows, first, fold, factors, mine)}
    print(out, flush=True)
    d, fields = duels(new, t, a, first.value[mine])
    print(f"{len(d.lead):,} duels", flush=True)
    odds = pair_answers(d, np.array([fold_of[int(i)] for i in d.ids]), kept["pair"])
    out["pairs"] = told_choices(d, odds, d.cross & d.whole & d.last)
    r = routes(new, d, fields, odds)
    fold = np.array([fold_of[int(i)] for i in r.ids])
    target, weight = (r.lead > 0).astype(int), weights(r.lead) * np.where(r.named > 0, 1.0, 0.5)
    answers = crossfit(lambda use: fitted(ROUTE, r.X[use], target[use], weight[use]), r.X, fold, kept["route"])
    answers = forecast.settled(answers, np.sign(r.now), r.X[:, 15] == curve_features.kind_number("pretrained"), STAY)
    for k, name in ((1, "10 traditional against RealMLP and MLP"), (2, "10 traditional against TabPFNv2")):
        out[f"routes, {name}"] = told_choices(r, answers, (r.named == k) & r.last)
    models = [forecast.Learned(**{name: trees[k] for name, trees in kept.items()}, conformal=factors[k], stay=STAY)
              for k in range(FOLDS)]  # fmt: skip
    # A set too small for a forecast is in no fold: nobody learned on it.
    out["crossings"] = crossings.told(new, lambda one: models[fold_of.get(one, 0)])
    print(out["crossings"], flush=True)
    save("forecast", out)
    whole = np.ones(len(rows.h), bool)
    everything = {"value": fitted(VALUE, first.X, first.target, first.unit),
                  "band": fitted(BAND, forecast.band_features(first.X, first.correction, first.unit / both.shapes.take(rows.row).unit),
                                 np.abs(first.correction - first.target), np.ones(len(whole))),
                  "pair": pair_trees(d, np.ones(len(d.lead), bool)),
                  "route": fitted(ROUTE, r.X, target, weight)}  # fmt: skip
    arrays = {k: v for name, trees in everything.items() for k, v in trees.arrays(name).items()}
    np.savez_compressed(ROOT / "src/breakeven/gate/forecast.npz", conformal=conformal(first, both, rows, whole), stay=np.array(STAY),
                        source=np.array("LCDB 1.1 (CC BY 4.0) and LCDB (MIT)"), **arrays)  # fmt: skip


def _stacked(x: Any, y: Any) -> Any:
    if isinstance(x, Shapes):
        return Shapes(*(joined(getattr(x, k), getattr(y, k)) for k in Shapes.__dataclass_fields__))
    return joined(x, y)


def told_forecasts(
    t: Table, a: Ahead, first: First, fold: np.ndarray, factors: list[np.ndarray], mine: np.ndarray
) -> dict[str, Any]:
    """Errors in points, coverage and widths at the end of each curve; means of all repeats and as the gate measures."""
    s, half = t.shapes.take(a.row), np.zeros(len(a.h))
    for k in range(FOLDS):
        wider = factors[k][*forecast.classes(s, a.h), a.h.astype(int) - 1]
        half = np.where(fold == k, first.wide * first.unit * wider, half)
    rivals = {
        "last": s.now,
        "pow3": curve_features.power_laws(s, a.h, np.zeros(1)).best,
        "pow4": curve_features.power_laws(s, a.h).best,
        "ours": first.value,
    }
    out: dict[str, Any] = {}
    for source, inside in (("lcdb11", mine), ("lcdb", ~mine)):
        for noisy in (False, True):
            for h in HORIZONS:
                pick = inside & a.last & (a.h == h) & (t.noisy[a.row] == noisy)
                held = np.abs(first.value - a.truth) <= half
                sizes = forecast.classes(s, a.h)[1]
                kinds = s.kind
                out[f"{source}, {'three repeats' if noisy else 'all repeats'}, {2**h}x"] = {
                    "curves": int(pick.sum()),
                    **{name: [round(float(f(np.abs(v - a.truth)[pick])) * 100, 2) for f in (np.median, np.mean)] for name, v in rivals.items()},
                    "coverage": round(float(held[pick].mean()), 3),
                    "coverage_by_size": [round(float(held[pick & (sizes == k)].mean()), 3) for k in range(4) if (pick & (sizes == k)).any()],
                    "coverage_by_kind": {curve_features.KINDS[int(k)]: round(float(held[pick & (kinds == k)].mean()), 3)
                                         for k in np.unique(kinds[pick]) if k >= 0},
                    "half_width_median": round(float(np.median(half[pick])) * 100, 2),
                }  # fmt: skip
    return out


def told_choices(d: Duels | Routes, odds: np.ndarray, which: np.ndarray) -> dict[str, Any]:
    """Of decisive cases: right, regret in points, right in the surest three quarters; who leads now beside it."""
    right, now = (odds > 0) == (d.lead > 0), (d.now > 0) == (d.lead > 0)
    decisive = np.abs(d.lead) > 2 * d.noise
    p = 1 / (1 + np.exp(-np.abs(odds)))
    out = {}
    for noisy in (False, True):
        for h in HORIZONS:
            pick = which & decisive & (d.h == h) & (d.noisy == noisy)
            n = int(pick.sum())
            sure = np.argsort(-p[pick])[: int(0.75 * n)]
            said = pick & (p >= 0.9)
            out[f"{'three repeats' if noisy else 'all repeats'}, {2**h}x"] = {
                "decisive": n, "right": round(float(right[pick].mean()), 3), "se": round(float(right[pick].std() / np.sqrt(n)), 3),
                "leads_now_right": round(float(now[pick].mean()), 3),
                "regret_points": round(float((np.abs(d.lead) * ~right)[pick].mean()) * 100, 3),
                "leads_now_regret_points": round(float((np.abs(d.lead) * ~now)[pick].mean()) * 100, 3),
                "right_in_the_surest_75": round(float(right[pick][sure].mean()), 3),
                "said_90": int(said.sum()), "said_90_right": round(float(right[said].mean()), 3) if said.any() else None,
            }  # fmt: skip
    return out


if __name__ == "__main__":
    learn(Path(sys.argv[1]))
