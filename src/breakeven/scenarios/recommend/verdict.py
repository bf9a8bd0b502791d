"""All that a shop's run found out, as one verdict; the sealed people are looked at here, once, after the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array, Choice, Curve, Interval, Need, Route, Tested, Verdict
from breakeven.gate import choose, costs, outlook, unit_costs
from breakeven.gate.bill import VOLUMES
from breakeven.gate.finalists import Finalist, offered
from breakeven.gate.results import Board
from breakeven.gate.selection import Selection
from breakeven.models.ranking import registry
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scenarios.recommend import problem, product, ranking_metrics
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.problem import Collected, Held, ShopFitter
from breakeven.trust import sealed

#: What a hosted model would have to read for a shelf: titles of so many items to choose from and of the last events (tokens
#: a title take from its characters).
CHOICES, RECENT, CHARACTERS_A_TOKEN, FRAME = 100, 20, 4.0, 120.0
DRAWS = 2_000


def verdict(selection: Selection, collected: Collected, settled: ShopFitter) -> Verdict:
    """All findings of a run as one verdict."""
    setting, made = selection.raced.context, selection.winner is not None
    board, choice, brief = selection.board, selection.choice, setting.brief
    finalists = [f for found in selection.finalists.values() for f in found]
    best = offered(selection.finalists)
    shape = (len(collected.shop.users), collected.shop.seen.item_count)
    held = held_back(setting.work, setting.log, "the choice is made", shape, brief.seed)
    scored = _scored(settled, held, finalists)
    at_hand = len(board.race.folds[0].train)
    rent = unit_costs.rent(brief, _prompt(collected))
    chosen = best.get(choice.route) if choice.route != "none" else None
    owned = {
        f.candidate: costs.Owned(f.candidate, f.route, f.costs.per_second, f.costs.train_seconds)
        for f in best.values()
        if f.costs is not None
    }
    scene = costs.Scene(brief.prices, brief.traffic, rent)
    if len(best) == 2:
        gap = _paired(
            scored[best["large"].candidate][settled.metric],
            scored[best["traditional"].candidate][settled.metric],
            settled.metric,
        )
        choice = replace(choice, difference=gap)
    missing = [Curve(name, registry.ROSTER[name].route, (), not_measured=why) for name, why in settled.missing.items()]
    n = shops.told(collected.shop)
    return Verdict(
        name=brief.name, scenario=brief.scenario, metric=settled.metric, better="higher",
        rows={"train": at_hand, "validation": len(board.race.folds[0].validation), "test": len(held.people), "all": n["users"]},
        curves=(*outlook.with_forecasts(board, at_hand), *missing),
        test=tuple(_tested(settled, board, finalists, scored)),
        chosen=choice, crossing=outlook.crossing_of(board),
        requests_per_month=costs.break_even(owned[chosen.candidate], scene) if chosen is not None else None,
        more_data=tuple(outlook.more_data(board, choice.candidate, at_hand)) if choice.candidate else (),
        extra={**_extra(brief, collected, board, best, rent),
               "costs": [{"candidate": m.candidate, "route": m.route,
                          "usd_per_month": [[v, costs.total(costs.owned(m, costs.at(scene, v)))] for v in VOLUMES]} for m in owned.values()],
               "shop": {**n, "k": settled.k, "hold": collected.hold, **_shelves(settled, collected, held, scored, choice)},
               **({"product": _product(settled, finalists, scored, choice)} if made else {})},
    )  # fmt: skip


def held_back(work: Path, log: store.Log, why: str, shape: tuple[int, int], seed: int) -> Held:
    """The sealed part, opened: who took what after the last cut. `shape` is how many users and items there are."""
    pairs, times = sealed.open_once(work, log, why)
    after = Histories.of_events(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), times, shape)
    known = problem.known(work)
    most = max(problem.JUDGED, min(problem.SEALED, problem.SCORES // max(shape[1], 1)))
    people = problem.some(np.flatnonzero((after.lengths > 0) & (known.lengths > 0)), most, seed)
    return Held(known, after, people)


def _scored(settled: ShopFitter, held: Held, finalists: Sequence[Finalist]) -> dict[str, dict[str, Array]]:
    """Every metric of each sealed person, by finalist, the baseline and what most shops run."""
    out = {}
    for name in (registry.BASELINE, registry.INCUMBENT):
        out[name] = _on(settled, held, registry.fit(name, held.before, {}, settled.seed))
    for f in finalists:
        if f.folder is not None:
            out[f.candidate] = _on(settled, held, product.load(f.folder).scorer)
    return out


def _on(settled: ShopFitter, held: Held, scorer: Scorer) -> dict[str, Array]:
    shelf = ranking_metrics.shelves(scorer, held.before.take(held.people), settled.k, settled.again)
    return {**ranking_metrics.each(shelf, held.after.take(held.people)), "shelf": shelf}


def _paired(large: Array, traditional: Array, metric: str) -> Interval:
    value, error = metrics.difference(metric, np.zeros(len(large)), large, traditional)
    return Interval(value, value - metrics.Z90 * error, value + metrics.Z90 * error)


def lift(new: Array, old: Array, seed: int = 0) -> Interval:
    """How much better the mean of `new` (people,) is than that of `old`, as a share of it, with a bootstrap interval over people."""
    rng, shares = np.random.default_rng(seed), []
    for _ in range(DRAWS):
        some = rng.integers(0, len(new), len(new))
        shares.append(new[some].mean() / max(float(old[some].mean()), 1e-9) - 1)
    low, high = np.quantile(shares, [0.05, 0.95])
    return Interval(float(new.mean() / max(float(old.mean()), 1e-9) - 1), float(low), float(high))


def _tested(
    settled: ShopFitter, board: Board, finalists: Sequence[Finalist], scored: Mapping[str, Mapping[str, Array]]
) -> list[Tested]:
    out, named = [], set()
    for f in finalists:
        named.add(f.candidate)
        line = Tested(f.candidate, f.route, within_limits=f.why_not is None, why_not=f.why_not)
        if f.costs is not None:
            score = metrics.interval(settled.metric, np.zeros(0), scored[f.candidate][settled.metric])
            line = replace(
                line,
                score=score.value,
                low=score.low,
                high=score.high,
                train_seconds=f.costs.train_seconds,
                predict_ms=f.costs.predict_ms,
                size_mb=f.costs.size_mb,
                usd_per_1000=f.costs.usd_per_1000,
            )
        out.append(line)
    for name, route in settled.candidates.items():
        if name not in named:
            usual = "the baseline" if name == registry.BASELINE else "not the best of its route"
            out.append(Tested(name, route, why_not=board.failed.get(name) or board.eliminated.get(name) or usual))
    return out + [
        Tested(n, registry.ROSTER[n].route, why_not=f"not measured: {why}") for n, why in settled.missing.items()
    ]


def _shelves(
    settled: ShopFitter, collected: Collected, held: Held, scored: Mapping[str, Mapping[str, Array]], choice: Choice
) -> dict[str, Any]:
    """What the report says of shelves beyond the metric: all metrics, by kinds of people and items, breadth, the lift."""
    taken = np.bincount(held.before.items, minlength=held.before.item_count)
    tail = ranking_metrics.tail(taken)
    of_people = ranking_metrics.parts(held.before.take(held.people))
    lines = []
    for name, own in scored.items():
        shelf = own["shelf"]
        line: dict[str, Any] = {
            "candidate": name,
            **{m: asdict(metrics.interval(m, np.zeros(0), own[m])) for m in ranking_metrics.METRICS},
        }
        line |= ranking_metrics.breadth(shelf, taken, int((held.before.lengths > 0).sum()))
        line["people"] = {part: {"people": int(mask.sum()), "value": float(own[settled.metric][mask].mean()) if mask.any() else None}
                          for part, mask in of_people.items()}  # fmt: skip
        after = held.after.take(held.people)
        hit = np.isin(after.owners * after.item_count + after.items,
                      (np.arange(len(shelf))[:, None] * after.item_count + shelf)[shelf >= 0])  # fmt: skip
        line["items"] = {part: {"events": int(mask.sum()), "value": float(hit[mask].mean()) if mask.any() else None}
                         for part, mask in (("popular", ~tail[after.items]), ("tail", tail[after.items]))}  # fmt: skip
        lines.append(line)
    out: dict[str, Any] = {"lines": lines, "incumbent": registry.INCUMBENT, "columns": list(ranking_metrics.METRICS)}
    if choice.candidate:
        own, old = scored[choice.candidate], scored[registry.INCUMBENT]
        out["lift"] = {m: asdict(lift(own[m], old[m], settled.seed)) for m in (settled.metric, "hit")}
    return out


def _product(
    settled: ShopFitter, finalists: Sequence[Finalist], scored: Mapping[str, Mapping[str, Array]], choice: Choice
) -> dict[str, Any]:
    chosen = next(f for f in finalists if f.candidate == choice.candidate)
    score = metrics.interval(settled.metric, np.zeros(0), scored[chosen.candidate][settled.metric])
    return {
        **asdict(score),
        "rows": len(scored[chosen.candidate][settled.metric]),
        "tuning": chosen.tuned.note,
        "settings": dict(chosen.tuned.settings),
        "search": chosen.tuned.search,
    }


def _prompt(collected: Collected) -> float:
    """Tokens that a hosted model would read to choose among the best CHOICES items."""
    titles = [t or i for t, i in zip(collected.shop.items.titles, collected.shop.items.ids, strict=True)]
    return FRAME + (CHOICES + RECENT) * (1 + float(np.mean([len(t) for t in titles[:5_000]])) / CHARACTERS_A_TOKEN)


def _extra(
    brief: Need, collected: Collected, board: Board, best: Mapping[Route, Finalist], rent: unit_costs.Rent
) -> dict[str, Any]:
    both = len(best) == 2
    paired = asdict(choose.paired(board, best["large"].candidate, best["traditional"].candidate)) if both else None
    return {
        "classes": [], "baseline": registry.BASELINE, "validation_difference": paired, "stopped": board.stopped,
        "oddities": outlook.oddities(board), "shortened": board.shortened(), "findings": [asdict(f) for f in collected.findings],
        "split": asdict(collected.split), "prices": {**asdict(brief.prices), "hosted_usd_per_1000": rent.usd_per_1000, "hosted": rent.source},
        "limits": asdict(brief.limits), "volume": brief.traffic.requests_per_month, "margin": brief.margin, "seed": brief.seed,
    }  # fmt: skip
