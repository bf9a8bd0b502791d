"""Candidates of both routes that answer together, offered where that is shown to be better than the winner alone.

They are judged on the race's validation rows, each row by weights that it had no part in (train.ensemble).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array
from breakeven.export import publish
from breakeven.gate import time_budget
from breakeven.gate.evaluation import Bench
from breakeven.gate.packaging import NOT_EXPORTED, Recipe, costs_file, decoder, make, price, validated
from breakeven.gate.results import Board
from breakeven.models.training import ensemble
from breakeven.runtime.ensemble import Pool

Pairs = Sequence[tuple[Array, Array]]
#: The lowest effort at which an ensemble is tried.
EFFORT = 2


@dataclass(frozen=True)
class Single:
    """The winner by itself: its candidate, its product, and its validation predictions with the truth."""

    candidate: str
    folder: Path
    pairs: Pairs


@dataclass(frozen=True)
class Joint:
    """What came of it: the ensemble's product (None where it is not offered), why, and the figures."""

    folder: Path | None
    why: str
    told: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Tried:
    """A way to join members, their shares, the joint answers to validation rows, and what those gain over the winner."""

    way: str
    pool: Pool
    answers: Array
    value: float
    error: float


def attempt(bench: Bench, single: Single, seconds_left: Callable[[], float], say: Callable[[str], None]) -> Joint:
    """Join whoever reached the winner's size; build that where its 90 % interval is above nothing and its gain above
    the margin, and the limits hold.
    """
    board = bench.board
    assert board is not None
    rows = board.last_size(single.candidate)
    if bench.need.effort < EFFORT or rows is None:
        return Joint(None, "no ensemble was tried")
    names = _beside(bench, board, single, rows, max(seconds_left(), 0.0))
    if not names:
        return Joint(None, "no ensemble was tried: nobody else reached the winner's rows within the time")
    answers = [_calibrated(bench, single.pairs)] + [_calibrated(bench, validated(board, c, rows)) for c in names]
    tried = max(_tried(bench, single, rows, answers), key=lambda t: t.value)
    everyone = [single.candidate, *names]
    members = {c: w for c, w in zip(everyone, tried.pool.weights, strict=True) if w > 0}
    low, high = (tried.value + z * tried.error for z in (-metrics.Z90, metrics.Z90))
    metric = board.race.metric
    told = {"way": tried.way, "value": tried.value, "low": low, "high": high, "built": False,
            "members": [{"candidate": c, "route": board.race.routes[c], "weight": w} for c, w in members.items()]}  # fmt: skip
    shown = (
        f"{tried.way} of {', '.join(members)} changed validation by {tried.value:+.3g} {metric} "
        f"(90 % interval {low:+.3g} to {high:+.3g})"
    )
    floor = metrics.margin_of(metric, board.race.margin, metrics.score(metric, _joined(single.pairs)[1], answers[0]))
    if len(members) < 2 or low <= 0 or tried.value <= floor:
        return Joint(None, f"no ensemble: {shown}", told)
    say(f"an ensemble is better: {shown}")
    try:
        folder = _build(bench, single, members, tried, seconds_left)
        if folder is None:
            return Joint(
                None, f"no ensemble, though {shown}: the brief's minutes did not carry its members' fits", told
            )
        costs = price(bench, single.candidate, folder, float(store.read_json(folder / publish.ABOUT)["fit"]["seconds"]))
    except NOT_EXPORTED as error:
        return Joint(None, f"no ensemble, though {shown}: {str(error)[:160]}", told)
    told |= {"predict_ms": costs.predict_ms, "size_mb": costs.size_mb}
    if costs.why_not:
        return Joint(None, f"no ensemble, though {shown}: outside the limits with {costs.why_not}", told)
    cost = (
        f"an answer takes {costs.predict_ms:.3g} ms, the product {costs.size_mb:.3g} MB, a thousand {costs.usd_per_1000:.2g} USD "
        f"(the month's bill is that of {single.candidate} alone)"
    )
    return Joint(folder, f"an ensemble by {shown}; {cost}", {**told, "built": True})


