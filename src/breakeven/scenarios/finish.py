"""From a race to a product, the same for every scenario: finalists exported and priced, the winner tuned and published.

Everything that took time is kept on disk as it happens, so a build that was killed goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics, store
from breakeven.decode import Decoder
from breakeven.encode import Reader
from breakeven.errors import ExportError
from breakeven.gate import budget, cost, money
from breakeven.gate.choose import Costs
from breakeven.gate.measure import Board, Job
from breakeven.launch import product as launched
from breakeven.optimise import export, publish, quantise
from breakeven.scenarios import tuning
from breakeven.scenarios.bench import Bench, Problem
from breakeven.train import calibrate
from breakeven.train.workers import alone
from breakeven.types import Array, Route

#: What int8 may lose on rows the model has seen, half of what a product may lose: seen rows are answered surely. Rows
#: answered at a time.
MOST_LOST, JUDGED = 0.0025, 50
#: What an export that cannot be made or proved may raise, the converters' own errors among them.
NOT_EXPORTED = (ExportError, NotImplementedError, RuntimeError, ValueError, TypeError)


@dataclass(frozen=True)
class Finalist:
    """A candidate fitted on all open rows, exported, proved and priced; `why_not` when it cannot be offered."""

    candidate: str
    route: Route
    folder: Path | None
    train_seconds: float | None
    costs: Costs | None
    why_not: str | None = None


def decoder(problem: Problem, pairs: Sequence[tuple[Array, Array]]) -> Decoder:
    """Calibration from (prediction, truth) of validation rows the model did not see."""
    prediction, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
    if problem.classes:
        return Decoder("classification", problem.classes, calibrate.temperature(prediction.astype(float), y))
    return Decoder("regression", half_width=calibrate.half_width(prediction, y))


def validated(board: Board, candidate: str) -> list[tuple[Array, Array]]:
    """A candidate's validation predictions at its largest size, with the truth."""
    rows = board.last_size(candidate)
    assert rows is not None
    out = []
    for r in board.repeats(candidate, rows):
        prediction = board.results[Job(candidate, rows, r)].prediction
        assert prediction is not None
        out.append((prediction, board.race.y[board.race.folds[r].validation]))
    return out


def finalists(
    bench: Bench, seconds_left: Callable[[], float], say: Callable[[str], None]
) -> dict[Route, list[Finalist]]:
    """For each route its best candidate that keeps the limits, preceded by the better ones that do not."""
    board = bench.board
    assert board is not None
    sign = metrics.METRICS[board.race.metric].sign
    out: dict[Route, list[Finalist]] = {"traditional": [], "large": []}
    waiting: dict[Route, list[str]] = {}
    for route in out:
        scored = [
            (sign * p.score, c)
            for c in board.of_route(route)
            if (rows := board.last_size(c)) and (p := board.point(c, rows))
        ]
        waiting[route] = [c for _, c in sorted(scored, key=lambda pair: -pair[0])]
    while any(waiting.values()):
        turn = [(route, names.pop(0)) for route, names in waiting.items() if names]
        say(f"exporting {', '.join(name for _, name in turn)}")
        with ThreadPoolExecutor(min(len(turn), bench.workers.count)) as pool:
            made = list(pool.map(lambda one: _finalist(bench, one[1], one[0], (seconds_left(), say)), turn))
        for finalist in made:
            out[finalist.route].append(finalist)
            if finalist.why_not is None:
                waiting[finalist.route] = []
    return out


