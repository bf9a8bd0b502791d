"""A product made of a candidate: fitted in a process of its own, proved, made smaller, published, and priced.

What was made is found again by its folder, so a build that was killed does not make it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import ExportError
from breakeven.core.types import Array
from breakeven.export import publish, quantise, to_onnx
from breakeven.features.decoding import Decoder
from breakeven.features.numeric import Given
from breakeven.features.reader import Reader
from breakeven.gate import costs as money
from breakeven.gate import unit_costs
from breakeven.gate.choose import Costs, broken
from breakeven.gate.evaluation import Bench, Problem
from breakeven.gate.results import Board, Job
from breakeven.models.training import calibrate
from breakeven.runtime import predictor as launched
from breakeven.scale.executor import alone

#: What int8 may lose on rows the model has seen, half of what a product may lose: seen rows are answered surely. Rows
#: answered at a time.
MOST_LOST, JUDGED = 0.0025, 50
#: What an export that cannot be made or proved may raise, the converters' own errors among them.
NOT_EXPORTED = (ExportError, NotImplementedError, RuntimeError, ValueError, TypeError)


def decoder(problem: Problem, pairs: Sequence[tuple[Array, Array]]) -> Decoder:
    """Calibration from (prediction, truth) of validation rows the model did not see."""
    prediction, y = (np.concatenate(part) for part in zip(*pairs, strict=True))
    if problem.classes:
        return Decoder("classification", problem.classes, calibrate.temperature(prediction.astype(float), y))
    return Decoder("regression", half_width=calibrate.half_width(prediction, y))


def validated(board: Board, candidate: str, rows: int | None = None) -> list[tuple[Array, Array]]:
    """A candidate's validation predictions at a size (None: its largest), with the truth."""
    rows = board.last_size(candidate) if rows is None else rows
    assert rows is not None
    out = []
    for r in board.repeats(candidate, rows):
        prediction = board.results[Job(candidate, rows, r)].prediction
        assert prediction is not None
        out.append((prediction, board.race.y[board.race.folds[r].validation]))
    return out


@dataclass(frozen=True)
class Recipe:
    """How a product is fitted: settings, on how many of the open rows (None: all), a net within how many seconds, and
    whether on all but the first fold's validation rows, to be judged by those (`held`).
    """

    settings: Mapping[str, Any]
    rows: int | None = None
    allowed: float | None = None
    held: bool = False


@dataclass(frozen=True)
class Made:
    """What making took: seconds of the fit, rows seen, a net's steps of those planned; the prediction for held rows."""

    seconds: float
    rows: int
    share: float
    prediction: Array | None


def make(bench: Bench, candidate: str, recipe: Recipe, pairs: Sequence[tuple[Array, Array]], folder: Path) -> Made:
    """Fit in a process of its own, prove the export, publish to `folder`. Probabilities are calibrated by the held rows,
    else by `pairs` of (prediction, truth).
    """
    ledger = f"held-{folder.parent.name}-{candidate}"
    if (folder / store.MANIFEST).is_file():  # made before the build was interrupted
        fit = store.read_json(folder / publish.ABOUT)["fit"]
        kept = bench.ledger.get(ledger) or {}
        return Made(float(fit["seconds"]), int(fit["rows"]), float(fit.get("share", 1.0)), kept.get("prediction"))
    final = alone(_final, bench.problem, candidate, recipe)
    if final.prediction is not None and bench.board is not None:
        race = bench.board.race
        pairs = [(final.prediction, race.y[race.folds[0].validation])]
        bench.ledger.put(ledger, prediction=final.prediction)
    parity = to_onnx.prove(final.drawn, bench.problem.proof(candidate), bench.problem.spread(), bench.problem.media())
    graph = quantise.Quantised(final.drawn.graph, False, "int8 not tried: a table's model answers in microseconds")
    if [
        p for p in final.drawn.reader.plain["parts"] if p["kind"] != Given.kind
    ]:  # a forest of 150 MB is not handed to a process that would hand it back
        graph = alone(_smaller, bench.problem, final.drawn)
    about = {
        **bench.about,
        "candidate": candidate,
        "route": bench.problem.candidates[candidate],
        "schema": bench.schema.to_json(),
        "decoder": decoder(bench.problem, pairs).to_json(),
        "fit": {"seconds": final.seconds, "rows": final.rows, "share": final.share, "settings": dict(recipe.settings)},
        "parity": {"rows": parity.rows, "largest": parity.largest, "agreement": parity.agreement},
        "int8": {"kept": graph.kept, "why": graph.why, "alone": graph.alone},
    }
    publish.publish(folder, graph.graph, about, final.drawn.reader)
    return Made(float(final.seconds), final.rows, final.share, final.prediction)


def costs_file(folder: Path) -> Path:
    """Where a product's costs are kept, beside its folder."""
    return folder.parent / f"{folder.name}.costs.json"


def price(bench: Bench, candidate: str, folder: Path, seconds: float) -> Costs:
    """Latency, size and price of a published product, held against the brief's limits."""
    kept = costs_file(folder)
    if kept.is_file():
        return Costs(**store.read_json(kept))
    loaded = launched.load(folder)
    usual = launched.latency(loaded, bench.sample)
    rates = launched.throughput(loaded, bench.sample)
    size = publish.size_mb(folder)
    usd = unit_costs.per_1000(usual, bench.need.prices)
    why = broken(bench.need.limits, usual, size, usd)
    model = money.Owned(candidate, bench.problem.candidates[candidate], rates, seconds)
    month = money.serving(model, bench.need.prices, bench.need.traffic)
    costs = Costs(candidate, usual, rates, size, usd, month, seconds, why)
    store.write_json(kept, costs.__dict__)
    return costs


def _smaller(problem: Problem, drawn: to_onnx.Drawn) -> quantise.Quantised:
    """The graph in int8 where that pays, judged by the race's metric on rows it may see."""
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
    return problem.final(candidate, recipe.settings, recipe.rows, recipe.allowed, recipe.held)