def _beside(bench: Bench, board: Board, single: Single, rows: int, seconds: float) -> list[str]:
    """Candidates with the same validation rows answered, the best first, as many as can be fitted on all rows in `seconds`;
    those already made take none, those that break a limit by themselves are left out.
    """
    wanted = board.repeats(single.candidate, rows)
    sign = metrics.METRICS[board.race.metric].sign
    scored = [
        (-sign * p.score, c)
        for c in board.race.routes
        if c not in (single.candidate, board.race.baseline, *board.failed)
        and board.repeats(c, rows) == wanted
        and (p := board.point(c, rows))
    ]
    out, left = [], seconds * bench.workers.count
    for _, c in sorted(scored):
        folder = bench.work / "finalists" / c
        if costs_file(folder).is_file() and store.read_json(costs_file(folder))["why_not"]:
            continue
        made = (folder / store.MANIFEST).is_file()
        took = 0.0 if made else time_budget.seconds(board, c, len(board.race.y)) + time_budget.EXPORTING
        if took <= min(seconds, left):
            out.append(c)
            left -= took
    return out


def _joined(pairs: Pairs) -> tuple[Array, Array]:
    prediction, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return prediction, y


def _calibrated(bench: Bench, pairs: Pairs) -> Array:
    return decoder(bench.problem, pairs).calibrated(_joined(pairs)[0])


def _tried(bench: Bench, single: Single, rows: int, answers: Sequence[Array]) -> list[Tried]:
    """Each way's answers to validation rows that had no part in its weights, held against the winner's, calibrated alike."""
    board = bench.board
    assert board is not None
    repeats = board.repeats(single.candidate, rows)
    where = np.concatenate([board.race.folds[r].validation for r in repeats])
    y = board.race.y[where]
    ends = np.cumsum([len(p) for p, _ in single.pairs])[:-1]
    out = []
    for way, fit in ensemble.WAYS.items():
        joint = ensemble.crossed(fit, answers, y, where, bench.need.seed)
        found = [
            metrics.difference(board.race.metric, truth, ours, alone, seed=r)
            for r, ours, alone, truth in zip(
                repeats, *(np.split(part, ends) for part in (joint, answers[0], y)), strict=True
            )
        ]
        pooled = metrics.pool([v for v, _ in found], [e for _, e in found], board.race.disjoint)
        out.append(Tried(way, fit(answers, y), joint, *pooled))
    return out


def _build(bench: Bench, single: Single, members: Mapping[str, float], tried: Tried,
           seconds_left: Callable[[], float]) -> Path | None:  # fmt: skip
    """Members made (those that are there are found again) and published as one product; None where the time did not carry a
    net's steps, for it is another than the one that was judged.
    """
    board = bench.board
    assert board is not None
    left = max(seconds_left() - time_budget.EXPORTING, 0.0)

    def product(candidate: str) -> Path:
        folder = bench.work / "finalists" / candidate
        allowed = left if candidate in board.race.paced else None
        make(bench, candidate, Recipe({}, None, allowed), validated(board, candidate), folder)
        return folder

    with ThreadPoolExecutor(bench.workers.count) as pool:
        others = dict(zip(members, pool.map(lambda c: single.folder if c == single.candidate else product(c), members), strict=True))  # fmt: skip
    about = {c: store.read_json(folder / publish.ABOUT) for c, folder in others.items()}
    raced = board.last_size(single.candidate) or 0
    if any(one["fit"]["share"] < min(1.0, board.share(c, raced)) for c, one in about.items()):
        return None
    y = _joined(single.pairs)[1]
    fits = [one["fit"] for one in about.values()]
    parity = [one["parity"] for one in about.values()]
    told = {
        **bench.about,
        "candidate": single.candidate,
        "route": board.race.routes[single.candidate],
        "schema": bench.schema.to_json(),
        "decoder": decoder(bench.problem, [(tried.answers, y)]).to_json(),
        "pool": {"how": tried.pool.how, "weights": list(members.values())},
        "members": [{"folder": f"m{i}", "candidate": c, "route": board.race.routes[c]} for i, c in enumerate(members)],
        "fit": {
            "seconds": sum(f["seconds"] for f in fits),
            "rows": min(f["rows"] for f in fits),
            "share": min(f["share"] for f in fits),
            "settings": {},
        },
        "parity": {
            "rows": min(p["rows"] for p in parity),
            "largest": max(p["largest"] for p in parity),
            "agreement": min(p["agreement"] for p in parity),
        },
        "int8": {
            "kept": False,
            "alone": False,
            "why": "int8: each member of the ensemble was held against it by itself",
        },
    }
    name = f"{single.candidate}-{store.digest([told['members'], told['pool'], [str(f) for f in others.values()]])}"
    return publish.publish_ensemble(bench.work / "ensemble" / name, list(others.values()), told)