def _finalist(bench: Bench, candidate: str, route: Route, time: tuple[float, Callable[[str], None]]) -> Finalist:
    assert bench.board is not None
    folder = bench.work / "finalists" / candidate
    every, (left, say) = len(bench.board.race.y), time
    rows = budget.affordable(bench.board, candidate, every, left)
    if rows < every:
        say(f"{candidate} is fitted on {rows:,} of {every:,} rows: on all of them it would take about "
            f"{budget.seconds(bench.board, candidate, every):,.0f} s, which the brief's minutes do not leave")  # fmt: skip
    try:
        seconds = make(
            bench, candidate, Recipe({}, rows, left), decoder(bench.problem, validated(bench.board, candidate)), folder
        )
    except NOT_EXPORTED as error:
        return Finalist(candidate, route, None, None, None, f"cannot be exported: {str(error)[:160]}")
    share = float(store.read_json(folder / publish.ABOUT)["fit"]["share"])
    if share < 1:
        say(f"{candidate} made {share:.0%} of its usual steps in the {left:,.0f} s that the brief's minutes left it")
    costs = price(bench, candidate, folder, seconds)
    return Finalist(candidate, route, folder, seconds, costs, costs.why_not)


def beyond(bench: Bench, board: Board, names: Sequence[str], say: Callable[[str], None]) -> dict[str, str]:
    """Which candidates break a limit of the brief already as products of a few rows, and why; empty without limits.

    More rows make no product smaller or faster, so those leave before time is spent on them.
    """
    limits = bench.need.limits
    if not names or (limits.latency_ms, limits.size_mb, limits.usd_per_1000) == (None, None, None):
        return {}
    say(f"held against the limits: {', '.join(names)}")
    rows = board.sizes[-1]

    def look(candidate: str) -> str | None:
        folder = bench.work / "early" / candidate
        answers = decoder(bench.problem, validated(board, candidate))
        try:
            seconds = make(bench, candidate, Recipe({}, rows), answers, folder)
        except NOT_EXPORTED as error:
            return f"cannot be exported: {str(error)[:160]}"
        return price(bench, candidate, folder, seconds).why_not

    with ThreadPoolExecutor(bench.workers.count) as pool:
        found = dict(zip(names, pool.map(look, names), strict=True))
    return {c: f"left at {rows:,} rows: {why}" for c, why in found.items() if why}


@dataclass(frozen=True)
class Recipe:
    """How a product is fitted: settings, on how many of the open rows (None: all), a net within how many seconds."""

    settings: Mapping[str, Any]
    rows: int | None = None
    allowed: float | None = None


def make(bench: Bench, candidate: str, recipe: Recipe, answers: Decoder, folder: Path) -> float:
    """Fit on the open rows in a process of its own, prove the export, publish to `folder`. Returns fitting seconds."""
    if (folder / store.MANIFEST).is_file():  # made before the build was interrupted
        return float(store.read_json(folder / publish.ABOUT)["fit"]["seconds"])
    final = alone(_final, bench.problem, candidate, recipe)
    parity = export.prove(final.drawn, bench.problem.proof(), bench.problem.spread(), bench.problem.media())
    graph = alone(_smaller, bench.problem, final.drawn)
    about = {
        **bench.about,
        "candidate": candidate,
        "route": bench.problem.candidates[candidate],
        "schema": bench.schema.to_json(),
        "decoder": answers.to_json(),
        "fit": {"seconds": final.seconds, "rows": final.rows, "share": final.share, "settings": dict(recipe.settings)},
        "parity": {"rows": parity.rows, "largest": parity.largest, "agreement": parity.agreement},
        "int8": {"kept": graph.kept, "why": graph.why, "alone": graph.alone},
    }
    publish.publish(folder, graph.graph, about, final.drawn.reader)
    return float(final.seconds)


def price(bench: Bench, candidate: str, folder: Path, seconds: float) -> Costs:
    """Latency, size and price of a published product, held against the brief's limits."""
    kept = folder.parent / f"{candidate}.costs.json"
    if kept.is_file():
        return Costs(**store.read_json(kept))
    loaded = launched.load(folder)
    usual = launched.latency(loaded, bench.sample)
    rates = launched.throughput(loaded, bench.sample)
    size = publish.size_mb(folder)
    usd = cost.per_1000(usual, bench.need.prices)
    limits = bench.need.limits
    broken = [f"{value:.3g} {unit} (limit {limit:g})" for value, limit, unit in (
        (usual, limits.latency_ms, "ms"), (size, limits.size_mb, "MB"), (usd, limits.usd_per_1000, "USD per 1,000"),
    ) if limit is not None and value > limit]  # fmt: skip
    model = money.Owned(candidate, bench.problem.candidates[candidate], rates, seconds)
    month = money.serving(model, bench.need.prices, bench.need.traffic)
    costs = Costs(candidate, usual, rates, size, usd, month, seconds, "; ".join(broken) or None)
    store.write_json(kept, costs.__dict__)
    return costs


def _smaller(problem: Problem, drawn: export.Drawn) -> quantise.Quantised:
    """The graph in int8 where that pays, judged by the race's metric on rows it may see."""
    if not drawn.reader.plain["parts"]:
        return quantise.Quantised(drawn.graph, False, "int8 not tried: a table's model answers in microseconds")
    X, y = problem.judged()
    media, reader, metric = problem.media(), Reader.unpack(drawn.reader), metrics.METRICS[problem.metric]

    def inputs(rows: Array) -> list[dict[str, Array]]:
        return [reader.inputs(rows[i : i + JUDGED], media) for i in range(0, len(rows), JUDGED)]

    everything = inputs(X)

    def score(graph: bytes, alone: bool = False) -> float:
        session, each = launched.session(graph), everything
        if alone:
            each = [
                {k: v[i : i + 1] for k, v in batch.items()}
                for batch in everything
                for i in range(len(next(iter(batch.values()))))
            ]
        answers = np.concatenate([session.run(["scores"], batch)[0] for batch in each])
        return metric.sign * metrics.score(metric.name, y, answers if problem.classes else answers.reshape(-1))

    whole = score(drawn.graph)
    most = metrics.margin_of(metric.name, MOST_LOST, abs(whole))
    return quantise.attempt(
        drawn.graph, inputs(X[: quantise.CALIBRATED]), lambda graph, alone: whole - score(graph, alone), most
    )


def _final(problem: Problem, candidate: str, recipe: Recipe) -> Any:
    return problem.final(candidate, recipe.settings, recipe.rows, recipe.allowed)


@dataclass(frozen=True)
class Winner:
    """The product as published: tuned settings when they were better, why, and what each kind of column is worth to it."""

    folder: Path
    settings: Mapping[str, Any]
    trials: int
    note: str
    worth: tuple[Mapping[str, Any], ...] = ()


def finish(
    bench: Bench, chosen: Finalist, target: Path, seconds_left: Callable[[], float], say: Callable[[str], None]
) -> Winner:
    """Tune the winner, refit, calibrate, export and publish to `target`; the untuned finalist where tuning gained nothing."""
    assert bench.board is not None and chosen.folder is not None
    found, pairs, why = tuning.tuned(bench, chosen.candidate, seconds_left)
    if found is not None and pairs is not None:
        say(f"tuned settings are better: {why}")
        folder = bench.work / "tuned" / chosen.candidate
        try:
            seconds = make(bench, chosen.candidate, Recipe(found.settings), decoder(bench.problem, pairs), folder)
            broken = price(bench, chosen.candidate, folder, seconds).why_not
        except NOT_EXPORTED as error:
            broken = str(error)[:160]
        if broken is None:
            return _place(folder, target, Winner(target, found.settings, found.trials, why))
        why = f"the defaults stay, for the tuned settings cannot be shipped: {broken}"
    return _place(chosen.folder, target, Winner(target, {}, found.trials if found else 0, why))


def _place(source: Path, target: Path, winner: Winner) -> Winner:
    if target.exists():
        shutil.rmtree(target)
    beside = target.with_name(target.name + ".tmp")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside)
    beside.rename(target)
    return winner
